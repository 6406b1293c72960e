"""The sources of a topic: which are due, and what their visits brought. All functions run inside a transaction."""

from __future__ import annotations

import sqlite3

from crawler import clock, schedule
from crawler.frontier import Frontier
from crawler.items import Claim, Found
from crawler.outcome import Outcome
from crawler.seeds import Topic


def something_due(connection: sqlite3.Connection, topic: Topic) -> bool:
    """Whether a run would have anything to do: a source, new or due, or a page."""
    now = clock.text(clock.now())
    rows = connection.execute("SELECT url, due, state FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    due = {row["url"]: row["state"] == "disabled" or row["due"] is None or row["due"] <= now for row in rows}
    if any(due.get(source.url, True) for source in topic.sources if source.enabled):
        return True
    return (
        connection.execute(
            "SELECT 1 FROM pages WHERE topic = ? AND due IS NOT NULL AND due <= ? LIMIT 1", (topic.name, now)
        ).fetchone()
        is not None
    )


def next_due(connection: sqlite3.Connection, topic: str) -> str | None:
    """When the next source or page of ``topic`` is due, as the database writes it; None when nothing ever is."""
    row = connection.execute(
        "SELECT min(due) FROM (SELECT min(due) AS due FROM sources WHERE topic = :topic AND state <> 'disabled'"
        " UNION ALL SELECT min(due) FROM pages WHERE topic = :topic AND due IS NOT NULL)",
        {"topic": topic},
    ).fetchone()
    return row[0]


def visit_due(connection: sqlite3.Connection, frontier: Frontier, topic: Topic, *, everything: bool) -> int:
    """Bring ``sources`` in line with the seeds file and hand what is due (or ``everything``) to the frontier.

    Returns how many sources this run will visit.
    """
    _follow_file(connection, topic)
    now = clock.now()
    rows = connection.execute(
        "SELECT url, due FROM sources WHERE topic = ? AND state <> 'disabled'", (topic.name,)
    ).fetchall()
    due = {row["url"] for row in rows if everything or row["due"] is None or row["due"] <= clock.text(now)}
    visited = 0
    for source in topic.sources:
        if source.url not in due or not source.enabled:
            continue
        due.discard(source.url)
        visited += 1
        if source.kind == "page":  # an article from the start: fetched once, then it is known
            frontier.add([Found(source.url)], source.name, str(topic.path))
            after = clock.text(now + schedule.interval(source.every, 0))
            connection.execute(
                "UPDATE sources SET due = ?, state = 'ok' WHERE topic = ? AND url = ?", (after, topic.name, source.url)
            )
        else:
            frontier.visit(Found(source.url, kind=source.kind or "source"), source.name)
    return visited


def _follow_file(connection: sqlite3.Connection, topic: Topic) -> None:
    rows = connection.execute("SELECT url, name, state FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    known = {row["url"]: row for row in rows}
    for source in topic.sources:
        row = known.pop(source.url, None)
        state, reason = ("new", None) if source.enabled else ("disabled", source.note or "enabled = false")
        if row is None:
            connection.execute(
                "INSERT INTO sources (topic, url, name, kind, state, reason) VALUES (?, ?, ?, ?, ?, ?)",
                (topic.name, source.url, source.name, source.kind, state, reason),
            )
        elif source.enabled == (row["state"] == "disabled"):  # switched on or off since the last run
            _set_state(connection, topic, source.url, state, reason)
        if row is not None and row["name"] != source.name:
            connection.execute(
                "UPDATE sources SET name = ? WHERE topic = ? AND url = ?", (source.name, topic.name, source.url)
            )
    for url in known:
        _set_state(connection, topic, url, "disabled", "no longer in the seeds file")


def _set_state(connection: sqlite3.Connection, topic: Topic, url: str, state: str, reason: str | None) -> None:
    connection.execute(
        "UPDATE sources SET state = ?, reason = ? WHERE topic = ? AND url = ?", (state, reason, topic.name, url)
    )
    if state == "disabled":
        connection.execute("UPDATE pages SET due = NULL WHERE url = ? AND kind <> 'article'", (url,))


def polled(
    connection: sqlite3.Connection,
    topic: Topic,
    claim: Claim,
    outcome: Outcome,
    announced: int | None = None,
    new: int = 0,
    kind: str | None = None,
) -> None:
    """Remember one visit to a source or to a sitemap that it led to; ``announced`` is None when it failed."""
    now = clock.now()
    at = clock.text(now)
    connection.execute(
        "INSERT INTO polls (topic, url, at, status, announced, new, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (topic.name, claim.url, at, outcome.status, announced, new, None if announced is not None else outcome.reason),
    )
    if new:
        connection.execute(
            "UPDATE sources SET last_new = ? WHERE topic = ? AND name = ?", (at, topic.name, claim.source)
        )
    source = next((source for source in topic.sources if source.url == claim.url), None)
    if source is None:
        return
    row = connection.execute(
        "SELECT failures FROM sources WHERE topic = ? AND url = ?", (topic.name, claim.url)
    ).fetchone()
    failures = 0 if announced is not None else (row["failures"] if row else 0) + 1
    pause = schedule.interval(source.every, failures)
    if announced is not None:
        state, reason, last_ok = "ok", None, at
    else:
        state, reason, last_ok = ("blocked" if outcome.state == "blocked" else "failing"), outcome.reason, None
        pause = max(pause, outcome.retry or pause)
    connection.execute(
        "UPDATE sources SET due = :due, interval = :interval, failures = :failures, state = :state, reason = :reason,"
        " last_ok = coalesce(:last_ok, last_ok), kind = coalesce(:kind, kind) WHERE topic = :topic AND url = :url",
        {
            "due": clock.text(now + pause),
            "interval": int(pause.total_seconds()),
            "failures": failures,
            "state": state,
            "reason": reason,
            "last_ok": last_ok,
            "kind": kind,
            "topic": topic.name,
            "url": claim.url,
        },
    )
    connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.text(now + pause), claim.id))
