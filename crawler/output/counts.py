"""Counts over time as rows for other programs and as a table with bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler.output.terminal import safe_line
from crawler.search.counts import Counts

MOST_COLUMNS, LONGEST = 6, 24  # kinds in the table, letters of a bar


def rows(counts: Counts, period: str, by: str | None) -> Iterator[dict[str, Any]]:
    """One row a period, or one a period and kind that has any; the earliest first."""
    for when in counts.periods:
        if by is None:
            share = counts.share(when)
            yield {period: when, "articles": counts.total[when]} | (
                {"share": None if share is None else round(share, 6)} if counts.all else {}
            )
            continue
        for kind in counts.greatest:
            if number := counts.kinds[kind][when]:
                yield {period: when, by: kind, "articles": number}


def table(counts: Counts, period: str) -> Table:
    """A line a period: how many, a bar, the share of all articles, and the greatest kinds."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column(period, no_wrap=True)
    shown.add_column("articles", justify="right")
    shown.add_column("")
    if counts.all:
        shown.add_column("share", justify="right")
    kinds = counts.greatest[:MOST_COLUMNS]
    for kind in kinds:
        shown.add_column(safe_line(kind), justify="right")
    most = max(counts.total.values(), default=1)
    for when in counts.periods:
        number = counts.total[when]
        share = counts.share(when)
        shown.add_row(
            when,
            f"{number:,}" if number else "",
            Text("█" * -(-number * LONGEST // most), style="cyan"),
            *([f"{share:.2%}" if share else ""] if counts.all else []),
            *(f"{counts.kinds[kind][when]:,}" if counts.kinds[kind][when] else "" for kind in kinds),
        )
    return shown
