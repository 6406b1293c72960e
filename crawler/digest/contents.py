"""The entries of a digest: one for each story, not for each copy, with who was first and who carries it.

A story belongs to a digest when a report of it, other than a copy, has appeared since a moment. A date without a
time counts as that day's last second, or as when the article was fetched if that was earlier.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from crawler import clock
from crawler.database import queries
from crawler.database.shown import EVERYTHING, Shown
from crawler.digest.entry import Entry, Report
from crawler.digest.wording import beginning, line
from crawler.reader import ANYBODY, Reader

APPEARED = (
    "coalesce(articles.appeared, CASE WHEN length(published) = 10 THEN min(published || 'T23:59:59Z', fetched)"
    " ELSE coalesce(published, fetched) END)"
)
COLUMNS = (
    f"articles.id, story_id, duplicate_of, source, {queries.OUTLET} AS outlet, site, language, title, url, published,"
    f" fetched, {APPEARED} AS appeared"
)


def entries(
    connection: sqlite3.Connection, topic: str, since: str, shown: Shown = EVERYTHING, reader: Reader = ANYBODY
) -> list[Entry]:
    """The stories of ``topic`` with a report since then, the most carried first, still without excerpts.

    Each has an article that is ``shown``, and a headline for ``reader``.
    """
    recent = connection.execute(
        "SELECT articles.id, story_id FROM articles JOIN matches ON article_id = articles.id AND topic = :topic"
        " WHERE coalesce(articles.published, articles.fetched) >= substr(:since, 1, 10)"
        f" AND duplicate_of IS NULL AND {APPEARED} >= :since",
        {"topic": topic, "since": since},
    ).fetchall()
    stories = {row["story_id"] for row in recent if row["story_id"] is not None}
    alone = [row["id"] for row in recent if row["story_id"] is None]
    found = [
        *_entries(connection, topic, "story_id", stories, shown, reader),
        *_entries(connection, topic, "articles.id", alone, shown, reader),
    ]
    return sorted(found, key=lambda entry: (len(entry.outlets), entry.last_appeared), reverse=True)


def _entries(
    connection: sqlite3.Connection, topic: str, column: str, numbers: Iterable[int], shown: Shown, reader: Reader
) -> list[Entry]:
    rows = connection.execute(
        f"SELECT {COLUMNS}, {shown.condition} AS shown FROM articles"
        " JOIN matches ON article_id = articles.id AND topic = ?"
        f" WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY appeared, articles.id",
        (topic, json.dumps(sorted(numbers))),
    )
    grouped: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        grouped.setdefault(row["story_id"] or -row["id"], []).append(row)
    return [
        Entry(articles[0]["story_id"], tuple(map(_report, articles)), reader=reader)
        for articles in grouped.values()
        if any(article["shown"] for article in articles)
    ]


def _report(row: sqlite3.Row) -> Report:
    return Report(
        id=row["id"],
        source=line(row["outlet"] or row["source"] or ""),
        outlet=row["outlet"],
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
    """``entry`` with the beginning of the report that heads it, whose text it is, and its gist."""
    (text,) = connection.execute("SELECT text FROM articles WHERE id = ?", (entry.head.id,)).fetchone()
    wires = [queries.carried_by(connection, report.id) for report in entry.reports]
    made = queries.gists(connection, [entry.head.id], entry.reader.gists).get(entry.head.id)
    gist = line(f"Machine translation ({made['maker']}): {made['title']}. {made['text']}") if made else ""
    carried = tuple(dict.fromkeys(wire for wire in wires if wire))
    return replace(entry, excerpt=beginning(text), gist=gist, wires=carried)
