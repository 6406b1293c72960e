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
    ``most_seconds`` of waiting for answers in this run, all its requests taken together.
    """

    def __init__(
        self, at_once: int, most_seconds: float = math.inf, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.at_once = at_once
        self.most_seconds = most_seconds
        self.monotonic = monotonic
        self._began: dict[int, float] = {}  # request -> second
        self._asking: Counter[str] = Counter()  # source -> requests under way
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)  # source -> hosts that had to wait for it

    def allows(self, source: str) -> bool:
        """Whether ``source`` may ask for one more page now."""
        return self._asking[source] < max(1, 2 * (self.at_once - len(self._began)))

    def used_up(self, source: str) -> bool:
        """Whether ``source`` has been waited for as long as it may be in this run."""
        return self._seconds[source] >= self.most_seconds

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
