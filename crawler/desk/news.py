"""What saved searches find: how much of it is new, and which articles."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from crawler.desk import Saved
from crawler.digest.entry import Entry
from crawler.search import finding

MOST = 1_000  # new articles that are counted


def found(connection: sqlite3.Connection, saved: Saved, since: str | None = None) -> set[int]:
    """Numbers of the articles that a saved search finds, published at ``since`` or later."""
    filters = saved.filters
    begin = max(filter(None, (since, filters.since)), default=None)
    return set(finding.each(connection, replace(filters, since=begin, limit=None)))


def chosen(connection: sqlite3.Connection, saved: Saved, entries: Iterable[Entry], since: str) -> list[Entry]:
    """The stories with an article, published that day or later, that a saved search finds."""
    numbers = found(connection, saved, since[:10])
    return [entry for entry in entries if any(article.id in numbers for article in entry.articles)]


def count_new(connection: sqlite3.Connection, saved: Saved) -> int:
    """How many of what a saved search finds were stored since it was looked at; of more than 1,000, 1,000."""
    numbers = finding.find(connection, replace(saved.filters, newest=True, limit=MOST)).numbers
    row = connection.execute(
        "SELECT count(*) FROM json_each(?) AS wanted CROSS JOIN articles ON articles.id = wanted.value"
        " WHERE coalesce(stored, fetched) > ?",
        (json.dumps(numbers), saved.seen),
    ).fetchone()
    return int(row[0])
