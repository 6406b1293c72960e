"""``scrapy addsource TOPIC URL...``: find the feeds of some sites and put them into the seeds file of a topic."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crawler import clock, database
from crawler.command import NewsCommand, WrongUsage, fail, no_topic
from crawler.database import queries
from crawler.newtopic import headlines
from crawler.newtopic.looking import STOPPED, Wanted, look, once_each, read_list
from crawler.newtopic.survey import Finding
from crawler.newtopic.wish import read_addresses
from crawler.newtopic.writer import source_block, source_names, told, told_in_a_line
from crawler.output.whole_file import WriteError
from crawler.seeds import Topic, editing, read_topic, topic_paths
from crawler.seeds.strict_toml import shown
from crawler.urls import page_key


class Command(NewsCommand):
    """Adds text to a seeds file; what its author wrote stays as it is."""

    examples = (
        "scrapy addsource lithium https://example.com/                     finds the feed of a site and adds it",
        "scrapy addsource lithium https://example.com/feed/ --name Post    under a name of your choice",
        "scrapy addsource lithium --opml subscriptions.opml                all that a feed reader is subscribed to",
        "scrapy addsource lithium https://example.com/ --dry-run           only shows what it would add",
    )

    def syntax(self) -> str:
        return "TOPIC URL... [--opml FILE|URL] [--name NAME] [--dry-run]"

    def short_desc(self) -> str:
        return "Find the feeds of the given sites and add them to a topic"

    def long_desc(self) -> str:
        return (
            "Looks at each URL (a home page, a feed, a sitemap or a section), finds the feeds of home pages as a crawl "
            "does, shows what it adds and puts it behind the last [[sources]] of seeds/TOPIC.toml; all else there "
            "stays as it is. What the topic has already, and what has nothing to watch, is left out. When the file is "
            "written so that this cannot be done, the lines to paste are printed. Exit code 0: they are added, or "
            "were there; 1: no address gave anything; 2: wrong usage, or nothing was written."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--opml", metavar="FILE|URL", help="add what this list of subscriptions names, too")
        parser.add_argument("--name", metavar="NAME", help="what reports call it (default: what the site calls itself)")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be added")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if not args or not (args[1:] or opts.opml):
            raise WrongUsage(f"name a topic and the addresses to add, as in: {self.examples[0].partition('  ')[0]}")
        name, *given = args
        folder = Path(self.settings["SEEDS_DIR"])
        paths = topic_paths(folder)
        if name not in paths:
            raise no_topic(name, folder, paths, 'begin it with "scrapy newtopic"')
        topic = read_topic(paths[name])
        addresses = read_addresses(given)
        if opts.name is not None and (len(addresses) != 1 or opts.opml or not opts.name.strip()):
            raise WrongUsage("--name names one source: give one address with it")
        wanted = read_list(opts.opml) if opts.opml else Wanted(())
        wanted = replace(wanted, addresses=list(dict.fromkeys([*addresses, *wanted.addresses])))
        say = told_in_a_line if opts.opml else told
        answers = look(self.settings, wanted, lambda finding: print(say(finding), flush=True))
        if answers is None:
            return fail(1, STOPPED)
        if opts.name:
            answers = [replace(answers[0], name=opts.name)]
        findings, twins = once_each(answers)
        for twin in twins:
            print(f"{twin.given} is left out: it leads to {twin.address}, too")
        return self._add(topic, findings, opts.dry_run)

    def _add(self, topic: Topic, findings: Sequence[Finding], dry_run: bool) -> int:
        known = self._known(topic)
        new: list[Finding] = []
        for finding in findings:
            if there := known.get(page_key(finding.address)) or known.get(page_key(finding.given)):
                print(f"{finding.given} is left out: it is there as {there}")
            elif finding.kind or not finding.looked:
                new.append(finding)
        if not new:
            return 0 if any(finding.kind for finding in findings) else 1
        for line in headlines.said(topic.terms, [i.title for finding in new for i in finding.found if i.title]):
            print(line)
        names = source_names(new, [source.name for source in topic.sources])
        blocks = [source_block(name, finding, clock.now().date()) for name, finding in zip(names, new, strict=True)]
        print("", *blocks, sep="\n", end="")
        if dry_run:
            return 0
        try:
            editing.save(topic.path, editing.added(editing.read(topic.path), blocks))
        except editing.CannotEdit as error:
            return fail(2, f"{shown(topic.path)}: {error}: paste the lines above yourself")
        except WriteError as error:
            return fail(2, error)
        number = f"{len(new)} source{'s' if len(new) > 1 else ''}"
        print(f"\nadded {number} to {shown(topic.path)}; the next crawl visits what is new", file=sys.stderr)
        return 0

    def _known(self, topic: Topic) -> Mapping[str, str]:
        """page_key -> name of the sources that the topic has: their addresses in the file, and where a crawl led."""
        known = {page_key(source.url): source.name for source in topic.sources}
        if self.database.exists():
            with database.reading(self.database) as db:
                rows = queries.sources(db.conn, topic.name)
            names = {source.url: source.name for source in topic.sources}
            known |= {
                page_key(row["address"]): names[row["url"]] for row in rows if row["address"] and row["url"] in names
            }
        return known
