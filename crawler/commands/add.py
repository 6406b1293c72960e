"""``scrapy add TOPIC URL...``: fetch single pages for a topic, now or with its next crawl."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from scrapy.utils.reactor import install_reactor

from crawler import database, logs
from crawler.command import NewsCommand, WrongUsage
from crawler.commands.crawl import load_topics, spider_class
from crawler.extensions.run_report import RunReport
from crawler.newtopic.wish import read_addresses
from crawler.output.terminal import safe_line
from crawler.seeds import Topic
from crawler.sources import added
from crawler.sources.added import State
from crawler.stopping import Process


class Command(NewsCommand):
    """A run for the given pages alone, with the manners and the rules of a crawl."""

    examples = (
        "scrapy add lithium https://example.com/2026/11/a-story     fetches it now",
        "scrapy add lithium --later < addresses.txt                 one address a line: the next crawl fetches them",
    )

    def syntax(self) -> str:
        return "TOPIC URL... [--later] [-a seeds=FILE.toml]"

    def short_desc(self) -> str:
        return "Fetch single articles for a topic, by their addresses"

    def long_desc(self) -> str:
        return (
            "Fetches each URL, once more if it is known, and tells what became of it: stored, or why not. A page is "
            "judged as in any crawl: by the terms of the topics, in the languages that they keep. Without a URL the "
            "addresses are read from standard input, one a line. While another run holds the database they are queued, "
            "as --later does: the next crawl of the topic fetches them first."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--later", action="store_true", help="only queue them for the next crawl of the topic")
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE alone")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if not args:
            raise WrongUsage(f"name a topic and the pages, as in: {self.examples[0].partition('  ')[0]}")
        name, *given = args
        if opts.seeds and not opts.seeds.startswith("seeds="):
            raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
        seeds = Path(opts.seeds.removeprefix("seeds=")) if opts.seeds else None
        topic, topics = load_topics(name, seeds, Path(self.settings["SEEDS_DIR"]))
        urls = read_addresses(given if given and given != ["-"] else _lines())
        if not urls:
            raise WrongUsage("no address: give the pages, or their addresses on standard input, one a line")
        if opts.later:
            return self._queue(topic, urls, "")
        try:
            with database.only_crawl(self.database):
                database.need_sound(self.database)
                code = self._fetch(topic, topics, urls)
        except database.Locked:
            return self._queue(topic, urls, "another run holds the database; ")
        with database.reading(self.database) as db:
            for url, state in added.became(db.conn, urls).items():
                print(safe_line(f"{url}: {_said(state)}"))
        return code

    def _queue(self, topic: Topic, urls: Sequence[str], why: str) -> int:
        with closing(database.open_to_write(self.database)) as db, database.transaction(db.conn):
            added.queue(db.conn, topic, urls)
        number = f"{len(urls)} page{'s' if len(urls) > 1 else ''}"
        print(f'{why}{number} queued: the next "scrapy crawl {topic.name}" fetches them', file=sys.stderr)
        return 0

    def _fetch(self, topic: Topic, topics: list[Topic], urls: Sequence[str]) -> int:
        logs.configure(self.settings)
        install_reactor(self.settings["TWISTED_REACTOR"])
        process = Process(self.settings)
        crawler = process.create_crawler(spider_class(process, topic.name))
        process.crawl(crawler, topic=topic, topics=topics, pages=urls)
        process.start()
        report = crawler.get_extension(RunReport) if crawler.spider else None
        return report.exit_code if report and not process.bootstrap_failed else 1


def _lines() -> list[str]:
    """The addresses on standard input; what begins with # is a remark."""
    if sys.stdin.isatty():
        print("one address a line, Ctrl-D after the last:", file=sys.stderr)
    return [line.strip() for line in sys.stdin if line.strip() and not line.lstrip().startswith("#")]


def _said(state: State) -> str:
    if state.article_id:
        return f"stored as article {state.article_id}: {state.title or '(no title)'}"
    later = "to be tried again by the next crawl" if state.state == "queued" else ""
    return ": ".join(filter(None, [state.state if not later else "not fetched", state.reason, later]))
