"""Stored articles as they are compared: what decides between them, when each appeared, and what two are together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from crawler.urls import publisher
from pipelines.dedupe import passages
from pipelines.dedupe.alignment import by_length
from pipelines.dedupe.relation import NEARLY_ALL, Occasion, Relation, kindred, relation
from pipelines.dedupe.shape import Shape, same_title, shape_of

LATE = timedelta(days=7)  # a page first seen so long after its date needs a copy of about that date to be believed


class Row(NamedTuple):
    """An article without its text."""

    id: int
    original: int
    publisher: str
    title: str | None
    hash: str
    published: str | None
    fetched: str
    appeared: str

    @property
    def age(self) -> tuple[str, str, int]:
        """The least of a group is its original."""
        return self.appeared, self.fetched, self.id

    @property
    def dated(self) -> str:
        """When it appeared if its own date is right."""
        return out_by(self.published, self.fetched)

    @property
    def late(self) -> bool:
        """Whether it was first seen long after its date: found late, or the date is wrong."""
        return bool(self.published and self.fetched) and _apart(self.dated, self.fetched) > LATE


COLUMNS = "id, duplicate_of, site, title, content_hash, published, fetched, appeared"
Compare = Callable[[Shape, Shape, Occasion], Relation | None]


class Articles:
    """The articles of a database, each text read once."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        self.shapes: dict[int, Shape] = {}
        self.containers: dict[int, bool] = {}

    def rows(self, where: str, values: Iterable[object]) -> list[Row]:
        sql = f"SELECT {COLUMNS} FROM articles WHERE {where}"
        return [_row(*columns) for columns in self.connection.execute(sql, tuple(values))]

    def numbered(self, numbers: Sequence[int]) -> list[Row]:
        found: list[Row] = []
        for begin in range(0, len(numbers), 500):
            some = numbers[begin : begin + 500]
            found += self.rows(f"id IN ({','.join('?' * len(some))})", some)
        return found

    def shape(self, article_id: int) -> Shape:
        if article_id not in self.shapes:
            (text,) = self.connection.execute("SELECT text FROM articles WHERE id = ?", [article_id]).fetchone()
            self.shapes[article_id] = shape_of(text or "")
        return self.shapes[article_id]

    def relation(self, a: Row, b: Row) -> Relation | None:
        """What two articles are to each other."""
        return self._compared(relation, a, b)

    def kindred(self, a: Row, b: Row) -> Relation | None:
        """What two articles are to each other when a third is the same text as both."""
        return self._compared(kindred, a, b)

    def _compared(self, compare: Compare, a: Row, b: Row) -> Relation | None:
        """A container is the same as what it contains only if that is most of it."""
        first, second = self.shape(a.id), self.shape(b.id)
        if not first.words or not second.words:
            return None
        found = compare(first, second, occasion(a, b))
        if found and found.kind == "same" and found.covered < NEARLY_ALL:
            shorter, longer = (a, b) if by_length(first) < by_length(second) else (b, a)
            grown = a.publisher == b.publisher and self.is_container(shorter.id)  # one outlet's live blog or digest
            if self.is_container(longer.id) and not grown:
                return found._replace(kind="contains")
        return found

    def is_container(self, article_id: int) -> bool:
        if article_id not in self.containers:
            self.containers[article_id] = passages.is_container(self.connection, article_id)
        return self.containers[article_id]


def _row(
    number: int,
    original: int | None,
    site: str | None,
    title: str | None,
    content_hash: str | None,
    published: str | None,
    fetched: str | None,
    appeared: str | None,
) -> Row:
    appeared = appeared or out_by(published, fetched or "")
    return Row(
        number, original or number, publisher(site or ""), title, content_hash or "", published, fetched or "", appeared
    )


def occasion(a: Row, b: Row) -> Occasion:
    hours = _apart(a.appeared, b.appeared).total_seconds() / 3600
    return Occasion(a.publisher == b.publisher != "", same_title(a.title, b.title), hours)


def out_by(published: str | None, fetched: str) -> str:
    """The latest moment an article can have appeared; a date alone says no more than that day's end."""
    if not published:
        return fetched
    return min(published if "T" in published else f"{published}T23:59:59Z", fetched or "9999")


def credible(row: Row, others: Iterable[Row]) -> str:
    """When an article appeared: by its date, or when it was first seen if its copies speak against that date.

    A page first seen long after its date was found late, or its date is wrong: one of about that date among its
    copies says the first, copies that all came later say the second.
    """
    copies = [other for other in others if other.id != row.id]
    if not row.late or not copies or any(_apart(row.dated, other.dated) <= LATE for other in copies):
        return row.dated
    return row.fetched


def _apart(a: str, b: str) -> timedelta:
    try:
        return abs(datetime.fromisoformat(a) - datetime.fromisoformat(b))
    except (TypeError, ValueError):
        return timedelta.max
