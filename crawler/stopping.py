"""The end of a run, whatever hangs: SIGHUP is as SIGTERM, and half a minute after either the process is gone."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from queue import SimpleQueue
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

PATIENCE = 20  # seconds that downloads may still take after the first signal
GRACE = 30  # seconds after which the process is ended from outside the event loop

hurry = object()  # a signal of Scrapy's kind: what is still being downloaded is given up


class Process(AsyncCrawlerProcess):
    """Scrapy's process, which ends on SIGHUP as well and never outlives a signal, or its own end, by long.

    Crawls of ``coming``, each of which begins when it is asked for, follow one after the other, unless a signal came.
    ``finish`` is awaited once, after the last.
    """

    coming: Iterator[object] = iter(())
    finish: Callable[[], Awaitable[None]] | None = None
    _told_to_end = False
    _finishing: asyncio.Future[None] | None = None

    async def join(self) -> None:
        await super().join()
        nothing = object()
        while not self._told_to_end and next(self.coming, nothing) is not nothing:
            await super().join()
        await self._finish()

    async def stop(self) -> None:
        await super().stop()
        await self._finish()

    async def _finish(self) -> None:
        if self.finish and not self._finishing:
            self._finishing = asyncio.ensure_future(self.finish())
        if self._finishing:
            await self._finishing

    def start(self, stop_after_crawl: bool = True, install_signal_handlers: bool = True) -> None:
        from twisted.internet import reactor

        self._end_soon = last_resort(GRACE)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            reactor.callWhenRunning(signal.signal, signal.SIGHUP, self._hung_up)
        try:
            super().start(stop_after_crawl, install_signal_handlers)
        finally:
            self._end_soon()

    def _hung_up(self, signum: int, frame: Any) -> None:
        """A shell and the kernel may both send it: only the first one counts."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._signal_shutdown(signum, frame)

    def _signal_shutdown(self, signum: int, frame: Any) -> None:
        from twisted.internet import reactor

        self._end_soon()
        self._told_to_end = True
        super()._signal_shutdown(signum, frame)
        reactor.callFromThread(reactor.callLater, PATIENCE, self._hurry)

    def _hurry(self) -> None:
        for crawler in self.crawlers:
            crawler.signals.send_catch_log(hurry)


def last_resort(seconds: float) -> Callable[[], None]:
    """A function that ends the process with exit code 1 so many seconds after its first call, whatever it does then.

    Worker processes end with it. The function may be called by a signal handler.
    """
    told: SimpleQueue[None] = SimpleQueue()  # may be written to in the middle of anything

    def wait() -> None:
        told.get()
        time.sleep(seconds)
        os.write(2, f"scrapy: it did not end within {seconds:g} s: ended, the next run does the rest\n".encode())
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    armed = False

    def end_soon() -> None:
        nonlocal armed
        if not armed:
            armed = True
            told.put(None)
            # A thread in C, for when no thread of Python's can run.
            faulthandler.dump_traceback_later(seconds + 1, exit=True, file=nowhere)

    return end_soon
