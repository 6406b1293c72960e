"""The state of a database and what is around it, as it is read in a moment; it judges nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler import clock


@dataclass(frozen=True)
class LastRun:
    """The row of a topic's last run. One with nothing due leaves no row."""

    started: datetime
    finished: datetime | None
    reason: str | None
    counts: dict[str, int]  # outcome -> pages
    followed: bool  # by a run of any topic: only one works at a time, so this one is over


@dataclass(frozen=True)
class SourceState:
    """What a source is like, as ``scrapy sources`` shows it."""

    name: str
    state: str
    reason: str | None
    due: datetime | None
    last_ok: datetime | None
    last_new: datetime | None


@dataclass(frozen=True)
class TopicState:
    """A topic that is watched: its last run, and its sources without the disabled ones."""

    name: str
    last_run: LastRun | None
    sources: tuple[SourceState, ...]

    def counts(self) -> Counter[str]:
        """State -> sources."""
        return Counter(source.state for source in self.sources)

    def due(self, now: datetime) -> list[SourceState]:
        """The sources that a run would visit now, the one that has waited longest first; new ones have no time."""
        waiting = [source for source in self.sources if source.due and source.due <= now]
        return sorted(waiting, key=lambda source: source.due or now)


@dataclass(frozen=True)
class State:
    """Everything that a monitor is told, at the moment ``now``; sizes are in bytes."""

    now: datetime
    topics: tuple[TopicState, ...]
    articles: int
    queue: int  # pages that a run would ask for now
    queue_since: datetime | None  # when the one that has waited longest was due
    database: int
    log: int  # of changes that are not in the database's file yet: what lies beside it as -wal
    free: int  # on its disk


def read(connection: sqlite3.Connection, path: Path, watched: Collection[str]) -> State:
    """The state of the database at ``path``, of the ``watched`` topics among those that it has.

    Of all that it has, when it has none of them: those were read from seeds files that lie elsewhere.
    """
    now = clock.now()
    known = [row["topic"] for row in connection.execute("SELECT DISTINCT topic FROM sources ORDER BY topic")]
    topics = [topic for topic in known if topic in watched] or known
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()
    queue, since = _queue(connection, topics, now)
    log = path.with_name(f"{path.name}-wal")
    return State(
        now,
        tuple(TopicState(topic, _last_run(connection, topic, last), _sources(connection, topic)) for topic in topics),
        connection.execute("SELECT count(*) FROM articles").fetchone()[0],
        queue,
        since,
        path.stat().st_size,
        log.stat().st_size if log.exists() else 0,
        shutil.disk_usage(path.absolute().parent).free,
    )


def _last_run(connection: sqlite3.Connection, topic: str, newest: int) -> LastRun | None:
    row = connection.execute("SELECT * FROM runs WHERE topic = ? ORDER BY id DESC LIMIT 1", (topic,)).fetchone()
    if row is None:
        return None
    counts = json.loads(row["counts"] or "{}")
    return LastRun(
        clock.moment(row["started"]), _moment(row["finished"]), row["reason"], counts, followed=row["id"] < newest
    )


def _sources(connection: sqlite3.Connection, topic: str) -> tuple[SourceState, ...]:
    rows = connection.execute(
        "SELECT name, state, reason, due, last_ok, last_new FROM sources WHERE topic = ? AND state <> 'disabled'"
        " ORDER BY name, url",
        (topic,),
    )
    return tuple(SourceState(*row[:3], *map(_moment, row[3:])) for row in map(tuple, rows))


def _queue(connection: sqlite3.Connection, topics: list[str], now: datetime) -> tuple[int, datetime | None]:
    """How many pages are due at hosts that may be asked, and since when."""
    followed = "SELECT id FROM sources WHERE topic IN (SELECT value FROM json_each(:topics)) AND state <> 'disabled'"
    row = connection.execute(
        "SELECT count(*) AS pages, min(due) AS since FROM pages WHERE due IS NOT NULL AND due <= :now"
        f" AND kind = 'article' AND source_id IN ({followed})"
        " AND host NOT IN (SELECT host FROM hosts WHERE not_before IS NOT NULL AND not_before > :now)",
        {"now": clock.text(now), "topics": json.dumps(topics)},
    ).fetchone()
    return row["pages"], _moment(row["since"])


def _moment(written: str | None) -> datetime | None:
    return clock.moment(written) if written else None
