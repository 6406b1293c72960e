"""What readers add: stars, notes, tags, read marks, saved searches, what is muted; in a file beside the database.

It is keyed by addresses, so that reading again, pruning and merging leave it as it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from crawler import clock
from crawler.command import meant
from crawler.database import DatabaseError
from crawler.search.filters import Filters
from crawler.terms import parse_term

KINDS = ("star", "read", "note", "tag")  # of marks; the last two have a value
SCHEMA = """
CREATE TABLE IF NOT EXISTS marks (url TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, made TEXT NOT NULL,
  title TEXT, source TEXT, PRIMARY KEY (url, kind, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS searches (name TEXT PRIMARY KEY COLLATE NOCASE, filters TEXT NOT NULL, made TEXT NOT NULL,
  seen TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mutes (kind TEXT NOT NULL, value TEXT NOT NULL COLLATE NOCASE, made TEXT NOT NULL,
  title TEXT, PRIMARY KEY (kind, value)) WITHOUT ROWID;
"""
MUTED = ("story", "source", "words")
LONGEST = 10_000  # characters of a note
SAVED = [field.name for field in fields(Filters) if field.name not in ("limit", "newest", "by_score")]


@dataclass(frozen=True)
class Mark:
    """One mark of an article. Title and source are those of when it was made: the article may be pruned."""

    url: str  # canonical
    kind: str
    value: str
    made: str
    title: str | None
    source: str | None


@dataclass(frozen=True)
class Saved:
    """A search with a name; what was stored after ``seen`` is new."""

    name: str
    filters: Filters
    made: str
    seen: str


@dataclass(frozen=True)
class Mute:
    """What is left out: a story by an article's address, a source by its name, titles by a term."""

    kind: str
    value: str
    made: str
    title: str | None  # of the article


def place_of(database: Path) -> Path:
    """The desk of a database: ``desk.db`` in its folder."""
    return database.with_name("desk.db")


def beside(connection: sqlite3.Connection) -> Desk:
    """The desk of an open database, which is a file."""
    return Desk(place_of(Path(connection.execute("PRAGMA database_list").fetchone()[2])))


class NoSuchSearch(LookupError):
    """There is no saved search of that name; the message says what there is."""


def address_of(article: sqlite3.Row) -> str:
    """What the marks of an article are kept by."""
    address: str = article["canonical_url"] or article["url"]
    return address


class Desk:
    """The file of a desk, which is there once something was put on it."""

    def __init__(self, path: Path):
        self.path = path

    # Marks

    def mark(self, article: sqlite3.Row, kind: str, value: str = "") -> None:
        """Put a mark on an article; a new note takes the place of the old one."""
        url = address_of(article)
        with self._writing() as connection:
            if kind == "note":
                connection.execute("DELETE FROM marks WHERE url = ? AND kind = 'note'", (url,))
            connection.execute(
                "INSERT OR IGNORE INTO marks (url, kind, value, made, title, source) VALUES (?, ?, ?, ?, ?, ?)",
                (url, kind, value[:LONGEST], clock.text(clock.now()), article["title"], article["source"]),
            )

    def unmark(self, url: str, kind: str, value: str | None = None) -> bool:
        """Take a mark off, or all of its kind; whether there was one."""
        with self._writing() as connection:
            sql = "DELETE FROM marks WHERE url = ? AND kind = ? AND (? IS NULL OR value = ?)"
            return connection.execute(sql, (url, kind, value, value)).rowcount > 0

    def marks(self, url: str | None = None) -> list[Mark]:
        """All marks, or those of an article, the newest first."""
        sql = (
            "SELECT url, kind, value, made, title, source FROM marks WHERE ? IS NULL OR url = ? ORDER BY made DESC, url"
        )
        with self._reading() as connection:
            return [Mark(*row) for row in connection.execute(sql, (url, url))] if connection else []

    # Saved searches

    def save(self, name: str, filters: Filters) -> None:
        """Keep a search; one of that name is replaced."""
        kept = {key: value for key, value in asdict(filters).items() if key in SAVED and value}
        now = clock.text(clock.now())
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO searches (name, filters, made, seen) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET filters = excluded.filters, seen = excluded.seen",
                (name, json.dumps(kept, ensure_ascii=False), now, now),
            )

    def searches(self) -> list[Saved]:
        """The saved searches by name."""
        with self._reading() as connection:
            sql = "SELECT name, filters, made, seen FROM searches ORDER BY name"
            rows = connection.execute(sql).fetchall() if connection else []
        return [Saved(name, Filters(**json.loads(filters)), made, seen) for name, filters, made, seen in rows]

    def search(self, name: str) -> Saved | None:
        """The saved search of that name."""
        return next((saved for saved in self.searches() if saved.name.casefold() == name.casefold()), None)

    def named(self, name: str) -> Saved:
        """The saved search of that name; NoSuchSearch when there is none."""
        if saved := self.search(name):
            return saved
        names = [other.name for other in self.searches()]
        there = f"there is {', '.join(names)}" if names else 'keep one with "scrapy desk save NAME WORDS"'
        raise NoSuchSearch(f'there is no saved search "{name}": {meant(name, names)}{there}')

    def looked_at(self, name: str) -> None:
        """What a search finds by now is no longer new."""
        with self._writing() as connection:
            connection.execute("UPDATE searches SET seen = ? WHERE name = ?", (clock.text(clock.now()), name))

    def forget(self, name: str) -> bool:
        """Keep a search no longer; whether there was one."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM searches WHERE name = ?", (name,)).rowcount > 0

    # What is muted

    def mute(self, kind: str, value: str, title: str | None = None) -> None:
        """Leave something out; ValueError with fault and remedy when words cannot be a term."""
        if kind == "words" and parse_term(value).exception:
            raise ValueError("begins with a minus: take it out")
        with self._writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO mutes (kind, value, made, title) VALUES (?, ?, ?, ?)",
                (kind, value, clock.text(clock.now()), title),
            )

    def unmute(self, kind: str, value: str) -> bool:
        """Leave it out no longer; whether it was."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM mutes WHERE kind = ? AND value = ?", (kind, value)).rowcount > 0

    def mutes(self) -> list[Mute]:
        """What is muted, the newest first; nothing on a desk that is older than muting."""
        with self._reading() as connection:
            if not (connection and connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'mutes'").fetchone()):
                return []
            sql = "SELECT kind, value, made, title FROM mutes ORDER BY made DESC, kind, value"
            return [Mute(*row) for row in connection.execute(sql)]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open(f"{self.path.resolve().as_uri()}?mode=rwc") as connection:
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self.path.is_file():
            yield None
            return
        with self._open(f"{self.path.resolve().as_uri()}?mode=ro") as connection:
            yield connection

    @contextmanager
    def _open(self, uri: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)
            try:
                yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise DatabaseError(f"{self.path}: cannot be used ({error}): move it away, or free it") from error
