"""Feeds of every format, as publishers write them and as nobody should."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import discover
from crawler.discovery.feeds import MOST_ENTRIES, language_code, parse_feed, plain, read_feed
from crawler.items import Found

URL = "https://www.example.com/feed/"

WORDPRESS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel>
  <title>La Ribera &#8211; Noticias</title>
  <atom:link href="https://www.example.com/feed/" rel="self" type="application/rss+xml" />
  <link>https://www.example.com</link>
  <language>es-VE</language>
  <sy:updatePeriod> hourly </sy:updatePeriod>
  <sy:updateFrequency> 2 </sy:updateFrequency>
  <image><title>Logo</title><url>https://www.example.com/logo.png</url><link>https://www.example.com</link></image>
  <item>
    <title>Puerto&#160;Claro y Mosc&#250; firman un &lt;em&gt;acuerdo&lt;/em&gt; &amp;amp; otro m&amp;aacute;s</title>
    <link>https://www.example.com/2024/07/acuerdo-puerto/?utm_source=rss&amp;utm_medium=rss</link>
    <comments>https://www.example.com/2024/07/acuerdo-puerto/#respond</comments>
    <dc:creator><![CDATA[Ana Pérez]]></dc:creator>
    <dc:creator><![CDATA[Luis Mora]]></dc:creator>
    <pubDate>Mon, 01 Jul 2024 08:00:00 -0400</pubDate>
    <guid isPermaLink="false">https://www.example.com/?p=101</guid>
    <media:content url="https://www.example.com/a.jpg" medium="image"><media:title>Foto</media:title>
    </media:content>
    <media:title>Foto</media:title>
    <enclosure url="https://www.example.com/a.mp3" type="audio/mpeg" length="1"/>
    <content:encoded><![CDATA[<p>Texto <a href="https://other.example/x">enlace</a></p>]]></content:encoded>
  </item>
  <item>
    <title><![CDATA[El r&iacute;o <b>crece</b>]]></title>
    <link>https://proxy.example/~r/1</link>
    <feedburner:origLink>https://www.example.com/2024/07/rio/</feedburner:origLink>
    <pubDate>lunes, 1 de julio de 2024 a las 9:30</pubDate>
  </item>
  <item><title>Solo guid</title><guid>https://www.example.com/2024/07/guid/</guid></item>
  <item><title>Guid opaco</title><guid isPermaLink="false">abc-123</guid></item>
  <item><title>Otra vez</title><link>https://www.example.com/2024/07/rio/#top</link></item>
  <item><title>Relativo</title><link>/2024/07/relativo/</link></item>
  <item><title>Correo</title><link>mailto:desk@example.com</link></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru" xml:base="https://example.com/ru/">
  <title type="html">Вестник &amp;laquo;Залив&amp;raquo;</title>
  <link rel="self" href="feed.atom"/>
  <entry>
    <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Переговоры в <i>порту</i></div></title>
    <link rel="enclosure" type="audio/mpeg" href="a.mp3"/>
    <link rel="replies" href="story-1/comments"/>
    <link rel="alternate" type="application/rss+xml" href="story-1/feed"/>
    <link rel="alternate" type="text/html" href="story-1"/>
    <id>tag:example.com,2024:1</id>
    <published>2024-07-01T15:00:00+03:00</published>
    <updated>2024-07-01T16:00:00+03:00</updated>
    <author><name>Иван Громов</name><email>gromov@example.com</email></author>
    <source><title>Другое</title><link href="https://other.example/"/></source>
  </entry>
  <entry xml:lang="en-GB" xml:base="en/">
    <title>Harbour talks</title><link href="story-2"/><updated>2024-07-02T00:00:00Z</updated>
  </entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://example.com/"><title>Diário da Costa</title><dc:language>pt-BR</dc:language>
    <items><rdf:Seq><rdf:li rdf:resource="https://example.com/1"/></rdf:Seq></items></channel>
  <item rdf:about="https://example.com/1"><title>Porto reabre</title><link>https://example.com/1</link>
    <dc:date>2024-07-01T12:00:00Z</dc:date><dc:creator>Rui Lima</dc:creator></item>
  <item rdf:about="https://example.com/2"><title>Sem link</title></item>
</rdf:RDF>"""


def test_an_rss_feed_of_wordpress_gives_articles_with_plain_titles_utc_times_and_names():
    feed = parse_feed(WORDPRESS.encode(), URL, timezone="America/Caracas")
    assert (feed.title, feed.language, feed.interval) == ("La Ribera – Noticias", "es", 1800)
    assert feed.entries == [
        Found(
            "https://www.example.com/2024/07/acuerdo-puerto/",
            title="Puerto Claro y Moscú firman un acuerdo & otro más",
            published="2024-07-01T12:00:00Z",
            language="es",
            authors=("Ana Pérez", "Luis Mora"),
        ),
        Found(
            "https://www.example.com/2024/07/rio/",
            title="El río crece",
            published="2024-07-01T13:30:00Z",
            language="es",
        ),
        Found("https://www.example.com/2024/07/guid/", title="Solo guid", language="es"),
        Found("https://www.example.com/2024/07/relativo/", title="Relativo", language="es"),
    ]


def test_an_atom_feed_resolves_its_bases_and_keeps_published_and_updated_apart():
    feed = parse_feed(ATOM.encode(), "https://feeds.example.com/x")
    assert (feed.title, feed.language, feed.interval) == ("Вестник «Залив»", "ru", None)
    assert feed.entries == [
        Found(
            "https://example.com/ru/story-1",
            title="Переговоры в порту",
            published="2024-07-01T12:00:00Z",
            modified="2024-07-01T13:00:00Z",
            language="ru",
            authors=("Иван Громов",),
        ),
        Found(
            "https://example.com/ru/en/story-2", title="Harbour talks", modified="2024-07-02T00:00:00Z", language="en"
        ),
    ]


def test_an_rdf_feed_has_its_items_beside_the_channel():
    feed = parse_feed(RDF.encode(), URL)
    assert (feed.title, feed.language) == ("Diário da Costa", "pt")
    assert feed.entries == [
        Found(
            "https://example.com/1",
            title="Porto reabre",
            published="2024-07-01T12:00:00Z",
            language="pt",
            authors=("Rui Lima",),
        ),
        Found("https://example.com/2", title="Sem link", language="pt"),
    ]


def test_old_rss_with_a_doctype_and_latin_letters_is_read():
    body = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>La Ría</title>'
        "<language>es</language><ttl>90</ttl>"
        "<item><title>Inundaci&oacute;n en la ría</title><link>https://example.com/a?x=1&y=2</link></item></channel></rss>"
    )
    feed = parse_feed(body.encode("iso-8859-1"), URL)
    assert (feed.title, feed.interval) == ("La Ría", 5400)
    assert feed.entries == [Found("https://example.com/a?x=1&y=2", title="Inundación en la ría", language="es")]


def test_a_json_feed_is_read_and_wrong_types_in_it_do_no_harm():
    items = [
        {
            "id": "1",
            "url": "/a?utm_source=x",
            "title": "Uno &amp; <b>dos</b>",
            "date_published": "2024-07-01T08:00:00-04:00",
            "date_modified": "2024-07-01T09:00:00-04:00",
            "authors": [{"name": "Ana Pérez"}, {"url": "x"}, 7],
        },
        {
            "id": "https://example.com/b",
            "author": {"name": "Luis Mora"},
            "language": "en-US",
            "title": ["x"],
            "date_published": 7,
        },
        {"id": 3, "url": {"a": 1}},
        {"id": "x", "external_url": "https://other.example/c"},
        "nothing",
        None,
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "La Ribera", "language": "es-VE", "items": items}
    assert parse_feed(json.dumps(feed).encode(), URL).entries == [
        Found(
            "https://www.example.com/a",
            title="Uno & dos",
            published="2024-07-01T12:00:00Z",
            modified="2024-07-01T13:00:00Z",
            language="es",
            authors=("Ana Pérez",),
        ),
        Found("https://example.com/b", language="en", authors=("Luis Mora",)),
        Found("https://other.example/c", language="es"),
    ]


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "", None),
        ("utf-8", ' encoding="windows-1251"', "iso-8859-1"),  # both wrong: the bytes are valid UTF-8
        ("utf-8-sig", "", None),
        ("utf-16", ' encoding="utf-16"', None),
        ("windows-1251", ' encoding="windows-1251"', None),
        ("windows-1251", "", "windows-1251"),
        ("windows-1251", "", None),
        ("windows-1251", ' encoding="no-such-charset"', "punycode"),
        ("koi8-r", ' encoding="koi8-r"', None),
    ],
)
def test_cyrillic_titles_survive_every_charset_and_wrong_declarations(
    encoding: str, declared: str, charset: str | None
):
    title = "Переговоры о поставках нефти продолжатся в порту"
    body = f'<?xml version="1.0"{declared}?><rss><channel><item><title>{title}</title><link>https://example.com/1</link></item>'
    assert read_feed(body.encode(encoding), URL, charset=charset) == [Found("https://example.com/1", title=title)]


@pytest.mark.parametrize(
    "broken",
    [
        "<br />\n<b>Warning</b>: mysql_connect()\n" + WORDPRESS,
        "\n\n\ufeff  " + WORDPRESS,
        WORDPRESS.replace('xmlns:dc="http://purl.org/dc/elements/1.1/"', ""),
        WORDPRESS.replace("</channel></rss>", ""),
        WORDPRESS.replace("La Ribera", "La Ribera \x0b\x1f & Cía & &unknown;"),
        "<!-- <html> was here -->" + WORDPRESS,
    ],
)
def test_broken_xml_gives_the_entries_that_can_be_read(broken: str):
    assert [entry.title for entry in read_feed(broken.encode(), URL)][:2] == [
        "Puerto Claro y Moscú firman un acuerdo & otro más",
        "El río crece",
    ]


def test_packed_feeds_are_unpacked_also_when_packed_twice():
    expected = read_feed(WORDPRESS.encode(), URL)
    assert read_feed(gzip.compress(WORDPRESS.encode()), URL) == expected
    assert read_feed(gzip.compress(gzip.compress(WORDPRESS.encode())), URL) == expected


def test_a_gzip_bomb_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="unpacks to more than 50 MB"):
        read_feed(gzip.compress(b"<rss>" + b" " * 60 * 1024**2), URL)
    with pytest.raises(ValueError, match="broken gzip"):
        read_feed(b"\x1f\x8b" + b"nonsense", URL)


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"<html><body>Sorry</body></html>", b"{", b"{}", b'{"items": []}', b"[1]", b"plain words"]
)
def test_what_is_no_feed_is_a_value_error(body: bytes):
    with pytest.raises(ValueError, match=r"RSS|JSON"):
        read_feed(body, URL)


def test_a_feed_without_entries_is_an_empty_list():
    assert read_feed(b"<rss><channel><title>x</title></channel></rss>", URL) == []
    assert read_feed(b'{"version": "https://jsonfeed.org/version/1", "items": []}', URL) == []


def test_no_more_than_5000_entries_are_read():
    items = "".join(f"<item><link>https://example.com/{n}</link></item>" for n in range(MOST_ENTRIES + 100))
    assert len(read_feed(f"<rss><channel>{items}</channel></rss>".encode(), URL)) == MOST_ENTRIES


def test_entities_are_never_expanded_and_files_never_read(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read me")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for doctype in (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>',
        f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "file://{secret}"> %p; <!ENTITY x "&p;">]>',
        f'<!DOCTYPE rss SYSTEM "file://{secret}">',
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l11;">]>',
        f'<!-- --><!DOCTYPE rss [ <!-- <rss> --> <!ENTITY l0 "ha">{laughs}<!ENTITY x "&l11;"> ]>',
    ):
        body = (
            f'<?xml version="1.0"?>{doctype}<rss><channel><title>&x;</title><item><title a="&x;">T &x;</title>'
            "<link>https://example.com/&x;</link></item></channel></rss>"
        )
        (entry,) = read_feed(body.encode(), URL)
        assert entry.title == "T &x;"
        assert len(entry.url) < 60 and "secret" not in entry.url


def test_hostile_feeds_take_no_time_and_no_room():
    word = "a" * 1_000_000
    hostile = (
        f"<rss><channel><item><author>{word}</author><title>{word}</title><link>https://example.com/1</link></item>",
        "<rss>" + "<a>" * 200_000 + "<item><link>https://example.com/1</link></item>",
        "<rss>" + "<item>" * 100_000,
        "<rss>" + "<item><title><![CDATA[" * 100_000,
        "<rss>" + "<!--" * 500_000,
        "<rss>" + "&amp;lt;" * 300_000,
        "<rss " + 'xmlns:a="b" ' * 100_000 + ">",
        "<!DOCTYPE " * 100_000 + "<rss>",
        '{"version":' + "[" * 500_000,
        '{"version": "https://jsonfeed.org/version/1", "items": [' + "9" * 100_000 + "]}",
    )
    for text in hostile:
        try:
            entries = read_feed(text.encode(), URL)
        except ValueError:
            continue
        for entry in entries:
            assert len(entry.title or "") <= 500 and all(len(name) <= 100 for name in entry.authors)


def test_titles_become_one_line_of_plain_text():
    assert plain("5 &lt; 7 &amp; 3 < 4") == "5 < 7 & 3 < 4"
    assert plain("<script>alert(1)</script>Hola\u202e\n\tmundo\x00") == "alert(1)Hola mundo"
    assert plain(" <br> ") is None


def test_language_codes_are_short_or_nothing():
    codes = {"es-VE": "es", "ES_ve": "es", "rus": "ru", "nb-NO": "no", "": None, "español": None, "x": None}
    assert {text: language_code(text) for text in codes} == codes


def test_well_formed_feeds_are_read_as_feedparser_reads_them():
    for body in (ATOM, RDF):
        theirs = feedparser.parse(
            body.encode(), response_headers={"content-type": "application/xml", "content-location": URL}
        )
        ours = read_feed(body.encode(), URL)
        assert [entry.url for entry in ours][:1] == [theirs.entries[0].link]
        assert [entry.title for entry in ours][1:] == [entry.title for entry in theirs.entries][1:]


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=40
)


@given(st.lists(st.tuples(TEXT, st.integers(0, 10**6)), max_size=8, unique_by=lambda pair: pair[1]))
def test_what_is_written_into_a_feed_is_read_from_it(written: list[tuple[str, int]]):
    from xml.sax.saxutils import escape

    items = "".join(
        f"<item><title>{escape(escape(title))}</title><link>https://example.com/{number}</link></item>"
        for title, number in written
    )
    found = read_feed(f"<rss><channel>{items}</channel></rss>".encode(), URL)
    assert [entry.url for entry in found] == [f"https://example.com/{number}" for _, number in written]
    for entry, (title, _) in zip(found, written, strict=True):
        assert entry.title == plain(escape(title))


def only(feed: str) -> Found:
    (found,) = read_feed(feed.encode(), "https://tepuy.example/rss/todo.xml")
    return found


def rss_of(fields: str, behind: str = "") -> Found:
    return only(f"<rss><channel><title>Tepuy</title><item>{fields}</item>{behind}</channel></rss>")


LINK = "<link>https://tepuy.example/n/1</link>"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ana Luz (ana@tepuy.example)", ["Ana Luz"]),
        ("ana@tepuy.example (Ana Luz)", ["Ana Luz"]),
        ("Ana Luz - ana@tepuy.example", ["Ana Luz"]),
        ("Ana Luz [ana@tepuy.example]", ["Ana Luz"]),
        ("Ana Luz &lt;mailto:ana@tepuy.example&gt;", ["Ana Luz"]),
        ("ana@tepuy.example, Ana Luz", ["Ana Luz"]),
        ("Ana Luz | ana@tepuy.example", ["Ana Luz"]),
        ("Ana Luz (Caracas)", ["Ana Luz (Caracas)"]),
        ("ana@tepuy.example", []),
    ],
)
def test_names_are_left_when_their_mail_address_goes(written: str, read: list[str]):
    assert list(rss_of(f"{LINK}<author>{written}</author>").authors) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("El plan &lt;&lt;Tepuy&gt;&gt; llega", "El plan <<Tepuy>> llega"),
        ("Si a &lt; b y c &gt; d", "Si a < b y c > d"),
        ("El &lt;i&gt;plan&lt;/i&gt; &lt;BR/&gt;llega", "El plan llega"),
        ("&lt;![CDATA[El plan llega]]&gt;", "El plan llega"),
        ("&#X41;rauca", "Arauca"),
    ],
)
def test_only_tags_of_html_are_tags(written: str, read: str):
    assert rss_of(f"<title>{written}</title>{LINK}").title == read


def test_a_title_of_plain_text_has_no_tags():
    entry = '<entry><title type="{}">La etiqueta &lt;b&gt;</title><link href="https://tepuy.example/n/1"/></entry>'
    assert only(f"<feed>{entry.format('text')}</feed>").title == "La etiqueta <b>"
    assert only(f"<feed>{entry.format('html')}</feed>").title == "La etiqueta"


def test_what_the_feed_says_of_itself_may_stand_behind_its_entries():
    assert rss_of(LINK, "<language>es-VE</language>").language == "es"
    assert parse_feed(f"<rss><channel><item>{LINK}</item><ttl>30</ttl></channel></rss>".encode(), URL).interval == 1800


def test_an_entry_has_the_authors_and_the_language_that_are_nearest():
    head = '<feed xml:lang="es"><title>T</title><author><name>Ana Luz</name><email>a@b.example</email></author>'
    link = '<link rel="http://www.iana.org/assignments/relation/alternate" href="https://tepuy.example/n/1"/>'
    first = only(f'{head}<entry><title xml:lang="ru">Новость</title>{link}</entry></feed>')
    assert (first.authors, first.language) == (("Ana Luz",), "ru")
    second = only(f"{head}<entry><author><name>Luis Rey</name></author>{link}</entry></feed>")
    assert (second.authors, second.language) == (("Luis Rey",), "es")
    item = {"url": "https://tepuy.example/n/1", "authors": {"name": "Luis Rey"}}
    assert only(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).authors == ("Luis Rey",)


@pytest.mark.parametrize(
    "fields",
    [
        '<link rel="enclosure">https://tepuy.example/a.mp3</link><link rel="alternate">https://tepuy.example/n/1</link>',
        "<link>&lt;![CDATA[https://tepuy.example/n/1]]&gt;</link>",
        "<LINK>https://tepuy.example/n/1</LINK>",
        "<link>\n https://tepuy.example/n/1\n</link><guid>7</guid>",
    ],
)
def test_the_link_is_found_however_it_is_wrapped(fields: str):
    assert rss_of(fields).url == "https://tepuy.example/n/1"


def test_a_doctype_of_html_makes_no_web_page_of_a_feed():
    body = f"<!DOCTYPE html>\n<rss><channel><title>T</title><item>{LINK}</item></channel></rss>".encode()
    assert discover(body, URL)[0] == "feed"
    page = b"<!DOCTYPE html><p>text</p><script>var x = '<rss></rss>'</script><a href='/2026/07/01/uno-dos-tres/'>x</a>"
    assert discover(page, URL, kind="section")[0] == "section"


def test_an_oversized_number_costs_a_json_feed_nothing():
    entry = f'{{"id": {"9" * 5000}, "url": "https://quay.example/1", "title": "Ferry"}}'
    feed = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Quay", "items": [{entry}]}}'
    kind, found = discover(feed.encode(), "https://quay.example/feed.json", "application/json", None, None)
    assert kind == "feed" and [item.url for item in found] == ["https://quay.example/1"]
