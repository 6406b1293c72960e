"""Raw pages in WARC files beside the database, located by its table ``archived``: kept, read again, taken out.

A capture is appended before the commit that locates it and is on the disk by then. So a crash leaves bytes that nothing
points to, which the next run cuts away, and never a row that points to nothing.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import clock
from crawler.warc.capture import Capture, revisit
from crawler.warc.reading import record_at
from crawler.warc.writing import Writer

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from crawler.warc.record import Record

POLICIES = ("stored", "read", "none")  # what ARCHIVE_PAGES may be


def folder_of(settings: BaseSettings) -> Path:
    """ARCHIVE_DIR, else the folder beside the database that is called as it is: news.db has news.warc."""
    return Path(settings["ARCHIVE_DIR"]) if settings["ARCHIVE_DIR"] else Path(settings["DATABASE"]).with_suffix(".warc")


@dataclass(frozen=True)
class Located:
    """A row of ``archived``: bytes of a file in the archive's folder that hold the response of one fetch."""

    page_id: int
    fetched: str
    file: str
    offset: int
    length: int
    digest: str
    before: int  # bytes of its request and metadata records right before it


COLUMNS = "page_id, archived.fetched, file, offset, length, digest, before"


class Captures:
    """The archive in ``folder`` that ``connection`` knows. ``name`` begins the files of this process.

    ``policy``: keep the pages of ``stored`` articles, all that were ``read``, or ``none``.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path, policy: str = "stored", name: str = "crawl"):
        self.connection = connection
        self.folder = folder
        self.policy = policy
        self._writer = Writer(folder, name, self._end_of)

    # Keep

    def keep(self, page_id: int, fetched: str, capture: Capture) -> bool:
        """Keep what was fetched for a page, if its outcome asks for that: behind it, in the same transaction."""
        if self.policy == "none" or (self.policy == "stored" and not self._is_stored(page_id)):
            return False
        try:
            place = self._writer.append(capture.members, clock.stamp()[:10].replace("-", ""))
        except OSError as error:
            raise sqlite3.OperationalError(f"{self.folder}: {error.strerror}") from error
        before = len(capture.members) - capture.response
        self.locate(page_id, fetched, place.file, place.offset + before, capture.response, before, capture.digest)
        return True

    def locate(self, page_id: int, fetched: str, file: str, offset: int, length: int, before: int, digest: str) -> None:
        """Remember where in a file of the folder a capture of a page is. In a transaction."""
        if self.policy == "none" or (self.policy == "stored" and not self._is_stored(page_id)):
            return
        self.connection.execute(
            "INSERT INTO archived (page_id, fetched, file, offset, length, before, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (page_id, fetched, file, offset, length, before, digest),
        )

    def keep_unchanged(self, page_id: int, url: str, fetched: str) -> None:
        """Keep that a page had the body again that was kept last; nothing when there is none. In a transaction."""
        if (last := self.last(page_id)) is not None:
            self.keep(page_id, fetched, revisit(url, fetched, last.fetched, last.digest))

    def sync(self) -> None:
        """Wait until what was kept is on the disk: before each commit."""
        try:
            self._writer.sync()
        except OSError as error:
            raise sqlite3.OperationalError(f"{self.folder}: {error.strerror}") from error

    def close(self) -> None:
        """Close the file that is written to."""
        self._writer.close()

    # Look up

    def last(self, page_id: int) -> Located | None:
        """The newest capture of a page that has a body."""
        row = self.connection.execute(
            f"SELECT {COLUMNS} FROM archived WHERE page_id = ? AND before > 0"
            " ORDER BY fetched DESC, rowid DESC LIMIT 1",
            (page_id,),
        ).fetchone()
        return Located(*row) if row else None

    def of_article(self, article_id: int, since: str) -> Located | None:
        """The oldest capture of an article's page, fetched at ``since`` or later, that has a body."""
        row = self.connection.execute(
            f"SELECT {COLUMNS} FROM pages JOIN archived ON page_id = pages.id WHERE article_id = ? AND before > 0"
            " AND archived.fetched >= ? ORDER BY archived.fetched, alias_of IS NOT NULL, archived.rowid LIMIT 1",
            (article_id, since),
        ).fetchone()
        return Located(*row) if row else None

    def members(self, located: Located) -> bytes:
        """The bytes of a capture and of what was known about it; none when the file is gone."""
        try:
            with (self.folder / located.file).open("rb") as file:
                file.seek(located.offset - located.before)
                return file.read(located.before + located.length)
        except OSError:
            return b""

    def read(self, located: Located) -> Record | None:
        """The record of a capture; None when the file is gone or holds something else there."""
        try:
            with (self.folder / located.file).open("rb") as file:
                file.seek(located.offset)
                found = record_at(file.read(located.length), 0, located.length)
        except OSError:
            return None
        return found if found and found.fields.get("warc-payload-digest") == located.digest else None

    def _end_of(self, file: str) -> int:
        row = self.connection.execute("SELECT max(offset + length) FROM archived WHERE file = ?", (file,)).fetchone()
        return row[0] or 0

    def _is_stored(self, page_id: int) -> bool:
        row = self.connection.execute(
            "SELECT 1 FROM pages WHERE id = ? AND article_id IS NOT NULL", (page_id,)
        ).fetchone()
        return row is not None
