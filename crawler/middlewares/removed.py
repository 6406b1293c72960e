"""What was removed on request is not asked for: no page, no redirect that leads to it, no robots.txt of its site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.exceptions import NotConfigured

from crawler.fetching.outcome import Removed as RemovedOnRequest
from crawler.frontier import removals

if TYPE_CHECKING:
    import sqlite3

    from scrapy.crawler import Crawler


class Removed:
    """Turn away requests for what the table ``removals`` names."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "frontier"):
            raise NotConfigured
        return cls(crawler.spider.db.conn)  # type: ignore[union-attr]

    def process_request(self, request: Request) -> None:
        if reason := removals.why(self.connection, request.url):
            raise RemovedOnRequest(reason)
