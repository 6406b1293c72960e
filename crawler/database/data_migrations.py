"""Rows that follow a change of the schema: moved in batches beside runs, the newest first, resumed where they stopped.

A migration changes the schema at once and calls ``begin``. From then on who writes a row writes it in its new form, and
who reads takes either form; the rows that were there are moved a batch at a time. Each batch is a transaction, together
with how far it came: a kill costs the batch that was under way, and nobody waits for the rest.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping

from crawler import clock
from crawler.database import transaction
from crawler.database.migrations import data_migrations
from crawler.database.migrations.rows import DataMigration

FIRST_BATCH, LARGEST_BATCH = 64, 20_000  # rows
SHORT, LONG = 0.025, 0.1  # seconds that a batch takes: below, the next one is larger; above, smaller
REST = 3  # times as long as a batch took, the run beside it has the process for itself


class Mover:
    """Moves what is left of ``migrations`` (name -> what it does), in the order in which they began."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        migrations: Mapping[str, DataMigration] = data_migrations,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self.connection = connection
        self.migrations = migrations
        self.monotonic = monotonic
        self.size = FIRST_BATCH
        self.took = 0.0  # seconds of the last batch

    def batch(self) -> bool:
        """Move the next few rows; False when none are left."""
        began = self.monotonic()
        if self._next() is None:
            return False
        with transaction(self.connection):
            self._move()
        self.took = self.monotonic() - began
        if self.took < SHORT:
            self.size = min(2 * self.size, LARGEST_BATCH)
        elif self.took > LONG:
            self.size = max(self.size // 2, 1)
        return True

    def move(self, seconds: float, tell: Callable[[str], object] = lambda line: None) -> bool:
        """Move rows for so long at most and ``tell`` how far it is; whether all are moved."""
        deadline = self.monotonic() + seconds
        while line := self.progress():
            if self.monotonic() >= deadline:
                return False
            tell(line)
            self.batch()
        return True

    async def move_beside(self) -> None:
        """Move rows while other work of this process goes on."""
        while self.batch():
            await asyncio.sleep(REST * self.took)

    def progress(self) -> str:
        """How far the present one is, in a line; empty when all are moved."""
        row = self._next()
        if row is None:
            return ""
        table = self.migrations[row["name"]].table
        return f"bringing {table} up to date ({row['name']}): {row['moved']:,} of {row['total']:,} rows"

    def _next(self) -> sqlite3.Row | None:
        return self.connection.execute(
            "SELECT name, position, moved, total FROM data_migrations WHERE finished IS NULL ORDER BY rowid LIMIT 1"
        ).fetchone()

    def _move(self) -> None:
        row = self._next()
        if row is None:  # another program was faster
            return
        name, last = row["name"], row["position"]
        migration = self.migrations[name]
        first, rows = self.connection.execute(
            f"SELECT min(id), count(*) FROM (SELECT rowid AS id FROM {migration.table} WHERE rowid <= ?"
            " ORDER BY rowid DESC LIMIT ?)",
            (last, self.size),
        ).fetchone()
        if rows:
            migration.move(self.connection, first, last)
        self.connection.execute(
            "UPDATE data_migrations SET position = ?, moved = moved + ?, finished = ? WHERE name = ?",
            (first - 1 if rows else last, rows, None if rows == self.size else clock.text(clock.now()), name),
        )
