"""What goes with sources and pages: manners towards hosts, visits, runs, how far web archives are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

from pipelines.merge.part import Part, insert


def merge_hosts(connection: sqlite3.Connection, part: Part) -> None:
    """What hosts ask of us, and what of their addresses tells no pages apart."""
    for row in part.rows("hosts"):
        newer = ", ".join(f"{name} = excluded.{name}" for name in row if name not in ("host", "not_before"))
        insert(
            connection,
            "hosts",
            row,
            "ON CONFLICT (host) DO UPDATE SET not_before = nullif(max(coalesce(hosts.not_before, ''),"
            f" coalesce(excluded.not_before, '')), ''), {newer}"
            " WHERE coalesce(excluded.robots_fetched, '') >= coalesce(hosts.robots_fetched, '')",
        )
    for row in part.rows("link_parameters"):
        insert(
            connection,
            "link_parameters",
            row,
            "ON CONFLICT (host, name) DO UPDATE SET times = excluded.times"
            " WHERE abs(excluded.times) > abs(link_parameters.times)",
        )


def merge_history(connection: sqlite3.Connection, part: Part) -> Iterator[Callable[[], None]]:
    """Work for one transaction each."""
    for rows in part.batches("SELECT * FROM polls ORDER BY id"):
        yield partial(_polls, connection, part, rows)
    yield partial(_runs, connection, part)
    yield partial(_backfills, connection, part)
    for rows in part.batches(
        "SELECT host_blocks.*, first.url AS first_url, second.url AS second_url FROM host_blocks"
        " LEFT JOIN pages AS first ON first.id = first_page LEFT JOIN pages AS second ON second.id = second_page"
    ):
        yield partial(_blocks, connection, rows)


def _polls(connection: sqlite3.Connection, part: Part, rows: list[sqlite3.Row]) -> None:
    for row in rows:
        visit = dict(row) | {"source_id": part.sources.get(row["source_id"])}
        del visit["id"]
        known = "SELECT 1 FROM polls WHERE at = ? AND url = ? AND topic = ?"
        if connection.execute(known, (row["at"], row["url"], row["topic"])).fetchone() is None:
            insert(connection, "polls", visit)


def _runs(connection: sqlite3.Connection, part: Part) -> None:
    """Runs that have ended."""
    columns = "topic, started, finished, reason, counts"
    sql = f"SELECT {columns} FROM runs WHERE finished IS NOT NULL ORDER BY id"
    known = {tuple(row) for row in connection.execute(sql)}
    rows = [tuple(row) for row in part.connection.execute(sql)]
    connection.executemany(
        f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?)", [row for row in rows if row not in known]
    )


def _backfills(connection: sqlite3.Connection, part: Part) -> None:
    for row in part.rows("backfills"):
        newer = ", ".join(f"{name} = excluded.{name}" for name in row if name not in ("topic", "file"))
        insert(
            connection,
            "backfills",
            row,
            f"ON CONFLICT (topic, file) DO UPDATE SET {newer} WHERE excluded.position > backfills.position",
        )


def _blocks(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> None:
    """Blocks that a publisher repeats."""
    for row in rows:
        block = dict(row)
        for place in ("first", "second"):
            url = block.pop(f"{place}_url")
            page = connection.execute("SELECT id FROM pages WHERE url = ?", (url,)).fetchone() if url else None
            block[f"{place}_page"] = page["id"] if page else None
        insert(
            connection,
            "host_blocks",
            block,
            "ON CONFLICT (site, hash) DO UPDATE SET pages = max(pages, excluded.pages),"
            " last_seen = max(last_seen, excluded.last_seen)",
        )
