"""The spider of every topic: visit the sources that are due, then the pages that they announce."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

import scrapy
import sqlite_utils
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from twisted.python.failure import Failure

from crawler import clock, resolver
from crawler.discovery import discover
from crawler.fetching import outcome
from crawler.fetching.outcome import Outcome, header
from crawler.frontier import Frontier
from crawler.frontier.pages import body_hash
from crawler.items import Claim, Fetched, Found, Page
from crawler.run import Run
from crawler.schedule import revisits
from crawler.seeds import Source, Topic
from crawler.sources.access import Access
from crawler.sources.added import ask_for
from crawler.sources.due import visit_due
from crawler.sources.polls import page_visited, polled
from crawler.sources.visits import SourceVisits
from crawler.urls import clean_url, page_key
from crawler.warc.capture import Exchange

logger = logging.getLogger(__name__)

SECRET = ("authorization", "proxy-authorization", "cookie")  # header fields of a request that are kept nowhere
UNCONDITIONAL_EVERY = {"source": 12, "article": 3}  # visits without news: so often the validators are left out


class TopicSpider(scrapy.Spider):
    """Visit the sources of one topic and yield the pages they announce.

    ``topic`` is what to watch, ``topics`` are all that a page is judged for, ``now`` visits every source, ``pages``
    are visited instead of the sources.
    A site that needs code of its own subclasses this and overrides ``request``, ``announced`` or ``fetched``, as
    docs/tutorials/a-difficult-source.md shows.
    """

    topic: Topic
    topics: list[Topic]
    run: Run
    frontier: Frontier
    db: sqlite_utils.Database
    deadline: float  # monotonic second at which CRAWL_BUDGET is used up

    def __init__(self, topic: Topic, topics: list[Topic], now: bool = False, pages: Sequence[str] = (), **kwargs: Any):
        super().__init__(name=topic.name, **kwargs)
        self.topic = topic
        self.topics = topics
        self.now = now
        self.pages = pages
        self.by_name = {source.name: source for source in topic.sources}
        named = (url for each in topics for source in each.sources for url in (source.url, *source.urls))
        self.given = [*pages, *named]  # somebody wrote them down
        self.access = Access((source for source in topic.sources if source.enabled), os.environ)
        self.reached = False  # has anybody answered in this run?
        self.unreachable: list[tuple[Claim, Outcome]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = Run.begin(crawler.settings, spider.topic, spider.topics)
        spider.frontier, spider.db = spider.run.frontier, spider.run.db
        crawler.signals.connect(spider.run.pool.close, signals.spider_closed)
        spider.deadline = time.monotonic() + crawler.settings.getfloat("CRAWL_BUDGET")
        return spider

    # Ask

    async def start(self) -> AsyncIterator[Any]:
        await self.frontier.commits.run(self.begin)
        self.frontier.load()
        while time.monotonic() < self.deadline:
            if claim := self.frontier.claim():
                if claim.source not in self.access.unusable:
                    source = self.by_name.get(claim.source)
                    if source and claim.kind == "article" and source.url == claim.url:
                        self.frontier.along(claim, partial(page_visited, self.db.conn, self.topic, source, claim))
                    yield self.request(claim)
                elif claim.kind == "article":
                    self.frontier.uncount(claim)
                    self.frontier.leave(claim)
                else:
                    await self.settle(claim, Outcome("queued", self.access.unusable[claim.source], timedelta(hours=1)))
            elif not await self.frontier.wait(self.deadline - time.monotonic()):
                return
        logger.info("CRAWL_BUDGET is used up, the rest is for the next run")

    def begin(self) -> None:
        """Hand what is to be visited to the frontier."""
        if self.pages:
            ask_for(self.db.conn, self.frontier, self.topic, self.pages)
        else:
            visit_due(self.db.conn, self.frontier, self.topic, everything=self.now)

    def request(self, claim: Claim) -> scrapy.Request:
        """The request that answers ``claim``: conditional, but not always, since some servers say 304 for ever."""
        headers: dict[str, str | None] = {}
        if (claim.unchanged + 1) % UNCONDITIONAL_EVERY["article" if claim.kind == "article" else "source"]:
            headers = {"If-None-Match": claim.etag, "If-Modified-Since": claim.last_modified}
        source = self.by_name.get(claim.source)
        if source:
            headers |= self.access.headers(source, claim.url)
        return scrapy.Request(
            claim.url,
            self.parse,
            errback=self.failed,
            headers={name: value for name, value in headers.items() if value},
            cb_kwargs={"claim": claim},
            meta={"claim": claim, **self.access.meta(claim.source)},
            dont_filter=True,
        )

    def given_by(self, source: Source) -> dict[str, tuple[str, ...]] | None:
        """Topic -> groups of terms that all articles of ``source`` cover by definition; None when there are none."""
        same = ((topic, each) for topic in self.topics for each in topic.sources if each.url == source.url)
        return {topic.name: each.given for topic, each in same if each.given} or None

    # Hand over

    async def parse(self, response: Response, claim: Claim) -> Page | None:
        """A page for the pipelines, or None when the response was a list of links or ended the claim by itself."""
        self.reached = True
        await self.frontier.effort.turn(claim)
        digest = body_hash(response.body)
        if response.status == 304 and not _was_conditional(response):
            said = "said that it is not modified (304), which nobody had asked"
            await self.settle(claim, Outcome("queued", said, timedelta(hours=1), 304))
            return None
        moved = claim.kind == "article" and page_key(response.url) != page_key(claim.url)
        unchanged = response.status == 304 or (response.status == 200 and digest == claim.body_hash and not moved)
        elsewhere = _led_to(response) if claim.kind == "article" else None
        with self.frontier.effort.of(claim):
            ended = None if unchanged or elsewhere else outcome.of_response(response)
        if ended:
            await self.settle(claim, replace(ended, host=urlsplit(response.url).hostname))
            return None
        self.frontier.answered(claim)  # not before it is clear that the host does not want to be left alone
        if unchanged:
            await self._unchanged(claim, response)
            return None
        if elsewhere:
            await self._pass_on(claim, elsewhere, response.status)
            return None
        self.frontier.note(
            claim,
            etag=header(response, "ETag"),
            last_modified=header(response, "Last-Modified"),
            body_hash=digest,
            unchanged=0,
        )
        if claim.kind != "article":
            return await SourceVisits(self).read(response, claim)
        if ended := outcome.of_size(response.body):
            await self.settle(claim, ended)
            return None
        with self.frontier.effort.of(claim):
            fetched = self.fetched(response, claim)
        if self.run.captures.policy != "none":
            fetched = replace(fetched, exchange=exchange_of(response))
        return Page(claim, fetched)

    async def _unchanged(self, claim: Claim, response: Response) -> None:
        self.frontier.note(claim, unchanged=claim.unchanged + 1)
        if claim.kind == "article":
            if response.status == 200:
                keep = self.run.captures.keep_unchanged
                self.frontier.along(claim, partial(keep, claim.id, response.url, clock.text(clock.now())))
            await self.settle(claim, Outcome("stored", "", status=response.status))
        else:
            await SourceVisits(self).announce(claim, response, claim.kind, None)

    async def _pass_on(self, claim: Claim, url: str, status: int) -> None:
        await self.frontier.commits.run(partial(self.frontier.passed_on, claim, url, status))
        self.frontier.ended(claim, "passed on")

    def announced(self, response: Response, claim: Claim) -> tuple[str, list[Found]]:
        """The kind of a source's response and what it announces; ValueError with the reason when it is no source."""
        return discover(*self.listing(response, claim))

    @property
    def has_own_lists(self) -> bool:
        """Whether a site's own code reads lists, which it does in this process; ``discover`` is asked elsewhere."""
        return type(self).announced is not TopicSpider.announced

    def listing(self, response: Response, claim: Claim) -> tuple[bytes, str, str, str | None, str | None]:
        """What ``discover`` wants to know of a source's response."""
        source = self.by_name.get(claim.source)
        kind = claim.kind if claim.kind != "source" else None
        content_type = header(response, "Content-Type") or ""
        return response.body, response.url, content_type, kind, source.timezone if source else None

    def cleaned(self, found: list[Found], base: str) -> list[Found]:
        """``found`` with addresses as we fetch them, for lists that ``discover`` did not read.

        What is no web address is left out.
        """
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

    # Write down what gave no page

    async def failed(self, failure: Failure) -> None:
        """The errback: no response came."""
        claim = failure.request.meta["claim"]  # type: ignore[attr-defined]
        if not (self.crawler.engine and self.crawler.engine.running):  # we were told to stop: not the page's fault
            self.frontier.leave(claim)
            return
        url = failure.request.url  # type: ignore[attr-defined]
        ended = outcome.of_error(failure.value or RuntimeError("no reason given"), url, resolver.refused_hosts())
        ended = replace(ended, host=urlsplit(url).hostname)
        if ended.unreachable and not self.reached:
            if claim.kind != "article" and await SourceVisits(self).replace(claim, ended):
                return
            # It may be our own network: say so, and let nobody suffer for it until someone else has answered.
            self.unreachable.append((claim, ended))
            self._say(claim, ended)
            self.frontier.hold(claim)
            return
        await self.settle(claim, ended)

    async def settle(self, claim: Claim, ended: Outcome) -> None:
        """Commit an outcome that has no article; for a source also when it is due again."""
        if claim.kind != "article" and await SourceVisits(self).replace(claim, ended):
            return
        if ended.state == "blocked" and ended.retry is None:  # whoever found it out: it is worth another try
            ended = replace(ended, retry=outcome.BLOCK_PAUSE)
        if ended.state in ("blocked", "failed", "not_article", "queued"):  # the same again is no reason to be content
            self.frontier.note(claim, etag=None, last_modified=None, body_hash=None)
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
        if not self.frontier.commits.broken:
            self.frontier.commits.later(self.frontier.manners.rest)
        self.frontier.commits.flush()

    def _write(self, claim: Claim, ended: Outcome) -> None:
        self.frontier.write(claim, ended, due=revisits.due(self.db.conn, claim.article_id))
        if claim.kind != "article":
            polled(self.db.conn, self.topic, claim, ended)

    def _say(self, claim: Claim, ended: Outcome) -> None:
        if claim.kind != "article":
            logger.warning("%s: %s (%s)", claim.source, ended.reason, claim.url)
        elif ended.state == "failed" and ended.retry is None:  # a bug, which has a line already, is tried again
            logger.info("%s: %s", claim.url, ended.reason)


def _was_conditional(response: Response) -> bool:
    """Whether the request of a response had validators."""
    headers = response.request.headers if response.request else {}
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _led_to(response: Response) -> str | None:
    """Where a redirect leads that was not followed, since it is another host's turn; None for any other response."""
    location = header(response, "Location")
    return clean_url(location, response.url) if location and response.status in (301, 302, 303, 307, 308) else None


def exchange_of(response: Response) -> Exchange:
    """What went over the wire for ``response``, its body still compressed if it was."""
    request = response.request
    assert request
    headers, body = request.meta.pop("as_sent", (response.headers, response.body))
    asked = tuple((name, value) for name, value in _fields(request.headers) if name.lower() not in SECRET)
    return Exchange(response.url, asked, response.status, tuple(_fields(headers)), body)


def _fields(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in values:
            yield name.decode("latin-1"), value.decode("latin-1")


def header_charset(response: Response) -> str | None:
    """The charset that the Content-Type header names."""
    content_type = header(response, "Content-Type") or ""
    return content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None
