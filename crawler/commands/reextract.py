"""``scrapy reextract``: read what the archive has of articles again with today's rules."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import logs
from crawler.command import NewsCommand, WrongUsage
from crawler.commands.crawl import load_topics
from crawler.database import changing, only_reextract
from crawler.digest.wording import count
from crawler.output.diff import changed_words
from crawler.output.terminal import safe_line
from crawler.run import Run
from crawler.search import finding
from crawler.search.filters import Filters
from crawler.search.options import when
from crawler.seeds import Topic, topic_paths

if TYPE_CHECKING:
    from pipelines.reextract.change import Change, Progress
    from pipelines.reextract.selection import Selection

EVERY = 1.0  # seconds between two lines of progress
SHOWN = 20  # changes that --check tells one by one
WORDS = 8  # of a difference that are shown
SAID = {  # outcome -> what it says of so many
    "revised": "with another text or headline",
    "facts": "with other facts (dates, authors, language ...)",
    "matches": "with other matches",
    "stored": "new, from pages that had been turned away",
    "left": "no article of a topic any more",
    "refused": "turned away for another reason",
    "unchanged": "as before",
    "changed meanwhile": "changed by a crawl meanwhile",
    "lost": "not in the archive",
    "failed": "could not be read",
}


class Command(NewsCommand):
    """Reads archived pages again; resumes where it was stopped, and changes nothing the second time."""

    crawls = True
    examples = (
        "scrapy reextract --check 200                what better rules would change, on 200 pages; writes nothing",
        "scrapy reextract                            all that the archive has, for all topics",
        "scrapy reextract --topic lithium            a new topic, or new terms: what it has, and what names its terms",
        "scrapy reextract --source Quay --since 30d  pages of one source, fetched in the last 30 days",
        "scrapy reextract --ids 12 15                two articles",
        "scrapy reextract --matches                  only terms and scores, from the stored texts: needs no archive",
    )

    def syntax(self) -> str:
        return "[--topic T] [--source S] [--since D] [--ids ID...] [--matches] [--check N]"

    def short_desc(self) -> str:
        return "Read archived pages again with today's rules, terms and topics"

    def long_desc(self) -> str:
        return (
            "The raw pages in the archive are read again. A text that is read otherwise becomes the current one (a "
            "revision of kind extractor, which nobody is told as a change of the publisher's); dates, authors and "
            "matches follow; what would not be stored today leaves, and its address says why; a page that was turned "
            "away (ARCHIVE_PAGES=read keeps those) is stored if a topic wants it now. Nothing is fetched. It may run "
            "beside a crawl, and be stopped at any time: the same line goes on. --matches judges the stored texts by "
            "today's terms instead: what no topic's terms are in any more leaves, too."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", metavar="T", help="what this topic has, and what else names its terms")
        parser.add_argument("--source", metavar="S", help="only this source, by its name in the seeds file")
        parser.add_argument("--since", metavar="D", help="only what was fetched then or later: 7d (ago) or 2024-07-01")
        parser.add_argument("--ids", nargs="+", type=int, default=[], metavar="ID", help="only these articles")
        parser.add_argument("--matches", action="store_true", help="only terms, score, parts and role, from the texts")
        parser.add_argument("--check", type=int, metavar="N", help="say what would change in N of them; writes nothing")
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE alone")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f'"{args[0]}" means nothing here: name a topic with --topic, articles with --ids')
        if opts.check is not None and (opts.check < 1 or opts.matches):
            raise WrongUsage("--check needs a number of pages from 1 on, and goes without --matches")
        topics = self._topics(opts)
        logs.configure(self.settings)
        from pipelines.reextract.selection import Selection

        selection = Selection(opts.topic, opts.source, when(opts.since, "--since"), tuple(opts.ids))
        with changing(self.database) as db:
            known = db.execute("SELECT 1 FROM sources WHERE name = ? LIMIT 1", [opts.source]).fetchone()
            if opts.source and not known and finding.unknown(db.conn, Filters(source=opts.source)):
                raise WrongUsage(f'--source {opts.source}: there is no such source: "scrapy sources" lists them')
        with only_reextract(self.database):
            run = Run.begin(self.settings, topics[0], topics)
            with closing(run.db):
                return asyncio.run(self._work(run, selection, opts))

    def _topics(self, opts: argparse.Namespace) -> list[Topic]:
        """All topics to judge for, the one of --topic first."""
        folder = Path(self.settings["SEEDS_DIR"])
        if opts.seeds and not opts.seeds.startswith("seeds="):
            raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
        seeds = Path(opts.seeds.removeprefix("seeds=")) if opts.seeds else None
        names = [opts.topic or (seeds and seeds.stem), *sorted(topic_paths(folder) if folder.is_dir() else [])]
        return load_topics(next((str(name) for name in names if name), "TOPIC"), seeds, folder)[1]

    async def _work(self, run: Run, selection: Selection, opts: argparse.Namespace) -> int:
        from pipelines.reextract import Reextraction
        from pipelines.reextract.matches import Rematching

        tell = _teller()
        changes: list[Change] = []
        work = (Rematching if opts.matches else Reextraction)(run, selection, tell)
        try:
            if isinstance(work, Reextraction) and opts.check:
                changes = await work.check(opts.check)
            else:
                await work.all()
        finally:
            await run.pool.close()
            run.captures.close()
            if sys.stderr.isatty():
                print(file=sys.stderr)
        what = "articles" if opts.matches else "pages"
        verb = "would be " if opts.check else ""
        print(_summary(work.progress.counts, what, verb))
        _show(changes)
        return 0


def _teller() -> Callable[[Progress], None]:
    """Shows progress on a terminal, once a second."""
    began = told = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if not sys.stderr.isatty() or now - told < EVERY:
            return
        told = now
        rate = progress.done / (now - began)
        left = (progress.size - progress.done) / rate / 60
        said = f"{progress.done:,} of {progress.size:,}, {rate:,.0f} a second, {left:,.0f} min left"
        print(f"\r{said} \x1b[K", end="", file=sys.stderr)

    return tell


def _summary(counts: Counter[str], what: str, verb: str) -> str:
    said = [f"{counts[outcome]:,} {meaning}" for outcome, meaning in SAID.items() if counts[outcome]]
    return f"{counts.total():,} {what}: {', '.join(said)}" if said else f"no {what} to look at"


def _show(changes: Sequence[Change]) -> None:
    """Tell changes one by one, the gravest first."""
    told = [change for change in changes if change.outcome != "unchanged"]
    told.sort(key=lambda change: (list(SAID).index(change.outcome), change.again.claim.id))
    for change in told[:SHOWN]:
        number = change.again.claim.article_id
        print(f"\n{f'{number} ' if number else ''}{safe_line(change.again.claim.url)}")
        for line in _details(change):
            print(f"  {safe_line(line)}")
    if len(told) > SHOWN:
        print(f"\n... and {count(len(told) - SHOWN, 'other')}")


def _details(change: Change) -> Iterator[str]:
    if change.refused:
        yield f"{change.refused.state}: {change.refused.reason}"
    elif change.known is None:
        yield f"stored: {change.article and change.article.title}"
    for column in change.columns:
        before, after = (str(getattr(article, column)) for article in (change.known, change.article))
        if column == "text":
            yield f"text: {len(before.split()):,} words, now {len(after.split()):,}: {_difference(before, after)}"
        else:
            yield f"{column}: {_short(before)} -> {_short(after)}"
    if change.topics:
        yield f"matches: {', '.join(change.topics)}"


def _difference(before: str, after: str) -> str:
    """The first words that are taken out and put in."""
    pieces = [piece for piece in changed_words(before, after) if piece.kind]
    return " ".join(
        f"{'[-' if piece.kind == 'del' else '{+'}{_short(piece.text)}{'-]' if piece.kind == 'del' else '+}'}"
        for piece in pieces[:2]
    )


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:WORDS]) + (" ..." if len(words) > WORDS else "")
