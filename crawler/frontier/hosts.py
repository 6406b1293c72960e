"""What is remembered of a host beyond a run: its robots.txt, its pace, and until when it wants to be left alone."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from crawler import clock

ROBOTS_LIFE = timedelta(hours=24)  # RFC 9309, 2.4: no longer than that


def robots(connection: sqlite3.Connection, host: str, origin: str, however_old: bool = False) -> str | None:
    """The robots.txt of ``origin`` as read in the last 24 hours ("" for none); None when it has to be asked for."""
    row = connection.execute(
        "SELECT robots FROM hosts WHERE host = ? AND robots_origin = ? AND robots_fetched > ?",
        (host, origin, "" if however_old else clock.text(clock.now() - ROBOTS_LIFE)),
    ).fetchone()
    return row["robots"] if row else None


def robots_failing_since(connection: sqlite3.Connection, host: str) -> datetime | None:
    """Since when the robots.txt of ``host`` cannot be read although the server answers; None when it can."""
    row = connection.execute("SELECT robots_failing FROM hosts WHERE host = ?", (host,)).fetchone()
    return clock.moment(row["robots_failing"]) if row and row["robots_failing"] else None


def robots_failed(connection: sqlite3.Connection, host: str, at: datetime) -> None:
    """The robots.txt of ``host`` could not be read. Call it inside a transaction."""
    connection.execute(
        "INSERT INTO hosts (host, robots_failing) VALUES (?, ?)"
        " ON CONFLICT (host) DO UPDATE SET robots_failing = coalesce(robots_failing, excluded.robots_failing)",
        (host, clock.text(at)),
    )


def keep_robots(connection: sqlite3.Connection, host: str, origin: str, text: str, delay: float | None) -> None:
    """Remember a robots.txt and the Crawl-delay in it (seconds). Call it inside a transaction."""
    connection.execute(
        "INSERT INTO hosts (host, robots, robots_origin, robots_fetched, delay) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (host) DO UPDATE SET robots = excluded.robots, robots_origin = excluded.robots_origin,"
        " robots_fetched = excluded.robots_fetched, robots_failing = NULL, delay = excluded.delay",
        (host, text, origin, clock.stamp(), delay),
    )


def pace(connection: sqlite3.Connection, host: str) -> tuple[float, float, int]:
    """Seconds of Crawl-delay of ``host``, seconds for which it still wants to be left alone, failures in a row."""
    row = connection.execute("SELECT delay, not_before, failures FROM hosts WHERE host = ?", (host,)).fetchone()
    if row is None:
        return 0.0, 0.0, 0
    wait = (clock.moment(row["not_before"]) - clock.now()).total_seconds() if row["not_before"] else 0.0
    return row["delay"] or 0.0, max(0.0, wait), row["failures"]


def not_before(connection: sqlite3.Connection, host: str, until: datetime) -> None:
    """The Crawl-delay of ``host`` lasts until then, for a run that follows at once. Call it inside a transaction."""
    connection.execute(
        "UPDATE hosts SET not_before = max(coalesce(not_before, ''), ?) WHERE host = ?", (clock.text(until), host)
    )


def pause(connection: sqlite3.Connection, host: str, until: datetime, reason: str) -> None:
    """Leave ``host`` alone until then, whoever asks. Call it inside a transaction."""
    connection.execute(
        "INSERT INTO hosts (host, not_before, reason, failures) VALUES (:host, :until, :reason, 1)"
        " ON CONFLICT (host) DO UPDATE SET not_before = :until, reason = :reason, failures = failures + 1",
        {"host": host, "until": clock.text(until), "reason": reason},
    )


def correct(connection: sqlite3.Connection, longest: timedelta) -> None:
    """Forget what a run wrote whose clock was wrong: nobody is left alone for longer. Call it inside a transaction."""
    now = clock.now()
    connection.execute("UPDATE hosts SET not_before = NULL WHERE not_before > ?", (clock.text(now + longest),))
    connection.execute("UPDATE hosts SET robots_fetched = NULL WHERE robots_fetched > ?", (clock.text(now),))


def failures(connection: sqlite3.Connection, host: str) -> int:
    """How often in a row ``host`` made us wait."""
    row = connection.execute("SELECT failures FROM hosts WHERE host = ?", (host,)).fetchone()
    return row["failures"] if row else 0


def answered(connection: sqlite3.Connection, host: str) -> None:
    """``host`` answers again. Call it inside a transaction."""
    connection.execute("UPDATE hosts SET failures = 0, reason = NULL WHERE host = ? AND failures > 0", (host,))
