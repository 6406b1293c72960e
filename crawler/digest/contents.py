"""The entries of a digest: one for each story, not for each copy, with who was first and who carries it.

A story belongs to a digest when a report of it, other than a copy, has appeared since a moment. A date without a
time counts as that day's last second, or as when the article was fetched if that was earlier.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from crawler import clock, queries
from crawler.digest.wording import beginning, line

APPEARED = (
    "CASE WHEN length(published) = 10 THEN min(published || 'T23:59:59Z', fetched)"
    " ELSE coalesce(published, fetched) END"
)
COLUMNS = (
    "articles.id, story_id, duplicate_of, source, site, language, title, url, published, fetched,"
    f" {APPEARED} AS appeared"
)


@dataclass(frozen=True)
class Report:
    """One outlet's article about a story."""

    id: int
    source: str
    site: str
    language: str  # ISO 639-1 or und
    title: str  # one line
    url: str
    published: str  # a date alone has no time; when it was fetched if nothing is known
    appeared: str  # with a time
    is_copy: bool


@dataclass(frozen=True)
class Entry:
    """A story as a digest tells it; its articles of the topic, the first report first."""

    story: int | None  # None for an article that another tool put in, without a story
    articles: tuple[Report, ...]
    excerpt: str = ""
    wires: tuple[tuple[str, int], ...] = ()  # agency, by how many outlets its text is carried
    labels: tuple[str, ...] = ()  # what the alert rules say of it

    @cached_property
    def reports(self) -> list[Report]:
        """Its articles without the copies."""
        return [article for article in self.articles if not article.is_copy]

    @property
    def first(self) -> Report:
        """The report that was out first."""
        return self.reports[0]

    @property
    def title(self) -> str:
        """The headline of its first report."""
        return self.first.title

    @cached_property
    def outlets(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every outlet with the languages it writes in, in the order of their first articles.

        Its name is the source's, or the host when several hosts came by the same source.
        """
        sites: dict[str, dict[str, None]] = {}
        names: dict[str, str] = {}
        for article in self.articles:
            sites.setdefault(article.site, {})[article.language] = None
            names.setdefault(article.site, article.source)
        shared = Counter(names.values())
        return [
            (names[site] if names[site] and shared[names[site]] == 1 else site, tuple(languages))
            for site, languages in sites.items()
        ]

    @property
    def last_appeared(self) -> str:
        """When its last report appeared."""
        return max(report.appeared for report in self.reports)


@dataclass(frozen=True)
class Notice:
    """Something to tell that is no story: a spike, a source that has fallen silent."""

    title: str
    text: str


@dataclass(frozen=True)
class Digest:
    """What happened on a topic between two moments."""

    topic: str
    title: str
    since: str
    until: str
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    more: int = 0  # stories that were left out


def entries(connection: sqlite3.Connection, topic: str, since: str) -> list[Entry]:
    """The stories of ``topic`` with a report since then, the most carried first, still without excerpts."""
    recent = connection.execute(
        "SELECT articles.id, story_id FROM articles JOIN matches ON article_id = articles.id AND topic = :topic"
        " WHERE coalesce(articles.published, articles.fetched) >= substr(:since, 1, 10)"
        f" AND duplicate_of IS NULL AND {APPEARED} >= :since",
        {"topic": topic, "since": since},
    ).fetchall()
    stories = {row["story_id"] for row in recent if row["story_id"] is not None}
    alone = [row["id"] for row in recent if row["story_id"] is None]
    found = [
        *_entries(connection, topic, "story_id", stories),
        *_entries(connection, topic, "articles.id", alone),
    ]
    return sorted(found, key=lambda entry: (len(entry.outlets), entry.last_appeared), reverse=True)


def _entries(connection: sqlite3.Connection, topic: str, column: str, numbers: Iterable[int]) -> list[Entry]:
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM articles JOIN matches ON article_id = articles.id AND topic = ?"
        f" WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY appeared, articles.id",
        (topic, json.dumps(sorted(numbers))),
    )
    grouped: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        grouped.setdefault(row["story_id"] or -row["id"], []).append(row)
    return [Entry(articles[0]["story_id"], tuple(map(_report, articles))) for articles in grouped.values()]


def _report(row: sqlite3.Row) -> Report:
    return Report(
        id=row["id"],
        source=line(row["source"] or ""),
        site=line(row["site"] or ""),
        language=row["language"],
        title=line(row["title"] or "") or row["url"],
        url=row["url"],
        published=_time(row["published"], row["fetched"]),
        appeared=clock.text(clock.moment(_time(row["appeared"], row["fetched"]))),
        is_copy=row["duplicate_of"] is not None,
    )


def _time(written: str | None, fetched: str) -> str:
    """``written`` if it is a time, as the database has it; other programs may have put something else there."""
    try:
        return written if written and clock.moment(written) else fetched
    except ValueError:
        return fetched


def completed(connection: sqlite3.Connection, entry: Entry) -> Entry:
    """``entry`` with the beginning of its first report and the agencies whose text it is."""
    (text,) = connection.execute("SELECT text FROM articles WHERE id = ?", (entry.first.id,)).fetchone()
    wires = [queries.carried_by(connection, report.id) for report in entry.reports]
    return replace(entry, excerpt=beginning(text), wires=tuple(dict.fromkeys(wire for wire in wires if wire)))
