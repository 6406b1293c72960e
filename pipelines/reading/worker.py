"""One worker process: sheltered from signals, bounded in memory and time, gone when its parent is.

It loads nothing but what it needs to read; Scrapy is not among that.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import forkserver, parent_process, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import BaseProcess
from multiprocessing.util import get_temp_dir
from typing import Any, TypeVar

from crawler.heap import give_back
from crawler.items import Page, Reading, Refusal
from pipelines.reading import SOCKET_FOLDER, Reader

T = TypeVar("T")

MEMORY_LIMIT = 400 * 1024**2  # bytes of data that a worker may hold
OUT_OF_MEMORY, OUT_OF_TIME = 77, -signal.SIGPROF  # exit codes of a worker
SHELTERED_FROM = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ShelteredProcess(ForkServerProcess):
    """A process that Ctrl-C, SIGTERM and SIGHUP never reach, though they go to every process of the crawl's group.

    The crawler ends its workers itself, once they have finished what is under way.
    """

    def start(self) -> None:
        main = vars(sys.modules["__main__"])
        script = main.pop("__file__", None)  # else the child would run it: "scrapy", and with it all of Scrapy
        try:
            open_nursery()
            super().start()
        finally:
            if script:
                main["__file__"] = script

    def terminate(self) -> None:
        self.kill()


class Sheltered(ForkServerContext):
    """Starts workers, forked from pipelines/reading/nursery.py: a fork of the crawler would take its database along."""

    Process = ShelteredProcess


def open_nursery() -> None:
    """Start the process that workers are forked from, unless it runs. Signals are left to the crawler.

    The folder of its socket goes with it, should the crawler be killed.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SHELTERED_FROM)  # children inherit it
    try:
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, SHELTERED_FROM)  # again: whoever starts the tracker unblocks some
        forkserver.set_forkserver_preload(["pipelines.reading.nursery"])
        os.environ[SOCKET_FOLDER] = get_temp_dir()
        forkserver.ensure_running()
    finally:
        os.environ.pop(SOCKET_FOLDER, None)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def close_nursery() -> None:
    """End it, once its workers have ended, and wait for it: no process is left, and all CPU time is counted."""
    server: Any = forkserver._forkserver
    if server._forkserver_pid is not None:
        os.kill(server._forkserver_pid, signal.SIGKILL)
        server._stop()


_reader: Reader | None = None  # of a worker process


def settle_in(reader: Reader) -> None:
    """Make this process a worker: bounded in memory, ready to read, gone when the crawler is."""
    global _reader
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > MEMORY_LIMIT:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, hard))
    threading.Thread(target=_watch, args=[parent_process()], daemon=True).start()
    _reader = reader
    reader.load()  # what the nursery has not; the time limit is for pages, not for this


def settled() -> None:
    """Asked of a worker process so that it starts before there is something to read."""


def read(page: Page) -> Reading | Refusal:
    """``Reader`` in a worker process."""
    assert _reader
    return _reader(page)


def do_alone(
    limit: float, size: int, function: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]
) -> T:
    """What ``function`` gives in a worker process, which ends after ``limit`` seconds of CPU, or when memory does.

    What is left of it would fail the next task, too. ``size`` is how many bytes are read.
    """
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        return function(*arguments, **named)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        give_back(size)


def _watch(crawler: BaseProcess) -> None:
    crawler.join()
    os._exit(1)
