"""``scrapy crawl TOPIC...``: a bounded run of each: visit what is due, store what is new, say what was done."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.utils.conf import arglist_to_dict, feed_process_params_from_cli
from scrapy.utils.reactor import install_reactor

from crawler import database, logs
from crawler.command import NewsCommand, WrongUsage, fail, no_topic
from crawler.database.data_migrations import Mover
from crawler.extensions.export import StoredArticles
from crawler.extensions.run_report import RunReport
from crawler.heap import keep_what_is_loaded
from crawler.output.targets import local_path, need_harmless
from crawler.seeds import SeedsError, Topic, read_topic, topic_paths
from crawler.sources import future
from crawler.sources.due import next_due, something_due
from crawler.sources.shards import Shard
from crawler.stopping import Process

logger = logging.getLogger(__name__)

ARGUMENTS = ("seeds", "now")
AT_FIRST, WITHOUT_A_RUN = 2, 60  # seconds for rows that a change of the schema left to be moved; the rest beside runs


Watched = tuple[Topic, list[Topic]]  # what to watch, and all topics that its pages are judged for


class Command(NewsCommand):
    """Runs the spiders of topics in this process, one after the other, under the database's lock."""

    crawls = True
    examples = (
        "scrapy crawl venezuela_russia",
        "scrapy crawl venezuela_russia lithium          both, one after the other",
        "scrapy crawl venezuela_russia -a now=1 -o new.jsonl",
        "scrapy crawl venezuela_russia --shard 2/3      the second of three machines (docs/scaling.md)",
    )

    def syntax(self) -> str:
        return "TOPIC... [--shard K/N] [-a seeds=FILE.toml] [-a now=1] [-s DATABASE=FILE.db] [-o FILE.jsonl]"

    def short_desc(self) -> str:
        return "Visit the sources of topics that are due and store the new articles (safe to run from cron)"

    def long_desc(self) -> str:
        return (
            "A bounded run of each topic: visits only what is due, then prints a summary. TOPIC is the name of a file "
            'in seeds/ ("scrapy list" shows them). Several are crawled one after the other, each within its own '
            "CRAWL_BUDGET. Exit code 0: the runs did their work, or nothing was due; 1: one could not; 2: wrong usage "
            "or a wrong seeds file; of several topics the highest."
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
            "--shard",
            metavar="K/N",
            help="of N machines with databases of their own this is the Kth: crawl its part of the sources",
        )
        parser.add_argument(
            "-o", "--output", action="append", metavar="FILE", help="append the stored articles to FILE"
        )
        parser.add_argument(
            "-O", "--overwrite-output", action="append", metavar="FILE", help="write them to a new FILE"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        now, seeds = self._arguments(opts)
        if opts.shard is not None:
            self.settings.set("SHARD", opts.shard, priority="cmdline")
        try:
            self._shard = Shard.read(self.settings["SHARD"])
        except ValueError as error:
            raise WrongUsage(f"--shard: {error}") from None
        watched = self._read(self._names(args, seeds), seeds)
        with database.only_crawl(self.database):
            database.need_sound(self.database)
            self._need_output(opts)
            due = self._due(watched, now)
            if first := next(due, None):
                self._crawl(first, due, now)
        return self._code

    def _read(self, names: list[str], seeds: Path | None) -> list[Watched]:
        """The topics of these names; of several, those that cannot be read are told and left out."""
        self._code = 0
        watched = []
        for name in names:
            try:
                topic, topics = load_topics(name, seeds, Path(self.settings["SEEDS_DIR"]))
                watched.append((self._shard.part(topic) if self._shard else topic, topics))
            except (WrongUsage, SeedsError) as error:
                if len(names) == 1:
                    raise
                self._code = fail(2, error)
        return watched

    def _due(self, watched: list[Watched], now: bool) -> Iterator[Watched]:
        """Those of the topics that have something due when their turn comes."""
        idle = True
        for topic, topics in watched:
            with closing(database.open_to_write(self.database)) as db:
                move_rows(Mover(db.conn), AT_FIRST)
                with database.transaction(db.conn):
                    future.correct(db.conn, topic)
                due = now or something_due(db.conn, topic)
                later = None if due else next_due(db.conn, topic.name)
            if due:
                idle = False
                yield topic, topics
            elif sys.stderr.isatty():
                print(f"{topic.name}: nothing is due before {later or 'the seeds change'}", file=sys.stderr)
        if idle:
            with closing(database.open_to_write(self.database)) as db:
                move_rows(Mover(db.conn), WITHOUT_A_RUN)

    def _need_output(self, opts: argparse.Namespace) -> None:
        """Tell Scrapy about -o and -O, unless they would write over the database."""
        if opts.output or opts.overwrite_output:
            feeds = feed_process_params_from_cli(self.settings, opts.output, overwrite_output=opts.overwrite_output)
            self.settings.set("FEEDS", feeds, priority="cmdline")
        for address in self.settings.getdict("FEEDS"):
            if path := local_path(str(address)):
                need_harmless("-o", path, self.database)

    def _crawl(self, first: Watched, others: Iterator[Watched], now: bool) -> None:
        """Run the spiders one after the other; the articles of all of them are exported together."""
        logs.configure(self.settings)
        install_reactor(self.settings["TWISTED_REACTOR"])
        process = Process(self.settings)
        crawlers: list[Crawler] = []
        together = not any("%(" in str(address) for address in self.settings.getdict("FEEDS"))  # one file for all

        def begin(watched: Watched) -> None:
            topic, topics = watched
            exporter = exporter_of(crawlers[0]) if crawlers and together else None
            if exporter:
                self.settings.set("FEEDS", {}, priority="cmdline")
            crawler = process.create_crawler(spider_class(process, topic.name))
            if exporter:
                crawler.signals.connect(exporter.item_scraped, signals.item_scraped)
            if not crawlers:
                crawler.signals.connect(keep_what_is_loaded, signals.engine_started)
            crawlers.append(crawler)
            process.crawl(crawler, topic=topic, topics=topics, now=now)

        def coming() -> Iterator[None]:
            try:
                for watched in others:
                    begin(watched)
                    yield
            except database.DatabaseError as error:
                self._code = max(self._code, fail(1, error))

        async def finish() -> None:
            for exporter in filter(None, map(exporter_of, crawlers)):
                try:
                    await exporter.finish()
                except (OSError, database.DatabaseError) as error:
                    logger.error("the articles could not be exported: %s", error)
                    self._code = max(self._code, 1)

        begin(first)
        process.coming, process.finish = coming(), finish
        process.start()
        reports = [crawler.get_extension(RunReport) if crawler.spider else None for crawler in crawlers]
        done = all(report and report.exit_code == 0 for report in reports) and not process.bootstrap_failed
        self._code = max(self._code, 0 if done else 1)

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

    def _names(self, args: list[str], seeds: Path | None) -> list[str]:
        names = list(dict.fromkeys(args))
        if not names:
            raise WrongUsage(f'name a topic, as in "scrapy {self.name} venezuela_russia": "scrapy list" shows them')
        if seeds and len(names) > 1:
            raise WrongUsage(f"-a seeds={seeds} is one topic, but {len(names)} are named: name one")
        return names


def move_rows(mover: Mover, seconds: float) -> None:
    """Move rows for so long at most; on a terminal a line shows how far it is."""
    if not sys.stderr.isatty():
        mover.move(seconds)
    elif line := mover.progress():
        with Status(line, console=Console(file=sys.stderr)) as status:
            mover.move(seconds, status.update)


def load_topics(name: str, seeds: Path | None, folder: Path) -> Watched:
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


def exporter_of(crawler: Crawler) -> StoredArticles | None:
    """What exports the articles of a crawl; None when nothing does."""
    return crawler.get_extension(StoredArticles) if crawler.engine else None


def spider_class(process: AsyncCrawlerProcess, name: str) -> Any:
    """The spider of a topic: written by hand if there is one of that name, else the one of every topic."""
    from crawler.spiders.topic import TopicSpider

    try:
        return process.spider_loader.load(name)
    except KeyError:
        return TopicSpider
