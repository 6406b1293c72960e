"""Which texts an export has written, so that nobody deletes without being told what no file has."""

from __future__ import annotations

import sqlite3
from array import array
from functools import partial

import sqlite_utils

from crawler.database import space

AT_ONCE = 5_000  # texts in a transaction
NOWHERE = (  # the number of texts of an article that no export has written
    "(SELECT count(*) FROM revisions WHERE article_id = articles.id AND NOT EXISTS (SELECT 1 FROM exported"
    " WHERE exported.article_id = articles.id AND exported.number = revisions.number))"
)


class Written:
    """The texts that an export writes: 16 bytes each, until ``remember``."""

    def __init__(self) -> None:
        self.articles, self.numbers = array("q"), array("q")

    def add(self, article: int, number: int) -> None:
        """Revision ``number`` of an article was written."""
        self.articles.append(article)
        self.numbers.append(number)

    def remember(self, db: sqlite_utils.Database) -> None:
        """Write it down, in transactions beside which a crawl can go on; not of what was deleted meanwhile."""
        sql = "INSERT OR IGNORE INTO exported SELECT id, ? FROM articles WHERE id = ?"
        for begin in range(0, len(self.articles), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            texts = list(zip(self.numbers[some], self.articles[some], strict=True))
            space.step(db, partial(db.conn.executemany, sql, texts))


def texts_in_no_export(connection: sqlite3.Connection, article: int) -> int:
    """How many texts of an article no export has written."""
    return int(connection.execute(f"SELECT {NOWHERE} FROM articles WHERE id = ?", (article,)).fetchone()[0])
