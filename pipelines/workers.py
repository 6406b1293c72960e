"""The first stage: pages are read in worker processes that may be killed, and never take the crawl with them."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import resource
import signal
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Timeout
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from crawler.exceptions import Refused
from crawler.items import Article, Fetched, Page, Refusal

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TIME_LIMIT = 10.0  # seconds of CPU that a page may take: neither a busy machine nor one that slept fails a page
PATIENCE = 6  # times the limit: what has no answer by then hangs, or the machine slept, so it is tried once more
MEMORY_LIMIT = 400 * 1024**2  # bytes of data that a worker may hold
OUT_OF_MEMORY, OUT_OF_TIME = 77, -signal.SIGPROF  # exit codes of a worker
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
        too_slow = Refusal("failed", f"extraction exceeded {self.time_limit:g} s")
        for last in (False, True):
            pool = self._current()
            try:
                return await asyncio.wrap_future(self._schedule(pool, fetched))
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
                max_workers=self.workers, initializer=settle_in, initargs=[os.getpid()], context=Sheltered()
            )
        return self._pool

    def _schedule(self, pool: ProcessPool, fetched: Fetched) -> Future[Article | Refusal]:
        limit = self.time_limit
        return pool.schedule(read_alone, args=[fetched, limit], timeout=limit * PATIENCE)

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


def read_alone(fetched: Fetched, limit: float) -> Article | Refusal:
    """``read`` in a worker process, which ends after ``limit`` seconds of CPU, or when memory does.

    What is left of it would fail the next page, too.
    """
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        return read(fetched)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if len(fetched.body) > LARGE:
            gc.collect()
            if sys.platform == "linux":
                ctypes.CDLL(None).malloc_trim(0)


class ShelteredProcess(SpawnProcess):
    """A process that Ctrl-C and SIGTERM never reach, though both go to every process of the crawl's group.

    The crawler ends its workers itself, once they have finished what is under way.
    """

    def start(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))  # the child inherits it
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def terminate(self) -> None:
        self.kill()


class Sheltered(SpawnContext):
    """Starts workers. Spawned: a fork of the crawler would take its sockets and its database along."""

    Process = ShelteredProcess


def settle_in(parent: int) -> None:
    """Make this process a worker: bounded in memory, ready to read, gone when its parent is."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > MEMORY_LIMIT:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=[parent], daemon=True).start()
    import pipelines.extract  # noqa: F401  # the time limit is for pages, not for this


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
