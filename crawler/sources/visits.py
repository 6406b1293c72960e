"""What the visit to a source brings: the addresses that it announces, or the place where its feed really is."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler import clock
from crawler.discovery import discover
from crawler.discovery.announced import Announced
from crawler.discovery.autodiscovery import named_sitemaps
from crawler.discovery.feed_finder import MOST_BESIDE, Discovered, find_feed, find_sitemaps
from crawler.discovery.feeds import interval_of
from crawler.discovery.paging import WAYS, page_at
from crawler.discovery.sitemap_triage import worth_a_visit
from crawler.fetching import outcome
from crawler.fetching.outcome import Outcome, header
from crawler.frontier import aliases, hosts
from crawler.heap import give_back
from crawler.items import Claim, Found, Page, Unread
from crawler.seeds import Source
from crawler.sources import health, rows, surfaces
from crawler.sources.healing import FIND_AGAIN, Healing
from crawler.sources.polls import polled

if TYPE_CHECKING:
    from crawler.spiders.topic import TopicSpider

logger = logging.getLogger(__name__)

PERMANENT = {301, 308}
HEAD = 16_384  # bytes in which a feed says how often it wants to be read
AT_ONCE = 2_000  # addresses that are written in one transaction


class SourceVisits:
    """Reads the responses of a spider's sources and writes down what they announce."""

    def __init__(self, spider: TopicSpider):
        self.spider = spider
        self.frontier = spider.frontier
        self.pool = spider.run.pool
        self.topic = spider.topic
        self.connection = spider.db.conn

    async def read(self, response: Response, claim: Claim) -> Page | None:
        """Write down what the source announces; the page for the pipelines when it is an article by itself."""
        source = self.spider.by_name.get(claim.source)
        fault, kind = "", "section"
        found: list[Found] = []
        try:
            kind, found = await self._announced(response, claim)
        except ValueError as error:
            fault = str(error)
            if isinstance(error, Unread):
                self.frontier.effort.too_much(claim.source)
        if kind == "page" and (ended := outcome.of_size(response.body)):
            await self.spider.settle(claim, ended)
            return None
        if kind == "page":
            self.frontier.note(claim, kind="article")
            done = Outcome("queued", "is a single page", status=response.status)
            self.frontier.along(claim, partial(polled, self.connection, self.topic, claim, done, 1, kind=kind))
            return Page(claim, self.spider.fetched(response, claim))
        healed = None
        reasons = response.meta.get("redirect_reasons", ())
        moved_to = response.url if reasons and PERMANENT.issuperset(reasons) else None
        if source and self._may_hide_a_feed(claim, source, kind, fault):
            better, beside = await self._surfaces(response, source, alone=bool(fault))
            if better:
                if fault and claim.kind != "source":
                    healed = f"{fault}: visited at {better.address} (the page or its site names it)"
                    logger.warning("%s: %s", source.name, healed)
                fault, kind, found, moved_to = "", better.kind, better.found, better.address
            self.frontier.along(claim, partial(self.frontier.add, beside, claim.source, claim.url))
        if fault:
            await self.spider.settle(claim, outcome.of_unreadable(fault, response.status))
            return None
        await self.announce(claim, response, kind, found, moved_to, healed)
        return None

    async def replace(self, claim: Claim, ended: Outcome) -> bool:
        """Whether another place was found for a list whose visit ended so, and was read instead."""
        source = self.spider.by_name.get(claim.source)
        if source is None or source.name in self.spider.access.unusable:
            return False
        if (better := await Healing(self).replacement(source, claim, ended)) is None:
            return False
        self.spider.reached = True
        self.frontier.note(claim, etag=None, last_modified=None, body_hash=None)
        place = better.found
        await self.announce(claim, better.response, place.kind, place.found, place.address, better.why)
        return True

    async def _announced(self, response: Response, claim: Claim) -> tuple[str, list[Found]]:
        """What the response announces; foreign bytes are read in the pool, unless a site's own code reads them."""
        if not self.spider.has_own_lists:
            return await self.pool.ask(discover, *self.spider.listing(response, claim))
        try:
            with self.frontier.effort.of(claim):
                return self.spider.announced(response, claim)
        finally:
            give_back(len(response.body))

    async def announce(
        self,
        claim: Claim,
        response: Response,
        kind: str,
        found: list[Found] | None,
        moved_to: str | None = None,
        healed: str | None = None,
    ) -> None:
        """Write down what a source announced; ``found`` is None when it is unchanged.

        ``moved_to`` is where it is to be visited from now on, ``healed`` why, if the address in the seeds file is dead.
        """
        source = self.spider.by_name.get(claim.source)
        row = rows.read(self.connection, self.topic, source.url) if source else None
        if source and found and source.pages > 1 and kind in WAYS:
            found = await self._with_further_pages(
                source, response.url, kind, found, is_first=not (row and row["last_ok"])
            )
        found = self._covered(found, source)
        age = (source.max_age if source else None) or self.topic.max_age
        oldest = clock.now() - age if age else None
        said = "unchanged" if found is None else f"announced {len(found)} addresses"
        done = Outcome("queued", said, status=response.status)
        wish = None if found is None else _wish(response) if kind == "feed" else 0.0
        fresh = outcome.max_age(header(response, "Cache-Control"))
        self.frontier.note(claim, kind=kind)

        depth = aliases.depth(self.connection, claim.url, "sitemap") if kind == "sitemap" else 0
        followed = listed = worth_a_visit(found or (), depth, oldest)
        undated = 0 if kind == "sitemap" else None
        new: list[Found] = []
        returned = await Healing(self).returned(source, row, claim) if source and row else None

        def add(part: list[Found]) -> None:
            new.extend(self.frontier.add(part, claim.source, claim.url, oldest, undated))

        while len(listed) > (room := min(AT_ONCE, self.frontier.room(claim.source, kind))):
            if not room:  # it is due again in the next run, which knows what was added in this one
                self.frontier.uncount(claim)
                self.frontier.leave(claim)
                return
            part, listed = listed[:room], listed[room:]
            await self._counted(claim, part, new, partial(add, part))  # in parts, so that others may write

        def work() -> None:
            add(listed)
            self.frontier.listed_again(claim.url, found)
            if source and healed:
                rows.change(self.connection, self.topic, source, healed=healed)
            elif found and kind == "feed" and not (row and row["healed"]):
                rows.join_twins(self.connection, self.topic, claim, response.body)
            self.frontier.write(claim, done)
            polled(self.connection, self.topic, claim, done, len(found or ()), new, kind, wish, fresh)
            health.note(self.connection, claim, found, followed)
            if source and returned:
                rows.returned(self.connection, self.topic, source, returned)
            elif moved_to and source:
                rows.moved(self.connection, self.topic, source, claim, moved_to)

        await self._counted(claim, listed, new, work)
        self.frontier.ended(claim, "announced")

    async def _with_further_pages(
        self, source: Source, url: str, kind: str, found: list[Found], is_first: bool
    ) -> list[Found]:
        """``found`` and what further pages of the list announce: on first sight, or as long as all of it is new."""
        whole = Announced(found)
        whole.short = getattr(found, "short", None)
        ways: tuple[str, ...] = WAYS[kind]
        seen, newest = {item.url for item in found}, found
        for number in range(2, source.pages + 1):
            if not is_first and self._any_known(newest):
                break
            for way in ways:
                response = await self.ask(source, page_at(url, way, number))
                try:
                    newest = (
                        (await self.pool.ask(discover, response.body, response.url, "", kind, source.timezone))[1]
                        if response
                        else []
                    )
                except ValueError:
                    newest = []
                if newest := [item for item in newest if item.url not in seen]:
                    ways = (way,)
                    break
            if not newest:  # the last page, or the first one once more
                break
            whole.extend(newest)
            seen.update(item.url for item in newest)
        return whole

    def _any_known(self, found: list[Found]) -> bool:
        urls = json.dumps([item.url for item in found])
        known = "SELECT 1 FROM pages WHERE url IN (SELECT value FROM json_each(?)) LIMIT 1"
        return self.connection.execute(known, (urls,)).fetchone() is not None

    def _covered(self, found: list[Found] | None, source: Source | None) -> list[Found] | None:
        """What of ``found`` is an article of ``source``, with the groups that it is given, or another list."""
        given = self.spider.given_by(source) if source else None
        if found is None or source is None or not (source.include or source.exclude or given):
            return found
        covered = Announced(
            replace(item, given=given) if item.kind == "article" and given else item
            for item in found
            if item.kind != "article" or source.covers(item.url)
        )
        covered.short = getattr(found, "short", None)
        return covered

    async def _counted(self, claim: Claim, part: list[Found], new: list[Found], work: Callable[[], None]) -> None:
        """Commit ``work``, which appends to ``new`` what of ``part`` is new.

        Until that is known all of it counts, so that lists which are read at the same time share one bound.
        """
        counts, before = self.frontier.counts[claim.source], len(new)
        counts["found"] += len(part)
        try:
            await self.frontier.commits.run(work)
        finally:
            counts["found"] -= len(part) - (len(new) - before)

    def _may_hide_a_feed(self, claim: Claim, source: Source, kind: str, fault: str) -> bool:
        """Whether a web page was read for the first time, in place of the feed, or often: sites change."""
        if claim.kind == "source":
            return kind == "section" and (not fault or fault.startswith("a web page"))
        if claim.kind == kind == "section" and source.kind is None and not fault:
            return surfaces.is_to_be_searched(self.connection, claim)
        failures = rows.failures(self.connection, self.topic, source)
        return source.kind != "section" and fault.startswith("a web page") and failures % FIND_AGAIN == 0

    async def _surfaces(self, response: Response, source: Source, alone: bool) -> tuple[Discovered | None, list[Found]]:
        """The feed or sitemap to visit in place of a front page, and the sitemaps to visit beside it."""
        robots, ask = await self.robots(response.url), partial(self.ask, source)
        better = await find_feed(response, ask, robots, source.timezone, source.kind, self.pool.ask, alone)
        if source.kind in ("feed", "section") or (better and better.kind == "feed"):
            return better, []
        if better:  # only what is named: to guess was the search's business
            beside = named_sitemaps(robots, response.url)[:MOST_BESIDE]
        else:
            beside = await find_sitemaps(response, ask, robots, self.pool.ask)
        return better, [sitemap for sitemap in beside if better is None or sitemap.url != better.address]

    async def robots(self, url: str) -> bytes:
        """The robots.txt of the site of ``url``, which was asked for already; empty without one."""
        parts = urlsplit(url)
        self.frontier.commits.flush()  # it may have been read just now
        return (hosts.robots(self.connection, parts.hostname or "", f"{parts.scheme}://{parts.netloc}") or "").encode()

    async def ask(self, source: Source, url: str) -> Response | None:
        """The response to a request besides the frontier's, with the same manners; None without a good one."""
        assert self.spider.crawler.engine
        access = self.spider.access
        headers, meta = access.headers(source, url), access.meta(source.name)
        request = scrapy.Request(url, callback=NO_CALLBACK, headers=headers, meta=meta)
        try:
            response = await self.spider.crawler.engine.download_async(request)
        except Exception as error:  # whatever it is, this address is no help
            logger.debug("%s: %s", url, error)
            return None
        return response if response.status == 200 else None


def _wish(response: Response) -> float:
    """Seconds between visits that a feed asks for; 0 when it does not."""
    head = response.body[:HEAD]
    if b"<ttl" not in head and b"updatePeriod" not in head:
        return 0.0
    return interval_of(head) or 0.0
