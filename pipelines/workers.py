"""The second stage: pages are read in worker processes that may be killed, and never take the crawl with them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Timeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool
from scrapy import signals

from crawler.exceptions import Refused
from crawler.items import Page, Reading, Refusal
from crawler.run import Run
from pipelines.language import check
from pipelines.reading import Reader, Watched
from pipelines.reading.worker import (
    MEMORY_LIMIT,
    OUT_OF_MEMORY,
    OUT_OF_TIME,
    Sheltered,
    close_nursery,
    open_nursery,
    read_alone,
    settle_in,
    settled,
)

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
        self._started: asyncio.Future[object] | None = None  # done when the workers of the pool have begun
        self._one_by_one: dict[str, asyncio.Lock] = {}  # sources that have hurt a worker: they get one at a time

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        topics = Run.of(crawler).topics
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
            self._start()

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
            pool = None
            try:
                pool = await self._current()
                return await asyncio.wrap_future(self._schedule(pool, page))
            except Timeout:
                if last:
                    return too_slow
            except ProcessExpired as error:
                if error.exitcode == OUT_OF_TIME:
                    return too_slow
                if error.exitcode == OUT_OF_MEMORY:
                    return Refusal("failed", f"extraction exceeded {MEMORY_LIMIT // 1024**2} MiB")
                return Refusal("failed", f"extraction crashed (exit code {error.exitcode})")
            except BrokenProcessPool:  # a worker died between two pages: this one may be innocent
                if pool and self._pool is pool:  # else another page has already replaced it
                    self._stop()
        return Refusal("failed", "extraction crashed twice")

    async def _current(self) -> ProcessPool:
        """A pool whose workers have begun; BrokenProcessPool when they could not."""
        if self._pool and self._started and self._started.done() and not self._pool.active:
            self._stop()  # its workers died while there was nothing to read
        pool, started = self._start()
        try:
            await asyncio.shield(started)
        except BrokenProcessPool:
            if self._pool is pool:
                self._stop()
            raise
        return pool

    def _start(self) -> tuple[ProcessPool, asyncio.Future[object]]:
        if self._pool is None or self._started is None:
            open_nursery()
            self._pool = ProcessPool(
                max_workers=self.workers,
                max_tasks=PAGES,
                initializer=settle_in,
                initargs=[self.reader],
                context=Sheltered(),
            )
            # In a thread: the nursery has to load before it can be forked.
            self._started = asyncio.get_running_loop().run_in_executor(None, self._pool.schedule, settled)
        return self._pool, self._started

    def _schedule(self, pool: ProcessPool, page: Page) -> Future[Reading | Refusal]:
        limit = self.time_limit
        return pool.schedule(read_alone, args=[page, limit], timeout=limit * PATIENCE)

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.stop()
            pool.join()

    async def close_spider(self) -> None:
        if self._started:
            await asyncio.wait([self._started])  # what is only half started cannot be stopped
            self._stop()
            close_nursery()
