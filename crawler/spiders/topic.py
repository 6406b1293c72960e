"""The spider of every topic: visit the sources that are due, then the pages that they announce."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import scrapy
import sqlite_utils
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from crawler import clock, database, hosts, outcome, resolver, revisits, sources
from crawler.discovery import discover
from crawler.feed_finder import Discovered, find_feed
from crawler.frontier import Frontier
from crawler.items import Claim, Fetched, Found, Page
from crawler.outcome import Outcome
from crawler.seeds import Source, Topic
from crawler.turns import Turns
from crawler.urls import clean_url

logger = logging.getLogger(__name__)

UNCONDITIONAL_EVERY = 12  # visits without news: so often the validators are left out


class TopicSpider(scrapy.Spider):
    """Visit the sources of one topic and yield the pages they announce.

    ``topic`` is what to watch, ``topics`` are all that a page is judged for, ``now`` visits every source.
    A site that needs code of its own subclasses this and overrides ``announced`` or ``parse``.
    """

    topic: Topic
    topics: list[Topic]
    frontier: Frontier
    db: sqlite_utils.Database
    deadline: float  # monotonic second at which CRAWL_BUDGET is used up

    def __init__(self, topic: Topic, topics: list[Topic], now: bool = False, **kwargs: Any):
        super().__init__(name=topic.name, **kwargs)
        self.topic = topic
        self.topics = topics
        self.now = now
        self.by_name = {source.name: source for source in topic.sources}
        self.reached = False  # has anybody answered in this run?
        self.unreachable: list[tuple[Claim, Outcome]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.db = database.open_to_write(Path(settings["DATABASE"]))
        spider.frontier = Frontier(
            spider.db.conn,
            spider.topic.name,
            Turns(
                settings.getfloat("DOWNLOAD_DELAY"),
                settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
                settings.getint("HOST_BUDGET"),
            ),
            settings.getint("CONCURRENT_REQUESTS"),
        )
        spider.deadline = time.monotonic() + settings.getfloat("CRAWL_BUDGET")
        return spider

    # Ask

    async def start(self) -> AsyncIterator[Any]:
        await self.frontier.commits.run(
            lambda: sources.visit_due(self.db.conn, self.frontier, self.topic, everything=self.now)
        )
        self.frontier.load()
        while time.monotonic() < self.deadline:
            if claim := self.frontier.claim():
                yield self.request(claim)
            elif not await self.frontier.wait(self.deadline - time.monotonic()):
                return
        logger.info("CRAWL_BUDGET is used up, the rest is for the next run")

    def request(self, claim: Claim) -> scrapy.Request:
        """The request that answers ``claim``: conditional, but not always, since some servers say 304 for ever."""
        source = self.by_name.get(claim.source)
        headers = {}
        if (claim.unchanged + 1) % UNCONDITIONAL_EVERY:
            headers = {"If-None-Match": claim.etag, "If-Modified-Since": claim.last_modified}
        return scrapy.Request(
            claim.url,
            self.parse,
            errback=self.failed,
            headers={name: value for name, value in headers.items() if value},
            cb_kwargs={"claim": claim},
            meta={"claim": claim, **({"proxy": source.proxy} if source and source.proxy else {})},
            dont_filter=True,
        )

    # Hand over

    async def parse(self, response: Response, claim: Claim) -> Page | None:
        """A page for the pipelines, or None when the response was a list of links or ended the claim by itself."""
        self.frontier.answered(claim)
        self.reached = True
        body_hash = hashlib.blake2b(response.body, digest_size=8).hexdigest()
        if response.status == 304 or (response.status == 200 and body_hash == claim.body_hash):
            await self._unchanged(claim, response.status)
            return None
        wait = outcome.retry_after(_header(response, "Retry-After"), clock.now())
        if ended := outcome.of_status(response.status, response.body, wait):
            await self.settle(claim, ended)
            return None
        self.frontier.note(
            claim,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            body_hash=body_hash,
            unchanged=0,
        )
        if claim.kind == "article":
            return Page(claim, self.fetched(response, claim))
        try:
            kind, found = self.announced(response, claim)
        except ValueError as error:
            await self.settle(claim, Outcome("not_article", str(error), status=response.status))
            return None
        if kind == "page":  # the source itself is an article
            self.frontier.note(claim, kind="article")
            done = Outcome("queued", "is a single page", status=response.status)
            self.frontier.along(claim, partial(sources.polled, self.db.conn, self.topic, claim, done, 1, kind=kind))
            return Page(claim, self.fetched(response, claim))
        source = self.by_name.get(claim.source)
        if source and source.kind is None and kind == "section" and (better := await self._find_feed(response, source)):
            found = self._cleaned(better.found, better.address)
            self.frontier.along(claim, partial(sources.moved, self.db.conn, self.topic, source, better.address))
        await self._announce(claim, Outcome("queued", f"announced {len(found)} addresses", status=200), kind, found)
        return None

    async def _find_feed(self, response: Response, source: Source) -> Discovered | None:
        parts = urlsplit(response.url)
        robots = hosts.robots(self.db.conn, parts.hostname or "", f"{parts.scheme}://{parts.netloc}") or ""
        return await find_feed(response, self._ask, robots.encode(), source.timezone)

    async def _ask(self, url: str) -> Response | None:
        """The response to a request besides the frontier's, with the same manners; None without a good one."""
        assert self.crawler.engine
        self.frontier.turns.asked(urlsplit(url).hostname or "")
        try:
            response = await self.crawler.engine.download_async(scrapy.Request(url, callback=NO_CALLBACK))
        except Exception as error:  # whatever it is, this address is no help
            logger.debug("%s: %s", url, error)
            return None
        return response if response.status == 200 else None

    async def _unchanged(self, claim: Claim, status: int) -> None:
        self.frontier.note(claim, unchanged=claim.unchanged + 1)
        if claim.kind == "article":
            await self.settle(claim, Outcome("stored", "", status=status))
        else:
            await self._announce(claim, Outcome("queued", "unchanged", status=status), claim.kind, [])

    def announced(self, response: Response, claim: Claim) -> tuple[str, list[Found]]:
        """The kind of a source's response and what it announces; ValueError with the reason when it is no source."""
        source = self.by_name.get(claim.source)
        kind = claim.kind if claim.kind != "source" else None
        content_type = _header(response, "Content-Type") or ""
        kind, found = discover(response.body, response.url, content_type, kind, source.timezone if source else None)
        return kind, self._cleaned(found, response.url)

    def _cleaned(self, found: list[Found], base: str) -> list[Found]:
        cleaned = ((item, clean_url(item.url, base)) for item in found)
        return [replace(item, url=url) for item, url in cleaned if url]

    def fetched(self, response: Response, claim: Claim) -> Fetched:
        """All that the worker processes need to read an article's page."""
        source = self.by_name.get(claim.source)
        return Fetched(
            url=clean_url(response.url) or response.url,
            body=response.body,
            fetched=clock.text(clock.now()),
            charset=header_charset(response),
            hints=claim.hints,
            timezone=source.timezone if source else None,
        )

    async def _announce(self, claim: Claim, done: Outcome, kind: str, found: list[Found]) -> None:
        source = self.by_name.get(claim.source)
        age = (source.max_age if source else None) or self.topic.max_age
        oldest = clock.now() - age if age else None
        self.frontier.note(claim, kind=kind)

        def work() -> int:
            new = self.frontier.add(found, claim.source, claim.url, oldest)
            self.frontier.write(claim, done)
            sources.polled(self.db.conn, self.topic, claim, done, announced=len(found), new=new, kind=kind)
            return len(new)

        self.frontier.counts[claim.source]["found"] += await self.frontier.commits.run(work)
        self.frontier.ended(claim, "announced")

    # Write down what gave no page

    async def failed(self, failure: Failure) -> None:
        """The errback: no response came."""
        claim = failure.request.meta["claim"]  # type: ignore[attr-defined]
        self.frontier.answered(claim)
        ended = outcome.of_error(failure.value or RuntimeError("no reason given"), claim.url, resolver.refused_hosts())
        if ended.unreachable and not self.reached:
            # It may be our own network: say so, and let nobody suffer for it until someone else has answered.
            self.unreachable.append((claim, ended))
            self._say(claim, ended)
            self.frontier.hold(claim)
            return
        await self.settle(claim, ended)

    async def settle(self, claim: Claim, ended: Outcome) -> None:
        """Commit an outcome that has no article; for a source also when it is due again."""
        try:
            await self.frontier.commits.run(partial(self._write, claim, ended))
            self._say(claim, ended)
        finally:
            self.frontier.ended(claim, ended.state if claim.kind == "article" else "unanswered")

    async def settle_unreachable(self) -> None:
        """At the end of a run: whoever was out of reach gets it written down, unless nobody was in reach."""
        for claim, ended in self.unreachable:
            if self.reached:
                self.frontier.commits.later(partial(self._write, claim, ended))
            else:
                self.frontier.uncount(claim)
        self.frontier.commits.flush()

    def _write(self, claim: Claim, ended: Outcome) -> None:
        self.frontier.write(claim, ended, due=revisits.due(self.db.conn, claim.article_id))
        if claim.kind != "article":
            sources.polled(self.db.conn, self.topic, claim, ended)

    def _say(self, claim: Claim, ended: Outcome) -> None:
        if claim.kind != "article":
            logger.warning("%s: %s (%s)", claim.source, ended.reason, claim.url)


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def header_charset(response: Response) -> str | None:
    """The charset that the Content-Type header names."""
    content_type = _header(response, "Content-Type") or ""
    return content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None
