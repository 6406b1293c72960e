"""What is at the addresses that somebody wants to watch: one visit with the manners of a crawl, nothing stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import scrapy
from lxml.html import HtmlElement
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from crawler import resolver
from crawler.discovery import discover
from crawler.discovery.bodies import decoded, page_of
from crawler.discovery.feed_finder import find_feed
from crawler.discovery.feeds import parse_feed, plain
from crawler.fetching import outcome
from crawler.fetching.attempt import attempt
from crawler.fetching.outcome import Outcome, header
from crawler.items import Found
from crawler.newtopic.opml import subscribed
from crawler.urls import by_turns

OUT_OF_TIME = "out of time"


@dataclass(frozen=True)
class Finding:
    """What is at one address."""

    given: str
    address: str  # where to visit from now on: that of the feed when one was found
    kind: str | None = None  # feed, sitemap, section or page; None: nothing that can be watched
    reason: str = ""  # why nothing
    unreachable: bool = False  # no connection was made: it may be our own network
    found: tuple[Found, ...] = ()  # what it announces
    titles: tuple[str, ...] = ()  # what it calls itself, the best first
    language: str | None = None  # ISO 639-1, as its feed says
    name: str | None = None  # what a list of subscriptions calls it
    looked: bool = True  # False: there was no time to look

    @property
    def newest(self) -> str | None:
        """The latest date that it announces, as the database writes it; None when it gives none."""
        return max((date for item in self.found if (date := item.published or item.modified)), default=None)


class Survey(scrapy.Spider):
    """Looks at each of ``addresses``, and behind home pages for their feeds. ``tell`` gets each Finding in turn."""

    name = ""  # not a spider of the project

    def __init__(
        self,
        addresses: Sequence[str],
        tell: Callable[[Finding], None],
        names: Mapping[str, str] | None = None,
        list_at: str | None = None,
        seconds: float | None = None,
        **kwargs: Any,
    ):
        """``names`` are what a list of subscriptions calls its addresses; one that lies at ``list_at`` is fetched.

        After so many ``seconds`` nothing more is asked for.
        """
        super().__init__(name="survey", **kwargs)
        self.addresses, self.tell, self.names = list(addresses), tell, dict(names or {})
        self.list_at, self.seconds = list_at, seconds
        self.given = [*addresses, *filter(None, [list_at])]
        self.answers: dict[str, Response] = {}  # what the search for a feed was answered
        self.findings: dict[str, Finding] = {}  # given address -> what is there
        self.fault: str | None = None  # why the list of subscriptions cannot be read
        self._told = 0

    async def start(self) -> AsyncIterator[Any]:
        if self.seconds is not None:
            asyncio.get_running_loop().call_later(self.seconds, self._end)
        if self.list_at:
            await self._subscribe(self.list_at)
        for address in by_turns(self.addresses):
            yield scrapy.Request(
                address, self.parse, errback=self.failed, cb_kwargs={"given": address}, dont_filter=True
            )

    async def _subscribe(self, url: str) -> None:
        response = await attempt(self.crawler, scrapy.Request(url, callback=NO_CALLBACK))
        try:
            if response is None:
                raise ValueError("cannot be fetched: save it with a browser and give the file")
            self.names |= subscribed(response.body)
        except ValueError as error:
            self.fault = str(error)
        self.addresses += [address for address in self.names if address not in self.addresses]

    def _end(self) -> None:
        if self.crawler.engine and self.crawler.engine.running:
            self._ending = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=OUT_OF_TIME))

    def found(self, finding: Finding) -> None:
        """Remember what is at an address, and tell everything whose turn it is."""
        self.findings[finding.given] = replace(finding, name=self.names.get(finding.given))
        while self._told < len(self.addresses) and (following := self.findings.get(self.addresses[self._told])):
            self._told += 1
            self.tell(following)

    def give_up(self) -> None:
        """What was not looked at by now will not be."""
        for address in self.addresses:
            if address not in self.findings:
                self.found(Finding(address, address, looked=False))

    async def parse(self, response: Response, given: str) -> None:
        ended = outcome.of_response(response)
        self.found(_nothing(given, ended) if ended else await self._finding(response, given))

    def failed(self, failure: Failure) -> None:
        """The errback: no response came."""
        url = failure.request.url  # type: ignore[attr-defined]
        error = failure.value or RuntimeError("no reason given")
        given = failure.request.cb_kwargs["given"]  # type: ignore[attr-defined]
        self.found(_nothing(given, outcome.of_error(error, url, resolver.refused_hosts())))

    async def _finding(self, response: Response, given: str) -> Finding:
        found: list[Found] = []
        kind, fault = "section", ""
        try:
            kind, found = discover(response.body, response.url, header(response, "Content-Type") or "")
        except ValueError as error:
            fault = str(error)
        if kind == "section" and (not fault or fault.startswith("a web page")):
            better = await find_feed(response, self._ask, await self._robots(response.url), alone=bool(fault))
            if better:
                behind = self.answers[better.address]
                own, language = _presentation(behind, better.kind)
                titles = (*_presentation(response, "section")[0], *own)
                return Finding(
                    given, better.address, better.kind, found=tuple(better.found), titles=titles, language=language
                )
        if fault:
            return _nothing(given, outcome.of_unreadable(fault, response.status))
        titles, language = _presentation(response, kind)
        return Finding(given, given, kind, found=tuple(found), titles=titles, language=language)

    async def _robots(self, url: str) -> bytes:
        """The robots.txt of the site of ``url``, for the sitemaps that it names; empty without one."""
        request = scrapy.Request(urljoin(url, "/robots.txt"), callback=NO_CALLBACK, meta={"robots": True})
        response = await attempt(self.crawler, request)
        return response.body if response else b""

    async def _ask(self, url: str) -> Response | None:
        response = await attempt(self.crawler, scrapy.Request(url, callback=NO_CALLBACK))
        if response:
            self.answers[response.url] = response
        return response


def _nothing(given: str, ended: Outcome) -> Finding:
    return Finding(given, given, reason=ended.reason, unreachable=ended.unreachable)


def _presentation(response: Response, kind: str) -> tuple[tuple[str, ...], str | None]:
    """What a source calls itself, the best first, and the language that its feed names."""
    titles: list[str | None] = []
    language = None
    if kind == "feed":
        feed = parse_feed(response.body, response.url)
        titles, language = [feed.title], feed.language
    elif kind in ("section", "page"):
        page = page_of(decoded(response.body))
        titles = [] if page is None else _names_of(page)
    return tuple(filter(None, titles)), language


def _names_of(page: HtmlElement) -> list[str | None]:
    """The site's name as a page gives it, Open Graph's first; then its title."""
    named: list[str | None] = [
        plain(meta.get("content") or "", 80)
        for meta in page.iter("meta")
        if (meta.get("property") or meta.get("name") or "").lower() in ("og:site_name", "application-name")
    ]
    return [*named, *(plain("".join(title.itertext()), 80) for title in islice(page.iter("title"), 1))]
