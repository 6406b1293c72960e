"""Rows that a change of the schema left to be moved are moved beside the run."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from crawler.database.data_migrations import Mover

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

EVERY = 60  # seconds between two lines about it


class Moving:
    """Move rows from the beginning of a run to its end; the next run goes on."""

    def __init__(self, mover: Mover):
        self.mover = mover
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "frontier"):
            raise NotConfigured
        moving = cls(Mover(crawler.spider.db.conn))  # type: ignore[union-attr]
        crawler.signals.connect(moving.opened, signals.spider_opened)
        crawler.signals.connect(moving.closed, signals.spider_closed)
        return moving

    def opened(self) -> None:
        if self.mover.progress():
            self._task = asyncio.ensure_future(self.mover.move_beside())
            self._tell()

    def _tell(self) -> None:
        if line := self.mover.progress():
            logger.info("%s", line)
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)

    async def closed(self) -> None:
        """End at once, so that nobody waits; an error of a batch is raised here."""
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()
            try:
                await self._task
            except asyncio.CancelledError:
                return
