"""``scrapy terms TOPIC``: what each term brings, which words are none yet, what was missed by a hair."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sqlite3
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from crawler import captures, database
from crawler.command import NewsCommand, WrongUsage
from crawler.commands.crawl import load_topics
from crawler.output import formats
from crawler.output.terminal import console, safe_line
from crawler.seeds import Topic
from crawler.terms import Terms, parse_term
from crawler.tuning import report, trial
from crawler.tuning.misses import Miss
from crawler.tuning.report import Report
from crawler.tuning.trial import Trial
from crawler.warc.http_message import message

WIDTH = 120  # columns when standard output is no terminal
FORMATS = ("table", "json", "jsonl", "csv")
SAID = {  # what a trial found -> the heading of its list
    "gained": "articles stored for other topics that this topic would get",
    "subject": "articles that would be about it, no longer only mention it",
    "mention": "articles that would only mention it",
    "lost": "articles that it would lose",
    "title": "pages turned away that their title would have let in",
    "archived": "pages turned away that name the term somewhere (scrapy reextract would read them again)",
}


class Judged(NamedTuple):
    """What is asked of a topic."""

    name: str
    terms: Terms


class Command(NewsCommand):
    """Print the report on a topic's terms, or what a new term would change; rows go to standard output."""

    examples = (
        "scrapy terms lithium                              what each term brings, and what is missing",
        "scrapy terms lithium --try 'places: salta'        what one more term in the group places would change",
        "scrapy terms lithium --try 'places.weak: salta'   the same, where it counts only beside another term",
        "scrapy terms lithium --try 'lithium: -bipolar*'   what an exception would take away",
        "scrapy terms lithium --try brine                  what it would change in each of the groups",
        "scrapy terms lithium --format csv > terms.csv     everything, for a spreadsheet",
    )

    def syntax(self) -> str:
        return "TOPIC [--try '[GROUP:] TERM'] [options]"

    def short_desc(self) -> str:
        return "Show what each term of a topic brings, words that are no terms yet, and what was missed by a hair"

    def long_desc(self) -> str:
        return (
            "Terms: how often each one occurs, in how many articles, in how many of them it is the only term of its "
            "group (without it they would not be here), how many of its articles are about the topic, and when the "
            "newest was published; then those that nothing has. Copies do not count. A term with many articles, few "
            'of them about the topic, brings noise: make it a phrase, "weak", or give it an exception. Words: what '
            "articles about the topic have in title or first sentences far more often than those that only mention "
            "it, and than titles of irrelevant pages. Near misses: pages whose title or text lacked one group, with "
            "the word in their title that would have brought them, and articles that one point more would make "
            "subjects. --try tells what a term would change in what is stored, what is known by its title, and what "
            "the web archive has of pages that were turned away; nothing is written. Then edit the seeds file and run "
            '"scrapy reextract --topic TOPIC --matches".'
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("topic", nargs="*", metavar="TOPIC", help='name of a topic, as "scrapy list" shows it')
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE")
        parser.add_argument("--try", dest="term", metavar="[GROUP:] TERM", help="what one more term would change")
        parser.add_argument("--limit", type=int, default=15, metavar="N", help="at most N of each list (default: 15)")
        parser.add_argument(
            "--format", choices=FORMATS, default="table", metavar="FORM", help=f"{', '.join(FORMATS)} (default: table)"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(opts.topic) != 1 or args:
            raise WrongUsage('give one topic, as in "scrapy terms venezuela_russia"')
        if opts.limit < 1:
            raise WrongUsage(f"--limit {opts.limit}: give a number of 1 or more")
        if opts.seeds and not opts.seeds.startswith("seeds="):
            raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
        seeds = Path(opts.seeds.removeprefix("seeds=")) if opts.seeds else None
        topic, _ = load_topics(opts.topic[0], seeds, Path(self.settings["SEEDS_DIR"]))
        with database.reading(self.database) as db:
            if opts.term is not None:
                return self._try(db.conn, topic, opts)
            found = report.read(db.conn, topic.name, topic.terms, opts.limit)
        if opts.format == "table":
            _print(topic, found)
        else:
            formats.write(opts.format, found.rows(), sys.stdout)
        return 0

    def _try(self, connection: sqlite3.Connection, topic: Topic, opts: argparse.Namespace) -> int:
        try:
            wanted = trial.wishes(opts.term, topic.terms)
        except ValueError as error:
            raise WrongUsage(f'--try "{opts.term}" {error}') from None
        kept = captures.Captures(connection, captures.folder_of(self.settings))
        found = []
        for wish in wanted:
            find, names = _finders(wish.term)
            tried = trial.of_articles(connection, topic, wish, find, _judge(topic), opts.limit)
            trial.add_pages(connection, topic, tried, find, names, lambda page: _body(kept, page), opts.limit)
            found.append(tried)
        if opts.format != "table":
            formats.write(opts.format, trial.rows(found), sys.stdout)
            return 0
        for tried in found:
            _print_trial(tried)
        return 0


def _finders(written: str) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Whether a text may have a term, quickly, and whether it has it; an exception is looked for as a term."""
    from pipelines import spellings

    term = dataclasses.replace(parse_term(written), exception=False)
    finder = spellings.finder([term])
    alone = Terms({"term": [written.strip().removeprefix("-")]})

    def find(text: str) -> bool:
        return finder is None or finder(spellings.resolved(text.encode("utf-8", "replace")))

    return find, lambda text: find(text) and bool(alone.hits(text))


def _judge(topic: Topic) -> Callable[[sqlite3.Row, Terms], str | None]:
    """The role of an article for ``topic`` with other terms; None when it would not be kept for it."""
    from pipelines.relevance import given_groups, judge

    def role(row: sqlite3.Row, terms: Terms) -> str | None:
        given = given_groups([(topic.name, json.loads(row["terms"]))]) if row["terms"] else None
        judged = [Judged(topic.name, terms)]
        matches = judge(row["title"], row["text"], judged, lambda: row["language"], given).matches
        return matches[0].role if matches else None

    return role


def _body(kept: captures.Captures, page: int) -> bytes | None:
    """What the archive has of a page; None when it has nothing."""
    located = kept.last(page)
    record = kept.read(located) if located else None
    answer = message(record.block) if record else None
    return answer.unpacked() if answer else None


def _print_trial(tried: Trial) -> None:
    out = console(WIDTH)
    named = f"{tried.wish}: {tried.articles:,} stored articles and {tried.pages:,} pages that were turned away have it"
    out.print(Text(safe_line(named), "bold"))
    if not tried.counts:
        out.print("it would change nothing")
    for kind, said in SAID.items():
        if tried.counts[kind]:
            out.print(f"{tried.counts[kind]:,} {said}:")
        for change in tried.shown:
            if change.kind == kind:
                out.print(Text(safe_line(f"  {change.time[:10]}  {change.source}: {change.title or change.url}")))


def _print(topic: Topic, found: Report) -> None:
    out = console(WIDTH)
    counted = found.yields
    said = f"{topic.title}: {counted.articles:,} articles, {counted.subjects:,} of them about it"
    out.print(Text(safe_line(said), "bold"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("group", "term", "list"):
        table.add_column(heading, no_wrap=heading != "term")
    for heading in ("hits", "articles", "alone", "about it"):
        table.add_column(heading, justify="right")
    table.add_column("newest", no_wrap=True)
    living = [each for each in counted.terms if each.articles]
    for _, of_group in groupby(living, key=lambda each: each.group):
        for each in sorted(of_group, key=lambda each: -each.articles):
            numbers = (f"{each.hits:,}", f"{each.articles:,}", f"{each.alone:,}", f"{each.share or 0:.0%}")
            named = (Text(safe_line(each.group)), Text(safe_line(each.term)), "" if each.list == "any" else each.list)
            table.add_row(*named, *numbers, (each.last or "")[:10])
    if living:
        out.print(table)
    for group, terms in found.dead.items():
        out.print(Text(safe_line(f"no article has, of {group}: {', '.join(terms)}")))
    _print_words(found)
    _print_misses("Near misses: pages with the word that would have brought them", found.misses)
    if found.others:
        print(f"{found.others} more pages lack one group and have no such word in their title", file=sys.stderr)
    _print_misses("Articles that one point more would make subjects", found.mentions)


def _print_words(found: Report) -> None:
    if not found.candidates:
        return
    out = console(WIDTH)
    out.print(Text("\nWords of articles about it that are no terms yet", "bold"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("language", "word, as it is written"):
        table.add_column(heading)
    for heading in ("about it", "others"):
        table.add_column(heading, justify="right")
    for word in found.candidates:
        table.add_row(word.language, Text(safe_line(", ".join(word.forms))), str(word.subjects), str(word.others))
    out.print(table)


def _print_misses(heading: str, found: list[Miss]) -> None:
    if not found:
        return
    out = console(WIDTH)
    out.print(Text(f"\n{heading}", "bold"))
    for miss in found:
        word = f" [{miss.term}]" if miss.term else ""
        out.print(Text(safe_line(f"{miss.time[:10]}  {miss.source}: {miss.title}{word}")))
        out.print(Text(safe_line(f"            {miss.said}  {miss.url}").strip().rjust(0), "dim"))
