"""``scrapy sources``: the health of every source, the ones that need a look first."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import clock, database
from crawler.command import NewsCommand, WrongUsage, meant
from crawler.database import queries
from crawler.output.terminal import console, safe_line

A_YEAR = timedelta(days=365)
COLOURS = {"failing": "red", "blocked": "red", "silent": "yellow", "new": "cyan", "disabled": "dim"}


class Command(NewsCommand):
    """Print what is known of the sources; rows go to standard output."""

    def syntax(self) -> str:
        return "[--topic T] [--format table|json]"

    def short_desc(self) -> str:
        return "Show the health of every source: last success, last new article, rate, next visit, state and reason"

    def long_desc(self) -> str:
        return (
            "Those that need a look come first. new: not visited yet, or nobody could be reached; ok, with a reason "
            "when a part of its lists is not read; silent: no news for much longer than usual; failing: no usable "
            'answer; blocked: the site refuses us; disabled: by its seeds file. "a day" is how much it usually '
            'announces, "stored" how many of its pages became articles, "elsewhere" what it announces and cannot be '
            "fetched, such as entries of Google News."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", help="only the sources of this topic")
        parser.add_argument("--all", action="store_true", help="disabled sources, too (always with --format json)")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: sources takes options only: see scrapy sources --help")
        with database.reading(self.database) as db:
            rows = [dict(row) for row in queries.sources(db.conn, opts.topic)]
            topics = {row["topic"] for row in queries.sources(db.conn)} if opts.topic and not rows else ()
        if topics:
            there = meant(opts.topic, topics) + f"{self.database} has {', '.join(sorted(topics))}"
            print(safe_line(f'no source of a topic "{opts.topic}": {there}'), file=sys.stderr)
        if opts.format == "json":
            print(json.dumps(rows, ensure_ascii=False, indent=2))
            return 0
        shown = [row for row in rows if opts.all or row["state"] != "disabled"]
        console(150).print(_table(shown))
        if forgotten := [row["name"] for row in shown if _is_forgotten(row)]:
            print(f"Never worked, and not checked for a year: {safe_line(', '.join(forgotten))}", file=sys.stderr)
        if len(shown) < len(rows):
            print(f"{len(rows) - len(shown)} disabled sources are not shown: --all shows them", file=sys.stderr)
        return 0


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    outlets = any(row["outlet"] for row in rows)
    for heading in ("topic", *(["outlet"] if outlets else []), "source", "state", "last ok", "last new"):
        table.add_column(heading, no_wrap=True)
    for heading in ("a day", "stored", "elsewhere"):
        table.add_column(heading, justify="right")
    table.add_column("next visit", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for row in rows:
        table.add_row(
            row["topic"],
            *([Text(row["outlet"] or row["name"])] if outlets else []),
            Text(row["name"]),
            Text(row["state"], style=COLOURS.get(row["state"], "green")),
            _ago(row["last_ok"]),
            _ago(row["last_new"]),
            f"{row['expected_rate']:.3g}" if row["expected_rate"] is not None else "",
            str(row["stored"] or ""),
            str(row["seen_elsewhere"] or ""),
            _until(row["due"]) if row["state"] != "disabled" else "",
            Text(row["reason"] or ""),
        )
    return table


def _is_forgotten(row: dict[str, Any]) -> bool:
    """Whether a source never worked and nobody has seen it work for a year."""
    checked = clock.moment(row["checked"]) if row["checked"] else None
    visited = row["state"] != "new" or checked is not None
    return row["last_ok"] is None and visited and (checked is None or clock.now() - checked > A_YEAR)


def _ago(written: str | None) -> str:
    return f"{clock.in_words(clock.now() - clock.moment(written))} ago" if written else "never"


def _until(written: str | None) -> str:
    if written is None:
        return "next run"
    wait = clock.moment(written) - clock.now()
    return f"in {clock.in_words(wait)}" if wait.total_seconds() > 0 else "next run"
