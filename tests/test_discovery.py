"""What a response is, found out from its body; where sites keep their feeds and sitemaps."""

from __future__ import annotations

import contextlib
import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery import discover
from crawler.discovery.autodiscovery import (
    named_feeds,
    named_sitemaps,
    sitemap_candidates,
    usual_feeds,
)
from crawler.discovery.bodies import READ_OF_HTML, TAGS_OF_HTML, cut
from crawler.discovery.links import article_links
from crawler.items import Found
from tests.test_feeds import ATOM, RDF, WORDPRESS
from tests.test_links import RUSSIAN, SPANISH
from tests.test_sitemaps import INDEX, NEWS, PAGES

URL = "https://www.example.com/x"
ARTICLE = """<!DOCTYPE html><html><head><title>Nota</title><meta property="og:type" content="article"></head>
<body><h1>Nota</h1><p>Texto</p><a href="/2024/07/otra-nota/">Otra nota que se recomienda leer aquí</a></body></html>"""


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "text/html; charset=utf-8", "application/octet-stream", "image/png"]
)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (WORDPRESS, "feed"),
        (ATOM, "feed"),
        (RDF, "feed"),
        ('\ufeff {"version": "https://jsonfeed.org/version/1", "items": [{"id": "https://example.com/a"}]}', "feed"),
        (PAGES, "sitemap"),
        (INDEX, "sitemap"),
        (NEWS, "sitemap"),
        ("https://example.com/a\nhttps://example.com/b\n", "sitemap"),
        (SPANISH, "section"),
        (ARTICLE, "page"),
    ],
)
def test_the_body_tells_the_kind_whatever_the_server_calls_it(body: str, kind: str, content_type: str):
    for written in (body.encode(), gzip.compress(body.encode())):
        found_out, announced = discover(written, URL, content_type)
        assert found_out == kind
        assert announced


def test_a_single_article_announces_itself_and_a_section_when_the_seeds_say_so_its_links():
    assert discover(ARTICLE.encode(), URL + "?utm_source=x") == ("page", [Found(URL)])
    assert discover(ARTICLE.encode(), URL, kind="section") == (
        "section",
        [Found("https://www.example.com/2024/07/otra-nota/", title="Otra nota que se recomienda leer aquí")],
    )
    assert discover(SPANISH.encode(), URL, kind="page") == ("page", [Found(URL)])
    assert discover(ARTICLE.encode(), "https://www.example.com/")[0] == "section"


def test_a_page_without_links_is_a_single_page_when_it_holds_prose_and_nothing_when_it_does_not():
    prose = (
        "<p>El puerto reabrió el lunes por la mañana, después de tres días de tormenta y de espera en la bahía.</p>" * 8
    )
    assert discover(f"<html><h1>Comunicado</h1>{prose}</html>".encode(), URL) == ("page", [Found(URL)])
    with pytest.raises(ValueError, match="links to no article"):
        discover(b"<html><h1>Comunicado</h1><p>Pronto.</p></html>", URL)


def test_the_charset_of_the_header_and_the_zone_of_the_source_reach_the_reader():
    bare = RUSSIAN.replace("; charset=windows-1251", "").encode("windows-1251")
    kind, links = discover(bare, "https://vestnik.example/world/", 'text/html; Charset="windows-1251"')
    assert (kind, links[0].title) == ("section", "В Заливе открыли новый порт")
    assert discover(WORDPRESS.encode(), URL, timezone="America/Caracas")[1][1].published == "2024-07-01T13:30:00Z"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "an empty response"),
        (b" \r\n\xef\xbb\xbf\0", "an empty response"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n....", "an image"),
        (b"\xff\xd8\xff\xe0 JFIF", "an image"),
        (b"PK\x03\x04word/document.xml", "an office document"),
        (b"\0\1\2\3" * 100, "a binary file"),
        (b"We are down for maintenance", "text that begins with 'We are down"),
        (b'{"error": "not found"}', "JSON, but no JSON Feed"),
        (b"[1, 2]", "JSON, but no list of posts"),
        (
            b"<html><title>Just a moment...</title><p>Checking</p>",
            "robots: challenge page: Just a moment",
        ),
        (
            b"<html>x<script src=/cdn-cgi/challenge-platform/h></script>",
            "robots: challenge page: Cloudflare",
        ),
        ("<html><title>Доступ ограничен</title></html>".encode(), "blocks robots: challenge page: Доступ"),
        (b"<html><title>Nothing here</title><a href=/about>About</a></html>", "links to no article: Nothing here"),
        (b"\x1f\x8bnonsense", "broken gzip"),
    ],
)
def test_what_announces_nothing_is_a_value_error_with_the_reason(body: bytes, reason: str):
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        discover(body, URL)


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_a_web_page_where_a_feed_or_sitemap_should_be_is_said_so(kind: str):
    with pytest.raises(ValueError, match=f"a web page instead of a {kind}: Mundo - La Ribera"):
        discover(SPANISH.encode(), URL, kind=kind)


def test_a_section_that_names_a_challenge_in_a_headline_is_still_a_section():
    body = SPANISH.replace("<title>Mundo", "<title>Access denied: mundo").replace(
        "<main>", "<main>" + "<p>Texto largo</p>" * 400
    )
    assert discover(body.encode(), URL)[0] == "section"


HOME = """<html><head>
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">
<link rel="alternate" hreflang="en" href="/en/">
<link rel="alternate" type="application/feed+json" title="JSON" href="/feed.json">
<link rel="ALTERNATE" type="application/rss+xml; charset=utf-8" title="La Ribera &raquo; Feed" href="/feed/">
<link rel="alternate" type="application/rss+xml" title="La Ribera &raquo; Comentarios" href="/comments/feed/">
<link rel="alternate" type="application/atom+xml" href="feed://www.example.com/atom.xml">
<link rel="alternate" type="text/xml" href="/rss/mundo.xml"></head><body>
<a href="/rss/economia.xml">Economía</a><a href="https://other.example/rss">Socio</a>
<a href="/feed/?utm_source=x">RSS</a>
<a href="/noticias/rss-y-lectores-de-noticias">Qué es RSS</a><a href="/comentarios/rss">Comentarios</a></body></html>"""


def test_a_home_page_names_its_feeds_and_comment_feeds_are_none_of_them():
    assert named_feeds(HOME.encode(), "https://www.example.com/") == [
        Found("https://www.example.com/feed/", kind="feed", title="La Ribera » Feed"),
        Found("https://www.example.com/atom.xml", kind="feed"),
        Found("https://www.example.com/rss/mundo.xml", kind="feed"),
        Found("https://www.example.com/feed.json", kind="feed", title="JSON"),
        Found("https://www.example.com/rss/economia.xml", kind="feed", title="Economía"),
    ]


def test_the_usual_places_are_those_of_the_site_and_each_comes_once():
    usual = [found.url for found in usual_feeds("https://www.example.com/mundo/")]
    assert usual[0] == "https://www.example.com/feed/"
    assert {"https://www.example.com/rss.xml", "https://www.example.com/?feed=rss2"} <= set(usual)
    assert len(usual) == len(set(usual))
    assert named_feeds(b"", URL) == []


def test_robots_txt_names_sitemaps_and_those_of_news_come_first():
    robots = (
        "\ufeffUser-agent: *\r\nDisallow: /\r\nSitemap: https://www.example.com/sitemap.xml\r\n"
        "# Sitemap: https://www.example.com/old.xml\nSITEMAP : /noticias-sitemap.xml\n"
        "Sitemap:https://cdn.example/news.xml\nsitemap: javascript:alert(1)\nSitemap: http://[::1/\nSitemap:\n"
        "Sitemap: https://www.example.com/sitemap.xml\n"
    ).encode()
    named = [found.url for found in named_sitemaps(robots, "https://www.example.com/robots.txt")]
    assert named == [
        "https://www.example.com/noticias-sitemap.xml",
        "https://cdn.example/news.xml",
        "https://www.example.com/sitemap.xml",
    ]
    candidates = sitemap_candidates(robots, "https://www.example.com/robots.txt")
    assert [found.url for found in candidates][:3] == named
    assert all(found.kind == "sitemap" for found in candidates)
    assert "https://www.example.com/wp-sitemap.xml" in {found.url for found in candidates}


def test_a_robots_txt_that_never_ends_names_a_bounded_number_of_sitemaps():
    robots = b"".join(b"Sitemap: https://www.example.com/%d.xml\n" % n for n in range(100_000))
    assert len(named_sitemaps(robots, URL)) <= 50


SAMPLES = [text.encode() for text in (WORDPRESS, ATOM, RDF, PAGES, INDEX, NEWS, SPANISH, ARTICLE, HOME)] + [
    RUSSIAN.encode("windows-1251"),
    gzip.compress(WORDPRESS.encode()),
    ATOM.encode("utf-16"),
]
KINDS = st.sampled_from([None, "feed", "sitemap", "section", "page"])
SPLICES = [
    b"<!ENTITY a '",
    b"<![CDATA[",
    b"<!--",
    b"]]>",
    b"\0",
    b"\xff\xfe",
    b"<item>",
    b"&#x110000;",
    b"&#0;",
    b"xml:base='http://['",
]


def mutated(seed: int) -> bytes:
    """One of the samples with bytes flipped, pieces cut, doubled and spliced in: the same for the same ``seed``."""
    dice = random.Random(seed)
    body = bytearray(dice.choice(SAMPLES))
    for _ in range(dice.randint(1, 8)):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.randrange(1, 60))
        change = dice.randrange(4)
        if change == 0 and start < len(body):
            body[start] = dice.randrange(256)
        elif change == 1:
            del body[start:end]
        elif change == 2:
            body[start:start] = body[start:end] * dice.randint(1, 5)
        else:
            body[start:start] = dice.choice(SPLICES)
    return bytes(body)


def assert_list_or_reason(body: bytes, url: str, kind: str | None) -> None:
    try:
        found_out, announced = discover(body, url, kind=kind)
    except ValueError as reason:
        assert str(reason) and "\n" not in str(reason)
        return
    assert found_out in ("feed", "sitemap", "section", "page")
    for found in announced:
        assert found_out == "page" or (found.url.isascii() and found.url.startswith(("http://", "https://")))
        assert len(found.title or "") <= 500 and (found.title or "x").isprintable()


@given(st.integers(0, 2**32), KINDS)
@settings(max_examples=300, deadline=None)  # the first one loads what charsets are told by
def test_mutated_feeds_sitemaps_and_pages_give_a_list_or_a_reason(seed: int, kind: str | None):
    assert_list_or_reason(mutated(seed), URL, kind)
    named_feeds(mutated(seed), URL)
    article_links(mutated(seed), URL)


@given(st.binary(max_size=400), st.text(max_size=40), st.text(max_size=40), KINDS)
@settings(deadline=None)
def test_arbitrary_bytes_give_a_list_or_a_reason(body: bytes, url: str, content_type: str, kind: str | None):
    assert_list_or_reason(body, url, kind)
    for beginning in (b"<rss>", b"<feed>", b"<urlset>", b"<html>", b"{", b"\x1f\x8b", b"\xff\xfe"):
        assert_list_or_reason(beginning + body, url, kind)
    with contextlib.suppress(ValueError):
        discover(body, url, content_type)
    named_sitemaps(body, url)


def test_an_ordinary_page_is_read_as_it_is():
    for page in (SPANISH, RUSSIAN, WORDPRESS, NEWS, HOME, ARTICLE):
        assert cut(page, READ_OF_HTML, TAGS_OF_HTML) == page


def test_more_than_anybody_needs_is_left_out():
    assert cut("<b>a</b>" * 10, 1000, 5) == "<b>a</b><b>a</b><b>a"
    assert cut("a" * 100, 10, 5) == "a" * 10
    attributes = "<div " + " ".join(f"b{n}" for n in range(5000)) + ">"
    pairs = "<div " + "".join(f'b{n}=""' for n in range(2000)) + ">"
    picture = f'<img src="data:image/png;base64,{"iVBOR/w0KGgo" * 900}">'
    assert cut(f"<p>one{attributes}two{pairs}{picture}three", 10**6, 100) == "<p>onetwothree"


@pytest.mark.parametrize(
    "body",
    [
        "".join(f'<a href="/2024/07/01/story-{n}"><div>' for n in range(120)) + "<i></i>" * 300_000,
        "<a " + " ".join(f"b{n}" for n in range(400_000)) + ">x</a>",
        ("<a " + "".join(f'b{n}=""' for n in range(300)) + ">x</a>") * 3000,
        '<script type="application/ld+json">"@type":' + " " * 1_000_000 + "x</script>",
        "<object><p>" * 120 + "word " * 500_000,
        "<title>" * 200_000,
        "<!--" * 500_000,
    ],
    ids=["anchors", "attributes", "tags with attributes", "spaces", "paragraphs", "titles", "comments"],
)
def test_pages_that_are_made_to_take_for_ever_are_read_or_refused(body: str):
    with contextlib.suppress(ValueError):
        assert discover(f"<html><body>{body}".encode(), URL)[0] in ("section", "page")


def test_feeds_that_are_made_to_take_all_memory_are_read_or_refused():
    entry = "<link>https://example.com/a</link>" + "<b/>" * 1_000_000
    assert discover(f"<rss><channel><item>{entry}</item></channel></rss>".encode(), URL)[1] == [
        Found("https://example.com/a")
    ]
    lists = '{"version": "https://jsonfeed.org/version/1", "items": [' + "[]," * 3_000_000 + "[]]}"
    with pytest.raises(ValueError, match="JSON of more than 8 MB"):
        discover(lists.encode(), URL)
    with pytest.raises(ValueError, match="more than 100 gzip files"):
        discover(gzip.compress(b"") * 50_000, URL)
