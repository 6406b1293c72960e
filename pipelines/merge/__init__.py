"""Databases of several machines become one: what each found, read and kept, as if one machine had done it all.

Nothing is remembered of a merge: a row that is there already is left as it is, so the same line may be given again,
after an interruption or every night. Articles come in the order in which they were fetched, whichever machine did it.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice

from crawler.captures import Captures
from crawler.database import transaction
from crawler.frontier import aliases, removals
from crawler.items import Article
from pipelines.archive import COLUMNS, LISTS, Archive
from pipelines.merge.pages import PageMerge
from pipelines.merge.part import Part
from pipelines.merge.sources import merge_sources
from pipelines.merge.tables import merge_history, merge_hosts
from pipelines.store import forget_old

ARTICLES_AT_ONCE = 50
PRUNED = "pruned: "
PLACED = {"id", "duplicate_of", "duplicate_kind", "duplicate_score", "story_id", "appeared", "revision", "source_id"}
HISTORY = "seen, kind, title, text, content_hash"


class Merge:
    """Merges ``parts`` into the database of ``archive``, whose raw pages are ``captures``.

    ``counts`` tells what was new. ``tell`` is called after each transaction.
    """

    def __init__(
        self, archive: Archive, captures: Captures, parts: list[Part], tell: Callable[[Counter[str]], object] = len
    ):
        self.archive = archive
        self.connection = archive.db.conn
        self.captures = captures
        self.parts = parts
        self.tell = tell
        self.counts: Counter[str] = Counter()
        columns = [row["name"] for row in self.connection.execute("PRAGMA table_info(articles)")]
        self._further = [column for column in columns if column not in {*PLACED, *COLUMNS, *LISTS}]

    def all(self) -> None:
        """Merge them: sources, articles, pages with their raw copies, and the history of visits and runs."""
        for part in self.parts:
            with self._together():
                merge_hosts(self.connection, part)
                merge_sources(self.connection, part)
        articles = heapq.merge(*(part.articles_in_order() for part in self.parts), key=_moment)
        while batch := list(islice(articles, ARTICLES_AT_ONCE)):
            with self._together():
                for _, number, part in batch:
                    self._article(part, number)
        for part in self.parts:
            pages = PageMerge(self.connection, part, self.captures, self.counts)
            for work in chain(pages.batches(), merge_history(self.connection, part)):
                with self._together():
                    work()
        forget_old(self.connection)

    @contextmanager
    def _together(self) -> Iterator[None]:
        with transaction(self.connection):
            yield
            self.captures.sync()
        self.tell(self.counts)

    # Articles

    def _article(self, part: Part, number: int) -> None:
        """Find the article in our database, or put it there, and remember its number here."""
        article = part.archive.get(number)
        if self._is_gone(article):
            self.counts["removed here"] += 1
            return
        history = part.connection.execute(
            f"SELECT {HISTORY} FROM revisions WHERE article_id = ? ORDER BY number", (number,)
        ).fetchall()
        known = self._known(article)
        if known is None:
            known = self.archive.add(article)
            self.counts["articles"] += 1
            if [tuple(row) for row in history] != [tuple(row) for row in self._history(known)]:
                self._write_history(known, history)
            self._copy(part, number, known)
        else:
            self._combine(known, article, history)
        part.articles[number] = known

    def _is_gone(self, article: Article) -> bool:
        """Whether the article was taken out of our database, on request or since it was too old."""
        if removals.why(self.connection, article.url, article.canonical_url):
            return True
        page = self.connection.execute("SELECT state, reason FROM pages WHERE url = ?", (article.url,)).fetchone()
        return page is not None and page["state"] == "old" and (page["reason"] or "").startswith(PRUNED)

    def _known(self, article: Article) -> int | None:
        """The number that the article has here, whatever address it was found at."""
        if row := self.archive.same(article):
            return int(row["id"])
        page = aliases.known_as(self.connection, article.url)
        return page["article_id"] if page else None

    def _copy(self, part: Part, number: int, known: int) -> None:
        """What is no field of an article: when it was stored, its source ..."""
        row = part.connection.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()
        values = {column: row[column] for column in self._further} | {"source_id": part.sources.get(row["source_id"])}
        assignments = ", ".join(f"{column} = ?" for column in values)
        self.connection.execute(f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), known))

    def _combine(self, number: int, article: Article, theirs: list[sqlite3.Row]) -> None:
        """All texts that either database has of an article, by the time at which they were seen, and all its topics."""
        ours = self._history(number)
        there = {_text(row) for row in ours}
        missing = [row for row in theirs if _text(row) not in there]
        current = _text(ours[-1]) if ours else None
        if missing:
            together = sorted([*ours, *missing], key=lambda row: row["seen"])
            if _text(together[-1]) != current:
                self.archive.revise(number, article, together[-1]["kind"])
                current = _text(together[-1])
            self._write_history(number, together)
            self.counts["texts"] += len(missing)
        if current == (article.content_hash, article.title):
            self.archive.match(number, article)
        else:
            topics = json.dumps([match.topic for match in article.matches])
            rows = self.connection.execute(
                "SELECT topic FROM matches WHERE article_id = ? AND topic IN (SELECT value FROM json_each(?))",
                (number, topics),
            )
            judged = {row["topic"] for row in rows}
            self.archive.rematch(number, [match for match in article.matches if match.topic not in judged], ())

    def _history(self, number: int) -> list[sqlite3.Row]:
        return self.connection.execute(
            f"SELECT {HISTORY} FROM revisions WHERE article_id = ? ORDER BY number", (number,)
        ).fetchall()

    def _write_history(self, number: int, history: list[sqlite3.Row]) -> None:
        self.connection.execute("DELETE FROM revisions WHERE article_id = ?", (number,))
        self.connection.executemany(
            f"INSERT INTO revisions (article_id, number, {HISTORY}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, place, *row) for place, row in enumerate(history, 1)],
        )
        self.connection.execute("UPDATE articles SET revision = ? WHERE id = ?", (len(history), number))


def _moment(entry: tuple[str, int, Part]) -> str:
    return entry[0]


def _text(row: sqlite3.Row) -> tuple[str, str]:
    return row["content_hash"], row["title"]
