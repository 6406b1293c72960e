"""Which articles and pages are read again, and where in the archive their raw pages are."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import NamedTuple

from crawler.captures import Captures, Located
from crawler.frontier.pages import read_hints
from crawler.items import Claim

JUDGED = ("irrelevant", "language", "not_article", "blocked", "failed")  # states of pages that may have an article yet


class Again(NamedTuple):
    """A page of the archive as it stands in the database."""

    claim: Claim  # with its article, if it has one
    located: Located
    state: str
    reason: str | None
    revision: int = 0  # of its article
    is_first: bool = True  # all facts of its article are from this fetch; else its text and headline are
    is_wanted: bool = True  # else it is read only if it names all sides of a topic


@dataclass(frozen=True)
class Selection:
    """What to read again: of a topic what it has and may have, of a source, fetched since then, articles by number."""

    topic: str | None = None
    source: str | None = None
    since: str | None = None
    ids: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from other selections."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def articles(self, connection: sqlite3.Connection, after: int = 0) -> list[int]:
        """The articles behind number ``after``, in their order."""
        where = "id > :after AND (:source IS NULL OR source = :source) AND (:since IS NULL OR fetched >= :since)"
        if self.ids:
            where += " AND id IN (SELECT value FROM json_each(:ids))"
        return self._numbers(connection, f"SELECT id FROM articles WHERE {where} ORDER BY id", after)

    def pages(self, connection: sqlite3.Connection, after: int = 0) -> list[int]:
        """The pages behind number ``after`` that are in the archive and have no article, in their order."""
        if self.ids:
            return []
        return self._numbers(
            connection,
            "SELECT DISTINCT page_id FROM archived JOIN pages ON id = page_id WHERE page_id > :after AND before > 0"
            f" AND article_id IS NULL AND alias_of IS NULL AND state IN {JUDGED}"
            " AND (:source IS NULL OR source = :source) AND (:since IS NULL OR archived.fetched >= :since)"
            " ORDER BY page_id",
            after,
        )

    def _numbers(self, connection: sqlite3.Connection, query: str, after: int) -> list[int]:
        values = {"after": after, "source": self.source, "since": self.since, "ids": json.dumps(self.ids)}
        return [number for (number,) in connection.execute(query, values)]

    def article(self, connection: sqlite3.Connection, captures: Captures, number: int) -> Again | None:
        """The page whose text an article has; None when it is not in the archive."""
        row = connection.execute(
            "SELECT source, fetched, revision, (SELECT seen FROM revisions WHERE article_id = id AND kind = 'publisher'"
            " ORDER BY number DESC LIMIT 1) AS seen,"
            " EXISTS (SELECT 1 FROM matches WHERE article_id = id AND topic = :topic) AS is_of_topic"
            " FROM articles WHERE id = :number",
            {"number": number, "topic": self.topic},
        ).fetchone()
        located = captures.of_article(number, row["seen"] or row["fetched"]) if row else None
        if row is None or located is None:
            return None
        page = connection.execute("SELECT * FROM pages WHERE id = ?", (located.page_id,)).fetchone()
        claim = Claim(
            page["id"],
            page["url"],
            "article",
            row["source"] or "",
            page["host"],
            article_id=number,
            hints=read_hints(page["hints"]),
        )
        is_first = row["seen"] is None or row["seen"] == row["fetched"]
        is_wanted = self.topic is None or bool(row["is_of_topic"])
        return Again(claim, located, page["state"], page["reason"], row["revision"], is_first, is_wanted)

    def page(self, connection: sqlite3.Connection, captures: Captures, number: int) -> Again | None:
        """A page without an article, where it was fetched last; None when it has one, or is not in the archive."""
        row = connection.execute("SELECT * FROM pages WHERE id = ? AND article_id IS NULL", (number,)).fetchone()
        located = captures.last(number) if row else None
        if row is None or located is None:
            return None
        claim = Claim(number, row["url"], "article", row["source"] or "", row["host"], hints=read_hints(row["hints"]))
        return Again(claim, located, row["state"], row["reason"], is_wanted=False)
