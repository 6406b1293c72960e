"""``scrapy export``: stored articles as a file for other programs, however many there are."""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler import database
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.database import queries
from crawler.database.exports import Written
from crawler.database.queries import decoded
from crawler.output import formats
from crawler.output.targets import need_harmless
from crawler.output.terminal import safe_line
from crawler.output.whole_file import WriteError, writing
from crawler.search.filters import Filters
from crawler.search.names import in_none
from crawler.search.options import add_options, from_options
from crawler.search.parser import WrongQuery
from crawler.search.results import each_article

FORMS = ("jsonl", "json", "csv", "parquet")
EARLIER = ("number", "seen", "kind", "title", "text", "content_hash")  # what is told of an earlier text
STEP = 200  # articles from one sign of life to the next


class Command(NewsCommand):
    """Write articles one after the other; memory does not grow with their number."""

    def syntax(self) -> str:
        return "[WORDS] [options] [--format jsonl|json|csv|parquet] [-o FILE]"

    def short_desc(self) -> str:
        return "Write the stored articles to a file: JSON Lines, JSON, CSV or Parquet"

    def long_desc(self) -> str:
        return (
            "The articles that scrapy articles would find, all of them, copies included, newest first, with all their "
            "columns; with --revisions also every earlier text of theirs. "
            "FILE is there as a whole or not at all. Without -o they go to standard output (all but Parquet). What was "
            "written is remembered: scrapy prune says how many texts it would take that no export has."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_options(parser, limit=None, copies=True)
        more = "a column with each article's earlier texts, a JSON list"
        parser.add_argument("--revisions", action="store_true", help=more)
        parser.add_argument("--format", choices=FORMS, help="default: as FILE ends, else jsonl")
        parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        wanted = from_options(opts, args)
        output = None if opts.output in (None, "-") else Path(opts.output)
        form = opts.format or (output.suffix.removeprefix(".") if output else "jsonl")
        if form not in FORMS:
            raise WrongUsage(f"-o {output}: name the format: --format {', '.join(FORMS)}")
        if form == "parquet":
            if output is None:
                raise WrongUsage("--format parquet: name a file with -o FILE")
            _need_pyarrow()
        if output:
            need_harmless("-o", output, self.database)
        written = Written()
        try:
            with database.reading(self.database) as db:
                if said := in_none(db.conn, Filters(topic=wanted.topic, source=wanted.source)):  # misspelt?
                    print(safe_line(f"no article matches: {said}"), file=sys.stderr)
                types = dict(db.conn.execute("SELECT name, type FROM pragma_table_info('articles')").fetchall())
                if opts.revisions:
                    types["revisions"] = "TEXT"
                rows = _counted(_rows(db.conn, each_article(db.conn, wanted), opts.revisions, written))
                if output is None:
                    formats.write(form, rows, sys.stdout)
                    sys.stdout.flush()
                else:
                    with writing(output) as file:
                        _write(form, rows, types, file)
        except WrongQuery as error:
            raise WrongUsage(str(error)) from error
        except WriteError as error:
            return fail(1, error)
        self._remember(written)
        return 0

    def _remember(self, written: Written) -> None:
        try:
            with database.changing(self.database) as db:
                written.remember(db)
        except database.DatabaseError as error:
            print(f"scrapy: {error}; that these texts were exported is not remembered", file=sys.stderr)


def _rows(
    connection: sqlite3.Connection, articles: Iterable[sqlite3.Row], revisions: bool, written: Written
) -> Iterator[dict[str, Any]]:
    """The rows of ``articles``, with their earlier texts when ``revisions`` are wanted; notes what was written."""
    for article in articles:
        row = decoded(article)
        if revisions:
            texts = queries.revisions(connection, article["id"])
            earlier = [text for text in texts if text["number"] != article["revision"]]
            row["revisions"] = [{name: text[name] for name in EARLIER} for text in earlier]
            for text in earlier:
                written.add(article["id"], text["number"])
        yield row
        written.add(article["id"], article["revision"])


def _write(form: str, rows: Iterable[dict[str, Any]], types: dict[str, str], file: IO[bytes]) -> None:
    if form == "parquet":
        from crawler.output import parquet

        parquet.write(map(_without_lists_of_texts, rows), types, file)
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    formats.write(form, rows, text)
    text.flush()
    text.detach()


def _without_lists_of_texts(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"revisions": json.dumps(row["revisions"], ensure_ascii=False)} if "revisions" in row else row


def _need_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise WrongUsage(
            "--format parquet needs pyarrow: .venv/bin/pip install pyarrow (the extra parquet); or use jsonl or csv"
        ) from None


def _counted(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """``rows``, with a line on the terminal that counts them."""
    shown = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} articles"), TimeElapsedColumn()
    with Progress(*columns, console=shown, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("", total=None)
        number = 0
        for number, row in enumerate(rows, 1):
            yield row
            if number % STEP == 0:
                progress.update(task, completed=number)
    if sys.stderr.isatty():
        print(f"{number:,} articles", file=sys.stderr)
