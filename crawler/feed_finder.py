"""Find the feed behind a home page, or its news sitemap, by asking for the likely addresses one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from scrapy.http import Response

from crawler.discovery import discover
from crawler.discovery.autodiscovery import named_feeds, named_sitemaps, usual_feeds
from crawler.items import Found

NAMED, USUAL, SITEMAPS = 3, 6, 2  # how many of each are asked for: finding out must not be a burden

Ask = Callable[[str], Awaitable[Response | None]]


class Discovered(NamedTuple):
    """Where a site announces its articles, and what it announced there just now."""

    address: str
    kind: str  # feed or sitemap
    found: list[Found]


async def find_feed(home: Response, ask: Ask, robots: bytes, timezone: str | None = None) -> Discovered | None:
    """The best feed of the site of ``home``, else its news sitemap; None when it has neither.

    ``ask`` gives the response to an address, None when there is none worth reading.
    """
    candidates = [
        *named_feeds(home.body, home.url)[:NAMED],
        *(sitemap for sitemap in named_sitemaps(robots, home.url)[:SITEMAPS] if "news" in sitemap.url.lower()),
        *usual_feeds(home.url)[:USUAL],
    ]
    for candidate in candidates:
        response = await ask(candidate.url)
        if response is None:
            continue
        try:
            kind, found = discover(response.body, response.url, timezone=timezone)
        except ValueError:
            continue
        if kind in ("feed", "sitemap") and found:
            return Discovered(response.url, kind, found)
    return None
