"""``scrapy mcp``: the database as tools for an assistant."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from crawler import database, logs
from crawler.command import NewsCommand, WrongUsage

MISSING = "needs the package mcp: .venv/bin/pip install 'mcp>=2.3,<3', or the extra newscrawler[mcp]"


class Command(NewsCommand):
    """Answer an assistant over standard input and output until it leaves; exit code 0 then."""

    examples = (
        "sh -c 'cd /srv/news && exec .venv/bin/scrapy mcp'     what an assistant has to start",
        "scrapy mcp --sql                                      with a tool that takes SQL (one SELECT, bounded)",
    )

    def syntax(self) -> str:
        return "[--sql]"

    def short_desc(self) -> str:
        return "Tools for an assistant that speaks MCP: search, story, article, sources, why, counts"

    def long_desc(self) -> str:
        return (
            "An assistant starts this command and speaks to it over standard input and output (Model Context "
            "Protocol). It only reads. Answers are bounded in rows, bytes and seconds; what publishers wrote is "
            "marked as quoted. While scrapy browse runs, the same tools are at /mcp of its address. docs/sharing.md"
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--sql", action="store_true", help="offer a tool that takes SQL, too")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: mcp takes options only: see scrapy mcp --help")
        if find_spec("mcp") is None:
            raise WrongUsage(f"scrapy mcp {MISSING}")
        database.open_to_read(self.database).close()  # says what is wrong with it before anybody asks
        logs.configure(self.settings)
        from crawler.assistants import tools  # takes a second to load

        tools.make(self.database, opts.sql).run("stdio")
        return 0
