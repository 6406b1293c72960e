"""What was removed on request is not asked for: no page, no redirect that leads to it, no robots.txt of its site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request

from crawler.fetching.outcome import Removed as RemovedOnRequest
from crawler.frontier import removals
from crawler.run import Run

if TYPE_CHECKING:
    import sqlite3

    from scrapy.crawler import Crawler


class Removed:
    """Turn away requests for what the table ``removals`` names."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(Run.of(crawler).db.conn)

    def process_request(self, request: Request) -> None:
        if reason := removals.why(self.connection, request.url):
            raise RemovedOnRequest(reason)
