"""What hosts ask of us, in this run and the next: to be left alone for a while, or to be asked more slowly."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from datetime import timedelta

from crawler import clock
from crawler.fetching.outcome import Outcome
from crawler.frontier import hosts
from crawler.frontier.turns import Turns

UNREACHABLE_PAUSE = timedelta(minutes=10)  # for a host that no connection could be made to
BLOCKS_IN_A_ROW, BLOCKED_PAUSE = 3, timedelta(hours=6)  # so many refusals, or pages that hurt, are meant for us


class Manners:
    """Keeps the table ``hosts`` and the ``turns`` of a run in step; what writes is called inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, turns: Turns):
        self.connection = connection
        self.turns = turns
        self._met: dict[str, int] = {}  # host -> 0 when nothing is to be forgiven it
        self._blocks: Counter[str] = Counter()  # host -> refusals in a row

    def meet(self, host: str) -> None:
        """Before the first request: what earlier runs learnt, its Crawl-delay and until when it is left alone."""
        if host in self._met:
            return
        delay, wait, self._met[host] = hosts.pace(self.connection, host)
        if delay:
            self.turns.slow_down(host, delay)
        if wait:
            self.turns.pause(host, wait)

    def learn(self, host: str, outcome: Outcome) -> None:
        """What an outcome says about its host: to be left alone for a while, or in order."""
        if (outcome.state == "blocked" and outcome.status) or (outcome.state == "failed" and outcome.status == 200):
            self._blocks[host] += 1
        elif outcome.status:
            self._blocks.pop(host, None)
        if outcome.retry is not None and outcome.pause_host:
            self._pause(host, outcome.retry, outcome.reason)
        elif outcome.unreachable:  # no connection: a little longer with every failure in a row
            failures = hosts.failures(self.connection, host)
            self._pause(host, UNREACHABLE_PAUSE * (1 + min(failures, 5)), outcome.reason)
        elif self._blocks[host] >= BLOCKS_IN_A_ROW:
            self._pause(host, BLOCKED_PAUSE, f"{self._blocks[host]} times in a row: {outcome.reason}")
        elif self._met.get(host, 1):
            hosts.answered(self.connection, host)
            self._met[host] = 0

    def _pause(self, host: str, wait: timedelta, reason: str) -> None:
        self._met[host] = 1
        self.turns.pause(host, wait.total_seconds())
        hosts.pause(self.connection, host, clock.now() + wait, reason)

    def rest(self) -> None:
        """At the end of a run: a Crawl-delay that has not passed yet is for the next run."""
        for host, wait in self.turns.slow_hosts().items():
            hosts.not_before(self.connection, host, clock.now() + timedelta(seconds=math.ceil(wait)))
