"""What a host has cost us in this run; requests that the frontier does not hand out keep to its limits, too."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetching.outcome import NotNow
from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier.turns import Turns

NEXT_RUN = timedelta(minutes=5)


class HostLimits:
    """Count redirects, robots.txt and the search for feeds as requests to their host, and refuse those it may not get.

    Claims of the frontier were counted and allowed when they were taken. The last of the middlewares before the
    network: sizes are those on the wire.
    """

    def __init__(self, turns: Turns | None):
        self._turns = turns  # None: no run of a topic

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.maybe_of(crawler)
        limits = cls(run.frontier.turns if run else None)
        crawler.signals.connect(limits.headers_received, signals.headers_received)
        return limits

    def headers_received(self, request: Request) -> None:
        request.meta["headers_at"] = time.monotonic()

    def process_request(self, request: Request) -> None:
        host, turns = urlparse_cached(request).hostname or "", self._turns
        meta = request.meta
        if turns is None or ("claim" in meta and not meta.get("redirect_times")):
            return
        if wait := turns.paused_for(host):
            raise NotNow(f"{host} wants to be left alone", timedelta(seconds=wait))
        if turns.used_up(host) and not meta.get("robots"):
            raise NotNow(f"{host} has had all the requests that it gets in one run (HOST_BUDGET)", NEXT_RUN)
        turns.asked(host)

    def process_response(self, request: Request, response: Response) -> Response:
        if self._turns:
            now = time.monotonic()  # the body's time counts as well: it may drip
            seconds = request.meta.get("download_latency", 0.0) + now - request.meta.get("headers_at", now)
            self._turns.cost(urlparse_cached(request).hostname or "", len(response.body), seconds)
        return response
