"""The table ``outcomes``: what each topic makes of a page that it announced or keeps. ``pages.state`` sums it up.

A page belongs to all topics that follow its source. One that a run judged without a topic is ``queued`` for it, and
asked for again in a run of that topic. Call everything here in a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from crawler import clock

MOST_AGAIN = 1_000  # pages that were judged for other topics, or other terms, and are asked for again in one run
JUDGED = ("irrelevant", "language", "stored")
DUE_AGAIN = (
    "UPDATE pages SET due = :now, etag = NULL, last_modified = NULL, body_hash = NULL,"
    " source_id = iif(source_id IN (SELECT value FROM json_each(:followed)), source_id, coalesce(:source, source_id))"
    " WHERE (due IS NULL OR due > :now OR coalesce(etag, last_modified, body_hash) IS NOT NULL)"
    f" AND alias_of IS NULL AND state IN {JUDGED} AND id IN"
)


class Judgements:
    """The outcomes of pages in a run of ``topic``, which judges for the topics in ``judged``."""

    def __init__(self, connection: sqlite3.Connection, topic: str):
        self.connection = connection
        self.topic = topic
        self.judged: tuple[str, ...] = (topic,)
        self.since = ""  # when the terms of the topic were last changed
        self.followed: Mapping[int, str] = {}
        self._left = MOST_AGAIN
        self._followers: dict[int | None, list[str]] = {}

    def begin(self, terms: str) -> bool:
        """A run with these ``terms`` (a digest) begins; whether they are others than those of the last run."""
        row = self.connection.execute("SELECT terms, since FROM topics WHERE name = ?", (self.topic,)).fetchone()
        changed = row is not None and row["terms"] not in (None, terms)
        self.since = clock.stamp() if changed else row["since"] if row else ""
        self.connection.execute(
            "INSERT INTO topics (name, terms, since) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET terms = excluded.terms, since = excluded.since",
            (self.topic, terms, self.since),
        )
        return changed

    def announced(self, urls: Iterable[str], source: int | None) -> int:
        """Pages were announced by ``source``: they belong to every topic that follows it.

        What was judged without this topic, or before its terms were changed, is due again, within a budget: how many.
        """
        values = {
            "urls": json.dumps(list(urls)),
            "topics": json.dumps(self._following(source)),
            "topic": self.topic,
            "since": self.since,
        }
        pages = "FROM json_each(:urls) AS wanted CROSS JOIN pages ON pages.url = wanted.value AND kind = 'article'"
        self.connection.execute(
            "INSERT OR IGNORE INTO outcomes (page_id, topic, state, reason)"
            f" SELECT coalesce(alias_of, pages.id), follower.value, CASE WHEN state NOT IN {JUDGED} THEN state"
            " WHEN pages.topic = follower.value THEN state WHEN EXISTS (SELECT 1 FROM matches"
            " WHERE matches.article_id = pages.article_id AND matches.topic = follower.value) THEN 'stored'"
            " ELSE 'queued' END, iif(pages.topic = follower.value, reason, NULL)"
            f" {pages} CROSS JOIN json_each(:topics) AS follower",
            values,
        )
        ids = f"(SELECT coalesce(alias_of, pages.id) {pages})"
        if self.since:
            self.connection.execute(
                "UPDATE outcomes SET state = 'queued', reason = 'the terms were changed' WHERE topic = :topic"
                f" AND state IN {JUDGED} AND page_id IN {ids}"
                " AND (SELECT fetched FROM pages WHERE pages.id = page_id) < :since",
                values,
            )
        return self._due_again(f"{ids} AND id IN (SELECT page_id FROM outcomes WHERE {self._queued})", source, values)

    def again(self) -> None:
        """What is queued for the topic, and was judged for others alone, is due: the newest first."""
        left = f"(SELECT page_id FROM outcomes WHERE {self._queued} ORDER BY page_id DESC LIMIT {self._left})"
        self._due_again(f"{left} AND source_id IN (SELECT value FROM json_each(:followed))", None, {})

    _queued = "topic = :topic AND state = 'queued'"

    def _due_again(self, which: str, source: int | None, values: Mapping[str, object]) -> int:
        if self._left <= 0:
            return 0
        followed = json.dumps(list(self.followed))
        given = {**values, "topic": self.topic, "now": clock.stamp(), "followed": followed, "source": source}
        due = self.connection.execute(f"{DUE_AGAIN} {which}", given).rowcount
        self._left -= due
        return due

    def ended(self, page_id: int, state: str, reason: str | None, article_id: int | None) -> None:
        """A page was judged in this run, for every topic in ``judged``; the other topics still have to."""
        if state == "queued":
            return
        if state not in JUDGED or (reason or "").startswith("at a re-visit"):  # nobody has read it
            self.connection.execute(
                "UPDATE outcomes SET state = ?, reason = ? WHERE page_id = ? AND state = 'queued'",
                ("failed" if state in JUDGED else state, reason, page_id),
            )
            return
        self.connection.execute(
            "UPDATE outcomes SET state = ?, reason = ? WHERE page_id = ? AND topic IN (SELECT value FROM json_each(?))",
            (
                "irrelevant" if state == "stored" else state,
                "its terms are not all in it" if state == "stored" else reason,
                page_id,
                json.dumps(self.judged),
            ),
        )
        if article_id is not None:
            self.connection.execute(
                "INSERT INTO outcomes (page_id, topic, state) SELECT ?, topic, 'stored' FROM matches"
                " WHERE article_id = ? ON CONFLICT (page_id, topic) DO UPDATE SET state = 'stored', reason = NULL",
                (page_id, article_id),
            )

    def kept(self, article_id: int) -> None:
        """An article was judged again, and is kept: for which topics, its rows of ``matches`` say."""
        rows = self.connection.execute(
            "SELECT id FROM pages WHERE article_id = ? AND alias_of IS NULL", (article_id,)
        ).fetchall()
        for row in rows:
            self.ended(row["id"], "stored", None, article_id)

    def _following(self, source: int | None) -> list[str]:
        if source not in self._followers:
            rows = self.connection.execute(
                "SELECT topic FROM sources WHERE id = ? AND state <> 'disabled'", (source,)
            ).fetchall()
            self._followers[source] = sorted({self.topic, *(row["topic"] for row in rows)})
        return self._followers[source]
