"""Which articles are found, in which order, without reading more of a large database than it must."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from crawler.database.queries import NEWEST
from crawler.search.filters import Filters
from crawler.search.index import Index
from crawler.search.parser import parse
from crawler.search.search import CANDIDATES, FACETS, Found, Search, about, at_most, in_time, named_facets


def find(connection: sqlite3.Connection, filters: Filters, asked: Search | None = None) -> Found:
    """Articles newest first, or best first when there are words and ``filters`` does not say otherwise.

    ``asked``: the search of the same filters, if it is there already. WrongQuery when the words cannot be meant.
    """
    if filters.by_score:
        return _by_score(connection, filters)
    if asked := _search(connection, filters, asked):
        return asked.found(filters.limit)
    return Found([number for (number,) in connection.execute(*_newest_first(filters))])


def search(connection: sqlite3.Connection, filters: Filters) -> Search:
    """The search that finds all that ``filters`` want; WrongQuery when the words cannot be meant."""
    return Search(connection, filters, parse(filters.words) if filters.words else None)


def _by_score(connection: sqlite3.Connection, filters: Filters) -> Found:
    """Of the newest CANDIDATES those that are most about the topic, or any, first; the others as they are."""
    limit = None if filters.limit is None else max(filters.limit, CANDIDATES)
    newest = find(connection, replace(filters, by_score=False, newest=True, limit=limit)).numbers
    rows = connection.execute(
        "SELECT wanted.value FROM json_each(:numbers) AS wanted ORDER BY (SELECT max(score) FROM matches"
        " WHERE article_id = wanted.value AND (:topic IS NULL OR topic = :topic)) DESC, wanted.key",
        {"numbers": json.dumps(newest[:CANDIDATES]), "topic": filters.topic},
    )
    note = f"ordered by score are the newest {CANDIDATES:,}" if len(newest) >= CANDIDATES else ""
    return Found([*(number for (number,) in rows), *newest[CANDIDATES:]][: filters.limit], note)


def each(connection: sqlite3.Connection, filters: Filters) -> Iterator[int]:
    """Numbers of all articles, newest first, with words, too; WrongQuery when they cannot be meant."""
    asked = _search(connection, filters)
    for number, *_ in connection.execute(*(asked.all_newest_first(filters.limit) if asked else _newest_first(filters))):
        yield number


def unknown(connection: sqlite3.Connection, filters: Filters) -> list[str]:
    """The filters that no article at all passes: misspelt, or nothing of it is stored yet."""
    index = Index(connection)
    sql = f"{index.matching('1')} LIMIT 1"
    named = [name for name in FACETS if getattr(filters, name)]
    asked = [{"expression": expression} for expression in named_facets(index, filters)]
    return [name for name, values in zip(named, asked, strict=True) if not connection.execute(sql, values).fetchone()]


def has_topic(connection: sqlite3.Connection, topic: str) -> bool:
    """Whether anything belongs to ``topic``: an article, a source or a run."""
    if not unknown(connection, Filters(topic=topic)):
        return True
    sql = "SELECT 1 FROM sources WHERE topic = :topic UNION ALL SELECT 1 FROM runs WHERE topic = :topic LIMIT 1"
    return connection.execute(sql, {"topic": topic}).fetchone() is not None


def _search(connection: sqlite3.Connection, filters: Filters, asked: Search | None = None) -> Search | None:
    """What full text has to be asked for; None when an index has all that is wanted in order."""
    if filters.words or filters.role or any(getattr(filters, name) for name in FACETS):
        return asked or search(connection, filters)
    return None


def _newest_first(filters: Filters) -> tuple[str, dict[str, object]]:
    condition, values = _exactly(filters)
    if filters.since:  # for the index
        condition += f" AND {NEWEST} >= substr(:since, 1, 10)"
    return (
        f"SELECT id FROM articles {condition} ORDER BY {NEWEST} DESC, id DESC LIMIT :limit",
        values | {"limit": at_most(filters.limit)},
    )


def _exactly(filters: Filters) -> tuple[str, dict[str, object]]:
    """The condition for what full text does not tell: times of day, and copies."""
    where, values = in_time(filters, "articles")
    if not filters.copies:
        where.append("articles.duplicate_of IS NULL")
    if filters.role or filters.min_score:
        where.append(f"EXISTS (SELECT 1 FROM matches WHERE {about(filters)})")
        values |= {"role": filters.role, "min_score": filters.min_score, "of_topic": filters.topic}
    return f"WHERE {' AND '.join(where) or 'true'}", values
