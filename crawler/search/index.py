"""The full-text index: what is written to it for an article, and what it is asked.

One column has what searches filter by (language, source, agency, topics, roles, original or copy, day, month, year) as
words, so that FTS5 intersects words and filters by itself, however common each of them is.
"""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import islice

from crawler.database.migrations.search_index import FACETS
from crawler.search.stems import STEMMERS
from crawler.search.tokens import indexed

MOST_DAYS = 150  # facets that one span of days becomes at most
MOST_PREFIXED = 300  # words that a beginning stands for; of more, FTS5 has to read all their articles
BEFORE = "articles_fts_before"  # the index of before, until all articles have moved


def reserve(connection: sqlite3.Connection, number: int) -> None:
    """Keep an article out of the index until ``add``: whatever changes meanwhile is written once."""
    connection.execute(
        "INSERT INTO article_words (id, facets) VALUES (?, '') ON CONFLICT (id) DO UPDATE SET facets = ''", (number,)
    )


def add(connection: sqlite3.Connection, number: int) -> None:
    """Make an article findable by all that its rows say now."""
    title, text, language = connection.execute(
        "SELECT title, text, language FROM articles WHERE id = ?", (number,)
    ).fetchone()
    heading, body = indexed(title or "", language), indexed(text or "", language)
    connection.execute(
        "INSERT INTO article_words (id, language, facets, title, title_stems, text, text_stems)"
        f" SELECT id, language, {FACETS.format('articles')}, ?, ?, ?, ? FROM articles WHERE id = ?"
        " ON CONFLICT (id) DO UPDATE SET language = excluded.language, facets = excluded.facets,"
        " title = excluded.title, title_stems = excluded.title_stems, text = excluded.text,"
        " text_stems = excluded.text_stems",
        (heading.words, heading.stems, body.words, body.stems, number),
    )


def complete(connection: sqlite3.Connection, most: int) -> int:
    """Read up to ``most`` articles that other programs wrote, the newest first; how many. In a transaction."""
    unread = connection.execute(
        "SELECT id FROM article_words WHERE language IS NULL ORDER BY id DESC LIMIT ?", (most,)
    ).fetchall()
    for (number,) in unread:
        add(connection, number)
    return len(unread)


def facet(kind: str, value: str) -> str:
    """One word for a value that may have spaces and letters of any script; no other word begins with its 0."""
    return f"0language0{value}" if kind == "language" else f"0{kind}0{value.encode(errors='replace').hex()}"


def days(first: date, last: date) -> list[str]:
    """The facets of all days from ``first`` to ``last``: years and months that are whole, and the days around them.

    None when there would be more than MOST_DAYS.
    """
    found: list[str] = []
    day = first.toordinal()
    while day <= last.toordinal() and len(found) <= MOST_DAYS:
        at = date.fromordinal(day)
        year_ends = date(at.year, 12, 31)
        month_ends = at.replace(day=monthrange(at.year, at.month)[1])
        if at.month == at.day == 1 and year_ends <= last:
            name, end = f"0year{at.year:04}", year_ends
        elif at.day == 1 and month_ends <= last:
            name, end = f"0month{at.year:04}{at.month:02}", month_ends
        else:
            name, end = f"0day{at.isoformat().replace('-', '')}", at
        found.append(name)
        day = end.toordinal() + 1
    return found if len(found) <= MOST_DAYS else []


class AnyIndex:
    """What an expression has to know of the index that it is for: that of no certain database."""

    languages: Sequence[str] = tuple(STEMMERS)  # whose stems are looked for
    is_whole = True

    def beginning_with(self, prefix: str) -> list[str] | None:
        """The indexed words that begin with ``prefix``; None when that is left to FTS5."""
        return None


class Index(AnyIndex):
    """The index of a database, for one search: what it holds, and how it is asked.

    Until all articles have moved to it, the index of before is asked for those that have not.
    """

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        found = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (BEFORE,)).fetchone()
        self.is_whole = found is None
        self.tables = ["articles_fts"] if self.is_whole else ["articles_fts", BEFORE]
        self._beginnings: dict[str, list[str] | None] = {}

    def matching(self, columns: str = "rowid", condition: str = "true") -> str:
        """The query for articles that match ``:expression``; in ``columns``, {0} is the table."""
        parts = []
        for table in self.tables:
            where = f"{table} MATCH :expression AND {condition}"
            if table == BEFORE:
                where += (
                    f" AND NOT EXISTS (SELECT 1 FROM article_words WHERE id = {table}.rowid)"
                    f" AND EXISTS (SELECT 1 FROM articles WHERE id = {table}.rowid)"
                )
            parts.append(f"SELECT {columns.format(table)} FROM {table} WHERE {where}")
        return " UNION ALL ".join(parts)

    @cached_property
    def _held(self) -> set[str]:
        return {word.removeprefix("0language0") for word in self._words_from("0language0")}

    @cached_property
    def languages(self) -> Sequence[str]:  # type: ignore[override]
        """Those of its articles for which there are stems."""
        return [language for language in STEMMERS if language in self._held]

    @property
    def as_written(self) -> Sequence[str]:
        """The other languages of its articles."""
        return sorted(self._held - STEMMERS.keys() - {"und"})

    def beginning_with(self, prefix: str) -> list[str] | None:
        if prefix not in self._beginnings:
            known = list(islice(self._words_from(prefix), MOST_PREFIXED + 1))
            self._beginnings[prefix] = known if len(known) <= MOST_PREFIXED else None
        return self._beginnings[prefix]

    def _words_from(self, prefix: str) -> Iterator[str]:
        for table in self.tables:
            yield from self._words_of(table.replace("articles_fts", "article_terms"), prefix)

    def _words_of(self, table: str, prefix: str) -> Iterator[str]:
        """A look-up for each: to step on to the next word would mean to read all articles of this one."""
        sql = f"SELECT term FROM {table} WHERE term >= ? AND term < ? LIMIT 1"
        at = prefix
        while row := self.connection.execute(sql, (at, f"{prefix}\U0010ffff")).fetchone():
            yield row[0]
            at = f"{row[0]}\0"

    def source(self, name: str) -> list[str]:
        """The facets of the sources of that name or outlet: their numbers, and the name in articles that have none."""
        numbers = self.connection.execute(
            "SELECT DISTINCT id FROM sources WHERE (name = ? OR outlet = ?) AND id IS NOT NULL ORDER BY id",
            (name, name),
        )
        return [*(f"0source{number}" for (number,) in numbers), facet("source", name)]
