"""What is too old leaves the database, with all that belongs to it; that it was there is remembered.

Of an article go its text, words, matches, revisions and fingerprints; its story and the group of its copies are brought
up to date. The rows of its addresses in ``pages`` stay, as ``old``: it is not fetched again. Visits to sources and runs
go as well, they only tell of the past.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler import clock
from crawler.captures import removal as captures
from crawler.database import exports
from crawler.frontier.aliases import ALIAS
from crawler.urls import page_key
from pipelines.archive import Archive

AT_ONCE = 50  # articles in a transaction: some 200 ms, in which a crawl can wait
ROWS_AT_ONCE = 5_000  # of polls and runs
NEWEST = "coalesce(articles.published, articles.fetched)"


class Place(NamedTuple):
    """How far the articles, the oldest first, were looked through."""

    newest: str = ""
    id: int = 0


class Retention:
    """Takes out what appeared before a moment: of every topic, or what belongs to ``topic`` alone."""

    def __init__(self, archive: Archive, before: str, topic: str | None = None):
        self.archive = archive
        self.connection = archive.db.conn
        self.before = before
        self.topic = topic
        self.reason = f"pruned: appeared before {before[:10]}"

    def counts(self) -> Counter[str]:
        """How many articles, visits and runs are too old; how many texts of the articles are ``in no export``."""
        topic, values = ("AND topic = :topic" if self.topic else ""), self._values()
        of_topic = (
            "AND EXISTS (SELECT 1 FROM matches WHERE article_id = articles.id AND topic = :topic)"
            " AND NOT EXISTS (SELECT 1 FROM matches WHERE article_id = articles.id AND topic <> :topic)"
        )
        articles = f"FROM articles WHERE {NEWEST} < :before {of_topic if self.topic else ''}"
        queries = {
            "articles": f"SELECT count(*) {articles}",
            "in no export": f"SELECT coalesce(sum({exports.NOWHERE}), 0) {articles}",
            "visits": f"SELECT count(*) FROM polls WHERE at < :before {topic}",
            "runs": f"SELECT count(*) FROM runs WHERE started < :before {topic}",
        }
        return Counter({name: self.connection.execute(sql, values).fetchone()[0] for name, sql in queries.items()})

    def prune_articles(self, place: Place, gone: Counter[str]) -> Place | None:
        """Take out the next few articles and count them in ``gone``; where to go on, None at the end.

        In the caller's transaction, which began with BEGIN IMMEDIATE.
        """
        of_topic = "AND EXISTS (SELECT 1 FROM matches WHERE article_id = articles.id AND topic = :topic)"
        rows = self.connection.execute(
            f"SELECT articles.id, {NEWEST} AS newest, duplicate_of, url, canonical_url, source FROM articles"
            f" WHERE {NEWEST} >= :newest AND {NEWEST} < :before AND ({NEWEST} > :newest OR articles.id > :id)"
            f" {of_topic if self.topic else ''} ORDER BY {NEWEST}, articles.id LIMIT :limit",
            {**self._values(), "newest": place.newest, "id": place.id, "limit": AT_ONCE},
        ).fetchall()
        for row in sorted(rows, key=lambda row: row["duplicate_of"] is None):  # an original after its copies
            if self._belongs_to_nobody_else(row["id"]):
                gone["in no export"] += exports.texts_in_no_export(self.connection, row["id"])
                self._prune(row)
                gone["articles"] += 1
        return Place(rows[-1]["newest"], rows[-1]["id"]) if len(rows) == AT_ONCE else None

    def _belongs_to_nobody_else(self, number: int) -> bool:
        """Whether an article may go; one that has other topics, too, only loses this one."""
        if self.topic is None:
            return True
        rows = self.connection.execute("SELECT topic FROM matches WHERE article_id = ?", (number,)).fetchall()
        topics = {row["topic"] for row in rows}
        if self.topic in topics and len(topics) > 1:
            self.connection.execute("DELETE FROM matches WHERE article_id = ? AND topic = ?", (number, self.topic))
        return topics == {self.topic}

    def _prune(self, row: sqlite3.Row) -> None:
        captures.forget(self.connection, "article_id = :id", {"id": row["id"]})
        self.connection.execute(
            "UPDATE pages SET state = 'old', reason = iif(reason LIKE :alias || '%', reason, :reason), due = NULL,"
            " article_id = NULL, hints = NULL, etag = NULL, last_modified = NULL, body_hash = NULL"
            " WHERE article_id = :id",
            {"id": row["id"], "reason": self.reason, "alias": ALIAS},
        )
        for url in {row["url"], row["canonical_url"]}:
            self.connection.execute(
                "INSERT INTO pages (url, key, kind, topic, source, host, state, reason, first_seen)"
                " VALUES (?, ?, 'article', ?, ?, ?, 'old', ?, ?) ON CONFLICT (url) DO NOTHING",
                (
                    url,
                    page_key(url),
                    self.topic,
                    row["source"],
                    urlsplit(url).hostname or "",
                    self.reason,
                    clock.text(clock.now()),
                ),
            )
        self.archive.remove(row["id"])

    def prune_history(self, gone: Counter[str]) -> bool:
        """Take out some visits, runs, raw pages without an article, and what was told of stories that are no more.

        Whether there may be others.
        """
        more = False
        for name, table, column in (("visits", "polls", "at"), ("runs", "runs", "started")):
            deleted = self.connection.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} < :before"
                " AND (:topic IS NULL OR topic = :topic) ORDER BY id LIMIT :limit)",
                {**self._values(), "limit": ROWS_AT_ONCE},
            ).rowcount
            gone[name] += deleted
            more = more or deleted == ROWS_AT_ONCE
        captures_gone = captures.forget_unused(self.connection, self.before, self.topic, ROWS_AT_ONCE)
        more = more or captures_gone == ROWS_AT_ONCE
        if not more:
            self.connection.execute(
                "DELETE FROM deliveries WHERE at < :before AND (:topic IS NULL OR topic = :topic)"
                " AND article_id IS NULL AND story_id IS NOT NULL AND story_id NOT IN (SELECT id FROM stories)",
                self._values(),
            )
        return more

    def _values(self) -> dict[str, str | None]:
        return {"before": self.before, "topic": self.topic}


def forget_history(connection: sqlite3.Connection, before: str, most: int) -> None:
    """Take out visits to sources and runs from before a moment, of the ``most`` oldest of each. In a transaction."""
    for table, column in (("polls", "at"), ("runs", "started")):
        connection.execute(
            f"DELETE FROM {table} WHERE {column} < ? AND id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)",
            (before, most),
        )
