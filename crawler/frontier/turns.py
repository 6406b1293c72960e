"""Whose turn it is: which host may be asked now, one after the other, none before its delay has passed."""

from __future__ import annotations

import heapq
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import count


class Turns:
    """Each known host has ``per_host`` turns; one is taken for a request and comes back after the host's delay.

    Times are seconds of ``monotonic``. A host gets ``budget`` requests in this run, ``most_bytes`` of answers and
    ``most_seconds`` of waiting for them. A host that as many machines as ``slower`` says may ask gets that part of it.
    """

    def __init__(
        self,
        delay: float,
        per_host: int,
        budget: int,
        monotonic: Callable[[], float] = time.monotonic,
        most_bytes: float = math.inf,
        most_seconds: float = math.inf,
        slower: Callable[[str], int] = lambda host: 1,
    ) -> None:
        self.delay = delay
        self.per_host = per_host
        self.budget = budget
        self.monotonic = monotonic
        self.most_bytes = most_bytes
        self.most_seconds = most_seconds
        self.slower = slower
        self._ready: list[tuple[float, int, str]] = []  # heap: from when, order, host
        self._order = count()
        self._idle: dict[str, int] = {}  # turns of a host with nothing to ask for
        self._known: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._delays: dict[str, float] = {}
        self._paused: dict[str, float] = {}

    def has_work(self, host: str) -> None:
        """There is something to ask ``host`` for."""
        turns = self._idle.pop(host, 0)
        if host not in self._known:
            self._known.add(host)
            turns = self.per_host
        for _ in range(turns):
            self._push(self._paused.get(host, 0.0), host)

    def take(self) -> str | None:
        """The host that has waited longest of those that may be asked now; its turn is taken."""
        now = self.monotonic()
        while self._ready and self._ready[0][0] <= now:
            host = heapq.heappop(self._ready)[2]
            if self._paused.get(host, 0.0) > now:
                self._push(self._paused[host], host)
            elif self.used_up(host):
                self.nothing(host)
            else:
                return host
        return None

    def asked(self, host: str) -> None:
        """``host`` is sent a request."""
        self._asked[host] += 1

    def cost(self, host: str, size: int, seconds: float) -> None:
        """An answer of ``host`` had ``size`` bytes and was waited for so long."""
        self._bytes[host] += size
        self._seconds[host] += seconds

    def used_up(self, host: str) -> bool:
        """Whether ``host`` has had all that it gets in this run."""
        machines = self.slower(host)
        return (
            self._asked[host] >= max(1, self.budget // machines)
            or self._bytes[host] >= self.most_bytes / machines
            or self._seconds[host] >= self.most_seconds / machines
        )

    def all_used_up(self) -> list[str]:
        """The hosts whose rest is for the next run."""
        return sorted(host for host in self._known if self.used_up(host))

    def nothing(self, host: str) -> None:
        """The turn was not used: there is nothing to ask ``host`` for until ``has_work`` says so."""
        self._idle[host] = self._idle.get(host, 0) + 1

    def back(self, host: str) -> None:
        """The request is over; the turn comes back after the delay."""
        self._push(self.monotonic() + max(self.delay, self._delays.get(host, 0.0)) * self.slower(host), host)

    def slow_down(self, host: str, delay: float) -> None:
        """Leave at least ``delay`` seconds between requests to ``host``."""
        self._delays[host] = max(delay, self._delays.get(host, 0.0))

    def pause(self, host: str, seconds: float) -> None:
        """Leave ``host`` alone for so long."""
        self._paused[host] = max(self.monotonic() + seconds, self._paused.get(host, 0.0))

    def paused_for(self, host: str) -> float:
        """Seconds that ``host`` is still to be left alone; 0 when it is not."""
        return max(0.0, self._paused.get(host, 0.0) - self.monotonic())

    def slow_hosts(self) -> dict[str, float]:
        """Hosts with a delay of their own that may not be asked yet -> seconds until then."""
        now = self.monotonic()
        waits = {host: ready - now for ready, _, host in self._ready if host in self._delays}
        return {host: wait for host, wait in waits.items() if wait > 0}

    def soonest(self) -> float | None:
        """Seconds until the next turn, 0 when there is one now; None when no host has any."""
        if not self._ready:
            return None
        ready, _, host = self._ready[0]
        return max(0.0, max(ready, self._paused.get(host, 0.0)) - self.monotonic())

    def _push(self, ready: float, host: str) -> None:
        heapq.heappush(self._ready, (ready, next(self._order), host))
