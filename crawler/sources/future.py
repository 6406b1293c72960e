"""Stamps of the future, left by a run whose clock was wrong: what would not be asked for until then is due again."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from crawler import clock
from crawler.frontier import hosts
from crawler.frontier.pages import Pages
from crawler.schedule import LONGEST_SERVER_WAIT
from crawler.seeds import Topic

LONGEST = LONGEST_SERVER_WAIT + timedelta(days=1)  # until a visit, unless a source has a longer interval of its own
JITTER = 1.1


def correct(connection: sqlite3.Connection, topic: Topic) -> None:
    """Make due what waits longer than anything of ``topic`` may. Call it in a transaction."""
    now = clock.now()
    longest = {source.url: max(LONGEST, (source.every or timedelta()) * JITTER) for source in topic.sources}
    rows = connection.execute("SELECT url, due FROM sources WHERE topic = ? AND due IS NOT NULL", (topic.name,))
    wrong = [
        (topic.name, row["url"])
        for row in rows.fetchall()
        if clock.moment(row["due"]) > now + longest.get(row["url"], LONGEST)
    ]
    connection.executemany("UPDATE sources SET due = NULL WHERE topic = ? AND url = ?", wrong)
    connection.execute(
        "UPDATE sources SET last_ok = min(last_ok, :now), last_new = min(last_new, :now)"
        " WHERE topic = :topic AND (last_ok > :now OR last_new > :now)",
        {"now": clock.text(now), "topic": topic.name},
    )
    Pages(connection, topic.name).correct(LONGEST, max(longest.values(), default=LONGEST))
    hosts.correct(connection, LONGEST)
