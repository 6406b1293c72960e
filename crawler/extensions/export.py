"""``scrapy crawl TOPIC -o FILE``: the articles that a run stored, as they are in the database when it ends."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.extensions.feedexport import FeedExporter

from crawler.database import queries
from crawler.run import Run


class StoredArticles(FeedExporter):
    """Scrapy's exporter, at the end of the run: a text that was stored early may have been cleaned since."""

    def open_spider(self, spider: Spider) -> None:
        super().open_spider(spider)
        self._stored: dict[int, None] = {}

    def item_scraped(self, item: Any, spider: Spider) -> None:
        self._stored[item["id"]] = None

    async def close_spider(self, spider: Spider) -> None:
        for number in self._stored:
            row = queries.article(Run.of(self.crawler).db.conn, str(number))
            if row is not None:
                super().item_scraped(queries.decoded(row), spider)
        await super().close_spider(spider)
