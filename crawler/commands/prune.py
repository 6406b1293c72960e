"""``scrapy prune``: take out what is too old, or what somebody wants removed, and give its space back."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections import Counter
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import sqlite_utils

from crawler import clock, database
from crawler.captures import folder_of
from crawler.captures.removal import drop_empty
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.database import queries, space
from crawler.digest.wording import count
from crawler.output.terminal import safe_line
from crawler.search import finding, names
from crawler.search.options import when
from crawler.urls import clean_url, same_site, site_of

LISTED = 5  # articles that are named before they go


class Command(NewsCommand):
    """Retention and removal: what leaves is not fetched again."""

    examples = (
        "scrapy prune --older-than 2y --dry-run          how much is older than two years",
        "scrapy prune --older-than 2y                    take it out; safe beside a crawl",
        "scrapy prune --vacuum                           make the file as small as its content",
        "scrapy prune --url https://example.com/story    a person wants an article removed",
        "scrapy prune --site example.com --yes           a publisher wants all of a site removed",
    )

    def syntax(self) -> str:
        return "--older-than 2y [--topic T] | --url URL | --site HOST  [--dry-run] [--yes] [--vacuum]"

    def short_desc(self) -> str:
        return "Take out what is too old, or what somebody wants removed; it is not fetched again"

    def long_desc(self) -> str:
        return (
            "--older-than: an article is as old as its publication, or as its first fetch when that is unknown. It "
            "goes with its matches and revisions; its address is remembered. The space is used for new articles, "
            "--vacuum gives it back to the disk. --url and --site remove articles on request, with all that was made "
            "of them: their addresses are never asked for again, and no trace of their text stays in the file. That "
            "waits for a running crawl. Both this and --vacuum need as much free disk as the database has."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--older-than", metavar="AGE", help="90d, 8w, 2y, or a date: what appeared before it goes")
        parser.add_argument("--topic", metavar="T", help="only what belongs to this topic alone")
        parser.add_argument(
            "--url", action="append", default=[], metavar="URL", help="remove the article at this address for good"
        )
        parser.add_argument(
            "--site", action="append", default=[], metavar="HOST", help="remove all of a site, and stay away from it"
        )
        parser.add_argument("--yes", action="store_true", help="remove without asking")
        parser.add_argument("--dry-run", action="store_true", help="only say how much would go")
        parser.add_argument("--vacuum", action="store_true", help="then give the space back to the disk")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: prune takes options only: see scrapy prune --help")
        before = self._before(opts.older_than)
        wanted = self._wanted(opts)
        if wanted and (before or opts.topic):
            raise WrongUsage("--url and --site remove what they name, whatever its age or topic: leave the other out")
        if not (before or wanted) and (opts.dry_run or not opts.vacuum):
            raise WrongUsage("say what is too old with --older-than: 90d, 8w, 2y or a date; or name a --url or --site")
        try:
            with database.changing(self.database) as db:
                if wanted:
                    return self._remove(db, wanted, opts)
                if before:
                    self._prune(db, before, opts)
                if opts.vacuum and not opts.dry_run:
                    with self._after_the_crawl():
                        print(space.vacuum(db, self.database, folder_of(self.settings)))
        except KeyboardInterrupt:
            return fail(1, "stopped: what was taken out is gone, the rest is left for the next time")
        return 0

    def _before(self, wanted: str | None) -> str | None:
        before = when(wanted, "--older-than")
        if before and clock.moment(before) > clock.now() - timedelta(days=1):
            raise WrongUsage(f"--older-than {wanted}: give one day or more: 90d, 8w, 2y (m is minutes) or a date")
        return before

    def _wanted(self, opts: argparse.Namespace) -> dict[str, bool]:
        """What is to be removed: an address, or a host as sites are called -> whether it is a site."""
        wanted = {}
        for url in opts.url:
            if clean_url(url) is None:
                raise WrongUsage(f"--url {url}: is no web address: give one that begins with http:// or https://")
            wanted[url] = False
        for given in opts.site:
            url = given if "://" in given else f"https://{given}/"
            host = site_of(url) if clean_url(url) else ""
            if "." not in host or not same_site(url, url):
                raise WrongUsage(f"--site {given}: is no site: give its host, as in --site example.com")
            wanted[host] = True
        return wanted

    def _prune(self, db: sqlite_utils.Database, before: str, opts: argparse.Namespace) -> None:
        from pipelines.archive import Archive
        from pipelines.archive.retention import Place, Retention

        retention = Retention(Archive(db), before, opts.topic)
        if opts.topic and not finding.has_topic(db.conn, opts.topic):
            there = names.likely(db.conn, "topic", opts.topic) + '"scrapy list" shows the topics of today'
            raise WrongUsage(f"--topic {opts.topic}: nothing in {self.database} belongs to it: {there}")
        gone: Counter[str] = Counter()
        if opts.dry_run:
            gone = retention.counts()
        else:
            place: Place | None = Place()
            while place:
                place = space.step(db, partial(retention.prune_articles, place, gone))
                if sys.stderr.isatty():
                    print(f"\r{count(gone['articles'], 'article')}", end="", file=sys.stderr)
            while space.step(db, partial(retention.prune_history, gone)):
                pass
            drop_empty(db.conn, folder_of(self.settings))
            if sys.stderr.isatty():
                print(file=sys.stderr)
        what = (
            f"{count(gone['articles'], 'article')}, {count(gone['visits'], 'visit')} and {count(gone['runs'], 'run')}"
        )
        would = "would be taken out" if opts.dry_run else "taken out"
        remedy = "are free for new articles, --vacuum gives them back to the disk"
        free = "" if opts.vacuum or opts.dry_run else f"; {space.free(db):,.1f} MB in it {remedy}"
        print(f"{self.database}: {what} from before {before[:10]} {would}{free}")
        if lost := gone["in no export"]:
            ways = "scrapy export --revisions writes them", "scrapy export --revisions would have written them"
            print(f"{count(lost, 'text')} of them in no export of this database: {ways[not opts.dry_run]}")

    def _after_the_crawl(self) -> AbstractContextManager[None]:
        budget = self.settings.getfloat("CRAWL_BUDGET")
        return space.after_the_crawl(self.database, budget, partial(print, file=sys.stderr))

    def _remove(self, db: sqlite_utils.Database, wanted: dict[str, bool], opts: argparse.Namespace) -> int:
        from pipelines.archive import Archive
        from pipelines.archive.removal import Removal

        removal = Removal(Archive(db))
        numbers = {name: removal.of_site(name) if is_site else removal.at(name) for name, is_site in wanted.items()}
        for name, found in numbers.items():
            _announce(db.conn, name, found)
        for copy in removal.copies_elsewhere([number for found in numbers.values() for number in found]):
            print(f"{copy.id}, by {safe_line(copy.source)}, has the same text and stays: --url {copy.url} removes it")
        if opts.dry_run:
            return 0
        if not (opts.yes or _confirmed()):
            return fail(1, "nothing was removed")
        with self._after_the_crawl():
            for name, is_site in wanted.items():
                removed = removal.remove_site(name) if is_site else removal.remove_page(name)
                print(f"{safe_line(name)}: {count(removed, 'article')} removed, never fetched again")
            try:
                print(space.vacuum(db, self.database, folder_of(self.settings)))
            except sqlite3.Error as error:
                fault = database.explain(error, self.database)
                return fail(1, f'{fault}; then wipe traces of what was removed with "scrapy prune --vacuum"')
        print("backups and exports that were made before still have it")
        return 0


def _announce(connection: sqlite3.Connection, name: str, numbers: list[int]) -> None:
    """Say what is to go."""
    print(
        f"{safe_line(name)}: {count(len(numbers), 'article')}" + (", beginning with" if len(numbers) > LISTED else "")
    )
    for number in numbers[:LISTED]:
        row = queries.article(connection, str(number))
        assert row
        print(f"  {number}  {(row['published'] or row['fetched'])[:10]}  {safe_line(row['title'] or row['url'])}")


def _confirmed() -> bool:
    """The answer from the terminal; WrongUsage when there is none."""
    if not sys.stdin.isatty():
        raise WrongUsage(
            "--url and --site remove for good: add --yes where nobody can be asked, or look with --dry-run"
        )
    print("Remove this for good? [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return False
