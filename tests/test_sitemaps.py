"""Sitemaps of every kind, whole, packed, broken and hostile."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.sitemaps import MOST_ENTRIES, plain_list, read_sitemap
from crawler.items import Found

URL = "https://www.example.com/sitemap.xml"
SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

PAGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="//www.example.com/main-sitemap.xsl"?>
<urlset {SCHEMA} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url>
    <loc>https://www.example.com/2024/07/acuerdo-puerto/?utm_source=sitemap</loc>
    <image:image><image:loc>https://www.example.com/a.jpg</image:loc><image:title>Foto</image:title></image:image>
    <xhtml:link rel="alternate" hreflang="en" href="https://www.example.com/en/harbour/"/>
    <lastmod>2024-07-01T08:00:00-04:00</lastmod>
    <changefreq>daily</changefreq>
  </url>
  <url><loc>  /2024/07/rio/  </loc><lastmod>2024-07-02</lastmod></url>
  <url><loc>https://www.example.com/2024/07/rio/#top</loc></url>
  <url><loc><![CDATA[https://www.example.com/noticia?id=3&seccion=2]]></loc><lastmod>ayer</lastmod></url>
  <url><loc>mailto:desk@example.com</loc></url>
  <url><loc></loc></url>
  <url><lastmod>2024-07-02</lastmod></url>
  <url><loc>https://www.example.com/sitemap.xml</loc></url>
</urlset>"""

INDEX = f"""<sitemapindex {SCHEMA}>
  <sitemap><loc>https://www.example.com/sitemap-news.xml</loc><lastmod>2024-07-01T12:00Z</lastmod></sitemap>
  <sitemap><loc>http://example.com/sitemap.xml?utm_source=x</loc></sitemap>
  <sitemap><loc>https://www.example.com/sitemap-2023.xml.gz</loc></sitemap>
</sitemapindex>"""

NEWS = """<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
  <s:url><s:loc>https://example.com/ru/1</s:loc>
    <n:news><n:publication><n:name>Вестник Залива</n:name><n:language>ru</n:language></n:publication>
      <n:publication_date>2024-07-01T15:00:00+03:00</n:publication_date>
      <n:title>Переговоры &amp;laquo;в порту&amp;raquo;</n:title><n:keywords>порт</n:keywords></n:news></s:url>
  <s:url><s:loc>https://example.com/ru/2</s:loc>
    <n:news><n:publication_date>2024-07-01 15:00</n:publication_date><n:title>Второе</n:title></n:news></s:url>
</s:urlset>"""


def test_a_list_of_pages_gives_each_page_once_with_its_day_of_change():
    assert read_sitemap(PAGES.encode(), URL) == [
        Found("https://www.example.com/2024/07/acuerdo-puerto/", modified="2024-07-01T12:00:00Z"),
        Found("https://www.example.com/2024/07/rio/", modified="2024-07-02"),
        Found("https://www.example.com/noticia?id=3&seccion=2"),
    ]


def test_an_index_gives_further_sitemaps_but_never_itself_under_any_spelling():
    assert read_sitemap(INDEX.encode(), URL) == [
        Found("https://www.example.com/sitemap-news.xml", kind="sitemap", modified="2024-07-01T12:00:00Z"),
        Found("https://www.example.com/sitemap-2023.xml.gz", kind="sitemap"),
    ]


def test_a_news_sitemap_gives_title_language_and_time_of_publication():
    assert read_sitemap(NEWS.encode(), URL, timezone="Europe/Moscow") == [
        Found(
            "https://example.com/ru/1", title="Переговоры «в порту»", published="2024-07-01T12:00:00Z", language="ru"
        ),
        Found("https://example.com/ru/2", title="Второе", published="2024-07-01T12:00:00Z"),
    ]


def test_a_plain_list_of_addresses_is_a_sitemap():
    text = "\ufeffhttps://example.com/a?utm_source=x\r\n\r\nHTTPS://example.com/b\nhttps://example.com/sitemap-2.xml\n"
    assert read_sitemap(text.encode(), "https://example.com/sitemap.txt") == [
        Found("https://example.com/a"),
        Found("https://example.com/b"),
        Found("https://example.com/sitemap-2.xml", kind="sitemap"),
    ]


@pytest.mark.parametrize("body", [PAGES, INDEX, NEWS])
def test_packed_sitemaps_are_unpacked_in_one_or_several_pieces(body: str):
    expected = read_sitemap(body.encode(), URL)
    middle = len(body) // 2
    pieces = gzip.compress(body[:middle].encode()) + gzip.compress(body[middle:].encode())
    assert read_sitemap(gzip.compress(body.encode()), URL) == expected
    assert read_sitemap(pieces, URL) == expected


def test_a_sitemap_that_breaks_off_gives_what_came_before():
    cut = PAGES[: PAGES.index("noticia?id")]
    assert [entry.url for entry in read_sitemap(cut.encode(), URL)][:2] == [
        "https://www.example.com/2024/07/acuerdo-puerto/",
        "https://www.example.com/2024/07/rio/",
    ]
    assert read_sitemap(gzip.compress(PAGES.encode())[:-40], URL)[0].url.endswith("/acuerdo-puerto/")


def test_no_more_than_50000_entries_are_read():
    entries = "".join(f"<url><loc>https://example.com/{n}</loc></url>" for n in range(MOST_ENTRIES + 10))
    assert len(read_sitemap(f"<urlset {SCHEMA}>{entries}</urlset>".encode(), URL)) == MOST_ENTRIES
    lines = "\n".join(f"https://example.com/{n}" for n in range(MOST_ENTRIES + 10))
    assert len(read_sitemap(lines.encode(), URL)) == MOST_ENTRIES


def test_a_gzip_bomb_is_refused_with_its_reason():
    bomb = gzip.compress(gzip.compress(b"<urlset>" + b" " * 60 * 1024**2))
    with pytest.raises(ValueError, match="unpacks to more than 50 MB"):
        read_sitemap(bomb, URL)


def test_entities_are_never_expanded_and_files_never_read(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("do-not-read-me")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for doctype in (
        f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file://{secret}">]>',
        f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l11;">]>',
        f'<!DOCTYPE urlset SYSTEM "file://{secret}">',
    ):
        body = f'{doctype}<urlset {SCHEMA}><url a="&x;"><loc>https://example.com/&x;</loc></url></urlset>'
        assert [entry.url for entry in read_sitemap(body.encode(), URL)] == ["https://example.com/&x;"]


@pytest.mark.parametrize(
    "body", [b"", b"\n \n", b"<html></html>", b"<rss></rss>", b"https://example.com/a and more", b"{}"]
)
def test_what_is_no_sitemap_is_a_value_error(body: bytes):
    with pytest.raises(ValueError, match="no sitemap"):
        read_sitemap(body, URL)


def test_an_empty_list_is_a_sitemap_without_pages():
    assert read_sitemap(f"<urlset {SCHEMA}/>".encode(), URL) == []


@given(st.lists(st.integers(0, 10**9), max_size=20, unique=True), st.booleans())
def test_what_is_listed_is_found_in_its_order(numbers: list[int], packed: bool):
    listed = [f"https://example.com/{number}" for number in numbers]
    body = f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in listed)}</urlset>".encode()
    assert [entry.url for entry in read_sitemap(gzip.compress(body) if packed else body, URL)] == listed


@given(st.text(max_size=100))
def test_a_plain_list_holds_addresses_only(text: str):
    assert all(line.lower().startswith("http") and "\t" not in line for line in plain_list(text))


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("https://a.example/1\nhttps://a.example/2\nfin de la lista\n", ["1", "2"]),
        ("# todo\nhttps://a.example/1\n\nHTTPS://a.example/2", ["1", "2"]),
        ("https://a.example/1\t2026-07-01\r\nhttps://a.example/2\t2026-07-02\r\n", ["1", "2"]),
        ("https://a.example/1 2026-07-01 daily 0.5\nhttps://a.example/2 weekly\n", ["1", "2"]),
        ("https://a.example/1\nhttps://a.example/dos palabras\n", ["1", "dos%20palabras"]),
    ],
)
def test_a_plain_list_may_have_columns_spaces_and_a_line_that_is_no_address(text: str, addresses: list[str]):
    assert [entry.url for entry in read_sitemap(text.encode(), URL)] == [f"https://a.example/{a}" for a in addresses]


def test_a_picture_is_not_the_page_and_a_title_may_have_markup():
    names = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    entry = "<url><image:loc>https://a.example/f.jpg</image:loc><loc>https://a.example/1</loc></url>"
    for declared in (names, ""):
        assert [e.url for e in read_sitemap(f"<urlset {declared}>{entry}</urlset>".encode(), URL)] == [
            "https://a.example/1"
        ]
    news = "<url><loc>https://a.example/1</loc><n:news><n:title>El <b>puerto</b> abre</n:title></n:news></url>"
    assert read_sitemap(f"<urlset>{news}</urlset>".encode(), URL)[0].title == "El puerto abre"


@pytest.mark.parametrize(
    "body",
    [
        "<sitemapindex><url><loc>https://a.example/mapa/1</loc></url></sitemapindex>",
        "<urlset><url><loc>https://a.example/mapa/1.xml</loc></url></urlset>",
        "<urlset><url><loc>https://a.example/sitemap.php?page=2</loc></url></urlset>",
        "<urlset><url><loc>https://a.example/1.xml.gz?x=1</loc></url></urlset>",
        "<urlset><sitemap><loc>https://a.example/mapa</loc></sitemap></urlset>",
        "https://a.example/sitemap-2.txt\n",
    ],
)
def test_a_sitemap_that_is_listed_is_a_sitemap_whatever_element_it_stands_in(body: str):
    assert [entry.kind for entry in read_sitemap(body.encode(), URL)] == ["sitemap"]
