"""Which stories are left out of front page, digest and alerts, as their reader has asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from crawler.database import queries
from crawler.desk import beside
from crawler.digest.entry import Entry
from crawler.terms import Terms


def stories(connection: sqlite3.Connection, numbers: Iterable[int]) -> set[int]:
    """Those of the stories that are muted: by themselves, or each report by its source or by a word in its title."""
    return _Muted(connection).among("story_id", numbers)


def without(connection: sqlite3.Connection, entries: list[Entry]) -> tuple[list[Entry], int]:
    """The stories that are not muted, and how many are."""
    muted = _Muted(connection)
    hidden = muted.among("story_id", (entry.story for entry in entries if entry.story))
    alone = muted.among("id", (entry.first.id for entry in entries if not entry.story))
    left = [entry for entry in entries if (entry.story not in hidden if entry.story else entry.first.id not in alone)]
    return left, len(entries) - len(left)


def source_names(connection: sqlite3.Connection) -> list[str]:
    """What sources and their outlets are called."""
    rows = connection.execute("SELECT name FROM sources UNION SELECT outlet FROM sources WHERE outlet IS NOT NULL")
    return [name for (name,) in rows]


def is_source(connection: sqlite3.Connection, name: str) -> bool:
    """Whether that can be muted as a source: its name, its outlet's, or a site, which need not be known."""
    known = name.casefold() in map(str.casefold, source_names(connection))
    return known or ("." in name and not name.startswith(".") and " " not in name)


class _Muted:
    """What is muted on the desk beside a database."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        mutes = beside(connection).mutes()
        self.own = [mute.value for mute in mutes if mute.kind == "story"]
        self.sources = {mute.value.casefold() for mute in mutes if mute.kind == "source"}
        words = [mute.value for mute in mutes if mute.kind == "words"]
        self.terms = Terms({"muted": words}) if words else None

    def among(self, column: str, numbers: Iterable[int]) -> set[int]:
        """Which of the stories, or of the articles that belong to none, are muted."""
        if not (self.own or self.sources or self.terms):
            return set()
        rows = self.connection.execute(
            f"SELECT {column} AS number, title, source, site, {queries.OUTLET} AS outlet FROM articles"
            f" WHERE {column} IN (SELECT value FROM json_each(?)) AND duplicate_of IS NULL",
            (json.dumps(sorted(numbers)),),
        ).fetchall()
        there = {row["number"] for row in rows}
        own = {row[column] for url in self.own if (row := queries.article(self.connection, url))}
        return (there - {row["number"] for row in rows if not self._hides(row)}) | (there & own)

    def _hides(self, report: sqlite3.Row) -> bool:
        names = {str(report[name]).casefold() for name in ("source", "outlet", "site") if report[name]}
        return bool(names & self.sources) or bool(self.terms and self.terms.hits(report["title"] or ""))
