"""A database that is merged into another one, as it was when the merge began."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlite_utils

from crawler.captures import Captures
from pipelines.archive import Archive

AT_ONCE = 500


class Part:
    """``sources`` and ``articles`` are numbers there -> numbers here, once they are merged."""

    def __init__(self, db: sqlite_utils.Database, folder: Path):
        self.connection = db.conn
        self.archive = Archive(db)
        self.captures = Captures(db.conn, folder, "none")
        self.sources: dict[int | None, int] = {}
        self.articles: dict[int | None, int] = {}
        self.connection.execute("BEGIN")  # what a crawl adds from now on is for the next merge

    def articles_in_order(self) -> Iterator[tuple[str, int, Part]]:
        """When each article was fetched, its number, and whose it is, the oldest first."""
        for row in self.connection.execute("SELECT fetched, id FROM articles ORDER BY fetched, url"):
            yield row["fetched"] or "", row["id"], self

    def batches(self, sql: str) -> Iterator[list[sqlite3.Row]]:
        """The answer to a query, some rows at a time."""
        rows = self.connection.execute(sql)
        while batch := rows.fetchmany(AT_ONCE):
            yield batch

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a small table."""
        return [dict(row) for row in self.connection.execute(f"SELECT * FROM {table}")]


def insert(connection: sqlite3.Connection, table: str, row: dict[str, Any], conflict: str = "") -> int:
    """Put a row into a table; its rowid."""
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    statement = f"INSERT INTO {table} ({names}) VALUES ({places}) {conflict}"
    return connection.execute(statement, tuple(row.values())).lastrowid or 0


def change(connection: sqlite3.Connection, table: str, key: dict[str, Any], row: dict[str, Any]) -> None:
    """Give the row of ``key`` the values of ``row``."""
    values = ", ".join(f'"{name}" = ?' for name in row)
    where = " AND ".join(f"{name} = ?" for name in key)
    connection.execute(f"UPDATE {table} SET {values} WHERE {where}", (*row.values(), *key.values()))
