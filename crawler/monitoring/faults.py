"""What is wrong with a state, each fault of one kind and in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from crawler import clock
from crawler.monitoring.state import SourceState, State, TopicState

KINDS = ("database", "run", "late", "failing", "blocked", "silent", "queue", "disk")
SIGNS = {"failing": "failing", "blocked": "blocked", "silent": "silent"}  # state of a source -> fault
OLDEST = timedelta(days=3)  # that a page may wait in the queue
NAMED = 3  # sources that a fault names


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    kind: str
    said: str


@dataclass(frozen=True)
class Bounds:
    """What is still well."""

    late: timedelta = timedelta(hours=2)  # that sources wait for a run, or a run takes
    free: int = 1_000_000_000  # bytes that the disk has left


def faults(state: State, bounds: Bounds) -> list[Fault]:
    """Everything that is wrong with ``state``, what concerns all of it first."""
    several = len(state.topics) > 1
    found = [fault for topic in state.topics for fault in _of_topic(state, topic, bounds, several)]
    if state.queue_since and state.now - state.queue_since > OLDEST:
        waited = clock.in_words(state.now - state.queue_since)
        found.append(
            Fault("queue", f"{state.queue:,} pages are due, one for {waited}: runs are too short or too seldom")
        )
    if state.free < bounds.free:
        found.append(Fault("disk", f"{state.free // 1_000_000:,} MB free on its disk"))
    return sorted(found, key=lambda fault: KINDS.index(fault.kind))


def _of_topic(state: State, topic: TopicState, bounds: Bounds, several: bool) -> Iterator[Fault]:
    of = f" of {topic.name}" if several else ""
    if said := _run(state, topic, bounds):
        yield Fault("run", f"the last run{of} {said}")
    due = topic.due(state.now)
    last = topic.last_run.started if topic.last_run else None
    latest = state.now - bounds.late
    if due and due[0].due and due[0].due < latest and (last is None or last < latest):
        began = f"{clock.in_words(state.now - last)} ago" if last else "never"
        sources = f"{len(due)} source{'' if len(due) == 1 else 's'}{of}"
        yield Fault("late", f"{sources} due and the last run began {began}: is it still scheduled?")
    for sign, kind in SIGNS.items():
        if named := [source for source in topic.sources if source.state == sign]:
            yield Fault(kind, f"{len(named)} of {len(topic.sources)} sources{of} {sign}: {_names(named)}")


def _run(state: State, topic: TopicState, bounds: Bounds) -> str | None:
    """What is wrong with the last run."""
    run = topic.last_run
    if run is None:
        return None
    ago = f"{clock.in_words(state.now - run.started)} ago"
    if run.finished is None and (run.followed or state.now - run.started > bounds.late):
        return f"began {ago} and did not end: it was killed, or hangs"
    if run.reason == "database":
        return f"{ago} could not write to the database: its log says why"
    if surprises := run.counts.get("surprises"):
        return f"{ago} had {surprises} unexpected errors: its log names them"
    return None


def _names(sources: list[SourceState]) -> str:
    names = ", ".join(source.name for source in sources[:NAMED])
    return f"{names} and {len(sources) - NAMED} more" if len(sources) > NAMED else names


def damage(connection: sqlite3.Connection, *, thorough: bool) -> Fault | None:
    """What SQLite has against the file: of its pages, and if ``thorough`` of its indexes and references, too."""
    check = "integrity_check(1)" if thorough else "quick_check(1)"
    said = connection.execute(f"PRAGMA {check}").fetchone()[0]
    if said == "ok" and thorough and (row := connection.execute("PRAGMA foreign_key_check").fetchone()):
        said = f"a row of {row[0]} refers to one of {row[2]} that is not there"
    if said == "ok":
        return None
    return Fault("database", f"damaged ({' '.join(said.split())}): restore a backup")


def missing_captures(connection: sqlite3.Connection, folder: Path) -> Fault | None:
    """Files of the web archive that are not there, or end before what is said to be in them."""
    ends = connection.execute("SELECT file, max(offset + length) AS ends FROM archived GROUP BY file").fetchall()
    short = [row["file"] for row in ends if _size(folder / row["file"]) < row["ends"]]
    if not short:
        return None
    return Fault("database", f"{len(short)} files of the web archive {folder} missing or cut: {short[0]}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
