"""robots.txt as RFC 9309 has it: no file, no rules; a file that cannot be read, no visit."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler import clock
from crawler.fetching import outcome
from crawler.fetching.outcome import RobotsForbidden, RobotsUnreadable
from crawler.frontier import hosts
from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much must be parsed; the rest is left out
KEPT = 8 * 1024**2  # bytes of rules that stay in memory (parsed, they take forty times that); others are read again
MAX_CRAWL_DELAY = 60.0  # seconds; nobody's front page needs longer between two readers


class Robots:
    """Ask every host for its robots.txt once a run, obey it, and hand its Crawl-delay to the frontier."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.run = Run.maybe_of(crawler)
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Task[ProtegoRobotParser | None]] = {}  # of each origin
        self._sizes: dict[str, int] = {}
        self._kept = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        robots = cls(crawler)
        crawler.signals.connect(robots.received, signals.bytes_received)
        return robots

    def received(self, data: bytes, request: Request) -> None:
        """Enough of a robots.txt is enough: some never end."""
        if "robots" in request.meta:
            request.meta["robots"] += len(data)
            if request.meta["robots"] > MAX_BYTES:
                raise StopDownload(fail=False)

    async def process_request(self, request: Request) -> None:
        if "robots" in request.meta:
            return
        url = urlparse_cached(request)
        key = f"{url.scheme}://{url.netloc}"
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._read(key, url.hostname or "", request.meta.get("proxy")))
        rules = await asyncio.shield(self._rules[key])
        if rules and not rules.allowed(request.url, self.agent):
            raise RobotsForbidden("robots.txt does not allow it")

    def _keep(self, origin: str, size: int) -> None:
        """The rules of ``origin`` have ``size`` bytes: forget others that were read earlier if that is too much."""
        self._sizes[origin] = size
        self._kept += size
        while self._kept > KEPT and (oldest := next(iter(self._sizes))) != origin:
            self._kept -= self._sizes.pop(oldest)
            self._rules.pop(oldest, None)

    async def _read(self, origin: str, host: str, proxy: str | None) -> ProtegoRobotParser | None:
        frontier = self.run and self.run.frontier
        text = hosts.robots(frontier.connection, host, origin) if frontier else None
        if text is not None:
            rules = self._parse(text.encode()) if text else None
            self._keep(origin, len(text))
            self._slow_down(host, rules)
            return rules
        body = await self._ask(origin, proxy)
        rules = self._parse(body) if body else None
        self._keep(origin, len(body))
        delay = self._slow_down(host, rules)
        if frontier:
            text = body.decode("utf-8", "replace")
            frontier.commits.later(partial(hosts.keep_robots, frontier.connection, host, origin, text, delay))
        return rules

    def _slow_down(self, host: str, rules: ProtegoRobotParser | None) -> float | None:
        """The Crawl-delay of ``host`` in seconds; the frontier and the downloader keep to it from now on.

        The downloader, too, because redirects and the search for a feed do not come from the frontier.
        """
        wanted = rules.crawl_delay(self.agent) if rules else None
        if not wanted:
            return None
        delay = min(wanted, MAX_CRAWL_DELAY)
        if self.run:
            self.run.frontier.turns.slow_down(host, delay)
        assert self.crawler.engine
        downloader = self.crawler.engine.downloader
        pace = max(delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        downloader.per_slot_settings[host] = {"delay": pace}
        if host in downloader.slots:
            downloader.slots[host].delay = pace
            downloader.slots[host].lastseen = time.monotonic()  # the delay begins with the answer, however late it came
        return delay

    async def _ask(self, origin: str, proxy: str | None) -> bytes:
        """The body of a robots.txt, empty when there is none; RobotsUnreadable when nobody can tell."""
        meta = {"robots": 1, **({"proxy": proxy} if proxy else {})}
        request = Request(f"{origin}/robots.txt", meta=meta, priority=1000, callback=NO_CALLBACK)
        assert self.crawler.engine
        try:
            response: Response = await self.crawler.engine.download_async(request)
        except Exception as error:
            raise RobotsUnreadable(f"robots.txt could not be read: {error}", error) from error
        if response.status >= 500 or response.status == 429:
            wait = outcome.retry_after(outcome.header(response, "Retry-After"), clock.now())
            raise RobotsUnreadable(f"robots.txt could not be read ({response.status})", wait=wait)
        return response.body[:MAX_BYTES] if response.status < 300 else b""

    def _parse(self, body: bytes) -> ProtegoRobotParser:
        return ProtegoRobotParser.from_crawler(self.crawler, body)
