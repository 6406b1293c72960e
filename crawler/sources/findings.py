"""What a check of sources has found: as a table, in a word each, and in the seeds file."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import clock
from crawler.fetching.outcome import Outcome
from crawler.output.terminal import safe_line
from crawler.seeds import Topic, editing
from crawler.sources.checking import Checked
from crawler.sources.verdicts import REMEDIES, verdict

COLOURS = {"works": "green", "moved": "yellow", "empty": "yellow", "network": "yellow"}  # others are red


def columns(one: Checked) -> dict[str, Any]:
    """What was found as JSON has it."""
    return {
        "source": one.source.name,
        "url": one.source.url,
        "verdict": one.verdict,
        "kind": one.kind,
        "entries": one.entries,
        "newest": one.newest,
        "reason": one.reason or None,
        "moved_to": one.moved_to,
        "instead": one.instead,
    }


def checked_table(found: Sequence[Checked]) -> Table:
    """A row for each source, those that need a look last."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "verdict", "kind"):
        table.add_column(heading, no_wrap=True)
    table.add_column("entries", justify="right")
    table.add_column("newest", no_wrap=True)
    table.add_column("why, and where it is", overflow="fold")
    order = list(REMEDIES)
    for one in sorted(found, key=lambda one: order.index(one.verdict)):
        where = f"now {one.moved_to}" if one.moved_to else f"instead: {one.instead}" if one.instead else ""
        table.add_row(
            Text(safe_line(one.source.name)),
            Text(one.verdict, style=COLOURS.get(one.verdict, "red")),
            one.kind or "",
            str(one.entries) if one.kind else "",
            (one.newest or "")[:10],
            Text(safe_line("; ".join(filter(None, (one.reason, where))))),
        )
    return table


def of_sources(connection: sqlite3.Connection, topic: str) -> list[tuple[str, str]]:
    """Verdict and name of each source of ``topic`` that was visited, as its last visit was."""
    rows = connection.execute(
        "SELECT name, sources.state, sources.reason, healed, pages.state AS ended, status FROM sources"
        " LEFT JOIN pages ON pages.url = coalesce(address, sources.url)"
        " WHERE sources.topic = ? AND sources.state NOT IN ('disabled', 'new') ORDER BY name",
        (topic,),
    )
    found = []
    for name, state, reason, healed, ended, status in rows:
        if state in ("ok", "silent"):
            said = "moved" if healed else "works"
        else:
            said = verdict(Outcome(ended or state, reason or "", status=status, unreachable=True))
        found.append((said, name))
    return found


def by_verdict(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """How many sources there are of each verdict, and what to do about them; ``found`` has verdicts and names."""
    names = defaultdict(list)
    for said, name in found:
        names[said].append(name)
    for said, remedy in REMEDIES.items():
        if of := names[said]:
            yield f"{said}: {len(of)}" + ("" if said == "works" else f" ({safe_line(', '.join(of))}): {remedy}")


def note(topic: Topic, found: Sequence[Checked]) -> set[str]:
    """Write the day into the entries of sources that work, and where those that have moved are; their old addresses.

    CannotEdit when the file is written in a way that a change by lines would not survive.
    """
    checked = {one.source.url: one for one in found}
    taken = {url for source in topic.sources for url in (source.url, *source.urls)}
    text, moved = editing.read(topic.path), set()
    for number, source in enumerate(topic.sources, 1):
        one = checked.get(source.url)
        if one is None or one.verdict not in ("works", "moved"):
            continue
        values: dict[str, Any] = {"checked": clock.now().date()}
        if one.moved_to and one.moved_to not in taken:
            values["url"] = one.moved_to
            taken.add(one.moved_to)
            moved.add(source.url)
        text = editing.changed(text, number, **values)
    editing.save(topic.path, text)
    return moved
