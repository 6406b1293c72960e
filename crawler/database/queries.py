"""What is asked of the database, by name; commands and pages only choose and show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from crawler.urls import page_key, publisher

NEWEST = "coalesce(articles.published, articles.fetched)"
ORIGINAL = "SELECT coalesce(duplicate_of, id) FROM articles WHERE id = :id"
APPEARED = (  # the latest moment an article can have appeared: of a date alone, the end of its day
    "coalesce(appeared, min(CASE WHEN published IS NULL THEN fetched WHEN instr(published, 'T') THEN published"
    " ELSE published || 'T23:59:59Z' END, fetched))"
)

# Who publishes an article, where the seeds file says so of its source; else NULL.
OUTLET = "(SELECT outlet FROM sources WHERE sources.name = articles.source AND outlet IS NOT NULL LIMIT 1)"


class Story(NamedTuple):
    """One event and its reports, in the order in which they appeared."""

    row: sqlite3.Row  # of stories
    articles: list[sqlite3.Row]

    @property
    def first(self) -> sqlite3.Row:
        """The first report; a copy is never the first."""
        return next((article for article in self.articles if article["duplicate_of"] is None), self.articles[0])

    @property
    def copies(self) -> int:
        """How many of the reports are copies."""
        return sum(article["duplicate_of"] is not None for article in self.articles)


def read_articles(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[sqlite3.Row]:
    """The articles of those numbers, in that order."""
    rows = connection.execute(
        "SELECT articles.* FROM json_each(?) AS wanted CROSS JOIN articles ON articles.id = wanted.value"
        " ORDER BY wanted.key",
        (json.dumps(list(numbers)),),
    )
    return rows.fetchall()


def read_story(connection: sqlite3.Connection, number: int) -> Story | None:
    """One story with its articles, the first report first."""
    row = connection.execute("SELECT * FROM stories WHERE id = ?", (number,)).fetchone()
    articles = connection.execute(
        f"SELECT * FROM articles WHERE story_id = ? ORDER BY {APPEARED}, id", (number,)
    ).fetchall()
    return Story(row, articles) if row and articles else None


def article(connection: sqlite3.Connection, id_or_url: str) -> sqlite3.Row | None:
    """The article of that id, or at that address by any of its names."""
    if id_or_url.isdecimal():
        return connection.execute("SELECT * FROM articles WHERE id = ?", (int(id_or_url),)).fetchone()
    row = connection.execute(
        "SELECT * FROM articles WHERE url = ? OR canonical_url = ?", (id_or_url, id_or_url)
    ).fetchone()
    return (
        row
        or connection.execute(
            "SELECT articles.* FROM pages JOIN articles ON articles.id = pages.article_id WHERE pages.url = ?",
            (id_or_url,),
        ).fetchone()
    )


def decoded(row: sqlite3.Row) -> dict[str, Any]:
    """An article as JSON has it: its lists are lists."""
    return {**dict(row), "authors": json.loads(row["authors"]), "tags": json.loads(row["tags"])}


def page(connection: sqlite3.Connection, url: str) -> sqlite3.Row | None:
    """The frontier's row of an address, or of another spelling of it."""
    row = connection.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
    return row or connection.execute("SELECT * FROM pages WHERE key = ? ORDER BY id", (page_key(url),)).fetchone()


def pages(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """Every address under which an article was found."""
    return connection.execute("SELECT * FROM pages WHERE article_id = ? ORDER BY id", (article_id,)).fetchall()


def matches(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """Why an article belongs to its topics."""
    return connection.execute("SELECT * FROM matches WHERE article_id = ? ORDER BY topic", (article_id,)).fetchall()


def copies(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """The other articles of the duplicate group that an article is in, its original first."""
    return connection.execute(
        f"WITH original (number) AS ({ORIGINAL}) SELECT articles.* FROM original JOIN articles"
        " ON articles.id = number OR articles.duplicate_of = number WHERE articles.id <> :id"
        f" ORDER BY duplicate_of IS NOT NULL, {NEWEST}",
        {"id": article_id},
    ).fetchall()


def carried_by(connection: sqlite3.Connection, article_id: int) -> tuple[str, int] | None:
    """The wire agency that an article or a copy of it credits, and how many outlets carry the text."""
    rows = connection.execute(
        f"WITH original (number) AS ({ORIGINAL}) SELECT agency, site"
        " FROM original JOIN articles ON articles.id = number OR articles.duplicate_of = number",
        {"id": article_id},
    ).fetchall()
    agency = max((row["agency"] for row in rows if row["agency"]), default=None)
    return (agency, len({publisher(row["site"] or "") for row in rows})) if agency else None


class Passage(NamedTuple):
    """What an article has in common with another one that is not the same text."""

    other: sqlite3.Row  # of articles
    said: str  # what the article is to the other: contains, is contained in, shares a passage with
    share: float  # of the shorter text, 0..1
    begin: int | None  # where it stands in the article's own text, in characters; None if this is the shorter one
    end: int | None


def passages(connection: sqlite3.Connection, article_id: int) -> list[Passage]:
    """What an article contains, is contained in and shares a passage with, in the order in which those appeared."""
    found = []
    for row in connection.execute(
        "SELECT * FROM passages WHERE shorter = :id UNION ALL SELECT * FROM passages WHERE longer = :id",
        {"id": article_id},
    ).fetchall():
        is_longer = row["longer"] == article_id
        said = "shares a passage with"
        if row["kind"] == "contains":
            said = "contains" if is_longer else "is contained in"
        other = connection.execute(
            "SELECT * FROM articles WHERE id = ?", (row["shorter" if is_longer else "longer"],)
        ).fetchone()
        if other is not None:
            place = (row["begin"], row["end"]) if is_longer else (None, None)
            found.append(Passage(other, said, row["share"], *place))
    return sorted(
        found, key=lambda passage: (passage.other["published"] or passage.other["fetched"], passage.other["id"])
    )


def fuller(connection: sqlite3.Connection, article_id: int) -> sqlite3.Row | None:
    """The copy of an original with the longest text, if that is clearly longer than its own."""
    return connection.execute(
        "SELECT copy.* FROM articles AS copy JOIN articles AS original ON original.id = copy.duplicate_of"
        " WHERE original.id = ? AND length(copy.text) > 1.25 * length(original.text)"
        " ORDER BY length(copy.text) DESC, copy.id LIMIT 1",
        (article_id,),
    ).fetchone()


def revisions(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """Every text that an article was shown with, oldest first."""
    return connection.execute("SELECT * FROM revisions WHERE article_id = ? ORDER BY number", (article_id,)).fetchall()


def sources(connection: sqlite3.Connection, topic: str | None = None) -> list[sqlite3.Row]:
    """Every source, those that need a look first, with how many of its pages were stored.

    ``seen_elsewhere`` counts addresses that were announced and cannot be fetched, such as those of Google News;
    ``expected_rate`` is NULL as long as nothing was measured.
    """
    stored = "kind = 'article' AND state = 'stored' AND alias_of IS NULL"
    return connection.execute(
        "SELECT sources.topic, name, outlet, url, address, kind, state, reason, last_ok, last_new,"
        " iif(json_valid(rhythm) AND (SELECT total(value) FROM json_each(rhythm, '$.hours')) = 0, NULL, expected_rate)"
        " AS expected_rate, failures, interval, due, checked,"
        f" (SELECT count(*) FROM pages WHERE source_id = sources.id AND {stored}) AS stored,"
        " (SELECT count(*) FROM pages WHERE source_id = sources.id AND substr(reason, 1, 14) = 'seen elsewhere')"
        " AS seen_elsewhere FROM sources"
        " WHERE :topic IS NULL OR sources.topic = :topic"
        " ORDER BY CASE state WHEN 'failing' THEN 0 WHEN 'blocked' THEN 0 WHEN 'silent' THEN 1 WHEN 'new' THEN 2"
        " WHEN 'ok' THEN iif(reason IS NULL, 4, 3) ELSE 5 END, sources.topic, name",
        {"topic": topic},
    ).fetchall()


def outcomes(connection: sqlite3.Connection, page_id: int) -> list[sqlite3.Row]:
    """What became of a page for each topic."""
    return connection.execute("SELECT * FROM outcomes WHERE page_id = ? ORDER BY topic", (page_id,)).fetchall()


PERIODS = {  # the first day of each
    "day": "substr({0}, 1, 10)",
    "week": "date(substr({0}, 1, 10), 'weekday 0', '-6 days')",
    "month": "substr({0}, 1, 7)",
}


def over_time(
    connection: sqlite3.Connection, numbers: Iterable[int], period: str, by: str | None = None
) -> list[tuple[str, str, int]]:
    """Period, language or source or topic (``by``), and how many of the articles of those numbers, where any are."""
    kinds = {None: "''", "language": "language", "source": "coalesce(source, site)", "topic": "matches.topic"}
    joined = "JOIN matches ON matches.article_id = articles.id" if by == "topic" else ""
    rows = connection.execute(
        f"SELECT {PERIODS[period].format(NEWEST)}, {kinds[by]}, count(*) FROM json_each(?) AS wanted"
        f" CROSS JOIN articles ON articles.id = wanted.value {joined} GROUP BY 1, 2",
        (json.dumps(list(numbers)),),
    )
    return [(when, kind or "", number) for when, kind, number in rows]


def gists(connection: sqlite3.Connection, numbers: Iterable[int], languages: Sequence[str]) -> dict[int, sqlite3.Row]:
    """Article -> its machine-made gist in the best of the languages, of those that are written in none of them."""
    rows = connection.execute(
        "SELECT gists.* FROM json_each(:numbers) AS number CROSS JOIN json_each(:languages) AS wanted"
        " CROSS JOIN gists ON article_id = number.value AND gists.language = wanted.value"
        " CROSS JOIN articles ON articles.id = article_id"
        " WHERE articles.language NOT IN (SELECT value FROM json_each(:languages)) ORDER BY wanted.key DESC",
        {"numbers": json.dumps(list(numbers)), "languages": json.dumps(list(languages))},
    )
    return {row["article_id"]: row for row in rows}
