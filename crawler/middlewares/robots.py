"""robots.txt as RFC 9309 has it: no file, no rules; a file that cannot be read, no visit."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler.outcome import RobotsForbidden, RobotsUnreadable

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much must be parsed; the rest is left out
MAX_CRAWL_DELAY = 60.0  # seconds; nobody's front page needs longer between two readers


class Robots:
    """Ask every host for its robots.txt once a run, obey it, and hand its Crawl-delay to the frontier."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Task[RobotParser | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        url = urlparse_cached(request)
        key = f"{url.scheme}://{url.netloc}"
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._read(key, url.hostname or ""))
        rules = await asyncio.shield(self._rules[key])
        if rules and not rules.allowed(request.url, self.agent):
            raise RobotsForbidden("robots.txt does not allow it")

    async def _read(self, origin: str, host: str) -> RobotParser | None:
        request = Request(f"{origin}/robots.txt", meta={"robots": True}, priority=1000, callback=NO_CALLBACK)
        assert self.crawler.engine
        try:
            response: Response = await self.crawler.engine.download_async(request)
        except Exception as error:
            raise RobotsUnreadable(f"robots.txt could not be read: {error}", error) from error
        if response.status >= 500 or response.status == 429:
            raise RobotsUnreadable(f"robots.txt could not be read ({response.status})")
        if response.status >= 300:
            return None
        rules = ProtegoRobotParser.from_crawler(self.crawler, response.body[:MAX_BYTES])
        delay = rules.crawl_delay(self.agent)
        frontier = getattr(self.crawler.spider, "frontier", None)
        if delay and frontier:
            frontier.turns.slow_down(host, min(float(delay), MAX_CRAWL_DELAY))
        return rules
