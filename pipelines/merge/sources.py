"""Sources and topics: whichever machine asks a source knows how it stands."""

from __future__ import annotations

import sqlite3

from crawler.database.counters import next_number
from pipelines.merge.part import Part, change, insert


def merge_sources(connection: sqlite3.Connection, part: Part) -> None:
    """Sources that are new here, and what was learnt of them since the last merge; their numbers."""
    for row in part.rows("topics"):
        insert(
            connection,
            "topics",
            row,
            "ON CONFLICT (name) DO UPDATE SET terms = excluded.terms, since = excluded.since"
            " WHERE excluded.since > topics.since",
        )
    for row in part.rows("sources"):
        there, key = row.pop("id"), {"topic": row["topic"], "url": row["url"]}
        known = connection.execute("SELECT * FROM sources WHERE topic = ? AND url = ?", tuple(key.values())).fetchone()
        number = _number(connection, row["url"])
        if known is None:
            insert(connection, "sources", {**row, "id": number})
        elif _knows_more(row, known):
            change(connection, "sources", key, {**row, "id": number})
        if there is not None:
            part.sources[there] = number


def _number(connection: sqlite3.Connection, url: str) -> int:
    """The number that a source has in all topics."""
    row = connection.execute("SELECT id FROM sources WHERE url = ? AND id IS NOT NULL LIMIT 1", (url,)).fetchone()
    return row["id"] if row else next_number(connection, "sources")


def _knows_more(row: dict[str, object], known: sqlite3.Row) -> bool:
    """Whether a machine knows more of a source than is known here: it asks it, or has asked it later."""
    asks, asked = row["state"] != "disabled", known["state"] != "disabled"
    if asks != asked:
        return asks
    return (row["last_ok"] or "", row["due"] or "") > (known["last_ok"] or "", known["due"] or "")
