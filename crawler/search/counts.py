"""How many articles of a search there are a day, a week or a month, and which part of all articles that is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from crawler.database import queries
from crawler.search import finding
from crawler.search.filters import Filters

PERIODS = tuple(queries.PERIODS)  # day, week, month
BY = ("language", "source", "topic")


class Counts:
    """The articles of a search by ``period``: ``total`` of all, and ``kinds`` of each language, source or topic.

    A week is called by its Monday. ``shares`` are parts of all articles that pass the filters without the words.
    """

    def __init__(
        self, connection: sqlite3.Connection, wanted: Filters, period: str, by: str | None = None, shares: bool = True
    ):
        """WrongQuery when the words cannot be meant."""
        every = replace(wanted, newest=True, by_score=False, limit=None)
        numbers = list(finding.each(connection, every))
        self.total: Counter[str] = Counter()
        self.kinds: dict[str, Counter[str]] = {}
        self.all: Counter[str] = Counter()
        for when, _, number in queries.over_time(connection, numbers, period):
            self.total[when] += number
        for when, kind, number in queries.over_time(connection, numbers, period, by) if by else ():
            self.kinds.setdefault(kind, Counter())[when] += number
        if wanted.words and shares:
            beside = finding.each(connection, replace(every, words=""))
            self.all.update({when: number for when, _, number in queries.over_time(connection, beside, period)})
        self.periods = between(self.total, period)

    def share(self, when: str) -> float | None:
        """The part that the search is of all articles of a period; None when it has no words."""
        return self.total[when] / self.all[when] if self.all[when] else None

    @property
    def greatest(self) -> list[str]:
        """The kinds, the greatest first."""
        return sorted(self.kinds, key=lambda kind: (-self.kinds[kind].total(), kind))


def between(periods: Iterable[str], period: str) -> list[str]:
    """Every period from the first to the last of ``periods``, those without articles, too."""
    there = sorted(periods)
    if not there:
        return []
    day, last = date.fromisoformat(f"{there[0]}-01"[:10]), there[-1]
    found = []
    while (name := day.isoformat()[: 7 if period == "month" else 10]) <= last:
        found.append(name)
        if period == "month":
            day = (day + timedelta(days=31)).replace(day=1)
        else:
            day += timedelta(days=7 if period == "week" else 1)
    return found
