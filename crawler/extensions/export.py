"""``scrapy crawl TOPIC... -o FILE``: the articles that the runs stored, as they are in the database at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.extensions.feedexport import FeedExporter

from crawler import database
from crawler.database import queries


class StoredArticles(FeedExporter):
    """Scrapy's exporter, but nothing is written before ``finish``: a text that was stored early may be cleaned later.

    It may collect what the runs of further topics store.
    """

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        self._stored: dict[int, None] = {}

    def item_scraped(self, item: Any, spider: Spider) -> None:
        self._stored[item["id"]] = None

    async def close_spider(self, spider: Spider) -> None:
        """The files stay open for the topics that are still to come."""

    async def finish(self) -> None:
        """Write the articles and close the files."""
        spider = self.crawler.spider
        assert spider
        try:
            if self._stored:
                with database.reading(Path(self.settings["DATABASE"])) as db:
                    for number in self._stored:
                        row = queries.article(db.conn, str(number))
                        if row is not None:
                            super().item_scraped(queries.decoded(row), spider)
        finally:
            await super().close_spider(spider)
