"""The table of gists: which articles want one, and what was made of them. A trigger forgets that of a changed one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from crawler import clock, database
from crawler.database.queries import NEWEST
from crawler.digest.wording import beginning
from crawler.gists.machine import Gist

LONGEST = 5_000  # characters of a text that are kept of a machine's answer


def wanted(
    connection: sqlite3.Connection, topic: str | None, since: str, languages: Sequence[str], limit: int
) -> list[sqlite3.Row]:
    """Originals since then, the newest first, in none of the languages, without a gist in the first of them."""
    marks = ", ".join("?" * len(languages))
    return connection.execute(
        f"SELECT id, language, title, text, content_hash FROM articles WHERE {NEWEST} >= ?"
        f" AND duplicate_of IS NULL AND title <> '' AND language NOT IN ('und', {marks})"
        " AND (? IS NULL OR EXISTS (SELECT 1 FROM matches WHERE article_id = articles.id AND topic = ?))"
        " AND NOT EXISTS (SELECT 1 FROM gists WHERE article_id = articles.id AND gists.language = ?)"
        f" ORDER BY {NEWEST} DESC LIMIT ?",
        (since, *languages, topic, topic, languages[0], limit),
    ).fetchall()


def original(row: sqlite3.Row) -> Gist:
    """What of an article is translated: its headline and the beginning of its text."""
    return Gist(" ".join(row["title"].split()), beginning(row["text"].partition("\n")[0] or row["text"]))


def keep(connection: sqlite3.Connection, row: sqlite3.Row, language: str, made: Gist, maker: str) -> None:
    """Store the gist of an article, unless it was changed or removed meanwhile."""
    with database.transaction(connection):
        connection.execute(
            "INSERT OR REPLACE INTO gists (article_id, language, title, text, maker, made)"
            " SELECT id, ?, ?, ?, ?, ? FROM articles WHERE id = ? AND content_hash IS ?",
            (
                *(language, made.title[:LONGEST], made.text[:LONGEST], maker, clock.text(clock.now())),
                *(row["id"], row["content_hash"]),
            ),
        )
