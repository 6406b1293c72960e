"""SQL as an assistant may ask it, where its owner allows that: one SELECT, bounded."""

from __future__ import annotations

import sqlite3
from typing import Any

from crawler.assistants.answers import Refused
from crawler.assistants.quoting import QUOTED, line
from crawler.browse import limits

ROWS = 100
CELL = 1_000  # characters
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def run(connection: sqlite3.Connection, query: str) -> dict[str, Any]:
    """The first rows of ``query``; Refused when it is anything but a SELECT, or SQLite has something against it."""
    limits.bound(connection)
    connection.set_authorizer(_only_reading)
    try:
        cursor = connection.execute(query)
        columns = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchmany(ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
        raise Refused(f"SQLite refuses it: {line(error)}") from None
    shown = [[value if isinstance(value, int | float | None) else _text(value) for value in row] for row in rows[:ROWS]]
    return {"columns": columns, f"{QUOTED}rows": shown, "more": len(rows) > ROWS}


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY


def _text(value: str | bytes) -> str:
    return line(value, CELL) if isinstance(value, str) else f"{len(value)} bytes"
