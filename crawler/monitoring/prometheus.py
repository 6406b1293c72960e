"""A state in Prometheus' text format (version 0.0.4), as ``/-/metrics`` of the web page answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from crawler import __version__
from crawler.monitoring.faults import KINDS, Fault
from crawler.monitoring.state import State, TopicState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("new", "ok", "failing", "blocked", "silent")
Sample = tuple[Mapping[str, str], float]


def text(state: State, faults: Sequence[Fault]) -> str:
    """All metrics of ``state``; times are seconds since 1970, sizes bytes."""
    kinds = {fault.kind for fault in faults}
    topics = state.topics
    families: tuple[tuple[str, str, Iterable[Sample]], ...] = (
        ("info", "Version of the crawler.", [({"version": __version__}, 1)]),
        ("fault", "1 when scrapy health finds something wrong of this kind.", _each("kind", KINDS, kinds)),
        ("articles", "Articles stored.", [({}, state.articles)]),
        ("sources", "Sources by state.", _by_state(topics)),
        ("sources_due", "Sources that a run would visit now.", _due(topics, state.now)),
        ("source_last_ok_timestamp_seconds", "Last visit that worked.", _sources(topics, "last_ok")),
        ("source_last_new_timestamp_seconds", "Last visit that brought something new.", _sources(topics, "last_new")),
        ("run_started_timestamp_seconds", "Begin of the last run.", _runs(topics, "started")),
        ("run_finished_timestamp_seconds", "End of the last run that has one.", _runs(topics, "finished")),
        ("run_pages", "Pages of the last run by outcome.", _outcomes(topics)),
        ("queue_pages", "Pages that a run would ask for now.", [({}, state.queue)]),
        ("queue_oldest_seconds", "How long one of them has been due.", [({}, _age(state))]),
        ("database_bytes", "Size of the database.", [({}, state.database)]),
        ("database_log_bytes", "Size of its log of changes (WAL).", [({}, state.log)]),
        ("disk_free_bytes", "Free space on its disk.", [({}, state.free)]),
    )
    return "".join(_family(f"newscrawler_{name}", about, samples) for name, about, samples in families)


def _family(name: str, about: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        said = ",".join(f'{label}="{_escaped(written)}"' for label, written in labels.items())
        lines.append(f"{name}{{{said}}} {value:.15g}" if said else f"{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    """``value`` between the quotes of a label."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _each(label: str, names: Iterable[str], true: set[str]) -> list[Sample]:
    return [({label: name}, name in true) for name in names]


def _by_state(topics: Sequence[TopicState]) -> Iterable[Sample]:
    for topic in topics:
        counts = topic.counts()
        for state in STATES:
            yield {"topic": topic.name, "state": state}, counts[state]


def _due(topics: Sequence[TopicState], now: datetime) -> Iterable[Sample]:
    return [({"topic": topic.name}, len(topic.due(now))) for topic in topics]


def _sources(topics: Sequence[TopicState], time: str) -> Iterable[Sample]:
    for topic in topics:
        latest: dict[str, datetime] = {}  # names need not be unique, labels have to be
        for source in topic.sources:
            if at := getattr(source, time):
                latest[source.name] = max(at, latest.get(source.name, at))
        yield from (({"topic": topic.name, "source": name}, at.timestamp()) for name, at in latest.items())


def _runs(topics: Sequence[TopicState], time: str) -> Iterable[Sample]:
    for topic in topics:
        if topic.last_run and (at := getattr(topic.last_run, time)):
            yield {"topic": topic.name}, at.timestamp()


def _outcomes(topics: Sequence[TopicState]) -> Iterable[Sample]:
    for topic in topics:
        for outcome, pages in sorted(topic.last_run.counts.items() if topic.last_run else ()):
            yield {"topic": topic.name, "outcome": outcome}, pages


def _age(state: State) -> float:
    return (state.now - state.queue_since).total_seconds() if state.queue_since else 0
