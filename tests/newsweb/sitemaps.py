"""The sitemaps of the outlets: lists, indexes and news sitemaps, each as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from tests.newsweb.feeds import Entry, utc

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def index(children: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A sitemap of sitemaps: addresses, and when each was changed last."""
    listed = "".join(f"<sitemap><loc>{escape(url)}</loc>{_lastmod(moment)}</sitemap>\n" for url, moment in children)
    return f'{HEAD}<sitemapindex xmlns="{SITEMAP}">\n{listed}</sitemapindex>\n'.encode()


def news(name: str, language: str, entries: Iterable[Entry]) -> bytes:
    """A news sitemap: title, language and date of every article."""
    listed = "".join(
        f"<url><loc>{escape(e.url)}</loc>{_lastmod(e.updated)}<news:news><news:publication>"
        f"<news:name>{escape(name)}</news:name><news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{utc(e.published)}</news:publication_date>"
        f"<news:title>{escape(e.title)}</news:title></news:news></url>\n"
        for e in entries
    )
    return f'{HEAD}<urlset xmlns="{SITEMAP}" xmlns:news="{NEWS}">\n{listed}</urlset>\n'.encode()


def plain(entries: Iterable[Entry]) -> bytes:
    """One address a line."""
    return "".join(f"{e.url}\n" for e in entries).encode()


def _lastmod(moment: datetime | None) -> str:
    return f"<lastmod>{utc(moment)}</lastmod>" if moment else ""
