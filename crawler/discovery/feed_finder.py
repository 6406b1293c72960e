"""Find the feed behind a home page, or its sitemap, by asking for the likely addresses one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from scrapy.http import Response

from crawler.discovery import discover
from crawler.discovery.autodiscovery import named_feeds, named_sitemaps, sitemap_candidates, usual_feeds
from crawler.items import Found

NAMED, USUAL, SITEMAPS = 3, 6, 3  # how many of each are asked for: finding out must not be a burden

Ask = Callable[[str], Awaitable[Response | None]]


class Discovered(NamedTuple):
    """Where a site announces its articles, and what it announced there just now."""

    address: str
    kind: str  # feed or sitemap
    found: list[Found]


async def find_feed(
    home: Response, ask: Ask, robots: bytes, timezone: str | None = None, kind: str | None = None
) -> Discovered | None:
    """The best feed of the site of ``home``, else its news sitemap; None when it has neither.

    ``ask`` gives the response to an address, None when there is none worth reading. ``kind`` is what the seeds ask
    for: ``sitemap`` looks for sitemaps alone, and for any.
    """
    asked = set()
    for candidate in _candidates(home, robots, kind):
        if candidate.url in asked:
            continue
        asked.add(candidate.url)
        response = await ask(candidate.url)
        if response is None:
            continue
        try:
            is_kind, found = discover(response.body, response.url, timezone=timezone)
        except ValueError:
            continue
        if is_kind in (kind, *(("feed", "sitemap") if kind is None else ())) and found:
            return Discovered(response.url, is_kind, found)
    return None


def _candidates(home: Response, robots: bytes, kind: str | None) -> Iterator[Found]:
    if kind == "sitemap":
        yield from sitemap_candidates(robots, home.url)[: 2 * SITEMAPS]
        return
    yield from named_feeds(home.body, home.url)[:NAMED]
    if kind is None:
        yield from [sitemap for sitemap in named_sitemaps(robots, home.url) if "news" in sitemap.url.lower()][:SITEMAPS]
    yield from usual_feeds(home.url)[:USUAL]
