"""One polite request to each source of a topic: which works, which does not, and where the others are now."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor
from twisted.python.failure import Failure

from crawler import logs, resolver
from crawler.discovery import discover
from crawler.discovery.feed_finder import Discovered, find_again, find_feed
from crawler.fetching import outcome
from crawler.fetching.attempt import attempt
from crawler.fetching.outcome import Outcome, header
from crawler.items import Found
from crawler.seeds import Source
from crawler.sources.access import Access
from crawler.sources.verdicts import verdict
from crawler.urls import by_turns

PERMANENT = {301, 308}
AT_ONCE = 100  # requests, each to a host of its own unless DOWNLOAD_DELAY says otherwise


@dataclass(frozen=True)
class Checked:
    """What is at the address of a source today."""

    source: Source
    verdict: str  # a key of verdicts.REMEDIES
    kind: str | None = None  # feed, sitemap, section or page
    entries: int = 0
    newest: str | None = None  # latest date that it announces, as the database writes it
    reason: str = ""  # why it does not work
    moved_to: str | None = None  # where permanent redirects lead
    instead: str | None = None  # another place that announces articles, and what led there
    answered: bool = True  # a server did, whatever it said


class SourceCheck(scrapy.Spider):
    """Asks each of ``sources`` once, and looks around only where nothing is; ``tell`` gets what was found."""

    name = ""  # not a spider of the project

    def __init__(self, sources: Sequence[Source], tell: Callable[[Checked], None], **kwargs: Any):
        super().__init__(name="check", **kwargs)
        self.tell = tell
        self.sources = {source.url: source for source in sources}
        self.given = [url for source in sources for url in (source.url, *source.urls)]
        self.access = Access(sources, os.environ)

    async def start(self) -> AsyncIterator[Any]:
        for url in by_turns(list(self.sources)):
            source = self.sources[url]
            if why := self.access.unusable.get(source.name):
                self.tell(Checked(source, "wrong", reason=why))
            else:
                yield self._request(source, url, self.parse, self.failed, {"source": source})

    def _request(
        self, source: Source, url: str, callback: Any, errback: Any = None, more: Any = None
    ) -> scrapy.Request:
        return scrapy.Request(
            url,
            callback,
            errback=errback,
            cb_kwargs=more or {},
            headers=self.access.headers(source, url),
            meta=self.access.meta(source.name),
            dont_filter=True,
        )

    async def parse(self, response: Response, source: Source) -> None:
        reasons = response.meta.get("redirect_reasons", ())
        moved = response.url if reasons and PERMANENT.issuperset(reasons) else None
        if ended := outcome.of_response(response):
            await self._look_around(source, ended)
            return
        try:
            kind, found = self._listed(response, source)
        except ValueError as error:
            better = None
            if str(error).startswith("a web page"):
                ask, rules = self._asking(source), await self._robots(response.url)
                better = await find_feed(response, ask, rules, source.timezone, source.kind, alone=True, but=source.url)
            if better and source.kind is None and response.url.rstrip("/").count("/") == 2:  # a front page, as wanted
                self.tell(_listing(source, better.kind, better.found, None, f"it leads to {better.address}"))
            else:
                await self._look_around(source, outcome.of_unreadable(str(error), response.status), better)
            return
        self.tell(_listing(source, kind, found, moved))

    def _listed(self, response: Response, source: Source) -> tuple[str, list[Found]]:
        content_type = header(response, "Content-Type") or ""
        return discover(response.body, response.url, content_type, source.kind, source.timezone)

    async def failed(self, failure: Failure) -> None:
        """The errback: no response came."""
        request: scrapy.Request = failure.request  # type: ignore[attr-defined]
        error = failure.value or RuntimeError("no reason given")
        ended = outcome.of_error(error, request.url, resolver.refused_hosts())
        await self._look_around(request.cb_kwargs["source"], ended)

    async def _look_around(self, source: Source, ended: Outcome, better: Discovered | None = None) -> None:
        """Tell what is wrong with ``source``, and where it is when its address is gone."""
        said, instead = verdict(ended), f"{better.address} (its page or site names it)" if better else None
        if said == "dead" and source.kind != "page":
            again = await find_again(source.url, self._asking(source), self._robots, source.timezone)
            instead = f"{again[0].address} ({again[1]})" if again else None
        self.tell(Checked(source, said, reason=ended.reason, instead=instead, answered=not ended.unreachable))

    async def _robots(self, url: str) -> bytes:
        """The robots.txt of the site of ``url``, for the sitemaps that it names; empty without one."""
        request = scrapy.Request(urljoin(url, "/robots.txt"), callback=NO_CALLBACK, meta={"robots": True})
        response = await attempt(self.crawler, request)
        return response.body if response else b""

    def _asking(self, source: Source) -> Callable[[str], Any]:
        return lambda url: attempt(self.crawler, self._request(source, url, NO_CALLBACK))


def _listing(source: Source, kind: str, found: list[Found], moved: str | None, reason: str = "") -> Checked:
    newest = max((date for item in found if (date := item.published or item.modified)), default=None)
    said = "moved" if moved and moved != source.url else "works"
    if not found:
        said, reason = "empty", "it lists nothing"
    return Checked(source, said, kind, len(found), newest, reason, moved if said == "moved" else None)


def check(settings: Settings, sources: Sequence[Source]) -> list[Checked]:
    """What is at the address of each source, in their order; those that were not reached before it was stopped lack."""
    checked: dict[str, Checked] = {}
    quiet = {"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": AT_ONCE}
    settings.setdict(quiet, priority="cmdline")
    install_reactor(settings["TWISTED_REACTOR"])
    logs.configure(settings)
    process = AsyncCrawlerProcess(settings)
    process.crawl(
        process.create_crawler(SourceCheck),
        sources=sources,
        tell=lambda found: checked.__setitem__(found.source.url, found),
    )
    process.start()
    found = [checked[source.url] for source in sources if source.url in checked]
    if any(one.answered for one in found):
        return found
    return [replace(one, verdict="network", instead=None) for one in found]  # it is our own network
