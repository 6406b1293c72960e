"""Links of a former version: articles that only share a part with their original leave it, and find their like."""

from __future__ import annotations

import sqlite3

from pipelines.dedupe import groups
from pipelines.dedupe.rows import Articles


def regroup(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Make anew the groups of articles ``first`` to ``last`` that hold a link of the kind ``partial``."""
    sql = "SELECT DISTINCT duplicate_of FROM articles WHERE id BETWEEN ? AND ? AND duplicate_kind = 'partial'"
    for (original,) in connection.execute(sql, [first, last]).fetchall():
        articles = Articles(connection)
        groups.regroup(articles, groups.members(articles, {original}))
