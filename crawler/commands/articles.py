"""``scrapy articles WORDS``: what is stored, newest first, or best first when there are words to look for."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler import clock, database, search
from crawler.command import NewsCommand, WrongUsage
from crawler.queries import Filters, Story, decoded, find_articles, find_stories
from crawler.seeds import duration

Row = dict[str, Any]
REPORT = (
    "id",
    "url",
    "source",
    "site",
    "language",
    "title",
    "published",
    "fetched",
    "agency",
    "duplicate_of",
    "duplicate_kind",
)


class Command(NewsCommand):
    """Search the database; rows go to standard output."""

    def syntax(self) -> str:
        return "[WORDS] [options]"

    def short_desc(self) -> str:
        return "Search the stored articles: newest first, or best first when there are WORDS"

    def long_desc(self) -> str:
        return (
            "Inflected forms are found and accents do not matter: sancion finds sanciones. Copies of an article are "
            "left out unless --all-copies asks for them. With --format json the keys are the database's columns."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", metavar="WORDS", help="every one of them must occur")
        parser.add_argument("--topic", help="only articles of this topic")
        parser.add_argument("--language", metavar="CODE", help="only this language (ISO 639-1, or und for unknown)")
        parser.add_argument("--source", metavar="NAME", help="only this source, by its name in the seeds file")
        parser.add_argument("--since", metavar="WHEN", help="published after: 7d, 12h or 2024-07-01")
        parser.add_argument("--until", metavar="WHEN", help="published before: 7d, 12h or 2024-07-01")
        parser.add_argument("--stories", action="store_true", help="by story: outlets, languages, who was first")
        parser.add_argument("--all-copies", action="store_true", help="show copies of the same article, too")
        parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most N articles (default: 20)")
        parser.add_argument("--format", choices=sorted(WRITERS), default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.limit < 1:
            raise WrongUsage(f"--limit {opts.limit}: give a number of 1 or more")
        filters = Filters(
            words=" ".join(opts.words),
            topic=opts.topic,
            language=opts.language,
            source=opts.source,
            since=when(opts.since, "--since"),
            until=when(opts.until, "--until"),
            copies=opts.all_copies,
            limit=opts.limit,
        )
        db = database.open_to_read(self.database)
        try:
            if opts.stories:
                return self._stories(find_stories(db.conn, filters), opts.format)
            rows = [decoded(row) for row in find_articles(db.conn, filters)]
        except search.WrongQuery as error:
            raise WrongUsage(str(error)) from error
        except sqlite3.Error as error:
            raise database.DatabaseError(database.explain(error, self.database)) from error
        if not rows and opts.format == "table":
            print("no article matches", file=sys.stderr)
        else:
            WRITERS[opts.format](rows, filters.words)
        return 0

    def _stories(self, stories: list[Story], form: str) -> int:
        if form in ("json", "jsonl"):
            everything = [_story(story) for story in stories]
            for thing in [everything] if form == "json" else everything:
                print(json.dumps(thing, ensure_ascii=False, indent=2 if form == "json" else None))
        elif form == "table":
            _story_lines(stories)
        else:
            raise WrongUsage(f"--stories --format {form}: use table, json or jsonl")
        return 0


def when(value: str | None, option: str) -> str | None:
    """The moment that ``7d`` (ago) or ``2024-07-01`` means, as the database writes it."""
    if value is None:
        return None
    if re.fullmatch(r"\d+\s*[a-z]+", value):
        try:
            ago: timedelta = duration(value)
        except ValueError:
            raise WrongUsage(f"{option} {value}: write it like 30m, 12h, 7d, 2w or 2024-07-01") from None
        return clock.text(clock.now() - ago)
    try:
        return value if len(value) == 10 and clock.moment(value) else clock.text(clock.moment(value))
    except ValueError:
        raise WrongUsage(f"{option} {value}: write it like 30m, 12h, 7d, 2w or 2024-07-01") from None


def _table(rows: Iterable[Row], words: str) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "published", "lang", "source"):
        table.add_column(heading, no_wrap=True)
    table.add_column("title" if not words else "title, and where it was found")
    for row in rows:
        title = Text(row["title"] or "(no title)", style="bold" if words else "")
        if words:
            title.append("\n")
            title.append_text(snippet(row["text"], words))
        table.add_row(str(row["id"]), _minute(row), row["language"], Text(row["source"] or ""), title)
    console.print(table)


def _story(story: Story) -> Row:
    """A story as JSON has it: its row, and its articles without their texts."""
    about = {**dict(story.row), "languages": json.loads(story.row["languages"] or "[]")}
    reports = [{column: row[column] for column in REPORT} for row in story.articles]
    return about | {"first_report": reports[0], "reports": reports}


def _story_lines(stories: list[Story]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    if not stories:
        print("no story matches", file=sys.stderr)
    for story in stories:
        row, first = story.row, story.articles[0]
        languages = ", ".join(json.loads(row["languages"] or "[]"))
        outlets = f"{row['outlets']} outlet{'s' if row['outlets'] != 1 else ''}"
        console.print(Text(f"story {row['id']}: {row['title'] or '(no title)'}", style="bold"))
        console.print(Text(f"  {outlets} in {languages}; first: {first['source']}, {_minute(first)}", style="dim"))
        for report in story.articles:
            kind = f", {report['duplicate_kind']} of {report['duplicate_of']}" if report["duplicate_of"] else ""
            console.print(
                Text(
                    f"  {report['id']:>5}  {_minute(report)}  {report['language']}  {report['source']}: "
                    f"{report['title'] or report['url']}{kind}"
                )
            )


def _minute(row: Any) -> str:
    return (row["published"] or row["fetched"])[:16].replace("T", " ")


def snippet(text: str, words: str, width: int = 160) -> Text:
    """The part of ``text`` around the first hit, with every hit highlighted."""
    wanted = {form for word in re.findall(r"[^\W_]+", words) for form in search.forms(word)}
    hits = [m.span() for m in re.finditer(r"[^\W_]+", text) if wanted.intersection(search.forms(m.group()))]
    start = max(0, hits[0][0] - width // 3) if hits else 0
    part = Text(("…" if start else "") + " ".join(text[start : start + width].split("\n")) + "…", style="dim")
    shift = start - (1 if start else 0)
    for begin, end in hits:
        if begin >= start and end <= start + width:
            part.stylize("bold not dim", begin - shift, end - shift)
    return part


def _json(rows: Iterable[Row], words: str) -> None:
    print(json.dumps(list(rows), ensure_ascii=False, indent=2))


def _jsonl(rows: Iterable[Row], words: str) -> None:
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))


def _csv(rows: list[Row], words: str) -> None:
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: object) -> object:
    """``value`` for a spreadsheet: lists joined, and an apostrophe before what it would run as a formula."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _md(rows: Iterable[Row], words: str) -> None:
    for line in _md_lines(rows):
        print(line)


def _md_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        title = re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join((row["title"] or row["url"]).split()))
        address = row["url"].replace("(", "%28").replace(")", "%29").replace(" ", "%20")
        yield f"- [{title}]({address}), {row['source']}, {(row['published'] or row['fetched'])[:10]}, {row['language']}"


WRITERS: dict[str, Callable[[list[Row], str], None]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "md": _md,
}
