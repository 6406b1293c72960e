"""Worker processes as one thing to ask: what reads foreign bytes runs there, may be killed, and takes nobody along.

READER_POOL names the class that a run asks. Whoever writes another one (for a cluster, say) needs ``from_settings``,
``start``, ``read``, ``ask`` and ``close``. Scrapy is not needed: a command may ask a pool, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Timeout
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.heap import give_back
from crawler.items import Page, Reading, Refusal, Unread
from crawler.platforms import lacking
from pipelines.language import check
from pipelines.reading import Reader, Watched

if not lacking():  # no run begins there
    from pipelines.reading.worker import (
        MEMORY_LIMIT,
        OUT_OF_MEMORY,
        OUT_OF_TIME,
        Sheltered,
        close_nursery,
        do_alone,
        open_nursery,
        read,
        settle_in,
        settled,
    )

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from crawler.seeds import Topic

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT = 10.0  # seconds of CPU that a task may take: neither a busy machine nor one that slept fails a page
PATIENCE = 6  # times the limit: what has no answer by then hangs, or the machine slept, so it is tried once more
LOOK = 1.0  # seconds between two looks whether the pool still works
TASKS = 1_000  # that a worker does before another takes its place, in case that something leaks


async def answer_of(pool: ProcessPool, function: Callable[..., T], arguments: list[Any], timeout: float) -> T:
    """What a worker of ``pool`` gives; BrokenProcessPool also for a task that the pool took when it had just broken.

    Pebble answers for such a task never, and refuses it a moment later.
    """
    try:
        task: Future[T] = pool.schedule(function, args=arguments, timeout=timeout)
    except RuntimeError as error:
        raise BrokenProcessPool(str(error)) from None
    answer = asyncio.wrap_future(task)
    while not (await asyncio.wait([answer], timeout=LOOK))[0]:
        if not pool.active:
            answer.cancel()
            raise BrokenProcessPool("it broke before it had given the task to a worker")
    return answer.result()


class Pool:
    """``workers`` processes that read for ``reader``; with none all is done in this process, without bounds."""

    def __init__(self, workers: int, reader: Reader, time_limit: float = TIME_LIMIT):
        self.workers = workers
        self.reader = reader
        self.time_limit = time_limit
        self._pool: ProcessPool | None = None
        self._started: asyncio.Future[object] | None = None  # done when the workers of the pool have begun

    @classmethod
    def from_settings(cls, settings: BaseSettings, topics: Iterable[Topic]) -> Self:
        """A pool whose workers judge pages for ``topics``; ValueError for a detector that is not installed."""
        detector = settings["LANGUAGE_DETECTOR"]
        check(detector)
        watched = [Watched(topic.name, topic.terms, tuple(topic.languages or ())) for topic in topics]
        return cls(settings.getint("EXTRACT_WORKERS"), Reader(watched, detector, settings["ARCHIVE_PAGES"]))

    def start(self) -> None:
        """There will be something to do: begin now, so that nobody has to wait for it."""
        if self.workers:
            self._start()

    async def read(self, page: Page) -> Reading | Refusal:
        """What ``Reader`` makes of ``page``; a Refusal ``failed`` when a worker did not survive it."""
        if not self.workers:
            return self.reader(page)
        try:
            return await self._do("extraction", len(page.fetched.body), read, page)
        except Unread as why:
            return Refusal("failed", str(why))

    async def ask(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What a function of a module gives, or raises; Unread when a worker did not survive it."""
        size = sum(len(argument) for argument in arguments if isinstance(argument, bytes))
        if self.workers:
            return await self._do("reading", size, function, *arguments, **named)
        try:
            return function(*arguments, **named)
        finally:
            give_back(size)

    async def close(self) -> None:
        """End the workers, once they have begun, and wait for them: no process is left."""
        if self._started:
            await asyncio.wait([self._started])  # what is only half started cannot be stopped
            self._stop()
            close_nursery()

    async def _do(self, what: str, size: int, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        too_slow = Unread(f"{what} exceeded {self.time_limit:g} s")
        for last in (False, True):
            pool = None
            try:
                pool = await self._current()
                limit = self.time_limit
                return await answer_of(
                    pool, do_alone, [limit, size, function, arguments, named], timeout=limit * PATIENCE
                )
            except Timeout:
                if last:
                    raise too_slow from None
            except ProcessExpired as error:
                if error.exitcode == OUT_OF_TIME:
                    raise too_slow from None
                if error.exitcode == OUT_OF_MEMORY:
                    raise Unread(f"{what} exceeded {MEMORY_LIMIT // 1024**2} MiB") from None
                raise Unread(f"{what} crashed (exit code {error.exitcode})") from None
            except BrokenProcessPool:  # a worker died between two tasks: this one may be innocent
                if pool and self._pool is pool:  # else another task has already replaced it
                    self._stop()
        raise Unread(f"{what} crashed twice")

    async def _current(self) -> ProcessPool:
        """A pool whose workers have begun; BrokenProcessPool when they could not."""
        if self._pool and self._started and self._started.done() and not self._pool.active:
            self._stop()  # its workers died while there was nothing to do
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
                max_tasks=TASKS,
                initializer=settle_in,
                initargs=[self.reader],
                context=Sheltered(),
            )
            # In a thread: the nursery has to load before it can be forked.
            self._started = asyncio.get_running_loop().run_in_executor(None, self._pool.schedule, settled)
        return self._pool, self._started

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.stop()
            pool.join()
