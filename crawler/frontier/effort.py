"""What pages cost us, and whose cost too much: a source that has hurt us gets one page at a time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from crawler.items import Claim

MOST = 1.0  # seconds of CPU that a page may take of the crawling process, where nothing else can be done meanwhile


class Effort:
    """The CPU time of each claim in this process, and the turns of sources of which one took more than ``most``."""

    def __init__(self, most: float = MOST):
        self.most = most
        self._counting = False
        self._seconds: defaultdict[int, float] = defaultdict(float)  # claim -> so far
        self._one_by_one: dict[str, asyncio.Lock] = {}  # source -> who has its turn
        self._turns: dict[int, asyncio.Lock] = {}  # claim -> what it holds

    @contextmanager
    def of(self, claim: Claim) -> Iterator[None]:
        """What is done inside counts for ``claim``; the page keeps what came of it, however long it took."""
        if self._counting:  # as part of something that is counted
            yield
            return
        self._counting, began = True, time.thread_time()
        try:
            yield
        finally:
            self._counting = False
            self._seconds[claim.id] += time.thread_time() - began
            if self._seconds[claim.id] > self.most:
                self.too_much(claim.source)

    def too_much(self, source: str) -> None:
        """From now on ``source`` gets one page at a time in this run."""
        self._one_by_one.setdefault(source, asyncio.Lock())

    async def turn(self, claim: Claim) -> None:
        """Wait until it is the turn of ``claim`` among those of its source; its own turn ends with ``over``."""
        if lock := self._one_by_one.get(claim.source):
            await lock.acquire()
            self._turns[claim.id] = lock

    def over(self, claim: Claim) -> None:
        """``claim`` has ended."""
        self._seconds.pop(claim.id, None)
        if lock := self._turns.pop(claim.id, None):
            lock.release()
