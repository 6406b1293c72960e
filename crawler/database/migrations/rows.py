"""Which rows follow a change of the schema, and how; crawler/database/data_migrations.py moves them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from sqlite_utils import Database

from crawler import clock


class DataMigration(NamedTuple):
    """The rows of ``table`` with ``first <= rowid <= last`` get their new form by ``move(connection, first, last)``.

    It runs in a transaction, and may meet rows that have the new form already.
    """

    table: str
    move: Callable[[sqlite3.Connection, int, int], object]


def progress_table(db: Database) -> None:
    table = db.table("data_migrations")
    table.create(
        {"name": str, "position": int, "moved": int, "total": int, "started": str, "finished": str},
        not_null={"name", "position", "moved", "total", "started"},
    )
    table.create_index(["name"], unique=True)


def begin(db: Database, name: str, table: str) -> None:
    """For the migration that changes ``table``: the rows that it has now are to be moved by the one of that name."""
    begin_anew(db.conn, name, table)


def begin_anew(connection: sqlite3.Connection, name: str, table: str) -> None:
    """All rows of ``table`` are to be moved by the one of that name, which may have been done before."""
    connection.execute(
        "INSERT OR REPLACE INTO data_migrations (name, position, moved, total, started)"
        f" SELECT ?, max(rowid), 0, count(*), ? FROM {table} HAVING count(*) > 0",
        (name, clock.text(clock.now())),
    )
