"""One search of the full-text index: what matches, what is shown for it, and what comes first.

Words and filters are one expression. Up to CANDIDATES articles that it matches are sorted or ranked exactly; of more,
those of a window are ranked, a note says of which, and the others follow, the newest first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from heapq import nlargest
from typing import NamedTuple

from crawler import clock
from crawler.database.queries import NEWEST
from crawler.search import ranking
from crawler.search.filters import Filters
from crawler.search.index import Index, days, facet
from crawler.search.tree import Node

CANDIDATES = 5_000  # articles that are sorted or ranked
ENOUGH = 20  # articles that a window has to have
GUESS = 5  # when more match: the day from which on four of five of those are that were stored last
WINDOWS = (400, 160, 64, 25, 10, 4, 1)  # the last days, tried one after another when even of that day too many match

FACETS = ("language", "source", "agency", "topic")
NEWEST_SHOWN = NEWEST.replace("articles.", "shown.")
NARROW = "articles INDEXED BY idx_articles_listed"


class Found(NamedTuple):
    """Numbers of articles in the order that was asked for, and what has to be known of them, if anything."""

    numbers: list[int]
    note: str = ""


class Search:
    """One search: its words and filters, and the connection that answers."""

    def __init__(self, connection: sqlite3.Connection, filters: Filters, wanted: Node | None):
        self.connection = connection
        self.filters = filters
        self.wanted = wanted
        self.known: dict[int, tuple[int, str] | None] = {}  # matching article -> the one that is shown for it, and
        # when that was published or fetched; None for those filtered out
        self.index = Index(connection)
        self.words = wanted.expression(self.index) if wanted else ""
        self.facets = named_facets(self.index, filters)
        if filters.role and self.index.is_whole:
            value = facet(filters.role, filters.topic) if filters.topic else f"0{filters.role}"
            self.facets.append(any_facet([value]))
        if wanted is None:
            only = "0original" if self.index.is_whole and not filters.copies else "0article"
            self.facets.append(any_facet([only]))
        self.by_date = wanted is None or filters.newest

    def found(self, limit: int | None) -> Found:
        """The first ``limit`` articles: of those that are ranked all, then the newest of the others."""
        if self.by_date:
            return self.newest(limit)
        best, note = self.ranked()
        if (limit is not None and len(best) >= limit) or not note:
            return Found(best[:limit], note)
        known = set(best)
        others = self.newest(None if limit is None else limit + len(best)).numbers
        return Found([*best, *(number for number in others if number not in known)][:limit], note)

    def newest(self, limit: int | None) -> Found:
        """The newest first, as far as a window of CANDIDATES tells; what goes further is sorted as a whole."""
        most = CANDIDATES
        numbers = self.matching(self.filters.since, most + 1)
        if len(numbers) <= most:
            return Found(self.first(limit, numbers, self.filters.since))
        if limit is None or limit > most // 2:
            sql, values = self.all_newest_first(limit)
            return Found([number for number, *_ in self.connection.execute(sql, values)])
        for since in self.windows(numbers):
            inside = self.matching(since, most + 1)
            if len(inside) <= most and len(newest := self.first(limit, inside, since)) == limit:
                return Found(newest)  # none before can be missing
        note = f"more than {most:,} articles match: sorted are the {most:,} that were stored last"
        return Found(self.first(limit, numbers[:most], self.filters.since), note)

    def ranked(self) -> Found:
        """The best first: all of them up to CANDIDATES, else those of a window, and the note says of which."""
        most = CANDIDATES
        numbers = self.matching(self.filters.since, most + 1)
        if len(numbers) <= most:
            return Found(self.first(None, numbers, self.filters.since))
        for since in self.windows(numbers):
            inside = self.matching(since, most + 1)
            if len(inside) <= most and len(best := self.first(None, inside, since)) >= ENOUGH:
                return Found(best, f"more than {most:,} articles match: ranked are those since {since}")
        note = f"more than {most:,} articles match: ranked are the {most:,} that were stored last"
        return Found(self.first(None, numbers[:most], self.filters.since), note)

    def windows(self, stored_last: list[int]) -> Iterator[str]:
        """The days from which on to search, so that enough and not too many match: first a guess, then WINDOWS.

        The guess fails when many old articles were stored of late.
        """
        days = sorted(newest[:10] for _, newest in self.shown(stored_last).values())
        last = _day(self.filters.until) or clock.now().date()
        guesses = [days[len(days) // GUESS]] if days else []
        for since in (*guesses, *((last - timedelta(days=days)).isoformat() for days in WINDOWS)):
            if self.filters.since is None or since > self.filters.since:
                yield since

    def expression(self, since: str | None) -> str:
        """What is wanted from a day on, as full text."""
        parts = [*filter(None, [self.words]), *self.facets]
        if found := self.days(since):
            parts.append(f"facets : ({' OR '.join(found)})")
        return " AND ".join(parts)

    def days(self, since: str | None) -> list[str]:
        """Facets for the days in question, if there are not too many; where a time is given its day may be too much."""
        until = self.filters.until
        if not (since or until):
            return []
        first, last = _day(since) or self.outermost("ASC"), self.outermost("DESC")
        if until and (end := _day(until)) and last:
            last = min(last, end if len(until) > 10 or end == date.min else end - timedelta(days=1))
        return days(first, max(first, last)) if first and last else []

    def outermost(self, direction: str) -> date | None:
        row = self.connection.execute(f"SELECT {NEWEST} FROM articles ORDER BY 1 {direction} LIMIT 1").fetchone()
        return _day(row[0]) if row else None

    def matching(self, since: str | None, most: int) -> list[int]:
        """Up to ``most`` articles that match from a day on, those that were stored last first."""
        sql = f"{self.index.matching()} ORDER BY rowid DESC LIMIT :most"
        values = {"expression": self.expression(since), "most": most}
        return [number for (number,) in self.connection.execute(sql, values)]

    def shown(self, numbers: list[int]) -> dict[int, tuple[int, str]]:
        """Of those articles that pass the filters, which is shown for each, and when that was published or fetched.

        For a copy its original is shown, if that passes the filters, too: a group is found by any of its texts.
        """
        new = [number for number in numbers if number not in self.known]
        condition, values = self.condition()
        sql = (
            f"SELECT articles.id, shown.id, {NEWEST_SHOWN} FROM json_each(:numbers) AS wanted"
            f" CROSS JOIN {NARROW} ON articles.id = wanted.value {self.joined()} {condition}"
        )
        self.known |= dict.fromkeys(new)
        for number, shown, newest in self.connection.execute(sql, values | {"numbers": json.dumps(new)}).fetchall():
            self.known[number] = shown, newest
        return {number: found for number in numbers if (found := self.known[number])}

    def joined(self) -> str:
        """What shows the articles that match: themselves when copies are asked for, else their originals."""
        shown = "articles.id" if self.filters.copies else "coalesce(articles.duplicate_of, articles.id)"
        return f"CROSS JOIN articles AS shown INDEXED BY idx_articles_listed ON shown.id = {shown}"

    def condition(self) -> tuple[str, dict[str, object]]:
        """What both an article that matches and the one that is shown for it have to pass."""
        where, values = in_time(self.filters, "articles")
        if self.filters.role or self.filters.min_score:
            where.append(f"EXISTS (SELECT 1 FROM matches WHERE {about(self.filters)})")
            values |= {"role": self.filters.role, "min_score": self.filters.min_score, "of_topic": self.filters.topic}
        if not self.filters.copies:
            where += in_time(self.filters, "shown")[0]
            original = "articles.duplicate_of IS NULL"
            if self.wanted is None:
                where.append(original)
            elif self.facets:
                passes = self.index.matching("1", "rowid = shown.id").replace(":expression", ":facets")
                where.append(f"({original} OR EXISTS ({passes}))")
                values["facets"] = " AND ".join(self.facets)
        return f"WHERE {' AND '.join(where) or 'true'}", values

    def first(self, limit: int | None, numbers: list[int], since: str | None) -> list[int]:
        """The best or newest of the articles, which match from a day on."""
        found = self.shown(numbers)
        times = {number: newest for number, (_, newest) in found.items()}
        values: Mapping[int, tuple[object, ...]]
        if self.wanted is None or self.by_date:
            values = {number: (newest, shown) for number, (shown, newest) in found.items()}
        else:
            values = ranking.values(self.index, self.wanted, self.expression(since), times)
        best: dict[int, tuple[object, ...]] = {}
        for number, value in values.items():
            shown, _ = found[number]
            best[shown] = max(value, best.get(shown, value))
        return nlargest(len(best) if limit is None else limit, best, key=best.__getitem__)

    def all_newest_first(self, limit: int | None) -> tuple[str, dict[str, object]]:
        """The query for the first ``limit`` of all that matches."""
        sql, values = self.all_shown(f"shown.id, {NEWEST_SHOWN}")
        return f"{sql} ORDER BY 2 DESC, 1 DESC LIMIT :limit", values | {"limit": at_most(limit)}

    def all_shown(self, columns: str, which: str = "true") -> tuple[str, dict[str, object]]:
        """The query for ``columns`` of what is shown, each once; of matching articles ``which`` are taken."""
        condition, values = self.condition()
        return (
            f"SELECT DISTINCT {columns} FROM ({self.index.matching('rowid AS number', which)}) AS found"
            f" CROSS JOIN {NARROW} ON articles.id = found.number {self.joined()} {condition}",
            values | {"expression": self.expression(self.filters.since)},
        )


def in_time(filters: Filters, table: str) -> tuple[list[str], dict[str, object]]:
    """A day without a time is anywhere in its day: it is "since" any time of it, and not "until" one."""
    newest = NEWEST.replace("articles.", f"{table}.")
    where: list[str] = []
    values: dict[str, object] = {}
    if filters.since:
        where.append(f"({newest} >= :since OR {newest} = substr(:since, 1, 10))")
        values["since"] = filters.since
    if filters.until:
        where.append(f"{newest} < :until AND {newest} <> substr(:until, 1, 10)")
        values["until"] = filters.until
    return where, values


def about(filters: Filters) -> str:
    """The condition for a row of ``matches``; what is not judged yet counts as a subject."""
    return " AND ".join(
        [
            "article_id = articles.id",
            "coalesce(role, 'subject') = :role" if filters.role else "true",
            "coalesce(score, 1) >= :min_score" if filters.min_score else "true",
            "topic = :of_topic" if filters.topic else "true",
        ]
    )


def at_most(most: int | None) -> int:
    return -1 if most is None else most


def named_facets(index: Index, filters: Filters) -> list[str]:
    """An expression for each of FACETS that is wanted."""
    named = [(name, value) for name in FACETS if (value := getattr(filters, name))]
    return [any_facet(index.source(value) if name == "source" else [facet(name, value)]) for name, value in named]


def any_facet(alternatives: Sequence[str]) -> str:
    quoted = ('"' + alternative.replace('"', "") + '"' for alternative in alternatives)
    return f"facets : ({' OR '.join(quoted)})"


def _day(time: str | None) -> date | None:
    """The day of a time; None for none, and for what another program wrote that is no time."""
    try:
        return date.fromisoformat((time or "")[:10])
    except ValueError:
        return None
