"""Giving space back: a file as small as its content, without traces of what was deleted, when no crawl is under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlite_utils

from crawler.captures.removal import rewrite
from crawler.database import Locked, only_crawl, transaction

T = TypeVar("T")

PAUSE = 0.11  # seconds between two transactions; SQLite looks ten times a second whether it may write
LAST_PAGES = 300  # seconds that a run may take beyond its budget


@contextmanager
def after_the_crawl(path: Path, budget: float, tell: Callable[[str], object]) -> Iterator[None]:
    """Wait for the end of a crawl that is under way, after ``tell`` was called, and let none begin meanwhile.

    ``budget`` is how many seconds a crawl may take; Locked when one takes much longer.
    """
    told = False
    deadline = time.monotonic() + budget + LAST_PAGES
    while True:
        try:
            with only_crawl(path):
                yield
                return
        except Locked:
            if time.monotonic() > deadline:
                raise
            if not told:
                tell("a crawl is running: waiting for its end")
            told = True
            time.sleep(1)


def vacuum(db: sqlite_utils.Database, path: Path, archive: Path) -> str:
    """Make the file, and those of the web archive, as small as their content; what to say of it.

    Inside ``after_the_crawl``.

    What was deleted is then in no page of it: not in the full-text index, which keeps deleted words until its parts
    are merged, not in free space, not in the log.
    """
    before = path.stat().st_size
    db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    given_back = rewrite(db.conn, archive)
    raw = f", {given_back / 1e6:,.1f} MB less in {archive}" if given_back else ""
    return f"{path}: {before / 1e6:,.1f} MB before, {path.stat().st_size / 1e6:,.1f} MB now{raw}"


def free(db: sqlite_utils.Database) -> float:
    """MB in the file that new articles can use."""
    sql = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
    return db.execute(sql).fetchone()[0] / 1e6


def step(db: sqlite_utils.Database, work: Callable[[], T]) -> T:
    """What ``work`` returns, done in a transaction of its own; then there is time for other writers."""
    with transaction(db.conn):
        result = work()
    time.sleep(PAUSE)
    return result
