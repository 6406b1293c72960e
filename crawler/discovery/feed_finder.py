"""Find the feed behind a home page, or its sitemap, by asking for the likely addresses one after the other."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from scrapy.http import Response

from crawler.discovery import discover
from crawler.discovery.autodiscovery import named_feeds, named_sitemaps, sitemap_candidates, usual_feeds, usual_sitemaps
from crawler.discovery.wordpress import posts_address
from crawler.items import Found
from crawler.urls import page_key, publisher, same_site

NAMED, USUAL, SITEMAPS = 3, 6, 3  # how many of each are asked for: finding out must not be a burden
MOST_BESIDE, PLACES = 5, 4  # sitemaps that are followed beside a front page; usual places that are tried for one

FEED_HOSTERS = ("feedburner.com", "google.com")  # whose own front pages say nothing of their customers' feeds

Ask = Callable[[str], Awaitable[Response | None]]
Robots = Callable[[str], Awaitable[bytes]]
Run = Callable[..., Awaitable[Any]]


async def here(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What ``function`` gives, in this process."""
    return function(*arguments, **named)


class Discovered(NamedTuple):
    """Where a site announces its articles, and what it announced there just now."""

    address: str
    kind: str  # feed or sitemap
    found: list[Found]
    asked: str = ""  # what led there, before redirects


async def find_feed(
    home: Response,
    ask: Ask,
    robots: bytes,
    timezone: str | None = None,
    kind: str | None = None,
    run: Run = here,
    alone: bool = False,
    but: str = "",
) -> Discovered | None:
    """The best feed of the site of ``home``, else its news sitemap; None when it has neither.

    ``ask`` gives the response to an address, None when there is none worth reading. ``kind`` is what the seeds ask
    for: ``sitemap`` looks for sitemaps alone, and for any, as does ``alone`` (the page itself links to no article)
    once no feed is found. ``run`` calls the functions that read foreign bytes. ``but`` is an address that is known to
    be none.
    """
    asked = {but}
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
            return Discovered(response.url, is_kind, found, candidate.url)
    return None


async def find_again(
    url: str, ask: Ask, robots: Robots, timezone: str | None = None, run: Run = here
) -> tuple[Discovered, str] | None:
    """What is to be visited in place of a list that is gone, and what led there; None when nothing is found.

    The home pages of its site are asked for feeds, sitemaps and posts of WordPress; a home page that links to articles
    is the last resort. ``robots`` gives the robots.txt of the site of an address.
    """
    last: Discovered | None = None
    for home in homes(url):
        response = await ask(home)
        if response is None:
            continue
        rules = await robots(response.url)
        if better := await find_feed(response, ask, rules, timezone, run=run, alone=True, but=url):
            named = [candidate.url for candidate in await _named(response, run)]
            by_robots = {page_key(sitemap.url) for sitemap in named_sitemaps(rules, response.url)}
            if page_key(better.asked) in map(page_key, named):
                return better, f"its home page {response.url} names it"
            return better, "its robots.txt names it" if page_key(better.asked) in by_robots else "a usual place"
        try:
            kind, found = await run(discover, response.body, response.url, kind="section", timezone=timezone)
        except ValueError:
            kind, found = "", []
        if last is None and kind == "section" and found:
            last = Discovered(response.url, kind, found, home)
        if urlsplit(home).path == "/":  # one front page is enough
            break
    return (last, "its home page, since nothing else was found") if last else None


def homes(url: str) -> list[str]:
    """The front pages of the site of ``url``: of its language, of its host, of its registrable domain."""
    parts = urlsplit(url)
    host, origin = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
    language = re.match(r"/[a-z]{2}(?:-[a-z]{2})?/", parts.path, re.IGNORECASE)
    found = [*([origin + language[0]] if language else []), f"{origin}/"]
    domain = publisher(host)
    if domain != host or same_site(f"https://www.{domain}/", url):
        found += [f"https://{www}{domain}/" for www in ("www.", "") if domain not in FEED_HOSTERS]
    return [home for home in dict.fromkeys(found) if home != url]


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
    named = await _named(home, run)
    if kind is None:
        named += [sitemap for sitemap in named_sitemaps(robots, home.url) if "news" in sitemap.url.lower()][:SITEMAPS]
    named += usual_feeds(home.url)[:USUAL]
    if not alone or kind is not None:
        return named
    posts = posts_address(home.body, home.url)
    return [*named, *([Found(posts, kind="feed")] if posts else []), *any_sitemap]


async def _named(home: Response, run: Run) -> list[Found]:
    """The feeds that a page names."""
    try:
        return (await run(named_feeds, home.body, home.url))[:NAMED]
    except ValueError:  # nobody could read it
        return []
