"""The rows of the table ``sources``: where each source is visited, and how it stands. Call them in a transaction."""

from __future__ import annotations

import json
import sqlite3

from crawler import clock
from crawler.database.counters import next_number
from crawler.frontier.pages import body_hash
from crawler.items import Claim
from crawler.seeds import Source, Topic


def read(connection: sqlite3.Connection, topic: Topic, url: str) -> sqlite3.Row:
    """The row of the source whose address in the seeds is ``url``."""
    return connection.execute("SELECT * FROM sources WHERE topic = ? AND url = ?", (topic.name, url)).fetchone()


def number(connection: sqlite3.Connection, topic: Topic) -> None:
    """Sources of ``topic`` that another program put in get their number."""
    for row in connection.execute("SELECT url FROM sources WHERE topic = ? AND id IS NULL", (topic.name,)).fetchall():
        connection.execute(
            "UPDATE sources SET id = ? WHERE topic = ? AND url = ?",
            (_number_of(connection, row["url"]), topic.name, row["url"]),
        )


def add(connection: sqlite3.Connection, topic: Topic, source: Source) -> None:
    """A source that ``topic`` did not follow yet; its number is that which it has in other topics."""
    connection.execute(
        "INSERT INTO sources (topic, url, name, state, id) VALUES (?, ?, ?, 'new', ?)",
        (topic.name, source.url, source.name, _number_of(connection, source.url)),
    )
    read_anew(connection, topic, source)


def _number_of(connection: sqlite3.Connection, url: str) -> int:
    row = connection.execute("SELECT id FROM sources WHERE url = ? AND id IS NOT NULL LIMIT 1", (url,)).fetchone()
    return row["id"] if row else next_number(connection, "sources")


def followers(connection: sqlite3.Connection, topic: Topic, source: Source) -> list[sqlite3.Row]:
    """The rows of a source in the other topics that follow it, too, and have visited it."""
    return connection.execute(
        "SELECT others.* FROM sources JOIN sources AS others ON others.id = sources.id"
        " WHERE others.topic <> sources.topic AND sources.topic = ? AND sources.url = ?"
        " AND others.state <> 'disabled' AND others.last_ok IS NOT NULL",
        (topic.name, source.url),
    ).fetchall()


def change(connection: sqlite3.Connection, topic: Topic, source: Source, **values: object) -> None:
    """Give columns of a source new values."""
    write(connection, read(connection, topic, source.url), **values)


def write(connection: sqlite3.Connection, row: sqlite3.Row, **values: object) -> None:
    """Give columns of ``row`` new values."""
    assignments = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(
        f"UPDATE sources SET {assignments} WHERE topic = :_topic AND url = :_url",
        {**values, "_topic": row["topic"], "_url": row["url"]},
    )


def failures(connection: sqlite3.Connection, topic: Topic, source: Source) -> int:
    """How often in a row ``source`` failed."""
    known = read(connection, topic, source.url)
    return known["failures"] if known else 0


def disable(connection: sqlite3.Connection, topic: Topic, url: str, reason: str) -> None:
    """A source is visited no more."""
    connection.execute(
        "UPDATE sources SET state = 'disabled', reason = ? WHERE topic = ? AND url = ?", (reason, topic.name, url)
    )
    leave(connection, topic, url)


def leave(connection: sqlite3.Connection, topic: Topic, url: str, *before: str | None) -> None:
    """Nothing is due any more where the source of ``url`` was visited, unless another one is followed there.

    ``before`` are further places where it was.
    """
    known = read(connection, topic, url)
    connection.execute(
        "UPDATE pages SET due = NULL WHERE kind <> 'article' AND url IN (SELECT value FROM json_each(:places))"
        " AND url NOT IN (SELECT coalesce(address, url) FROM sources WHERE state <> 'disabled')",
        {"places": json.dumps([url, known and known["address"], *before])},
    )


def read_anew(connection: sqlite3.Connection, topic: Topic, source: Source) -> None:
    """The lists of ``source`` are read at their next visit although they may be as they were."""
    connection.execute(
        "UPDATE pages SET etag = NULL, last_modified = NULL, body_hash = NULL, due = :now"
        " WHERE source_id = (SELECT id FROM sources WHERE topic = :topic AND url = :url)"
        " AND due IS NOT NULL AND kind <> 'article'",
        {"now": clock.stamp(), "topic": topic.name, "url": source.url},
    )


def moved(connection: sqlite3.Connection, topic: Topic, source: Source, claim: Claim, address: str) -> None:
    """From now on the ``source`` of ``claim`` is visited at ``address``: its feed was found there or has moved."""
    known = read(connection, topic, source.url)
    if claim.url in (source.url, known["address"]):  # else it is a sitemap that the source led to
        change(connection, topic, source, address=address)
        leave(connection, topic, source.url, known["address"])


def returned(connection: sqlite3.Connection, topic: Topic, source: Source, kind: str) -> None:
    """The address in the seeds file answers again: the next run visits it, and no other place."""
    place = read(connection, topic, source.url)["address"]
    change(connection, topic, source, address=None, healed=None, kind=kind, reason=None, due=None)
    leave(connection, topic, source.url, place)


def join_twins(connection: sqlite3.Connection, topic: Topic, claim: Claim, body: bytes) -> None:
    """If another source had the same feed, byte for byte, the later one in the seeds is the same as the earlier."""
    names = [source.name for source in topic.sources]
    twins = connection.execute(
        "SELECT sources.name, pages.url FROM sources JOIN pages ON pages.url = coalesce(sources.address, sources.url)"
        " WHERE sources.topic = ? AND sources.state <> 'disabled' AND sources.name <> ?"
        " AND pages.kind = 'feed' AND pages.body_hash = ?",
        (topic.name, claim.source, body_hash(body)),
    ).fetchall()
    places = {twin["name"]: twin["url"] for twin in twins} | {claim.source: claim.url}
    if len(places) > 1 and places.keys() <= set(names):
        first, *others = sorted(places, key=names.index)
        for source in topic.sources:
            if source.name in others:
                change(connection, topic, source, address=places[first])
                leave(connection, topic, source.url)
