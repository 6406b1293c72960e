"""``scrapy sources``: the health of every source, the ones that need a look first."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import clock, database
from crawler.captures import Captures, folder_of
from crawler.command import NewsCommand, WrongUsage, fail, meant, no_topic
from crawler.database import queries
from crawler.newtopic.looking import Wanted, look
from crawler.newtopic.opml import Subscription, opml
from crawler.output.terminal import console, safe_line
from crawler.output.whole_file import WriteError
from crawler.seeds import editing, read_topic, topic_paths
from crawler.seeds.strict_toml import shown
from crawler.sources.checking import check
from crawler.sources.findings import by_verdict, checked_table, columns, note
from crawler.sources.suggestions import as_row, suggestions

MOST_SUGGESTED, MOST_LOOKED_AT, MOST_NAMED = 25, 10, 4  # suggestions, those whose feed is looked for, names in a row
A_YEAR = timedelta(days=365)
COLOURS = {"failing": "red", "blocked": "red", "silent": "yellow", "new": "cyan", "disabled": "dim"}


class Command(NewsCommand):
    """Print what is known of the sources; rows go to standard output."""

    examples = (
        "scrapy sources --topic lithium                 how the sources of a topic stand",
        "scrapy sources --check lithium                 asks each of them once: which work?",
        "scrapy sources --check lithium --write         and notes in the seeds file what was found",
    )

    def syntax(self) -> str:
        return "[--topic T] [--format table|json] [--opml | --suggest] | --check [TOPIC] [--write] [--all]"

    def short_desc(self) -> str:
        return "Show the health of every source: last success, last new article, rate, next visit, state and reason"

    def long_desc(self) -> str:
        return (
            "Those that need a look come first. new: not visited yet, or nobody could be reached; ok, with a reason "
            "when a part of its lists is not read; silent: no news for much longer than usual; failing: no usable "
            'answer; blocked: the site refuses us; disabled: by its seeds file. "a day" is how much it usually '
            'announces, "stored" how many of its pages became articles, "elsewhere" what it announces and cannot be '
            "fetched, such as entries of Google News. --opml writes those that are watched for a feed reader. "
            "--suggest looks through the newest 500 articles for outlets that they link to, that they name as the "
            "original, or whose agency they credit, and for the feeds of the first ten; nothing is changed.\n\n"
            "With --check every source of TOPIC (of all topics) is asked once, politely: does it work, has it moved, "
            "is it dead, walled or forbidden by robots.txt, and where is it now? Exit code 0: all of them work; 1: "
            "some do not. --write puts today as checked and addresses that have moved for good into the seeds file; "
            "its text stays as it is otherwise."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", help="only the sources of this topic")
        parser.add_argument("--check", action="store_true", help="ask each source once, and tell which works")
        parser.add_argument("--write", action="store_true", help="with --check: note in the seeds file what was found")
        parser.add_argument("--all", action="store_true", help="disabled sources, too (always with --format json)")
        parser.add_argument("--opml", action="store_true", help="write them as OPML, which feed readers import")
        parser.add_argument(
            "--suggest", action="store_true", help="who stored articles link to or credit, and is not watched"
        )
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.check:
            return self._check(args or [opts.topic] * bool(opts.topic), opts)
        if opts.write:
            raise WrongUsage("--write notes what --check finds: give both")
        if args:
            raise WrongUsage(f"{args[0]}: sources takes options only: see scrapy sources --help")
        if opts.suggest:
            return self._suggest(opts)
        with database.reading(self.database) as db:
            rows = [dict(row) for row in queries.sources(db.conn, opts.topic)]
            topics = {row["topic"] for row in queries.sources(db.conn)} if opts.topic and not rows else ()
        if topics:
            there = meant(opts.topic, topics) + f"{self.database} has {', '.join(sorted(topics))}"
            print(safe_line(f'no source of a topic "{opts.topic}": {there}'), file=sys.stderr)
        if opts.opml:
            print(_opml([row for row in rows if row["state"] != "disabled"]), end="")
            return 0
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

    def _check(self, names: list[str], opts: argparse.Namespace) -> int:
        folder = Path(self.settings["SEEDS_DIR"])
        paths = topic_paths(folder)
        for name in names:
            if name not in paths:
                raise no_topic(name, folder, paths, 'begin it with "scrapy newtopic"')
        topics = [read_topic(paths[name]) for name in names or paths]
        asked = {s.url: s for topic in topics for s in topic.sources if s.enabled or opts.all}
        print(f"asking {len(asked)} sources, each once", file=sys.stderr)
        found = check(self.settings, list(asked.values()))
        if opts.format == "json":
            print(json.dumps([columns(one) for one in found], ensure_ascii=False, indent=2))
        else:
            console(150).print(checked_table(found))
            for line in by_verdict((one.verdict, one.source.name) for one in found):
                print(line)
        if len(found) < len(asked):
            return fail(1, f"stopped when {len(found)} of {len(asked)} sources were checked: nothing was written")
        written: set[str] = set()
        if opts.write:
            for topic in topics:
                try:
                    written |= note(topic, found)
                    print(f"noted in {shown(topic.path)}", file=sys.stderr)
                except (editing.CannotEdit, WriteError) as error:
                    return fail(2, f"{shown(topic.path)}: {error}: nothing was written there")
        return 0 if all(one.verdict == "works" or one.source.url in written for one in found) else 1

    def _suggest(self, opts: argparse.Namespace) -> int:
        """What the database leads to, and the feeds of the first of it."""
        with database.reading(self.database) as db:
            watched = [row[key] for row in queries.sources(db.conn) for key in ("url", "address") if row[key]]
            captures = Captures(db.conn, folder_of(self.settings))
            found = suggestions(db.conn, captures, watched, opts.topic, MOST_SUGGESTED)
        homes = {f"https://{one.name}/": one.name for one in found if not one.is_agency}
        addresses = list(homes)[:MOST_LOOKED_AT]
        looked = look(self.settings, Wanted(addresses, names=homes), lambda finding: None) if addresses else []
        feeds = {homes[item.given]: item.address for item in looked or () if item.kind in ("feed", "sitemap")}
        if opts.format == "json":
            rows = [as_row(one, feeds.get(one.name)) for one in found]
            print(json.dumps(rows, ensure_ascii=False, indent=2))
            return 0
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("not watched", "linked by", "original of", "at", "feed"):
            table.add_column(heading, overflow="fold")
        for one in found:
            who = ", ".join(sorted(one.sources)[:MOST_NAMED]) + (" ..." if len(one.sources) > MOST_NAMED else "")
            name = f"{one.name} (agency)" if one.is_agency else one.name
            numbers = (str(len(number) or "") for number in (one.linked, one.named))
            table.add_row(Text(safe_line(name)), *numbers, Text(safe_line(who)), Text(feeds.get(one.name, "")))
        if found:
            console(150).print(table)
            print('"scrapy addsource TOPIC URL" watches one of them', file=sys.stderr)
        else:
            print("nothing is linked to that is not watched", file=sys.stderr)
        return 0


def _opml(rows: list[dict[str, Any]]) -> str:
    """The sources as a list of subscriptions, in a folder for each topic; feeds where a crawl has found them."""
    topics: dict[str, list[Subscription]] = {}
    for row in rows:
        is_feed = row["kind"] not in ("sitemap", "section", "page")
        topics.setdefault(row["topic"], []).append(Subscription(row["name"], row["address"] or row["url"], is_feed))
    return opml("Sources", topics)


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
