"""Whose requests are under way: no source may take so many at once that others have to wait for it.

A feed may link to thousands of hosts, each of which answers slowly or never. By hosts alone they would all be asked
side by side, and the pages of every other source would come after them.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable


class Shares:
    """Of ``at_once`` requests a source may hold twice as many as are left free for others: two thirds if it is alone.

    Two such sources get two fifths each, and so on: something is always free for one that comes later. A source gets
    ``most_seconds`` of waiting for answers in this run, all its requests taken together, and may fill ``most_bytes`` of
    our disk; 0 is no limit.
    """

    def __init__(
        self,
        at_once: int,
        most_seconds: float = math.inf,
        monotonic: Callable[[], float] = time.monotonic,
        most_bytes: float = 0,
    ) -> None:
        self.at_once = at_once
        self.most_seconds = most_seconds
        self.most_bytes = most_bytes or math.inf
        self.monotonic = monotonic
        self._began: dict[int, float] = {}  # request -> second
        self._asking: Counter[str] = Counter()  # source -> requests under way
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._bytes: Counter[str] = Counter()  # source -> bytes that were stored for it
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)  # source -> hosts that had to wait for it

    def allows(self, source: str) -> bool:
        """Whether ``source`` may ask for one more page now."""
        return self._asking[source] < max(1, 2 * (self.at_once - len(self._began)))

    def used_up(self, source: str) -> bool:
        """Whether ``source`` has been waited for as long, or has filled as much, as it may in this run."""
        return self._seconds[source] >= self.most_seconds or self._bytes[source] >= self.most_bytes

    def stored(self, source: str, size: int) -> None:
        """So many bytes were stored for ``source``."""
        self._bytes[source] += size

    def full(self) -> list[str]:
        """The sources that have filled as much as they may in this run."""
        return sorted(source for source, size in self._bytes.items() if size >= self.most_bytes)

    def asked(self, source: str, request: int) -> None:
        """``source`` asks for a page; ``request`` is a number of our own."""
        self._began[request] = self.monotonic()
        self._asking[source] += 1

    def wait(self, source: str, host: str) -> None:
        """It is the turn of ``host``, but its next page is one of ``source``, which has its share."""
        self._waiting[source].append(host)

    def back(self, source: str, request: int) -> list[str]:
        """The request is over; returns hosts that had to wait and may be tried again, one of each source."""
        began = self._began.pop(request, None)
        if began is not None:
            self._asking[source] -= 1
            self._seconds[source] += self.monotonic() - began
        free = [hosts.popleft() for hosts in self._waiting.values()]
        self._waiting = defaultdict(deque, {name: hosts for name, hosts in self._waiting.items() if hosts})
        return free
