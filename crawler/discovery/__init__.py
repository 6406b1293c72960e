"""From the bytes of a response to the addresses that it announces: pure functions, no network, no database."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from crawler.discovery.bodies import charset_of, decoded, page_of, root_of, unpacked
from crawler.discovery.feeds import plain, read_feed
from crawler.discovery.links import links_on
from crawler.discovery.sitemaps import plain_list, read_sitemap
from crawler.discovery.wordpress import read_posts
from crawler.fetching.walls import wall_in
from crawler.items import Found
from crawler.urls import clean_url, site_of

__all__ = ["discover"]

KINDS = ("feed", "sitemap", "section", "page")
FORMATS = (  # how files begin that announce nothing
    (b"%PDF", "a PDF document"),
    (b"\xff\xd8\xff", "an image"),
    (b"\x89PNG", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or a sound"),
    (b"\0\0\0", "a video or an image"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound or a video"),
    (b"PK\3\4", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
PROSE = 500  # characters in paragraphs of their own: more than a notice has
MOST_PIECES = 2_000  # pieces of text of one element


def discover(
    body: bytes,
    url: str,
    content_type: str = "",
    kind: str | None = None,
    timezone: str | None = None,
) -> tuple[str, list[Found]]:
    """What the response at ``url`` is (feed, sitemap, section or page), and what it announces.

    The body decides, since servers name content types wrongly; ``kind`` (of the seeds) settles only whether an HTML
    page is a section or a single page. ValueError with the reason for what is none of them or not the ``kind`` that
    was expected: an empty or binary response, a challenge, an HTML page where a feed should be.
    """
    body = unpacked(body)
    charset = charset_of(content_type)
    if reason := _no_text(body, content_type):
        raise ValueError(reason)
    text = decoded(body, charset)
    root = root_of(text)
    if root in ("rss", "rdf", "feed") or text.lstrip()[:1] == "{":
        return "feed", read_feed(body, url, timezone, charset)
    if text.lstrip()[:1] == "[":
        return "feed", read_posts(text, url)
    if root in ("urlset", "sitemapindex") or (root == "" and plain_list(text)):
        return "sitemap", read_sitemap(body, url, timezone, charset)
    page = page_of(text) if root == "html" or re.search(r"<(?:a|p|div|meta|title)[\s>]", text, re.IGNORECASE) else None
    if page is None:
        raise ValueError(f"neither a feed, a sitemap nor a web page, but {_beginning(text)}")
    if wall := wall_in(body):
        raise ValueError(f"a page that blocks robots: {wall}")
    if kind in ("feed", "sitemap"):
        raise ValueError(f"a web page instead of a {kind}: {_title(page) or 'without a title'}")
    if kind == "page" or (kind is None and _is_single(page, url)):
        return "page", [Found(clean_url(url) or url)]
    links = links_on(page, url)
    if not links and kind is None and _prose(page) >= PROSE:
        return "page", [Found(clean_url(url) or url)]
    if not links and kind is None:
        raise ValueError(f"a web page that links to no article: {_title(page) or 'without a title'}")
    return "section", links


def _no_text(body: bytes, content_type: str) -> str | None:
    """Why ``body`` cannot announce anything; None when it is text."""
    if not body.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return "an empty response"
    for beginning, name in FORMATS:
        if body.startswith(beginning) and b"<" not in body[:4]:
            return name
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\xfe\xff"))
    if body[:1024].count(0) > 8 and not wide:
        return f"a binary file ({content_type.split(';')[0].strip() or 'of unknown type'})"
    return None


def _beginning(text: str) -> str:
    return f"text that begins with {(plain(text, 40) or '')!r}"


def _title(page: HtmlElement) -> str | None:
    return next(
        filter(None, (plain("".join(islice(title.itertext(), MOST_PIECES)), 80) for title in page.iter("title"))), None
    )


def _prose(page: HtmlElement) -> int:
    """Characters in paragraphs that are long enough to be sentences."""
    return sum(
        length
        for text in page.iter("p")
        if (length := len("".join(islice(text.itertext(), MOST_PIECES)).strip())) >= 80
    )


def _is_single(page: HtmlElement, url: str) -> bool:
    """Whether an HTML page says that it is one article (Open Graph, schema.org); a site's front page never is."""
    if len(re.sub(r"^https?://[^/]+/?", "", url)) == 0 or not site_of(url):
        return False
    for meta in page.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").lower() == "og:type":
            return (meta.get("content") or "").strip().lower() in ("article", "newsarticle")
    return any(
        re.search(
            r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?:News|Blog|Reportage|Opinion)?(?:Article|Posting)"', script.text or ""
        )
        and not re.search(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?:ItemList|CollectionPage)"', script.text or "")
        for script in page.iter("script")
        if (script.get("type") or "").lower() == "application/ld+json"
    )
