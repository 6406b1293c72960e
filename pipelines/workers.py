"""The second stage: pages are read in worker processes that may be killed, and never take the crawl with them."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Timeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool
from scrapy.exceptions import NotConfigured
from scrapy import signals

from crawler.exceptions import Refused
from crawler.items import Page, Reading, Refusal
from pipelines.language import check
from pipelines.reading import Reader, Watched
from pipelines.worker import MEMORY_LIMIT, OUT_OF_MEMORY, OUT_OF_TIME, Sheltered, read_alone, settle_in, settled

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

TIME_LIMIT = 10.0  # seconds of CPU that a page may take: neither a busy machine nor one that slept fails a page
PATIENCE = 6  # times the limit: what has no answer by then hangs, or the machine slept, so it is tried once more
PAGES = 1_000  # that a worker reads before another takes its place, in case that something leaks


class Extract:
    """Turn a page into what a reader makes of it, or drop it with the reason why it has no article."""

    def __init__(self, workers: int, reader: Reader, time_limit: float = TIME_LIMIT):
        self.reader = reader
        self.time_limit = time_limit
        self.workers = workers
        self._pool: ProcessPool | None = None
        self._one_by_one: dict[str, asyncio.Lock] = {}  # sources that have hurt a worker: they get one at a time

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "topics"):
            raise NotConfigured
        topics = crawler.spider.topics  # type: ignore[union-attr]
        detector = crawler.settings["LANGUAGE_DETECTOR"]
        check(detector)
        watched = [Watched(topic.name, topic.terms, tuple(topic.languages or ())) for topic in topics]
        extract = cls(crawler.settings.getint("EXTRACT_WORKERS"), Reader(watched, detector))
        crawler.signals.connect(extract.asked, signals.request_reached_downloader)
        return extract

    def asked(self, request: Request) -> None:
        """There will be an article to read: start the workers while it is on its way."""
        claim = request.meta.get("claim")
        if self.workers and self._pool is None and claim is not None and claim.kind == "article":
            self._current().schedule(settled)

    async def process_item(self, page: Page) -> Reading:
        source = page.claim.source
        async with self._one_by_one.get(source) or nullcontext():
            result = await self._read(page)
        if isinstance(result, Refusal):
            if result.state == "failed":
                self._one_by_one.setdefault(source, asyncio.Lock())
            raise Refused(result.state, result.reason)
        return result

    async def _read(self, page: Page) -> Reading | Refusal:
        if not self.workers:
            return self.reader(page)
        too_slow = Refusal("failed", f"extraction exceeded {self.time_limit:g} s")
        for last in (False, True):
            pool = self._current()
            try:
                return await asyncio.wrap_future(self._schedule(pool, page))
            except Timeout:
                if last:
                    return too_slow
            except ProcessExpired as error:
                if error.exitcode == OUT_OF_TIME:
                    return too_slow
                if error.exitcode == OUT_OF_MEMORY:
                    return Refusal("failed", f"extraction exceeded {MEMORY_LIMIT // 1024**2} MiB")
                return Refusal("failed", f"extraction ended its process (exit code {error.exitcode})")
            except BrokenProcessPool:  # a worker died between two pages: this one may be innocent
                if self._pool is pool:  # else another page has already replaced it
                    self._stop()
        return Refusal("failed", "extraction ended its processes twice")

    def _current(self) -> ProcessPool:
        if self._pool and not self._pool.active:  # its workers died while there was nothing to read
            self._stop()
        if self._pool is None:
            resource_tracker.ensure_running()  # by itself it would let signals in while the first worker starts
            self._pool = ProcessPool(
                max_workers=self.workers,
                max_tasks=PAGES,
                initializer=settle_in,
                initargs=[os.getpid(), self.reader],
                context=Sheltered(),
            )
        return self._pool

    def _schedule(self, pool: ProcessPool, page: Page) -> Future[Reading | Refusal]:
        limit = self.time_limit
        return pool.schedule(read_alone, args=[page, limit], timeout=limit * PATIENCE)

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.stop()
            pool.join()

    def close_spider(self) -> None:
        self._stop()
