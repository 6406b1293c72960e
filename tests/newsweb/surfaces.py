"""Other ways in which the outlets announce the same articles: sitemaps, home pages, packed and paged feeds.

``web.surface_seeds(path)`` lists these instead of the usual feeds: each article is then announced by one
surface only, so that a crawler that cannot read it misses it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape
from typing import Any

from tests.newsweb import feeds, sitemaps
from tests.newsweb.outlet import Answer, Outlet

XML = "application/xml; charset=utf-8"
HTML = "text/html; charset=utf-8"
PAGED = 10  # entries of one page of a paged feed


def robots(outlet: Outlet) -> Answer:
    """robots.txt with a Sitemap line."""
    named = f"{outlet.imprint.robots}\nSitemap: {outlet.url('/sitemap_index.xml')}\n"
    return Answer(200, named.encode(), "text/plain")


def sitemap_index(outlet: Outlet) -> Answer:
    """An index that lists itself, a news sitemap and an archive that nobody changed for years."""
    children = [
        (outlet.url("/sitemap_index.xml"), outlet.base),
        (outlet.url("/sitemap-archive-2001.xml"), outlet.base - timedelta(days=8000)),
        (outlet.url("/sitemap-articles.xml"), None),
    ]
    return Answer(200, sitemaps.index(children), XML)


def news_sitemap(outlet: Outlet) -> Answer:
    """A news sitemap."""
    return Answer(200, sitemaps.news(outlet.imprint.name, outlet.imprint.language, outlet.entries()), XML)


def packed_news_sitemap(outlet: Outlet) -> Answer:
    """The same, as a .gz file."""
    return Answer(200, gzip.compress(news_sitemap(outlet).body, mtime=0), "application/gzip")


def plain_sitemap(outlet: Outlet) -> Answer:
    """A list of addresses without anything else."""
    return Answer(200, sitemaps.plain(outlet.entries()), "text/plain; charset=utf-8")


def home(body: str) -> Callable[[Outlet], Answer]:
    """A home page that names no article; ``body`` is what it shows."""

    def draw(outlet: Outlet) -> Answer:
        head, _, shown = body.rpartition("|")
        page = f"<!doctype html><html><head><title>{escape(outlet.imprint.name)}</title>{head}</head><body>{shown}"
        return Answer(200, f"{page}<p>{escape(outlet.imprint.name)}</p></body></html>".encode(), HTML)

    return draw


def packed_page(number: int) -> Callable[[Outlet], Answer]:
    """A page of an RSS feed, as a .gz file."""

    def draw(outlet: Outlet) -> Answer:
        entries = outlet.entries()[PAGED * (number - 1) :]
        body = feeds.rss(
            outlet.imprint.name, outlet.url(), outlet.imprint.language, entries[: PAGED if number == 1 else None]
        )
        return Answer(200, gzip.compress(body, mtime=0), "application/x-gzip")

    return draw


COMMENTS = '<link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/feed/">'
ALTERNATE = f'{COMMENTS}<link rel="alternate" type="application/rss+xml" title="Feed" href="/feed/">|'
ANCHOR = '<a href="/p/about">О нас</a> <a href="/atom">RSS</a>'

Sources = tuple[tuple[str, Mapping[str, Any]], ...]  # path with query, further keys in the seeds

SURFACES: dict[str, tuple[dict[str, Callable[[Outlet], Answer]], Sources]] = {
    "tepuy": (
        {"/robots.txt": robots, "/sitemap_index.xml": sitemap_index, "/sitemap-articles.xml": news_sitemap},
        (("/", {"kind": "sitemap", "timezone": "America/Caracas"}),),
    ),
    "lagoon": ({"/": home(ALTERNATE)}, (("/", {}),)),
    "vestnik": ({"/sitemap-news.xml.gz": packed_news_sitemap}, (("/sitemap-news.xml.gz", {}),)),
    "meridian": ({"/urls.txt": plain_sitemap}, (("/urls.txt", {}),)),
    "ledger": (
        {"/tag/abroad/feed/": packed_page(1), "/tag/abroad/feed/?paged=2": packed_page(2)},
        (("/tag/abroad/feed/", {}), ("/tag/abroad/feed/?paged=2", {})),
    ),
    "pampas": ({"/": home("|")}, (("/", {}),)),
    "gazeta": ({}, ()),  # announced by the kiosk alone
    "cardumen": ({}, (("/edicion/", {"kind": "section", "timezone": "America/Caracas"}),)),
    "instituto": ({}, (("/comunicados/comunicado-ruta-maritima-la-guaira-san-petersburgo.html", {}),)),
    "severny": ({"/": home(ANCHOR)}, (("/", {"timezone": "Europe/Moscow"}),)),
}
