"""Find the feed behind a home page, or its sitemap, by asking for the likely addresses one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from scrapy.http import Response

from crawler.discovery import discover
from crawler.discovery.autodiscovery import named_feeds, named_sitemaps, sitemap_candidates, usual_feeds, usual_sitemaps
from crawler.items import Found

NAMED, USUAL, SITEMAPS = 3, 6, 3  # how many of each are asked for: finding out must not be a burden
MOST_BESIDE, PLACES = 5, 4  # sitemaps that are followed beside a front page; usual places that are tried for one

Ask = Callable[[str], Awaitable[Response | None]]
Run = Callable[..., Awaitable[Any]]


async def here(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What ``function`` gives, in this process."""
    return function(*arguments, **named)


class Discovered(NamedTuple):
    """Where a site announces its articles, and what it announced there just now."""

    address: str
    kind: str  # feed or sitemap
    found: list[Found]


async def find_feed(
    home: Response,
    ask: Ask,
    robots: bytes,
    timezone: str | None = None,
    kind: str | None = None,
    run: Run = here,
    alone: bool = False,
) -> Discovered | None:
    """The best feed of the site of ``home``, else its news sitemap; None when it has neither.

    ``ask`` gives the response to an address, None when there is none worth reading. ``kind`` is what the seeds ask
    for: ``sitemap`` looks for sitemaps alone, and for any, as does ``alone`` (the page itself links to no article)
    once no feed is found. ``run`` calls the functions that read foreign bytes.
    """
    asked = set()
    for candidate in await _candidates(home, robots, kind, run, alone):
        if candidate.url in asked:
            continue
        asked.add(candidate.url)
        response = await ask(candidate.url)
        if response is None:
            continue
        try:
            is_kind, found = await run(discover, response.body, response.url, timezone=timezone)
        except ValueError:
            continue
        if is_kind in (kind, *(("feed", "sitemap") if kind is None else ())) and found:
            return Discovered(response.url, is_kind, found)
    return None


async def find_sitemaps(home: Response, ask: Ask, robots: bytes, run: Run = here) -> list[Found]:
    """The sitemaps of a site without a feed: all that its robots.txt names, else the first at a usual place."""
    if named := named_sitemaps(robots, home.url)[:MOST_BESIDE]:
        return named
    for candidate in usual_sitemaps(home.url)[:PLACES]:
        if response := await ask(candidate.url):
            try:
                kind, found = await run(discover, response.body, response.url)
            except ValueError:
                continue
            if kind == "sitemap" and found:
                return [Found(response.url, kind="sitemap")]
    return []


async def _candidates(home: Response, robots: bytes, kind: str | None, run: Run, alone: bool) -> list[Found]:
    any_sitemap = sitemap_candidates(robots, home.url)[: 2 * SITEMAPS]
    if kind == "sitemap":
        return any_sitemap
    try:
        named = (await run(named_feeds, home.body, home.url))[:NAMED]
    except ValueError:  # nobody could read it
        named = []
    if kind is None:
        named += [sitemap for sitemap in named_sitemaps(robots, home.url) if "news" in sitemap.url.lower()][:SITEMAPS]
    named += usual_feeds(home.url)[:USUAL]
    return named + any_sitemap if alone and kind is None else named
