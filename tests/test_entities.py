"""Character references: resolved, and none of them stops a page or a feed."""

import pytest

from crawler.discovery import discover
from crawler.entities import unescaped
from crawler.items import Fetched
from pipelines.extract import extract
from pipelines.spellings import resolved

LONG = "&#" + "1" * 5_000 + ";"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Port&oacute; &amp; &#8212; &#x41;", "Portó & — A"),
        ("&#00000000000065;", "A"),
        (f"a{LONG}b", "a\ufffdb"),
        ("&#", "&#"),
    ],
)
def test_references_are_resolved_and_a_number_without_end_is_no_character(written, meant):
    assert unescaped(written) == meant


def test_a_number_without_end_stops_neither_feed_nor_page_nor_gate():
    entry = f"<item><title>Eleven ships {LONG} wait</title><link>https://a.example/1</link></item>"
    _, found = discover(f"<rss><channel>{entry}</channel></rss>".encode(), "https://a.example/feed")
    assert [item.url for item in found] == ["https://a.example/1"]
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ships {LONG}"}}</script>'
    page = f"<html>{data}<h1>Eleven ships wait</h1>{'<p>The harbour master counted eleven ships.' * 20}".encode()
    assert "counted eleven ships" in extract(Fetched("https://a.example/1", page, "2026-01-01T00:00:00Z")).text
    assert b"Ships" in b"".join(resolved(page))
