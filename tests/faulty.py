"""A spider, a pipeline stage and an extension with a bug each, to see how far such a bug gets."""

from __future__ import annotations

from typing import Any

from scrapy import signals

from crawler.spiders.topic import TopicSpider


class Faulty(TopicSpider):
    """Fails on the pages of one outlet."""

    name = "venezuela_russia"

    async def parse(self, response: Any, claim: Any) -> Any:
        if claim.kind == "article" and claim.host == "127.0.0.12":
            raise LookupError("the spider stumbles")
        return await super().parse(response, claim)


class Stage:
    """Fails on the articles of another."""

    def process_item(self, article: Any) -> Any:
        if article.claim.host == "127.0.0.13":
            raise LookupError("the stage stumbles\nin two lines")
        return article


class Extension:
    """Fails when a spider opens."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> Extension:
        extension = cls()
        crawler.signals.connect(extension.opened, signals.spider_opened)
        return extension

    def opened(self) -> None:
        raise LookupError("the extension stumbles")
