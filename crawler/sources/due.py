"""Which sources of a topic are due, once their rows are in line with the seeds file."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator

from crawler import clock, schedule
from crawler.database.migrations.rows import begin_anew
from crawler.database.migrations.sources import ARTICLES
from crawler.frontier import Frontier
from crawler.items import Found
from crawler.seeds import Source, Topic
from crawler.sources import rows
from crawler.urls import page_key

OURS = (
    "(source_id IN (SELECT id FROM sources WHERE topic = :topic AND state <> 'disabled')"
    " OR (source_id IS NULL AND topic = :topic))"
)


def something_due(connection: sqlite3.Connection, topic: Topic) -> bool:
    """Whether a run would have anything to do: a source that is new, switched on or due, or a page."""
    now, soon = clock.text(clock.now()), clock.text(clock.now() + schedule.GRACE)
    known = connection.execute("SELECT url, due, state FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    due = {row["url"]: row["state"] == "disabled" or row["due"] is None or row["due"] <= soon for row in known}
    if any(due.get(source.url, True) for source in topic.sources if source.enabled):
        return True
    page = f"SELECT 1 FROM pages WHERE due IS NOT NULL AND due <= :now AND {OURS} LIMIT 1"
    return connection.execute(page, {"topic": topic.name, "now": now}).fetchone() is not None


def next_due(connection: sqlite3.Connection, topic: str) -> str | None:
    """When the next source or page of ``topic`` is due, as the database writes it; None when nothing ever is."""
    row = connection.execute(
        "SELECT min(due) FROM (SELECT min(due) AS due FROM sources WHERE topic = :topic AND state <> 'disabled'"
        f" UNION ALL SELECT min(due) FROM pages WHERE due IS NOT NULL AND {OURS})",
        {"topic": topic},
    ).fetchone()
    return row[0]


def visit_due(connection: sqlite3.Connection, frontier: Frontier, topic: Topic, *, everything: bool) -> None:
    """Bring ``sources`` in line with the seeds file and hand what is due (or ``everything``) to the frontier.

    Call it in a transaction.
    """
    soon = clock.text(clock.now() + schedule.GRACE)
    visited = list(followed(connection, topic))
    frontier.follow({row["id"]: source.name for source, row in visited})
    changed = frontier.judgements.begin(_digest(topic))
    frontier.judgements.again()
    for source, row in visited:
        if changed:
            rows.read_anew(connection, topic, source)
        age = source.max_age or topic.max_age
        reach = age and int(age.total_seconds())
        if row["max_age"] != reach:
            if row["max_age"] and (reach is None or reach > row["max_age"]):
                rows.read_anew(connection, topic, source)
            rows.change(connection, topic, source, max_age=reach)
        is_page = (source.kind or row["kind"]) == "page"  # an article from the start, which ``everything`` leaves alone
        if (is_page or not everything) and row["due"] is not None and row["due"] > soon:
            continue
        if is_page:
            frontier.admission.ask(source.url, source.name, str(topic.path))
            rows.change(connection, topic, source, due=clock.text(clock.now() + (source.every or schedule.LONGEST)))
        else:
            frontier.admission.visit(
                Found(row["address"] or source.url, kind=source.kind or row["kind"] or "source"), source.name
            )


def _moved(
    connection: sqlite3.Connection, topic: Topic, source: Source, known: dict[str, sqlite3.Row]
) -> sqlite3.Row | None:
    """The row of a source whose new address in the seeds file is where it was visited already: it stays the same."""
    listed = {each.url for each in topic.sources}
    for url, row in known.items():
        if url not in listed and row["name"] == source.name and page_key(row["address"] or "") == page_key(source.url):
            rows.write(connection, row, url=source.url, address=None, healed=None)
            del known[url]
            return rows.read(connection, topic, source.url)
    return None


def _written(source: Source) -> dict[str, object]:
    """What the seeds file says of a source, as its row has it."""
    return {
        "name": source.name,
        "outlet": source.outlet,
        "every": source.every and int(source.every.total_seconds()),
        "quiet": source.quiet and int(source.quiet.total_seconds()),
        "checked": source.checked and source.checked.isoformat(),
    }


def _digest(topic: Topic) -> str:
    """What tells the terms and languages of a topic from those that it had before."""
    asked = json.dumps([repr(topic.terms), sorted(topic.languages or ())])
    return hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()


def followed(connection: sqlite3.Connection, topic: Topic) -> Iterator[tuple[Source, sqlite3.Row]]:
    """The sources to visit, each with its row, after the rows were brought in line with the seeds file."""
    rows.number(connection, topic)
    known = {
        row["url"]: row for row in connection.execute("SELECT * FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    }
    visited: dict[str, str] = {}  # where a feed really is -> the first source that is there
    for source in topic.sources:
        row = known.pop(source.url, None) or _moved(connection, topic, source, known)
        if row is None:
            rows.add(connection, topic, source)
        elif row["name"] != source.name:
            begin_anew(connection, ARTICLES, "articles")  # they follow the renaming in batches
        rows.change(connection, topic, source, **_written(source))
        place = page_key((row["address"] if row else None) or source.url)
        if not source.enabled:
            rows.disable(connection, topic, source.url, source.note or "enabled = false")
        elif visited.setdefault(place, source.name) != source.name:
            rows.disable(connection, topic, source.url, f"the same feed as {visited[place]}")
        else:
            if row is None or row["state"] == "disabled":
                rows.change(connection, topic, source, state="new", reason=None, due=None)
            yield source, rows.read(connection, topic, source.url)
    for url in known:
        rows.disable(connection, topic, url, "no longer in the seeds file")
