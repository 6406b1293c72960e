"""``scrapy prune --older-than 2y``: take out what is too old, and give its space back."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar

import sqlite_utils

from crawler import clock, database, filters
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.digest.wording import count

T = TypeVar("T")

PAUSE = 0.11  # seconds between two transactions; SQLite looks ten times a second whether it may write
LAST_PAGES = 300  # seconds that a run may take beyond its budget


class Command(NewsCommand):
    """Retention: what is old leaves, and is not fetched again."""

    def syntax(self) -> str:
        return "--older-than 2y [--topic T] [--dry-run] [--vacuum]"

    def short_desc(self) -> str:
        return "Take out articles, visits and runs that are too old; they are not fetched again"

    def long_desc(self) -> str:
        return (
            "An article is as old as its publication, or as its first fetch when that is unknown. It goes with its "
            "matches and revisions; its address is remembered. Safe beside a crawl. The space is used for new "
            "articles; --vacuum gives it back to the disk, for which it needs as much free disk as the database has."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--older-than", metavar="AGE", help="90d, 8w, 2y, or a date: what appeared before it goes")
        parser.add_argument("--topic", metavar="T", help="only what belongs to this topic alone")
        parser.add_argument("--dry-run", action="store_true", help="only say how much would go")
        parser.add_argument("--vacuum", action="store_true", help="then give the space back to the disk")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: prune takes options only: see scrapy prune --help")
        before = self._before(opts.older_than)
        if not before and (opts.dry_run or not opts.vacuum):
            raise WrongUsage("say what is too old with --older-than: 90d, 8w, 2y or a date")
        db = database.open_to_change(self.database)
        try:
            if before:
                self._prune(db, before, opts)
            if opts.vacuum and not opts.dry_run:
                self._vacuum(db)
        except sqlite3.Error as error:
            raise database.DatabaseError(database.explain(error, self.database)) from error
        except KeyboardInterrupt:
            return fail(1, "stopped: what was taken out is gone, the rest is left for the next time")
        finally:
            db.conn.close()
        return 0

    def _before(self, wanted: str | None) -> str | None:
        before = filters.when(wanted, "--older-than")
        if before and clock.moment(before) > clock.now() - timedelta(days=1):
            raise WrongUsage(f"--older-than {wanted}: give one day or more: 90d, 8w, 2y (m is minutes) or a date")
        return before

    def _prune(self, db: sqlite_utils.Database, before: str, opts: argparse.Namespace) -> None:
        from pipelines.archive import Archive
        from pipelines.retention import Place, Retention

        retention = Retention(Archive(db), before, opts.topic)
        gone: Counter[str] = Counter()
        if opts.dry_run:
            gone = retention.counts()
        else:
            place: Place | None = Place()
            while place:
                place = _step(db, partial(retention.prune_articles, place, gone))
                if sys.stderr.isatty():
                    print(f"\r{count(gone['articles'], 'article')}", end="", file=sys.stderr)
            while _step(db, partial(retention.prune_history, gone)):
                pass
            if sys.stderr.isatty():
                print(file=sys.stderr)
        what = (
            f"{count(gone['articles'], 'article')}, {count(gone['visits'], 'visit')} and {count(gone['runs'], 'run')}"
        )
        would = "would be taken out" if opts.dry_run else "taken out"
        print(f"{self.database}: {what} from before {before[:10]} {would}{self._free(db, opts)}")

    def _vacuum(self, db: sqlite_utils.Database) -> None:
        """Make the file as small as its content; a crawl that is under way is waited for, others wait for us."""
        before = self.database.stat().st_size
        with self._after_the_crawl():
            db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        after = self.database.stat().st_size
        print(f"{self.database}: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")

    @contextmanager
    def _after_the_crawl(self) -> Iterator[None]:
        told = False
        deadline = time.monotonic() + self.settings.getfloat("CRAWL_BUDGET") + LAST_PAGES
        while True:
            try:
                with database.only_crawl(self.database):
                    yield
                    return
            except database.Locked:
                if time.monotonic() > deadline:
                    raise
                if not told:
                    print("a crawl is running: waiting for its end", file=sys.stderr)
                told = True
                time.sleep(1)

    def _free(self, db: sqlite_utils.Database, opts: argparse.Namespace) -> str:
        if opts.vacuum or opts.dry_run:
            return ""
        (free,) = db.execute(
            "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
        ).fetchone()
        return f"; {free / 1e6:,.1f} MB in it are free for new articles, --vacuum gives them back to the disk"


def _step(db: sqlite_utils.Database, work: Callable[[], T]) -> T:
    """What ``work`` returns, done in a transaction of its own; then there is time for other writers."""
    with database.transaction(db.conn):
        result = work()
    time.sleep(PAUSE)
    return result
