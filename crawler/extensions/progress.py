"""Seeing it work: a line that moves on a terminal, a log line a minute elsewhere."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.status import Status
from scrapy import signals

from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

logger = logging.getLogger(__name__)


class Progress:
    """Tell every ``every`` seconds how far the run is, through ``say``."""

    def __init__(self, frontier: Frontier, terminal: bool):
        self.frontier = frontier
        self.status = Status("starting", console=Console(file=sys.stderr)) if terminal else None
        self.every = 0.5 if terminal else 60.0
        self._timer: asyncio.TimerHandle | None = None
        self._moved: list[tuple[logging.StreamHandler, object]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(Run.of(crawler).frontier, sys.stderr.isatty())
        crawler.signals.connect(progress.opened, signals.spider_opened)
        crawler.signals.connect(progress.closed, signals.spider_closed)
        return progress

    def opened(self) -> None:
        if self.status:
            before = sys.stderr
            self.status.start()
            # While the line moves, log lines go above it: rich puts a stand-in for stderr in place.
            for handler in logging.root.handlers:
                if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                    handler.setStream(sys.stderr)
                    self._moved.append((handler, before))
        self._timer = asyncio.get_running_loop().call_later(self.every, self._tell)

    def _tell(self) -> None:
        frontier = self.frontier
        total: Counter[str] = sum(frontier.counts.values(), Counter())
        announced = total["announced"]
        answered = sum(total.values()) - announced - total["found"] - total["old"]  # those were not asked for
        line = (
            f"{announced} sources read, {total['found']} new addresses, {answered} pages done, "
            f"{total['stored']} stored, {frontier.in_flight} under way"
        )
        if self.status:
            self.status.update(line)
        else:
            logger.info("%s", line)
        self._timer = asyncio.get_running_loop().call_later(self.every, self._tell)

    def closed(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self.status:
            for handler, stream in self._moved:
                handler.setStream(stream)
            self.status.stop()
