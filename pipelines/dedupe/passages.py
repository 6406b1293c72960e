"""What contains a stored article, and what shares a passage with it: rows that link texts and hide nothing."""

from __future__ import annotations

import sqlite3
from itertools import combinations

from pipelines.dedupe.alignment import by_length
from pipelines.dedupe.relation import Relation
from pipelines.dedupe.shape import Shape, same_title

OVERLAP = 0.2  # of the smaller region; with more in common two parts are versions of one


def write(connection: sqlite3.Connection, a: tuple[int, Shape], b: tuple[int, Shape], found: Relation) -> None:
    """Keep that one of two articles contains the other, or that they share a passage."""
    (shorter, _), (longer, shape) = sorted((a, b), key=lambda side: by_length(side[1]))
    spans = shape.spans
    begin, end = (
        (spans[found.begin][0], spans[found.end][1]) if len(spans) == len(shape.words) else (0, len(shape.text))
    )
    connection.execute(
        "INSERT OR REPLACE INTO passages (shorter, longer, begin, end, share, kind) VALUES (?, ?, ?, ?, ?, ?)",
        [shorter, longer, begin, end, found.share, found.kind],
    )


def remove(connection: sqlite3.Connection, article_id: int) -> list[int]:
    """Take out an article's rows; the articles at their other ends."""
    sql = (
        "DELETE FROM passages WHERE shorter = ? RETURNING longer",
        "DELETE FROM passages WHERE longer = ? RETURNING shorter",
    )
    return [number for statement in sql for (number,) in connection.execute(statement, [article_id]).fetchall()]


def between(connection: sqlite3.Connection, a: int, b: int) -> None:
    """Take out the row of two articles that are the same text after all."""
    for pair in ((a, b), (b, a)):
        connection.execute("DELETE FROM passages WHERE shorter = ? AND longer = ?", pair)


def is_container(connection: sqlite3.Connection, article_id: int) -> bool:
    """Whether a text is put together from others: two stand in it, each in a region of its own, under unlike titles."""
    sql = """SELECT begin, end, title FROM passages JOIN articles ON id = shorter
             WHERE longer = ? AND kind = 'contains' ORDER BY shorter LIMIT 24"""
    parts = connection.execute(sql, [article_id]).fetchall()
    return any(
        min(a[1], b[1]) - max(a[0], b[0]) <= OVERLAP * min(a[1] - a[0], b[1] - b[0]) and not same_title(a[2], b[2])
        for a, b in combinations(parts, 2)
    )
