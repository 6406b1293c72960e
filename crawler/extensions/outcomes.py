"""Every page that the pipelines turn away, and every surprise, ends as a row in ``pages`` with its reason."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from twisted.python.failure import Failure

from crawler.exceptions import Unwanted
from crawler.fetching.outcome import Outcome
from crawler.items import Claim, Page
from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.topic import TopicSpider

logger = logging.getLogger(__name__)

BUG_PAUSE = timedelta(days=1)  # the page is innocent: it is asked for again, and an update may have come until then


class Outcomes:
    """Connect Scrapy's signals for dropped items and errors to the frontier."""

    def __init__(self, spider: TopicSpider):
        self.spider = spider
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        Run.of(crawler)
        outcomes = cls(crawler.spider)  # type: ignore[arg-type]
        crawler.signals.connect(outcomes.dropped, signals.item_dropped)
        crawler.signals.connect(outcomes.pipeline_failed, signals.item_error)
        crawler.signals.connect(outcomes.spider_failed, signals.spider_error)
        outcomes.spider.frontier.commits.on_broken = lambda error: outcomes.stop(crawler)
        return outcomes

    async def dropped(self, item: Page, exception: Unwanted) -> None:
        """A stage said no."""
        await self.spider.settle(item.claim, Outcome(exception.state, exception.reason, status=200))

    async def pipeline_failed(self, item: Page, failure: Failure) -> None:
        """A stage broke: our bug, or the database's."""
        await self._surprise(item.claim, failure)

    def spider_failed(self, failure: Failure, response: Any) -> None:
        """The spider broke: our bug."""
        claim = response.request.meta.get("claim") if getattr(response, "request", None) else None
        task = asyncio.ensure_future(self._surprise(claim, failure))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _surprise(self, claim: Claim | None, failure: Failure) -> None:
        commits = self.spider.frontier.commits
        if claim is None:
            return
        if commits.broken:
            self.spider.frontier.ended(claim, "lost")
            return
        said = " ".join(str(failure.value).split())[:200]
        await self.spider.settle(claim, Outcome("failed", f"a bug: {type(failure.value).__name__}: {said}", BUG_PAUSE))

    def stop(self, crawler: Crawler) -> None:
        """Nothing can be written any more: end the run."""
        assert crawler.engine
        task = asyncio.ensure_future(crawler.engine.close_spider_async(reason="database"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
