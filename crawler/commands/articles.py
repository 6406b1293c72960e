"""``scrapy articles WORDS``: what is stored, newest first, or best first when there are words to look for."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import database
from crawler.command import NewsCommand, WrongUsage
from crawler.database import queries
from crawler.output import atom, counts, formats
from crawler.output.terminal import console, safe_line
from crawler.search import finding, names
from crawler.search.counts import BY, PERIODS, Counts
from crawler.search.filters import Filters
from crawler.search.options import add_options, from_options
from crawler.search.parser import WrongQuery, parse
from crawler.search.results import find_stories
from crawler.search.snippets import Piece, marked, snippet
from crawler.search.stems import STEMMERS
from crawler.search.tree import Node, spans

Row = dict[str, Any]
WIDTH, SNIPPET = 140, 160  # columns of the table when it goes to no terminal; letters
AT_ONCE = 500  # articles that are read together


class Command(NewsCommand):
    """Search the database; rows go to standard output, what has to be said of them to standard error."""

    examples = (
        "scrapy articles --since 7d                               what is new, newest first",
        "scrapy articles sanciones petroleras                     both words in any form, best first",
        "scrapy articles '\"direct flight\" OR vuel*' --newest      a phrase or a beginning, newest first",
        "scrapy articles 'title:tanker NOT (oil OR gas)'          in headlines, without some words",
        "scrapy articles --language ru --source 'Outlet' --since 2024-07-01 --until 2024-08-01",
        "scrapy articles --stories --since 1d                     by story: who had it first, who copied it",
        "scrapy articles sanciones --count week --by language      how many, over time; --format csv for a spreadsheet",
        "scrapy articles putin --limit 1000 --format csv > putin.csv",
    )

    def syntax(self) -> str:
        return "[WORDS] [options]"

    def short_desc(self) -> str:
        return "Search the stored articles: newest first, or best first when there are WORDS"

    def long_desc(self) -> str:
        return (
            "Words are found in any of their forms, whatever the accents: sancion finds sanciones. That holds in "
            f"{', '.join(sorted(STEMMERS))}; in other languages words are found as they are written, in Chinese, "
            "Japanese and Thai any part of a run. All of them must "
            "occur. '\"direct flight\"' is a phrase, exactly so; venezuel* any ending; title:oil in headlines only; "
            "AND, OR, NOT (or -word) and parentheses combine them; put such a query in single quotes. "
            "Copies of an article are left out unless --all-copies asks for them; what only a copy says finds it, too. "
            "With --stories, stories whose articles all only mention the topic are left out unless --role mention asks "
            "for them. With --format json the keys are the columns of the database."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument("--newest", action="store_true", help="newest first, although there are WORDS")
        parser.add_argument("--by-score", action="store_true", help="what is most about its topic first")
        parser.add_argument("--stories", action="store_true", help="by story: outlets, languages, who was first")
        parser.add_argument("--count", choices=PERIODS, help="only how many a day, week (from Monday) or month")
        parser.add_argument("--by", choices=BY, help="with --count: of each language, source or topic")
        forms = ("table", *formats.WRITERS, "atom")
        parser.add_argument(
            "--format", choices=forms, default="table", metavar="FORM", help=f"{', '.join(forms)} (default: table)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options([arg for arg in args if arg.startswith("--")], opts)  # -word is a word to leave out

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.by and not opts.count:
            raise WrongUsage(f"--by {opts.by} divides counts: give --count {', '.join(PERIODS)}")
        if opts.count and opts.stories:
            raise WrongUsage("--count counts articles: leave --stories out")
        if opts.count and opts.format == "md":
            raise WrongUsage("--count writes no md: choose table, csv, json or jsonl")
        wanted = replace(from_options(opts, args), newest=opts.newest, by_score=opts.by_score)
        if opts.stories and not opts.role:  # as every list of stories
            wanted = replace(wanted, role="subject")
        elif opts.stories and opts.role == "mention":
            wanted = replace(wanted, role=None)
        if opts.stories and opts.format == "atom":
            raise WrongUsage("--stories --format atom: a feed has articles: scrapy digest --format atom has stories")
        with database.reading(self.database) as db:
            return self._show(db.conn, wanted, opts)

    def _show(self, connection: sqlite3.Connection, wanted: Filters, opts: argparse.Namespace) -> int:
        try:
            if opts.count:
                counted, note = Counts(connection, wanted, opts.count, opts.by), ""
                if opts.format != "table":
                    formats.write(opts.format, counts.rows(counted, opts.count, opts.by), sys.stdout)
                elif counted.total:
                    console(WIDTH).print(counts.table(counted, opts.count))
                found = counted.total.total()
            elif opts.stories:
                stories, note = find_stories(connection, wanted)
                _show_stories(stories, opts.format)
                found = len(stories)
            else:
                numbers, note = finding.find(connection, wanted)
                rows = _read(connection, numbers)
                if opts.format == "atom":
                    print(atom.feed(map(dict, rows), f"Search: {wanted.words or 'all articles'}"), end="")
                elif opts.format != "table":
                    formats.write(opts.format, map(queries.decoded, rows), sys.stdout)
                elif numbers:
                    words = parse(wanted.words) if wanted.words else None
                    console(WIDTH).print(_table(((row, queries.fuller(connection, row["id"])) for row in rows), words))
                found = len(numbers)
        except WrongQuery as error:
            raise WrongUsage(str(error)) from error
        if note:
            print(note, file=sys.stderr)
        if not found and opts.format == "table":
            what = ["no story matches" if opts.stories else "no article matches", names.in_none(connection, wanted)]
            print(safe_line(": ".join(filter(None, what))), file=sys.stderr)
        return 0


def _read(connection: sqlite3.Connection, numbers: list[int]) -> Iterator[sqlite3.Row]:
    for begin in range(0, len(numbers), AT_ONCE):
        yield from queries.read_articles(connection, numbers[begin : begin + AT_ONCE])


def _table(rows: Iterable[tuple[sqlite3.Row, sqlite3.Row | None]], wanted: Node | None) -> Table:
    """``rows`` are articles, each with the copy of it that has a fuller text, if there is one."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "published", "lang", "source"):
        table.add_column(heading, no_wrap=True)
    table.add_column("title, and where it was found" if wanted else "title")
    for row, fuller in rows:
        about = (str(row["id"]), _minute(row), row["language"], safe_line(row["source"] or ""))
        title = _title(row, wanted)
        if fuller:
            said = f"fuller text at {fuller['id']} ({fuller['source'] or fuller['site']})"
            title.append("\n").append(safe_line(said), "dim")
        table.add_row(*map(Text, about), title)
    return table


def _title(row: sqlite3.Row, wanted: Node | None) -> Text:
    title = row["title"] or "(no title)"
    if wanted is None:
        return Text(safe_line(title))
    hits = spans(wanted, title, row["language"], title=True)
    text = _highlighted(marked(title, hits), "bold", "bold reverse")
    where = snippet(row["text"], spans(wanted, row["text"], row["language"]), SNIPPET)
    return text.append("\n").append_text(_highlighted(where, "dim", "bold"))


def _highlighted(pieces: Iterable[Piece], style: str, of_hits: str) -> Text:
    text = Text()
    for piece in pieces:
        edges = [" " if piece.text[at].isspace() else "" for at in (0, -1)]
        text.append(edges[0])
        text.append(safe_line(piece.text), of_hits if piece.hit else style)
        text.append(edges[1] if piece.text.strip() else "")
    return text


def _show_stories(stories: list[queries.Story], form: str) -> None:
    if form in ("json", "jsonl"):
        formats.write(form, map(_story, stories), sys.stdout)
    elif form in ("csv", "md"):
        formats.write(form, map(_story_row, stories), sys.stdout)
    else:
        for story in stories:
            _print_story(story)


def _story(story: queries.Story) -> Row:
    """A story as JSON has it: its row, and its articles without their texts."""
    reports = [{column: row[column] for column in row.keys() if column != "text"} for row in story.articles]  # noqa: SIM118
    first = reports[story.articles.index(story.first)]
    return _about(story) | {"first_report": first, "reports": reports}


def _story_row(story: queries.Story) -> Row:
    """A story in one line: its row, and where its first report is."""
    first = {column: story.first[column] for column in ("source", "url", "published", "fetched", "language")}
    return _about(story) | first


def _about(story: queries.Story) -> Row:
    return {**dict(story.row), "languages": json.loads(story.row["languages"] or "[]"), "copies": story.copies}


def _print_story(story: queries.Story) -> None:
    out = console(WIDTH)
    row, first = story.row, story.first
    languages = ", ".join(json.loads(row["languages"] or "[]"))
    outlets = f"{row['outlets']} outlet{'s' if row['outlets'] != 1 else ''}"
    copies = f", {story.copies} of them copies" if story.copies else ""
    reports = f"{len(story.articles)} report{'s' if len(story.articles) != 1 else ''}{copies}"
    out.print(Text(f"story {row['id']}: {safe_line(row['title'] or '(no title)')}", style="bold"))
    about = f"{outlets} in {languages}; {reports}; first: {first['source']}, {_minute(first)}"
    out.print(Text(f"  {safe_line(about)}", style="dim"))
    for report in story.articles:
        kind = f", {report['duplicate_kind']} of {report['duplicate_of']}" if report["duplicate_of"] else ""
        said = safe_line(f"{report['source']}: {report['title'] or report['url']}{kind}")
        out.print(Text(f"  {report['id']:>5}  {_minute(report)}  {report['language']}  {said}"))


def _minute(row: sqlite3.Row) -> str:
    return str(row["published"] or row["fetched"])[:16].replace("T", " ")
