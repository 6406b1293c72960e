"""Opening the database: checks, migrations, transactions, and what only one program may do with it at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import filelock

from crawler.database.lean import sqlite_utils
from crawler.database.migrations import migrations

BUSY_TIMEOUT = 30_000  # milliseconds that a writer waits for another one
LARGEST_CHECKED = 2_000_000_000  # bytes


class DatabaseError(Exception):
    """The database cannot be used; the message names the file, what is wrong and what to do."""


class Locked(Exception):
    """Another program holds the database for what only one may do at a time."""


@contextmanager
def _opening(path: Path, uri_mode: str) -> Iterator[sqlite_utils.Database]:
    """A database while it is made ready; closed again when it cannot be used."""
    db: sqlite_utils.Database | None = None
    try:
        yield (db := _connect(path, uri_mode))
    except BaseException as error:
        if db:
            db.close()
        if isinstance(error, sqlite3.Error):
            raise DatabaseError(explain(error, path)) from error
        raise


def _connect(path: Path, uri_mode: str) -> sqlite_utils.Database:
    uri = f"{path.absolute().as_uri()}?mode={uri_mode}"
    # Autocommit: transactions begin where the code says BEGIN IMMEDIATE, never by themselves.
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT / 1000)
    connection.row_factory = sqlite3.Row
    return sqlite_utils.Database(connection)


def open_to_write(path: Path) -> sqlite_utils.Database:
    """The database at ``path``, made or migrated to this version's schema; DatabaseError if it cannot be used."""
    _need_folder(path)
    with _opening(path, "rwc") as db:
        _refuse_foreign(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _refuse_newer(db, path)
        if migrations.pending(db):
            migrations.apply(db)
        db.execute("BEGIN IMMEDIATE")
        db.execute("PRAGMA user_version = 0")  # a read-only file fails here rather than at the first article
        db.execute("ROLLBACK")
    return db


def need_sound(path: Path) -> None:
    """DatabaseError when the database at ``path`` is damaged: looked at only after a run that did not end properly.

    Nothing is written. Up to LARGEST_CHECKED bytes, which take some seconds; what is larger is left to the operator.
    """
    if not path.is_file() or path.stat().st_size > LARGEST_CHECKED:
        return
    with _opening(path, _reading_mode(path)) as db, closing(db.conn):
        db.execute("PRAGMA query_only = 1")
        if "runs" not in _tables(db):
            return
        last = db.execute("SELECT finished FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if last is None or last["finished"]:
            return
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")


def open_to_change(path: Path) -> sqlite_utils.Database:
    """The database at ``path`` for more than queries; DatabaseError if there is none or it cannot be used."""
    _need_file(path)
    return open_to_write(path)


def open_to_read(path: Path) -> sqlite_utils.Database:
    """The database at ``path`` for queries only; DatabaseError if there is none or it is not ours."""
    _need_file(path)
    with _opening(path, _reading_mode(path)) as db:
        db.execute("PRAGMA query_only = 1")
        _refuse_foreign(db, path)
        _refuse_newer(db, path)
        if not _tables(db):
            raise DatabaseError(f'{path}: is empty: run "scrapy crawl TOPIC" first')
        if migrations.pending(db):
            raise DatabaseError(
                f'{path}: was written by an older version: run "scrapy crawl TOPIC" once, which brings it up to date'
            )
    return db


@contextmanager
def reading(path: Path) -> Iterator[sqlite_utils.Database]:
    """``open_to_read`` for as long as it is needed; what SQLite has against the file is a DatabaseError."""
    with _in_use(open_to_read(path), path) as db:
        yield db


@contextmanager
def changing(path: Path) -> Iterator[sqlite_utils.Database]:
    """``open_to_change`` for as long as it is needed; what SQLite has against the file is a DatabaseError."""
    with _in_use(open_to_change(path), path) as db:
        yield db


@contextmanager
def made(path: Path) -> Iterator[sqlite_utils.Database]:
    """``open_to_write`` for as long as it is needed; what SQLite has against the file is a DatabaseError."""
    with _in_use(open_to_write(path), path) as db:
        yield db


@contextmanager
def _in_use(db: sqlite_utils.Database, path: Path) -> Iterator[sqlite_utils.Database]:
    try:
        yield db
    except sqlite3.Error as error:
        raise DatabaseError(explain(error, path)) from error
    finally:
        db.close()


def _need_file(path: Path) -> None:
    _refuse_folder(path)
    if not path.is_file():
        demo = path.parent / "demo.db"
        other = f"-s DATABASE={demo.name} asks the demo's" if demo.is_file() else "name it with -s DATABASE=FILE"
        raise DatabaseError(f'{path}: no such database: run "scrapy crawl TOPIC" first, or {other}')


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise DatabaseError(f"{path}: is a folder: name a file, as in -s DATABASE={path / 'news.db'}")


def _need_folder(path: Path) -> None:
    _refuse_folder(path)
    if not path.parent.is_dir():
        raise DatabaseError(f"{path}: the folder {path.parent} does not exist: create it or choose another DATABASE")


def _reading_mode(path: Path) -> str:
    """How SQLite is to open a file that is only read."""
    if is_frozen(path):
        return "ro&immutable=1"
    return "rw" if os.access(path, os.W_OK) else "ro"


def is_frozen(path: Path) -> bool:
    """Whether the database has to be opened as one that nobody changes.

    Readers of a WAL database need its shared-memory file, and make it where they may. Where they may not, a database
    without a log of changes is as it will stay: nobody writes to it.
    """
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()


def _tables(db: sqlite_utils.Database) -> list[str]:
    """The tables that somebody filled; SQLite's own and that of the migrations are none."""
    names = "name NOT LIKE 'sqlite%' AND name <> '_sqlite_migrations'"
    rows = db.execute(f"SELECT name FROM sqlite_master WHERE type = 'table' AND {names} ORDER BY name")
    return [name for (name,) in rows]


def _refuse_foreign(db: sqlite_utils.Database, path: Path) -> None:
    tables = _tables(db)
    if tables and not migrations.applied(db):
        raise DatabaseError(
            f"{path}: is a database of another program (it has the table {tables[0]}): choose another DATABASE, it was"
            " left untouched"
        )


def _refuse_newer(db: sqlite_utils.Database, path: Path) -> None:
    known = {migration.name for migration in migrations._migrations}
    if newer := sorted({migration.name for migration in migrations.applied(db)} - known):
        raise DatabaseError(
            f"{path}: was written by a newer version (migration {newer[0]}): update the crawler or use another DATABASE"
        )


def explain(error: sqlite3.Error, path: Path) -> str:
    """One line that names the file, what is wrong with it, and the remedy."""
    said = str(error)
    remedies = {
        "file is not a database": "is not an SQLite database: choose another DATABASE, it was left untouched",
        "unable to open": "cannot be opened: check that the folder exists and that you may write to it",
        "readonly": "cannot be written: check the permissions of the file and its folder",
        "read-only": "cannot be written: check the permissions of the file and its folder",
        "disk is full": "cannot grow, the disk is full: free some space, nothing that was committed is lost",
        "disk I/O error": "cannot be read or written (disk I/O error): check the disk and its free space",
        "locked": f"is locked by another program for over {BUSY_TIMEOUT // 1000} s: close it and run again",
        "malformed": 'is damaged: restore a backup, or save what is readable with "sqlite3 FILE .recover"',
    }
    for sign, remedy in remedies.items():
        if sign in said:
            return f"{path}: {remedy}"
    return f"{path}: {said}"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One that may write from its first statement on, so that what it reads stays true until its COMMIT."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself when the disk is full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def only_crawl(path: Path) -> AbstractContextManager[None]:
    """Hold the database for one crawl; Locked when another one has it."""
    return _held(path, "lock", "another crawl is running on it")


def only_backfill(path: Path) -> AbstractContextManager[None]:
    """Hold the database for one backfill, which may run beside a crawl; Locked when another one has it."""
    return _held(path, "backfill.lock", "another backfill is running on it")


def only_reextract(path: Path) -> AbstractContextManager[None]:
    """Hold the database for one that reads pages again, beside a crawl; Locked when another one has it."""
    return _held(path, "reextract.lock", "its pages are being read again already")


def only_translator(path: Path) -> AbstractContextManager[None]:
    """Hold the database for one that has articles translated; Locked when another one does."""
    return _held(path, "translate.lock", "its articles are being translated already")


def only_sender(path: Path) -> AbstractContextManager[None]:
    """Hold the database for one that sends digests; Locked when another one does."""
    return _held(path, "send.lock", "another digest is being sent from it")


@contextmanager
def _held(path: Path, ending: str, busy: str) -> Iterator[None]:
    """The lock is the kernel's (flock on a file beside the database): it goes with the process, however that ends."""
    _need_folder(path)
    lock = filelock.FileLock(f"{path.resolve()}.{ending}", timeout=0)  # whatever link leads to it
    try:
        with Path(lock.lock_file).open("ab"):  # filelock takes a folder that it may not write to for a lock
            pass
        lock.acquire()
    except filelock.Timeout:
        raise Locked(f"{path}: {busy}; nothing to do") from None
    except OSError as error:
        remedy = "check that you may write to its folder"
        raise DatabaseError(f"{path}: cannot be locked ({error.strerror}): {remedy}") from error
    try:
        yield
    finally:
        lock.release()
