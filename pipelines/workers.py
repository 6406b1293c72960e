"""The first stage: pages are read in worker processes that may be killed, and never take the crawl with them."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Timeout
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from crawler.exceptions import Refused
from crawler.items import Article, Fetched, Page, Refusal

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TIME_LIMIT = 10.0  # seconds that a page may take
MEMORY_LIMIT = 400 * 1024**2  # bytes of data that a worker may hold
OUT_OF_MEMORY = 77  # exit code of a worker
LARGE = 1024**2  # bytes of a page after which a worker gives memory back


class Extract:
    """Turn a page into an article, or drop it with the reason why it has none."""

    def __init__(self, workers: int, time_limit: float = TIME_LIMIT):
        self.time_limit = time_limit
        self.workers = workers
        self._pool: ProcessPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("EXTRACT_WORKERS"))

    async def process_item(self, page: Page) -> Article:
        result = await self._read(page.fetched)
        if isinstance(result, Refusal):
            raise Refused(result.state, result.reason)
        result.claim = page.claim
        result.source = page.claim.source
        return result

    async def _read(self, fetched: Fetched) -> Article | Refusal:
        if not self.workers:
            return read(fetched)
        for _ in range(2):
            try:
                return await asyncio.wrap_future(self._schedule(fetched))
            except Timeout:
                return Refusal("failed", f"extraction exceeded {self.time_limit:g} s")
            except ProcessExpired as error:
                if error.exitcode == OUT_OF_MEMORY:
                    return Refusal("failed", f"extraction exceeded {MEMORY_LIMIT // 1024**2} MiB")
                return Refusal("failed", f"extraction ended its process (exit code {error.exitcode})")
            except BrokenProcessPool:  # a worker died between two pages: this one may be innocent
                self._stop()
        return Refusal("failed", "extraction ended its processes twice")

    def _schedule(self, fetched: Fetched) -> Future[Article | Refusal]:
        if self._pool is None:
            # Spawned: a fork of the crawler would take its sockets and its database along.
            self._pool = ProcessPool(
                max_workers=self.workers,
                initializer=settle_in,
                initargs=[os.getpid()],
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool.schedule(read_alone, args=[fetched], timeout=self.time_limit)

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.stop()
            pool.join()

    def close_spider(self) -> None:
        self._stop()


def read(fetched: Fetched) -> Article | Refusal:
    """What is on the page."""
    from pipelines.extract import extract  # only who reads pages loads what that needs

    return extract(fetched)


def read_alone(fetched: Fetched) -> Article | Refusal:
    """``read`` in a worker process, which ends when memory does: what is left of it would fail the next page, too."""
    try:
        return read(fetched)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        if len(fetched.body) > LARGE:
            gc.collect()
            if sys.platform == "linux":
                ctypes.CDLL(None).malloc_trim(0)


def settle_in(parent: int) -> None:
    """Make this process a worker: bounded in memory, deaf to Ctrl-C, gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > MEMORY_LIMIT:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=[parent], daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
