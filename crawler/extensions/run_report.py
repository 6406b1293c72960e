"""What a run did: its row in ``runs``, the summary for people, the exit code for schedulers."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from scrapy import signals

from crawler import clock, database
from crawler.logs import Surprises
from crawler.output.terminal import safe_line
from crawler.run import Run
from crawler.sources.findings import by_verdict, of_sources

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.topic import TopicSpider

logger = logging.getLogger(__name__)

WHY_NOT = {  # outcome -> its column in the summary
    "irrelevant": "off topic",
    "language": "language",
    "not_article": "no article",
    "gone": "gone",
    "blocked": "blocked",
    "failed": "failed",
    "queued": "later",
}


class RunReport:
    """Begin and end the row of this run; ``exit_code`` is 0 when it did its work, 1 when it could not."""

    def __init__(self, spider: TopicSpider, path: Path):
        self.spider = spider
        self.path = path
        self.surprises = Surprises()
        self._did_its_work = False  # until ``closed`` knows better: a second Ctrl-C leaves no time for it
        self._articles_before = 0
        self._is_first = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        Run.of(crawler)
        report = cls(crawler.spider, Path(crawler.settings["DATABASE"]))  # type: ignore[arg-type]
        crawler.signals.connect(report.opened, signals.spider_opened)
        crawler.signals.connect(report.closed, signals.spider_closed)
        return report

    @property
    def exit_code(self) -> int:
        return 0 if self._did_its_work and not self.surprises.count else 1

    def opened(self) -> None:
        self.started = clock.text(clock.now())
        connection = self.spider.db.conn
        self._articles_before = _articles(connection)
        earlier = "SELECT 1 FROM runs WHERE topic = ? AND finished IS NOT NULL LIMIT 1"
        self._is_first = connection.execute(earlier, (self.spider.topic.name,)).fetchone() is None
        if self._is_first:
            logger.info("%s", self._coming())
        self.run = connection.execute(
            "INSERT INTO runs (topic, started) VALUES (?, ?)", (self.spider.topic.name, self.started)
        ).lastrowid

    async def closed(self, reason: str) -> None:
        spider = self.spider
        await spider.settle_unreachable()
        counts = spider.frontier.counts
        did_its_work = self._judge(counts)
        total: Counter[str] = sum(counts.values(), Counter())
        told = {**total, **({"surprises": self.surprises.count} if self.surprises.count else {})}
        try:
            spider.db.conn.execute(
                "UPDATE runs SET finished = ?, reason = ?, counts = ? WHERE id = ?",
                (clock.text(clock.now()), reason, json.dumps(told), self.run),
            )
            self._print(counts, total)
            self._did_its_work = did_its_work
        except sqlite3.Error as error:
            logger.error("%s", database.explain(error, self.path))
        finally:
            spider.run.captures.close()
            spider.db.conn.close()

    def _judge(self, counts: dict[str, Counter[str]]) -> bool:
        """Whether the run did its work; says why when it did not."""
        spider = self.spider
        if broken := spider.frontier.commits.broken:
            logger.error("%s", database.explain(broken, self.path))
            return False
        if self.surprises.count:
            logger.error(
                "%d unexpected errors: the lines above name them, -L DEBUG shows where they came from",
                self.surprises.count,
            )
            return False
        total: Counter[str] = sum(counts.values(), Counter())
        if spider.unreachable and not spider.reached:
            logger.error(
                "none of %d sources could be reached: no network? Nothing was held against them."
                ' "make demo" shows a crawl that needs no network.',
                len({claim.source for claim, _ in spider.unreachable}),
            )
            return False
        answers = ("announced", "stored", "irrelevant", "language", "not_article", "gone")
        return not total["unanswered"] or any(total[outcome] for outcome in answers)

    def _print(self, counts: dict[str, Counter[str]], total: Counter[str]) -> None:
        width = None if sys.stderr.isatty() else 120
        console = Console(file=sys.stderr, width=width, highlight=False, markup=False, emoji=False)
        shown = [state for state in WHY_NOT if total[state]]
        table = Table(title=f"{self.spider.topic.title or self.spider.topic.name}: this run", title_justify="left")
        table.add_column("source", overflow="ellipsis", no_wrap=True)
        for heading in ("found", "fetched", "stored", *(WHY_NOT[state] for state in shown), "old"):
            table.add_column(heading, justify="right")
        table.add_column("note", overflow="fold")
        notes = {
            row["name"]: row["reason"]
            for row in self.spider.db.conn.execute(
                "SELECT name, reason FROM sources WHERE topic = ? AND state IN ('failing', 'blocked', 'silent')",
                (self.spider.topic.name,),
            )
        }
        notes |= {claim.source: ended.reason for claim, ended in self.spider.unreachable}
        for source in sorted(set(counts) | set(notes)):
            table.add_row(*_row(source, counts.get(source, Counter()), shown), safe_line(notes.get(source) or ""))
        table.add_section()
        table.add_row(*_row("all", total, shown), "")
        if self.spider.reached or not self.spider.unreachable:  # else the log has said it all
            console.print(table)
        for line in (*self._warnings(), *self._first_sight()):
            console.print(safe_line(line), soft_wrap=True)
        articles = _articles(self.spider.db.conn)
        console.print(f"{articles} articles ({articles - self._articles_before} new) in {self.path}", soft_wrap=True)

    def _coming(self) -> str:
        """What a first run is going to do, and how long that may take."""
        settings = self.spider.crawler.settings
        sources = [source for source in self.spider.topic.sources if source.enabled]
        hosts = {urlsplit(source.url).hostname for source in sources}
        delay, budget = settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("CRAWL_BUDGET") / 60
        return (
            f"first run: {len(sources)} sources at {len(hosts)} hosts, each host asked every {delay:g} s or slower"
            f" where it wants that; it ends after {budget:g} minutes at most, and the next run does the rest"
        )

    def _first_sight(self) -> Iterator[str]:
        """After a first run: which sources work, and what to do about those that do not."""
        found = of_sources(self.spider.db.conn, self.spider.topic.name)
        if self._is_first and any(said != "works" for said, _ in found):
            yield from by_verdict(found)
            yield f"scrapy sources --check {self.spider.topic.name} looks at all of them once more"

    def _warnings(self) -> Iterator[str]:
        """What someone should know: silence everywhere, sources that cut their lists, hosts with more to ask for."""
        topic, connection = self.spider.topic, self.spider.db.conn
        followed = (
            "SELECT count(*), coalesce(sum(state = 'silent'), 0) FROM sources WHERE topic = ? AND state <> 'disabled'"
        )
        sources, silent = connection.execute(followed, (topic.name,)).fetchone()
        if sources and sources == silent:
            yield (
                f"Every source is silent ({sources} of {sources}): either nothing happens in the world, or nothing"
                " reaches us. Look at one of them with a browser."
            )
        remarks = "SELECT name, reason FROM sources WHERE topic = ? AND state = 'ok' AND reason IS NOT NULL"
        for row in connection.execute(remarks, (topic.name,)):
            yield f"{row['name']}: {row['reason']}"
        for source in sorted(self.spider.frontier.overflowing):
            most = f"{self.spider.frontier.most_found:,}"
            yield (
                f"{source}: its sitemaps announce more than the {most} new addresses that a run takes (SOURCE_BUDGET);"
                " the rest is for the next"
            )
        for source in self.spider.frontier.shares.full():
            yield f"{source} has stored all that it may in one run (SOURCE_BUDGET_BYTES); the rest is for the next"
        for host in self.spider.frontier.turns.all_used_up():
            yield f"{host} has had all the requests that it gets in one run (HOST_BUDGET); the rest is for the next"


def _row(name: str, counts: Counter[str], shown: list[str]) -> list[str]:
    fetched = counts["stored"] + sum(counts[state] for state in WHY_NOT)
    numbers = (counts["found"], fetched, counts["stored"], *(counts[state] for state in shown), counts["old"])
    return [safe_line(name), *(str(number) if number else "" for number in numbers)]


def _articles(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM articles").fetchone()[0]
