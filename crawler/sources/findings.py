"""What a check of sources has found: as a table, in a word each, and in the seeds file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import clock
from crawler.output.terminal import safe_line
from crawler.seeds import Topic, editing
from crawler.sources.checking import Checked
from crawler.sources.verdicts import REMEDIES

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


def by_verdict(found: Sequence[Checked]) -> Iterator[str]:
    """How many sources there are of each verdict, and what to do about them."""
    names = defaultdict(list)
    for one in found:
        names[one.verdict].append(one.source.name)
    for verdict, remedy in REMEDIES.items():
        if of := names[verdict]:
            yield f"{verdict}: {len(of)}" + ("" if verdict == "works" else f" ({safe_line(', '.join(of))}): {remedy}")


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
