"""Numbers that are given once: what is deleted leaves no number behind for what comes after it."""

from __future__ import annotations

import sqlite3


def next_number(connection: sqlite3.Connection, table: str) -> int:
    """A number that no row of ``table`` has or had. In the caller's transaction."""
    (number,) = connection.execute(
        f"INSERT INTO counters (name, value) SELECT :name, coalesce(max(id), 0) + 1 FROM {table} WHERE true"
        " ON CONFLICT (name) DO UPDATE SET value = max(value + 1, excluded.value) RETURNING value",
        {"name": table},
    ).fetchone()
    return int(number)
