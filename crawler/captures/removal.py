"""Captures leave the archive: their rows at once, their bytes when a file is written anew without them.

Which files have bytes to lose stands in ``archive_rewrites`` from the transaction on that takes the rows out until the
file is rewritten, so a kill in between is made good by the next prune.
"""

from __future__ import annotations

import os
import sqlite3
from itertools import count
from pathlib import Path

from crawler import clock
from crawler.database import transaction
from crawler.warc.writing import warcinfo

BLOCK = 1024**2  # bytes that are copied at once


def forget(connection: sqlite3.Connection, which: str, values: dict[str, object]) -> None:
    """Take out the captures of the pages that the condition ``which`` selects. In a transaction."""
    rows = f"FROM archived WHERE page_id IN (SELECT id FROM pages WHERE {which})"
    connection.execute(f"INSERT OR IGNORE INTO archive_rewrites (file) SELECT DISTINCT file {rows}", values)
    connection.execute(f"DELETE {rows}", values)


def forget_unused(connection: sqlite3.Connection, before: str, topic: str | None, most: int) -> int:
    """Take out captures of pages without an article that are too old; how many, ``most`` at once. In a transaction."""
    rows = (
        "FROM archived WHERE rowid IN (SELECT archived.rowid FROM archived JOIN pages ON pages.id = page_id"
        " WHERE article_id IS NULL AND archived.fetched < :before AND (:topic IS NULL OR topic = :topic) LIMIT :most)"
    )
    values = {"before": before, "topic": topic, "most": most}
    connection.execute(f"INSERT OR IGNORE INTO archive_rewrites (file) SELECT DISTINCT file {rows}", values)
    return connection.execute(f"DELETE {rows}", values).rowcount


def rewrite(connection: sqlite3.Connection, folder: Path) -> int:
    """Write every file anew that holds more than it should; how many bytes that gave back.

    Nobody may append meanwhile. A file in which nothing is left goes.
    """
    given_back = 0
    for (file,) in connection.execute("SELECT file FROM archive_rewrites ORDER BY file").fetchall():
        path = folder / file
        before = path.stat().st_size if path.exists() else 0
        rows = connection.execute(
            "SELECT rowid, before, offset, length FROM archived WHERE file = ? ORDER BY offset", (file,)
        ).fetchall()
        fresh = _unused(folder, file)
        moved = _copy(path, folder / fresh, rows) if rows and before else {}
        with transaction(connection):
            for row, offset in moved.items():
                connection.execute("UPDATE archived SET file = ?, offset = ? WHERE rowid = ?", (fresh, offset, row))
            connection.execute("DELETE FROM archive_rewrites WHERE file = ?", (file,))
        path.unlink(missing_ok=True)
        given_back += before - ((folder / fresh).stat().st_size if moved else 0)
    return given_back


def drop_empty(connection: sqlite3.Connection, folder: Path) -> int:
    """Take away the files in which nothing is left, but those of today, which may be written to; how many bytes."""
    given_back = 0
    today = clock.stamp()[:10].replace("-", "")
    files = connection.execute(
        "SELECT file FROM archive_rewrites AS r WHERE NOT EXISTS (SELECT 1 FROM archived WHERE file = r.file)"
    ).fetchall()
    for (file,) in files:
        if f"-{today}-" not in file:
            path = folder / file
            given_back += path.stat().st_size if path.exists() else 0
            path.unlink(missing_ok=True)
            with transaction(connection):
                connection.execute("DELETE FROM archive_rewrites WHERE file = ?", (file,))
    return given_back


def _unused(folder: Path, file: str) -> str:
    """The name that ``file`` has once it is rewritten: its own with another letter behind, which nothing has yet."""
    stem = file.removesuffix(".warc.gz")
    return next(name for number in count(1) if not (folder / (name := f"{stem}.{number}.warc.gz")).exists())


def _copy(old: Path, new: Path, rows: list[sqlite3.Row]) -> dict[int, int]:
    """Write what ``rows`` locate in ``old`` into ``new``; the new offset of each row, by its id."""
    offsets: dict[int, int] = {}
    partial = new.with_suffix(".part")
    with old.open("rb") as source, partial.open("wb") as target:
        target.write(warcinfo())
        for row in rows:
            source.seek(row["offset"] - row["before"])
            offsets[row["rowid"]] = target.tell() + row["before"]
            left = row["before"] + row["length"]
            while left and (block := source.read(min(left, BLOCK))):
                target.write(block)
                left -= len(block)
        target.flush()
        os.fsync(target.fileno())
    partial.rename(new)
    return offsets
