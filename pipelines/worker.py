"""One worker process: sheltered from signals, bounded in memory and time, gone when its parent is.

It loads nothing but what it needs to read pages; Scrapy is not among that.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from multiprocessing.context import SpawnContext, SpawnProcess

from crawler.heap import give_back
from crawler.items import Page, Reading, Refusal
from pipelines.reading import Reader

MEMORY_LIMIT = 400 * 1024**2  # bytes of data that a worker may hold
OUT_OF_MEMORY, OUT_OF_TIME = 77, -signal.SIGPROF  # exit codes of a worker


class ShelteredProcess(SpawnProcess):
    """A process that Ctrl-C and SIGTERM never reach, though both go to every process of the crawl's group.

    The crawler ends its workers itself, once they have finished what is under way.
    """

    def start(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))  # the child inherits it
        main = vars(sys.modules["__main__"])
        script = main.pop("__file__", None)  # else the child would run it: "scrapy", and with it all of Scrapy
        try:
            super().start()
        finally:
            if script:
                main["__file__"] = script
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def terminate(self) -> None:
        self.kill()


class Sheltered(SpawnContext):
    """Starts workers. Spawned: a fork of the crawler would take its sockets and its database along."""

    Process = ShelteredProcess


_reader: Reader | None = None  # of a worker process


def settle_in(parent: int, reader: Reader) -> None:
    """Make this process a worker: bounded in memory, ready to read, gone when its parent is."""
    global _reader
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > MEMORY_LIMIT:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=[parent], daemon=True).start()
    _reader = reader
    reader.load()  # the time limit is for pages, not for this


def settled() -> None:
    """Asked of a worker process so that it starts before there is a page for it."""


def read_alone(page: Page, limit: float) -> Reading | Refusal:
    """``Reader`` in a worker process, which ends after ``limit`` seconds of CPU, or when memory does.

    What is left of it would fail the next page, too.
    """
    assert _reader
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        return _reader(page)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        give_back(len(page.fetched.body))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
