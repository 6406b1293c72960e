"""``scrapy articles WORDS``: what is stored, newest first, or best first when there are words to look for."""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler import database, filters, formats, search
from crawler.command import NewsCommand, WrongUsage
from crawler.formats import WRITERS
from crawler.queries import Story, decoded, find_articles, find_stories

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
        filters.add_options(parser)
        parser.add_argument("--stories", action="store_true", help="by story: outlets, languages, who was first")
        parser.add_argument("--format", choices=("table", *WRITERS), default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        wanted = filters.from_options(opts, args)
        db = database.open_to_read(self.database)
        try:
            if opts.stories:
                return self._stories(find_stories(db.conn, wanted)[0], opts.format)
            rows = [decoded(row) for row in find_articles(db.conn, wanted)]
        except search.WrongQuery as error:
            raise WrongUsage(str(error)) from error
        except sqlite3.Error as error:
            raise database.DatabaseError(database.explain(error, self.database)) from error
        if not rows and opts.format == "table":
            print("no article matches", file=sys.stderr)
        elif opts.format == "table":
            _table(rows, wanted.words)
        else:
            formats.write(opts.format, rows, sys.stdout)
        return 0

    def _stories(self, stories: list[Story], form: str) -> int:
        if form in ("json", "jsonl"):
            everything = [_story(story) for story in stories]
            formats.write(form, everything, sys.stdout)
        elif form == "table":
            _story_lines(stories)
        else:
            raise WrongUsage(f"--stories --format {form}: use table, json or jsonl")
        return 0


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
