"""``scrapy desk``: stars, notes, tags and saved searches of a reader, kept beside the database."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler import database
from crawler.command import NewsCommand, WrongUsage, meant
from crawler.database import queries
from crawler.desk import MUTED, SAVED, Desk, Mark, NoSuchSearch, Saved, address_of, muted, news, place_of
from crawler.output import formats
from crawler.output.terminal import console, safe_line
from crawler.search import finding
from crawler.search.options import add_options, from_options
from crawler.search.parser import WrongQuery, parse

ACTIONS = (
    *("list", "star", "unstar", "read", "unread", "note", "tag", "untag"),
    *("mute", "unmute", "save", "search", "forget"),
)
FORMS = ("table", "json", "jsonl", "csv")
MARKS = {
    "star": "star",
    "unstar": "star",
    "read": "read",
    "unread": "read",
    "note": "note",
    "tag": "tag",
    "untag": "tag",
}


class Command(NewsCommand):
    """Lists what is on the desk, puts something on it, or runs a saved search."""

    examples = (
        "scrapy desk                                        what is marked, and what is new in saved searches",
        "scrapy desk star 12 https://example.com/a          also unstar, read and unread",
        "scrapy desk note 12 'ask the ministry'             no text takes the note away; tag and untag likewise",
        "scrapy desk mute story 12                          or source 'The Quay', or words 'lotter*'; also unmute",
        "scrapy desk save oil 'petróleo OR oil' --language es     a search with a name",
        "scrapy desk search oil                             what it finds; the next list counts from here what is new",
        "scrapy desk list --format csv > desk.csv           all marks, for a spreadsheet",
    )

    def syntax(self) -> str:
        return "[list | star|read|note|tag ID|URL... | mute KIND WHAT | save NAME WORDS | search|forget NAME] [options]"

    def short_desc(self) -> str:
        return "Keep stars, notes, tags and searches beside the database"

    def long_desc(self) -> str:
        return (
            "What readers add to articles is kept in desk.db in the database's folder, by the articles' canonical "
            "addresses: it outlives re-extraction, pruning and merges, and the database itself is never changed. A "
            "saved search takes the options of scrapy articles; scrapy digest --search NAME tells what is new in it. "
            "scrapy browse --writable shows the desk, and stars and notes on each article."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument("--format", choices=FORMS, default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        action, *words = [*opts.words, *args] or ["list"]
        if action not in ACTIONS:
            raise WrongUsage(f'"{action}": {meant(action, ACTIONS)}desk can {", ".join(ACTIONS)}')
        self.desk = Desk(place_of(self.database))
        with database.reading(self.database) as db:
            if action in MARKS:
                self._mark(db.conn, action, words)
            elif action in ("mute", "unmute"):
                self._mute(db.conn, action, words)
            elif action == "save":
                opts.words = words[1:]
                self._save(words, opts)
            elif action == "search":
                self._search(db.conn, words, opts)
            elif action == "forget":
                self.desk.forget(self._named(words).name)
            elif opts.format != "table":
                formats.write(opts.format, map(asdict, self.desk.marks()), sys.stdout)
            else:
                self._list(db.conn)
        return 0

    def _mark(self, connection: sqlite3.Connection, action: str, words: Sequence[str]) -> None:
        kind = action.removeprefix("un")
        if not words or (kind == "tag" and len(words) < 2):
            raise WrongUsage(f'name an article, as in "scrapy desk {action} 12{" ministry" if kind == "tag" else ""}"')
        value = " ".join(words[1:]).strip() if kind in ("note", "tag") else ""
        for word in words[:1] if kind in ("note", "tag") else words:
            article = queries.article(connection, word)
            if article is None and not self.desk.marks(word):
                raise WrongUsage(f"{word}: there is no such article: give its number or its address")
            if action.startswith("un") or (kind == "note" and not value):
                self.desk.unmark(address_of(article) if article else word, kind, value or None)
            elif article is None:
                raise WrongUsage(f"{word}: the article is no longer stored: its marks can only be taken off")
            else:
                self.desk.mark(article, kind, value)

    def _mute(self, connection: sqlite3.Connection, action: str, words: Sequence[str]) -> None:
        kind, *values = words or [""]
        if kind not in MUTED or not values:
            raise WrongUsage(f"say what: scrapy desk {action} story 12, source 'The Quay' or words 'lotter*'")
        for value in values:
            article = queries.article(connection, value) if kind == "story" else None
            if action == "unmute":
                if not self.desk.unmute(kind, address_of(article) if article else value):
                    raise WrongUsage(safe_line(f'the {kind} "{value}" is not muted: scrapy desk lists what is'))
                continue
            if kind == "story" and article is None:
                raise WrongUsage(f"{value}: there is no such article: give the number or address of one of the story")
            if kind == "source" and not muted.is_source(connection, value):
                names = muted.source_names(connection)
                raise WrongUsage(
                    safe_line(f'there is no source "{value}": {meant(value, names)}scrapy sources has them')
                )
            try:
                self.desk.mute(kind, address_of(article) if article else value, article["title"] if article else None)
            except ValueError as error:
                raise WrongUsage(safe_line(f'"{value}" {error}')) from None

    def _save(self, words: Sequence[str], opts: argparse.Namespace) -> None:
        if not words or not words[0].isprintable():
            raise WrongUsage('name the search, as in "scrapy desk save oil petróleo --language es"')
        wanted = from_options(opts)
        try:
            parse(wanted.words or "x")
        except WrongQuery as error:
            raise WrongUsage(str(error)) from None
        if not any(getattr(wanted, key) for key in SAVED):
            raise WrongUsage("there is nothing to search for: give words or options, as scrapy articles takes them")
        self.desk.save(words[0].strip(), wanted)

    def _named(self, words: Sequence[str]) -> Saved:
        return named(self.desk, " ".join(words))

    def _search(self, connection: sqlite3.Connection, words: Sequence[str], opts: argparse.Namespace) -> None:
        saved = self._named(words)
        numbers = finding.find(connection, replace(saved.filters, newest=True, limit=opts.limit)).numbers
        rows = queries.read_articles(connection, numbers)
        if opts.format != "table":
            formats.write(opts.format, map(queries.decoded, rows), sys.stdout)
        else:
            console(140).print(_table(("id", "published", "lang", "source", "title"), map(_line, rows)))
        self.desk.looked_at(saved.name)

    def _list(self, connection: sqlite3.Connection) -> None:
        marks, searches, mutes = self.desk.marks(), self.desk.searches(), self.desk.mutes()
        if marks:
            console(140).print(_table(("mark", "what", "since", "source", "article"), map(_marked, marks)))
        if searches:
            lines = [(saved.name, str(news.count_new(connection, saved) or ""), said(saved)) for saved in searches]
            console(140).print(_table(("search", "new", "asks for"), lines))
        if mutes:
            hidden = [
                ("muted", mute.kind, f"{mute.title or ''} {mute.value}".strip(), mute.made[:10]) for mute in mutes
            ]
            console(140).print(_table(("", "kind", "what", "since"), hidden))
        if not (marks or searches or mutes):
            print("nothing is on the desk: scrapy desk --help shows how to put something there", file=sys.stderr)


def named(desk: Desk, name: str) -> Saved:
    """The saved search of that name; WrongUsage with what there is when there is none."""
    try:
        return desk.named(name)
    except NoSuchSearch as error:
        raise WrongUsage(safe_line(str(error))) from None


def said(saved: Saved) -> str:
    """What a search asks for, as options."""
    asked = {key: getattr(saved.filters, key) for key in SAVED}
    return " ".join(value if key == "words" else f"{key}={value}" for key, value in asked.items() if value)


def _table(headings: Sequence[str], lines: Any) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*(Text(safe_line(cell)) for cell in line))
    return table


def _marked(mark: Mark) -> tuple[str, ...]:
    return mark.kind, mark.value, mark.made[:10], mark.source or "", f"{mark.title or ''} {mark.url}"


def _line(row: sqlite3.Row) -> tuple[str, ...]:
    when = str(row["published"] or row["fetched"])[:16].replace("T", " ")
    return str(row["id"]), when, row["language"], row["source"] or "", row["title"] or "(no title)"
