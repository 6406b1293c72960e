"""``scrapy translate``: headlines and first paragraphs of foreign articles, by the machine that TRANSLATE names."""

from __future__ import annotations

import argparse
import sqlite3
import sys

from crawler import database
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.gists import keeping
from crawler.gists.machine import Machine, NotTranslated, WrongTranslator, named
from crawler.reader import Reader
from crawler.search.options import when

IN_A_ROW = 3  # articles that may fail before the rest is left to the next time


class Command(NewsCommand):
    """Translate what has no translation yet; exit code 1 when the machine fails again and again."""

    examples = (
        "scrapy translate -s TRANSLATE=http://127.0.0.1:5000/translate            LibreTranslate's interface",
        'scrapy translate -s "TRANSLATE=argos-translate -f {source} -t {target}"  any program',
    )

    def syntax(self) -> str:
        return "[--topic T] [--since 7d] [--limit N]"

    def short_desc(self) -> str:
        return "Translate headlines and first paragraphs of foreign articles, once, by a machine of yours"

    def long_desc(self) -> str:
        return (
            "What READER_LANGUAGES has not is translated into its first language (English when it is not set) and kept "
            "in a table of its own, with the maker's name. Pages and digests show it beside the original, marked as "
            "machine-made; no search and no term ever looks at it. An article that changes is translated anew. "
            "TRANSLATE is an address with LibreTranslate's interface, or a program that reads a text and writes one."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", help="only articles of this topic")
        parser.add_argument("--since", default="7d", metavar="WHEN", help="7d (ago), 12h or 2024-07-01 (default: 7d)")
        parser.add_argument("--limit", type=int, default=200, metavar="N", help="at most N articles (default: 200)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: translate takes options only: see scrapy translate --help")
        if opts.limit < 1:
            raise WrongUsage(f"--limit {opts.limit}: give a number of 1 or more")
        since = when(opts.since, "--since")
        assert since
        if not self.settings["TRANSLATE"]:
            raise WrongUsage("TRANSLATE is not set: name a service or a program, as scrapy translate --help shows")
        try:
            machine = named(self.settings["TRANSLATE"])
        except WrongTranslator as error:
            raise WrongUsage(str(error)) from None
        languages = Reader.from_settings(self.settings).gists
        with database.only_translator(self.database), database.changing(self.database) as db:
            rows = keeping.wanted(db.conn, opts.topic, since, languages, opts.limit)
            return self._translate(db.conn, rows, machine, languages[0])

    def _translate(
        self, connection: sqlite3.Connection, rows: list[sqlite3.Row], machine: Machine, language: str
    ) -> int:
        done = failed = 0
        for row in rows:
            try:
                made = machine.translate(keeping.original(row), row["language"], language)
            except NotTranslated as error:
                failed += 1
                if failed == IN_A_ROW:
                    return fail(1, f"{error}: {done} of {len(rows)} translated, the rest is left to the next time")
                continue
            failed = 0
            keeping.keep(connection, row, language, made, machine.name)
            done += 1
        if sys.stderr.isatty():
            print(f"{done} of {len(rows)} articles translated", file=sys.stderr)
        return 0
