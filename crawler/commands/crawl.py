"""``scrapy crawl TOPIC``: one bounded run: visit what is due, store what is new, say what was done."""

from __future__ import annotations

import argparse
import logging
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.conf import arglist_to_dict, feed_process_params_from_cli
from scrapy.utils.reactor import install_reactor

from crawler import database, logs
from crawler.command import NewsCommand, WrongUsage, no_topic
from crawler.database.data_migrations import Mover
from crawler.extensions.run_report import RunReport
from crawler.heap import keep_what_is_loaded
from crawler.output.targets import local_path, need_harmless
from crawler.seeds import SeedsError, Topic, read_topic, topic_paths
from crawler.sources import future
from crawler.sources.due import next_due, something_due
from crawler.stopping import Process

logger = logging.getLogger(__name__)

ARGUMENTS = ("seeds", "now")
AT_FIRST, WITHOUT_A_RUN = 2, 60  # seconds for rows that a change of the schema left to be moved; the rest beside runs


class Command(NewsCommand):
    """Runs the spider of a topic in this process, under the database's lock."""

    def syntax(self) -> str:
        return "TOPIC [-a seeds=FILE.toml] [-a now=1] [-s DATABASE=FILE.db] [-o FILE.jsonl]"

    def short_desc(self) -> str:
        return "Visit the sources of a topic that are due and store the new articles (safe to run from cron)"

    def long_desc(self) -> str:
        return (
            "One bounded run: visits only what is due, then prints a summary. TOPIC is the name of a file in seeds/ "
            '("scrapy list" shows them). Exit code 0: the run did its work, or nothing was due; 1: it could not; '
            "2: wrong usage or a wrong seeds file."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="seeds=FILE.toml reads the topic from FILE alone; now=1 visits every source, due or not",
        )
        parser.add_argument(
            "-o", "--output", action="append", metavar="FILE", help="append the stored articles to FILE"
        )
        parser.add_argument(
            "-O", "--overwrite-output", action="append", metavar="FILE", help="write them to a new FILE"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        now, seeds = self._arguments(opts)
        topic, topics = load_topics(self._topic_name(args), seeds, Path(self.settings["SEEDS_DIR"]))
        with database.only_crawl(self.database):
            database.need_sound(self.database)
            with closing(database.open_to_write(self.database)) as db:
                move_rows(Mover(db.conn), AT_FIRST)
                with database.transaction(db.conn):
                    future.correct(db.conn, topic)
                due = now or something_due(db.conn, topic)
                later = None if due else next_due(db.conn, topic.name)
                if not due:
                    move_rows(Mover(db.conn), WITHOUT_A_RUN)
            if not due:
                if sys.stderr.isatty():
                    print(f"{topic.name}: nothing is due before {later or 'the seeds change'}", file=sys.stderr)
                return 0
            return self._crawl(topic, topics, now, opts)

    def _crawl(self, topic: Topic, topics: list[Topic], now: bool, opts: argparse.Namespace) -> int:
        if opts.output or opts.overwrite_output:
            feeds = feed_process_params_from_cli(self.settings, opts.output, overwrite_output=opts.overwrite_output)
            self.settings.set("FEEDS", feeds, priority="cmdline")
        for address in self.settings.getdict("FEEDS"):
            if path := local_path(str(address)):
                need_harmless("-o", path, self.database)
        logs.configure(self.settings)
        install_reactor(self.settings["TWISTED_REACTOR"])
        process = Process(self.settings)
        crawler = process.create_crawler(spider_class(process, topic.name))
        crawler.signals.connect(keep_what_is_loaded, signals.engine_started)
        process.crawl(crawler, topic=topic, topics=topics, now=now)
        process.start()
        report = crawler.get_extension(RunReport) if crawler.spider else None
        return report.exit_code if report and not process.bootstrap_failed else 1

    def _arguments(self, opts: argparse.Namespace) -> tuple[bool, Path | None]:
        try:
            given: dict[str, str] = arglist_to_dict(opts.spargs)
        except ValueError:
            raise WrongUsage("-a needs NAME=VALUE: now=1 or seeds=FILE.toml") from None
        if unknown := sorted(set(given) - set(ARGUMENTS)):
            raise WrongUsage(f"-a {unknown[0]}: there is no such argument: use seeds=FILE.toml or now=1")
        now = given.get("now", "0")
        if now.lower() not in ("0", "1", "true", "false", "yes", "no", ""):
            raise WrongUsage(f"-a now={now}: use now=1 to visit every source, or leave it out")
        return now.lower() in ("1", "true", "yes"), Path(given["seeds"]) if given.get("seeds") else None

    def _topic_name(self, args: list[str]) -> str:
        if len(args) != 1:
            raise WrongUsage(f'name one topic, as in "scrapy {self.name} venezuela_russia": "scrapy list" shows them')
        return args[0]


def move_rows(mover: Mover, seconds: float) -> None:
    """Move rows for so long at most; on a terminal a line shows how far it is."""
    if not sys.stderr.isatty():
        mover.move(seconds)
    elif line := mover.progress():
        with Status(line, console=Console(file=sys.stderr)) as status:
            mover.move(seconds, status.update)


def load_topics(name: str, seeds: Path | None, folder: Path) -> tuple[Topic, list[Topic]]:
    """The topic to watch and all topics that a page is judged for.

    From ``seeds`` alone when that is given, else from ``folder``, where a broken file of another topic is a warning.
    """
    if seeds:
        topic = read_topic(seeds, name)
        return topic, [topic]
    paths = topic_paths(folder)
    if name not in paths:
        raise no_topic(name, folder, paths)
    topic = read_topic(paths[name])
    topics = [topic]
    for other in sorted(set(paths) - {name}):
        try:
            topics.append(read_topic(paths[other]))
        except SeedsError as error:
            logger.warning("%s (pages are not judged for this topic)", error)
    return topic, topics


def spider_class(process: AsyncCrawlerProcess, name: str) -> Any:
    """The spider of a topic: written by hand if there is one of that name, else the one of every topic."""
    from crawler.spiders.topic import TopicSpider

    try:
        return process.spider_loader.load(name)
    except KeyError:
        return TopicSpider
