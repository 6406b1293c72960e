"""Which articles a search finds, in which order, without reading more of a large database than it must.

Words and filters are one full-text expression. Up to CANDIDATES articles that it matches are sorted or ranked exactly;
of more, the newest are, and a note says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from heapq import nlargest
from typing import NamedTuple

from crawler import clock
from crawler.database.queries import NEWEST
from crawler.search import ranking
from crawler.search.filters import Filters
from crawler.search.index import Index, days, facet
from crawler.search.parser import parse
from crawler.search.tree import Node

CANDIDATES = 5_000  # articles that are sorted or ranked
GUESS = 5  # when more match: the day from which on four of five of those are that were stored last
WINDOWS = (400, 160, 64, 25, 10, 4, 1)  # the last days, tried one after another when even of that day too many match

FACETS = ("language", "source", "agency", "topic")
NEWEST_SHOWN = NEWEST.replace("articles.", "shown.")
NARROW = "articles INDEXED BY idx_articles_narrow"


class Found(NamedTuple):
    """Numbers of articles in the order that was asked for, and what has to be known of them, if anything."""

    numbers: list[int]
    note: str = ""


def find(connection: sqlite3.Connection, filters: Filters) -> Found:
    """Articles newest first, or best first when there are words and ``filters`` does not say otherwise.

    WrongQuery when the words cannot be meant.
    """
    if filters.by_score:
        return _by_score(connection, filters)
    if asked := _search(connection, filters):
        return asked.found()
    return Found([number for (number,) in connection.execute(*_newest_first(filters))])


def _by_score(connection: sqlite3.Connection, filters: Filters) -> Found:
    """The articles that are most about the topic, or any, first."""
    newest = find(connection, replace(filters, by_score=False, newest=True, limit=CANDIDATES)).numbers
    rows = connection.execute(
        "SELECT wanted.value FROM json_each(:numbers) AS wanted ORDER BY (SELECT max(score) FROM matches"
        " WHERE article_id = wanted.value AND (:topic IS NULL OR topic = :topic)) DESC, wanted.key LIMIT :limit",
        {"numbers": json.dumps(newest), "topic": filters.topic, "limit": _limit(filters.limit)},
    )
    note = f"ordered by score are the newest {CANDIDATES:,}" if len(newest) == CANDIDATES else ""
    return Found([number for (number,) in rows], note)


def each(connection: sqlite3.Connection, filters: Filters) -> Iterator[int]:
    """Numbers of all articles, newest first, with words, too; WrongQuery when they cannot be meant."""
    asked = _search(connection, filters)
    for number, *_ in connection.execute(*(asked.all_newest_first() if asked else _newest_first(filters))):
        yield number


def unknown(connection: sqlite3.Connection, filters: Filters) -> list[str]:
    """The filters that no article at all passes: misspelt, or nothing of it is stored yet."""
    index = Index(connection)
    sql = f"{index.matching('1')} LIMIT 1"
    named = [name for name in FACETS if getattr(filters, name)]
    asked = [{"expression": expression} for expression in _facets(index, replace(filters, role=None))]
    return [name for name, values in zip(named, asked, strict=True) if not connection.execute(sql, values).fetchone()]


def has_topic(connection: sqlite3.Connection, topic: str) -> bool:
    """Whether anything belongs to ``topic``: an article, a source or a run."""
    if not unknown(connection, Filters(topic=topic)):
        return True
    sql = "SELECT 1 FROM sources WHERE topic = :topic UNION ALL SELECT 1 FROM runs WHERE topic = :topic LIMIT 1"
    return connection.execute(sql, {"topic": topic}).fetchone() is not None


def _search(connection: sqlite3.Connection, filters: Filters) -> _Search | None:
    """What full text has to be asked for; None when an index has all that is wanted in order."""
    wanted = parse(filters.words) if filters.words else None
    if wanted or filters.role or any(getattr(filters, name) for name in FACETS):
        return _Search(connection, filters, wanted)
    return None


def _newest_first(filters: Filters) -> tuple[str, dict[str, object]]:
    condition, values = _exactly(filters)
    if filters.since:  # for the index
        condition += f" AND {NEWEST} >= substr(:since, 1, 10)"
    return (
        f"SELECT id FROM articles {condition} ORDER BY {NEWEST} DESC, id DESC LIMIT :limit",
        values | {"limit": _limit(filters.limit)},
    )


def _exactly(filters: Filters) -> tuple[str, dict[str, object]]:
    """The condition for what full text does not tell: times of day, and copies."""
    where, values = _in_time(filters, "articles")
    if not filters.copies:
        where.append("articles.duplicate_of IS NULL")
    if filters.role or filters.min_score:
        where.append(f"EXISTS (SELECT 1 FROM matches WHERE {_about(filters)})")
        values |= {"role": filters.role, "min_score": filters.min_score, "of_topic": filters.topic}
    return f"WHERE {' AND '.join(where) or 'true'}", values


def _in_time(filters: Filters, table: str) -> tuple[list[str], dict[str, object]]:
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


def _about(filters: Filters) -> str:
    """The condition for a row of ``matches``; what is not judged yet counts as a subject."""
    return " AND ".join(
        [
            "article_id = articles.id",
            "coalesce(role, 'subject') = :role" if filters.role else "true",
            "coalesce(score, 1) >= :min_score" if filters.min_score else "true",
            "topic = :of_topic" if filters.topic else "true",
        ]
    )


def _limit(most: int | None) -> int:
    return -1 if most is None else most


def _facets(index: Index, filters: Filters) -> list[str]:
    """Expressions for what is wanted besides words and days."""
    named = [(name, value) for name in FACETS if (value := getattr(filters, name))]
    asked = [index.source(value) if name == "source" else [facet(name, value)] for name, value in named]
    if filters.role and index.is_whole:
        asked.append([facet(filters.role, filters.topic) if filters.topic else f"0{filters.role}"])
    return [f"facets : ({' OR '.join(map(_quoted, alternatives))})" for alternatives in asked]


def _quoted(facet: str) -> str:
    return '"' + facet.replace('"', "") + '"'


class _Search:
    """One search: its words and filters, and the connection that answers."""

    def __init__(self, connection: sqlite3.Connection, filters: Filters, wanted: Node | None):
        self.connection = connection
        self.filters = filters
        self.wanted = wanted
        self.known: dict[int, tuple[int, str] | None] = {}  # matching article -> the one that is shown for it, and
        # when that was published or fetched; None for those filtered out
        self.index = Index(connection)
        self.words = wanted.expression(self.index) if wanted else ""
        self.facets = _facets(self.index, filters)
        self.by_date = wanted is None or filters.newest
        self.most = max(CANDIDATES, filters.limit or 0)

    def found(self) -> Found:
        limit, most = self.filters.limit, self.most
        numbers = self.matching(self.filters.since)
        if limit is None or len(numbers) <= most:
            return Found(self.first(limit, numbers, self.filters.since))
        for since in self.windows(numbers):
            inside = self.matching(since)
            if len(inside) <= most and len(best := self.first(limit, inside, since)) == limit:
                note = f"more than {most:,} articles match: ranked are those since {since}"
                return Found(best, "" if self.by_date else note)  # by date, none before can be missing
        which = "sorted" if self.by_date else "ranked"
        note = f"more than {most:,} articles match: {which} are the {most:,} that were stored last"
        return Found(self.first(limit, numbers[:most], self.filters.since), note)

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
        """Facets for the days in question, if there are not too many; their first and last one may be too much."""
        if not (since or self.filters.until):
            return []
        first = _day(since) or self.outermost("ASC")
        last = min(filter(None, (_day(self.filters.until), self.outermost("DESC"))), default=None)
        return days(first, max(first, last)) if first and last else []

    def outermost(self, direction: str) -> date | None:
        row = self.connection.execute(f"SELECT {NEWEST} FROM articles ORDER BY 1 {direction} LIMIT 1").fetchone()
        return _day(row[0]) if row else None

    def matching(self, since: str | None) -> list[int]:
        """The articles that match from a day on, those that were stored last first; one more than ``most`` at most."""
        sql = f"{self.index.matching()} ORDER BY rowid DESC LIMIT :most"
        most = -1 if self.filters.limit is None else self.most + 1
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
        return f"CROSS JOIN articles AS shown ON shown.id = {shown}"

    def condition(self) -> tuple[str, dict[str, object]]:
        """What both an article that matches and the one that is shown for it have to pass."""
        where, values = _in_time(self.filters, "articles")
        if self.filters.role or self.filters.min_score:
            where.append(f"EXISTS (SELECT 1 FROM matches WHERE {_about(self.filters)})")
            values |= {"role": self.filters.role, "min_score": self.filters.min_score, "of_topic": self.filters.topic}
        if not self.filters.copies:
            where += _in_time(self.filters, "shown")[0]
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

    def all_newest_first(self) -> tuple[str, dict[str, object]]:
        """The query for all that matches."""
        condition, values = self.condition()
        return (
            f"SELECT DISTINCT shown.id, {NEWEST_SHOWN} FROM ({self.index.matching('rowid AS number')}) AS found"
            f" CROSS JOIN {NARROW} ON articles.id = found.number {self.joined()}"
            f" {condition} ORDER BY 2 DESC, 1 DESC LIMIT :limit",
            values | {"expression": self.expression(self.filters.since), "limit": _limit(self.filters.limit)},
        )


def _day(time: str | None) -> date | None:
    """The day of a time; None for none, and for what another program wrote that is no time."""
    try:
        return date.fromisoformat((time or "")[:10])
    except ValueError:
        return None
