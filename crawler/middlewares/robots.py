"""robots.txt as RFC 9309 has it: no file, no rules; a file that cannot be read, no visit for 30 days."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler import clock, resolver
from crawler.discovery.bodies import charset_of, decoded
from crawler.fetching import outcome
from crawler.fetching.outcome import RobotsForbidden, RobotsUnreadable, header
from crawler.fetching.robots_rules import LONGEST, RobotsRules, whole_lines
from crawler.frontier import hosts
from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

logger = logging.getLogger(__name__)

KEPT = 8 * 1024**2  # bytes of rules that stay in memory (parsed, they take forty times that); others are read again
UNREADABLE = timedelta(days=30)  # RFC 9309, 2.3.1.4: after so long a robots.txt that cannot be read counts as none
MAX_CRAWL_DELAY = 60.0  # seconds; nobody's front page needs longer between two readers


class Robots:
    """Ask every host for its robots.txt once a run, obey it, and hand its Crawl-delay to the frontier."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.run = Run.maybe_of(crawler)
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Task[RobotsRules | None]] = {}  # of each origin
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
            if request.meta["robots"] > LONGEST:
                raise StopDownload(fail=False)

    async def process_request(self, request: Request) -> None:
        if "robots" in request.meta:
            return
        url = urlparse_cached(request)
        key = f"{url.scheme}://{url.netloc}"
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._read(key, url.hostname or "", request.meta.get("proxy")))
        rules = await asyncio.shield(self._rules[key])
        if rules and not rules.allowed(request.url):
            raise RobotsForbidden(outcome.FORBIDDEN)

    def _keep(self, origin: str, size: int) -> None:
        """The rules of ``origin`` have ``size`` bytes: forget others that were read earlier if that is too much."""
        self._sizes[origin] = size
        self._kept += size
        while self._kept > KEPT and (oldest := next(iter(self._sizes))) != origin:
            self._kept -= self._sizes.pop(oldest)
            self._rules.pop(oldest, None)

    async def _read(self, origin: str, host: str, proxy: str | None) -> RobotsRules | None:
        frontier = self.run and self.run.frontier
        text = hosts.robots(frontier.connection, host, origin) if frontier else None
        if text is None:
            try:
                text = await self._ask(origin, proxy)
            except RobotsUnreadable as error:
                if not frontier or (lasted := self._given_up(frontier, host, origin, error)) is None:
                    raise
                text = hosts.robots(frontier.connection, host, origin, however_old=True) or ""
                logger.warning(
                    "%s: its robots.txt could not be read for %d days, longer than rules hold: visited %s (%s)",
                    host,
                    lasted.days,
                    "by those read last" if text else "as if it had none",
                    error,
                )
            else:
                if frontier:
                    delay = _delay(self._parse(text))
                    frontier.commits.later(partial(hosts.keep_robots, frontier.connection, host, origin, text, delay))
        rules = self._parse(text) if text else None
        self._keep(origin, len(text))
        self._slow_down(host, rules)
        return rules

    def _given_up(self, frontier: Frontier, host: str, origin: str, error: RobotsUnreadable) -> timedelta | None:
        """For how long the server has kept its robots.txt from us, once that is too long; None before that."""
        if error.cause and outcome.of_error(error.cause, origin, resolver.refused_hosts()).unreachable:
            return None  # nothing of that host can be read
        now = clock.now()
        since = hosts.robots_failing_since(frontier.connection, host) or now
        frontier.commits.later(partial(hosts.robots_failed, frontier.connection, host, now))
        return now - since if now - since > UNREADABLE else None

    def _slow_down(self, host: str, rules: RobotsRules | None) -> None:
        """The frontier and the downloader keep to the Crawl-delay of ``host`` from now on.

        The downloader, too, because redirects and the search for a feed do not come from the frontier.
        """
        delay = _delay(rules) if rules else None
        if not delay:
            return
        if self.run:
            self.run.frontier.turns.slow_down(host, delay)
        assert self.crawler.engine
        downloader = self.crawler.engine.downloader
        pace = max(delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        downloader.per_slot_settings[host] = {"delay": pace}
        if host in downloader.slots:
            downloader.slots[host].delay = pace
            downloader.slots[host].lastseen = time.monotonic()  # the delay begins with the answer, however late it came

    async def _ask(self, origin: str, proxy: str | None) -> str:
        """The text of a robots.txt, empty when there is none; RobotsUnreadable when nobody can tell."""
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
        if response.status >= 300:
            return ""
        body = whole_lines(response.body, broke_off=not {"download_stopped", "dataloss"}.isdisjoint(response.flags))
        return decoded(body, charset_of(header(response, "Content-Type") or ""))

    def _parse(self, text: str) -> RobotsRules:
        return RobotsRules(text, self.agent)


def _delay(rules: RobotsRules) -> float | None:
    return min(rules.crawl_delay, MAX_CRAWL_DELAY) if rules.crawl_delay else None
