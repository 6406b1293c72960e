"""Articles in the database: put in, revised, taken out, each with its words, matches, revisions and duplicates.

Everything here runs inside the caller's transaction, which began with BEGIN IMMEDIATE.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self

import sqlite_utils

from crawler import clock
from crawler.database.counters import next_number
from crawler.items import Article, Match
from crawler.run import Run
from crawler.search import index
from pipelines import dedupe, stories
from pipelines.archive.likeness import is_same
from pipelines.stories import embedding
from pipelines.stories.embedding import Encoder

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

LISTS = ("authors", "tags")  # written as JSON
NO_COLUMNS = ("language_hint", "matches", "claim")
COLUMNS = tuple(field.name for field in fields(Article) if field.name not in (*LISTS, *NO_COLUMNS))
WRITTEN = (*COLUMNS, *LISTS, "id", "stored")
INSERT = f"INSERT INTO articles ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
MATCH = "topic, score, terms, role, parts"
ARTICLE_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")  # in an address; shorter ones are dates and pages
LANGUAGE = ("language", "language_confidence", "language_from")
REVISED = ("title", "text", "modified", "description", "content_hash", *LANGUAGE, "extractor")
PLACED_BY = {"title", "text", "language", "published"}  # what tells an article's copies and story


class Archive:
    """The articles of ``db``."""

    def __init__(self, db: sqlite_utils.Database, encode: Encoder | None = None):
        self.db = db
        self.encode = encode  # for stories across languages, an extra

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)
        return cls(run.db, embedding.load() if run.settings.getbool("STORY_EMBEDDING") else None)

    def add(self, article: Article) -> int:
        """The id of a new article."""
        article.content_hash = dedupe.content_hash(article.text)
        number = next_number(self.db.conn, "articles")
        index.reserve(self.db.conn, number)
        values = (getattr(article, column) for column in COLUMNS)
        lists = (_json(getattr(article, column)) for column in LISTS)
        self.db.conn.execute(INSERT, (*values, *lists, number, clock.stamp()))
        if article.claim:
            self.db.conn.execute(
                "UPDATE articles SET source_id = (SELECT source_id FROM pages WHERE id = ?) WHERE id = ?",
                (article.claim.id, number),
            )
        self._follow(number, 1, "publisher", article)
        index.add(self.db.conn, number)
        return number

    def revise(self, number: int, article: Article, kind: str) -> None:
        """Make a changed text or headline the current one; what was shown before stays in ``revisions``.

        ``kind`` is ``publisher`` when the page has changed and ``extractor`` when we read it better.
        """
        article.content_hash = dedupe.content_hash(article.text)
        known = self.db.conn.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()
        if (known["content_hash"], known["title"]) == (article.content_hash, article.title):
            self.match(number, article)
            return
        index.reserve(self.db.conn, number)
        revision = known["revision"] + 1
        values = {column: getattr(article, column) for column in REVISED} | {"revision": revision}
        assignments = ", ".join(f"{column} = ?" for column in values)
        self.db.conn.execute(f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), number))
        # A text that was rewritten off a topic keeps what it was stored for
        self._forget_matches(number, article)
        self._follow(number, revision, kind, article)
        index.add(self.db.conn, number)

    def correct(self, number: int, article: Article, columns: Collection[str]) -> None:
        """Write ``columns`` as another reading of the same page gives them; a new text or headline is a revision."""
        values: dict[str, Any] = {column: getattr(article, column) for column in columns}
        values |= {column: _json(value) for column, value in values.items() if column in LISTS}
        values["extractor"] = article.extractor
        is_revised = not {"title", "text"}.isdisjoint(columns)
        if is_revised:
            known = self.db.conn.execute("SELECT revision FROM articles WHERE id = ?", (number,)).fetchone()
            article.content_hash = dedupe.content_hash(article.text)
            values |= {"revision": known["revision"] + 1, "content_hash": article.content_hash}
        is_placed = not PLACED_BY.isdisjoint(columns)
        if is_placed:
            index.reserve(self.db.conn, number)
        assignments = ", ".join(f"{column} = ?" for column in values)
        self.db.conn.execute(f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), number))
        if is_revised:
            self._add_revision(number, values["revision"], "extractor", article)
        if is_placed:
            self._place(number, article)
            index.add(self.db.conn, number)

    def rematch(self, number: int, matches: Iterable[Match], topics: Collection[str]) -> list[str]:
        """Give an article ``matches``, and of ``topics`` no other ones; the topics of which something changed."""
        known = {
            row["topic"]: tuple(row)
            for row in self.db.conn.execute(f"SELECT {MATCH} FROM matches WHERE article_id = ?", (number,))
        }
        fresh = {match.topic: columns_of(match) for match in matches}
        changed = [topic for topic, row in fresh.items() if known.get(topic) != row]
        gone = [topic for topic in known if topic in topics and topic not in fresh]
        self.db.conn.executemany(
            f"INSERT INTO matches (article_id, {MATCH}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, topic) DO"
            " UPDATE SET score = excluded.score, terms = excluded.terms, role = excluded.role, parts = excluded.parts",
            [(number, *fresh[topic]) for topic in changed],
        )
        self.db.conn.executemany(
            "DELETE FROM matches WHERE article_id = ? AND topic = ?", [(number, topic) for topic in gone]
        )
        return [*changed, *gone]

    def leave(self, number: int, state: str, reason: str) -> None:
        """Take out an article that would not be stored today; its addresses say why."""
        self.remove(number)
        self.db.conn.execute(
            "UPDATE pages SET state = ?, reason = ?, due = NULL, article_id = NULL WHERE article_id = ?",
            (state, reason, number),
        )

    def match(self, number: int, article: Article) -> None:
        """What topics make of a text that is as it was: others than before may have been asked."""
        self.rematch(number, article.matches, ())

    def _forget_matches(self, number: int, article: Article) -> None:
        topics = json.dumps([match.topic for match in article.matches])
        self.db.conn.execute(
            "DELETE FROM matches WHERE article_id = ? AND topic IN (SELECT value FROM json_each(?))", (number, topics)
        )

    def _add_matches(self, number: int, article: Article) -> None:
        self.db.conn.executemany(
            f"INSERT INTO matches (article_id, {MATCH}) VALUES (?, ?, ?, ?, ?, ?)",
            [(number, *columns_of(match)) for match in article.matches],
        )

    def _follow(self, number: int, revision: int, kind: str, article: Article) -> None:
        """What goes with a new text."""
        self._add_matches(number, article)
        self._add_revision(number, revision, kind, article)
        self._place(number, article)

    def _add_revision(self, number: int, revision: int, kind: str, article: Article) -> None:
        self.db.conn.execute(
            "INSERT INTO revisions (article_id, number, seen, kind, title, text, content_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, revision, article.fetched, kind, article.title, article.text, article.content_hash),
        )

    def _place(self, number: int, article: Article) -> None:
        """Find its copies and its story, again after its text has changed."""
        placed = dedupe.place(self.db.conn, number)
        for moved in (number, *placed.regrouped):
            stories.assign(self.db.conn, moved, self.encode)
        if placed.block_page:
            logger.warning(
                "%s has the text of article %d under another title: a page that blocks robots rather than an article?",
                article.url,
                placed.block_page,
            )

    def move(self, number: int, url: str) -> None:
        """Give an article another address as its own; one that was stored there, being the same, becomes part of it."""
        other = self.db.conn.execute(
            "SELECT id FROM articles WHERE (url = :url OR canonical_url = :url) AND id <> :number",
            {"url": url, "number": number},
        ).fetchone()
        if other:
            self.db.conn.execute("UPDATE pages SET article_id = ? WHERE article_id = ?", (number, other["id"]))
            self.remove(other["id"])
        self.db.conn.execute(
            "UPDATE articles SET url = :url, canonical_url = iif(canonical_url = url, :url, canonical_url)"
            " WHERE id = :number",
            {"url": url, "number": number},
        )

    def lock(self, number: int) -> None:
        """An article is behind a paywall from now on; the text that was free is kept."""
        self.db.conn.execute("UPDATE articles SET paywalled = 1 WHERE id = ?", (number,))

    def remove(self, number: int) -> None:
        """Take out an article that should not have been stored."""
        stories.withdraw(self.db.conn, number)
        dedupe.withdraw(self.db.conn, number)
        for table, column in (("matches", "article_id"), ("revisions", "article_id"), ("articles", "id")):
            self.db.conn.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))

    def get(self, number: int) -> Article:
        """A stored article as its stages left it; KeyError if there is none."""
        row = self.db.conn.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        matches = self.db.conn.execute("SELECT * FROM matches WHERE article_id = ?", (number,)).fetchall()
        return Article(
            **{column: row[column] for column in COLUMNS if column != "paywalled"},
            paywalled=bool(row["paywalled"]),
            **{column: json.loads(row[column]) for column in LISTS},
            matches=[
                Match(m["topic"], m["score"], json.loads(m["terms"]), m["role"], json.loads(m["parts"] or "{}"))
                for m in matches
            ],
        )

    def same(self, article: Article) -> sqlite3.Row | None:
        """The stored row of the same article, under this or another address.

        Sites exist whose every page names the same canonical URL: only with the same text, or nearly the same under
        nearly the same title, is it believed, else an article keeps the address that it was fetched from.
        """
        columns = "SELECT id, url, canonical_url, title, text FROM articles WHERE"
        article.canonical_url = article.canonical_url or article.url
        row = self.db.conn.execute(f"{columns} url = ?", (article.url,)).fetchone() or self._renamed(article)
        if row:
            return row
        row = self.db.conn.execute(f"{columns} canonical_url = ?", (article.canonical_url,)).fetchone()
        if row is None or is_same(article.title, article.text, row["title"], row["text"]):
            return row
        if article.canonical_url == article.url:  # which is not what the other one is: it had no right to this address
            self.db.conn.execute("UPDATE OR IGNORE articles SET canonical_url = url WHERE id = ?", (row["id"],))
            return None
        article.canonical_url = article.url
        return self.same(article)

    def _renamed(self, article: Article) -> sqlite3.Row | None:
        """The stored row of the same text on the same site under the same number with other words in its address."""
        numbers = ARTICLE_NUMBER.findall(article.url)
        same_text = self.db.conn.execute(
            "SELECT id, url, canonical_url FROM articles WHERE content_hash = ? AND site = ? ORDER BY id LIMIT 50",
            (dedupe.content_hash(article.text), article.site),
        )
        return next((row for row in same_text if set(numbers) & set(ARTICLE_NUMBER.findall(row["url"]))), None)


def columns_of(match: Match) -> tuple[str, float, str, str, str]:
    """A match as its row has it: topic, score, terms, role and parts."""
    return match.topic, match.score, _json(match.terms), match.role, _json(match.parts)


_json = json.JSONEncoder(ensure_ascii=False).encode
