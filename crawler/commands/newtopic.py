"""``scrapy newtopic NAME URL...``: look at the addresses, find their feeds, write the seeds file of a new topic."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES

from crawler import clock
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.newtopic import headlines
from crawler.newtopic.looking import STOPPED, Wanted, look, once_each, read_list
from crawler.newtopic.survey import Finding
from crawler.newtopic.wish import (
    TERMS_EXAMPLE,
    Wish,
    ask,
    ask_addresses,
    ask_groups,
    read_addresses,
    read_groups,
    read_languages,
    read_title,
    spoken,
)
from crawler.newtopic.writer import told, told_in_a_line, topic_file
from crawler.seeds.strict_toml import shown
from crawler.terms import Terms

EXAMPLE = (
    "scrapy newtopic lithium --language es --language en --terms lithium=lithium,litio "
    '--terms "place=chile,bolivia*" https://example.com/'
)


class Command(NewsCommand):
    """Asks for what is not given, looks at every address once, and never overwrites a file."""

    def syntax(self) -> str:
        return "NAME [URL...] [--opml FILE|URL] [--title TITLE] [--language CODE] [--terms GROUP=TERM,TERM]"

    def short_desc(self) -> str:
        return "Begin a topic: find the feeds of the given sites and write its seeds file"

    def long_desc(self) -> str:
        return (
            "Looks at each URL (a home page, a feed, a sitemap or a section), finds the feeds of home pages as a crawl "
            "does, writes seeds/NAME.toml and says what to do next; --opml takes the file that feed readers export. On "
            "a terminal it asks for what is missing. An article is relevant when every group of terms has a hit. Exit "
            "code 0: there is something to crawl; 1: no address gave anything, the file is written all the same; 2: "
            f"wrong usage. Example: {EXAMPLE}"
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--opml", metavar="FILE|URL", help="watch what this list of subscriptions names, too")
        parser.add_argument("--title", metavar="TITLE", help="what people read (default: made from NAME)")
        parser.add_argument(
            "--language",
            action="append",
            default=[],
            metavar="CODE",
            help="a language to keep, ISO 639-1, once for each; without it all are kept",
        )
        parser.add_argument(
            "--terms",
            action="append",
            default=[],
            metavar="GROUP=TERM,TERM",
            help='a group of terms, once for each, as in "place=chile,bolivia*"; "any=*" keeps every article',
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if not args:
            raise WrongUsage(f"name the new topic, as in: {EXAMPLE}")
        name, *given = args
        path = self._path(name)
        title = "" if opts.title is None else read_title(opts.title)
        languages = read_languages(opts.language)
        groups = read_groups(opts.terms)
        wanted = read_list(opts.opml) if opts.opml else Wanted(())
        addresses = read_addresses(given)
        if not (groups and (addresses or opts.opml)) and sys.stdin.isatty():
            try:
                title = title or ask(f"Title ({spoken(name)})", read_title, spoken(name))
                languages = languages or ask("Languages to keep, such as es,en (all)", lambda a: read_languages([a]))
                groups = groups or ask_groups()
                addresses = addresses or ([] if opts.opml else ask_addresses())
            except (EOFError, KeyboardInterrupt):
                return fail(1, "nothing was written")
        if not groups:
            raise WrongUsage(f'no terms: give {TERMS_EXAMPLE}, once for each group, or --terms "any=*"')
        if not (addresses or opts.opml):
            raise WrongUsage("no address: give the home pages, feeds or sitemaps to watch")
        wanted = replace(wanted, addresses=list(dict.fromkeys([*addresses, *wanted.addresses])))
        return self._begin(path, Wish(name, title or spoken(name), languages, groups), wanted)

    def _path(self, name: str) -> Path:
        """Where the new file belongs; WrongUsage when it cannot be there."""
        if not re.fullmatch("[a-z0-9_-]+", name):
            raise WrongUsage(f'a topic cannot be called "{name}": use only a-z, 0-9, _ and -, as in lithium')
        folder = Path(self.settings["SEEDS_DIR"])
        path = folder / f"{name}.toml"
        if not folder.is_dir():
            raise WrongUsage(f"the folder {folder} does not exist: make it, or set SEEDS_DIR to another")
        if path.exists() or path.is_symlink():
            raise WrongUsage(f"{shown(path)} exists and is never overwritten: edit it, or choose another name")
        return path

    def _begin(self, path: Path, wish: Wish, wanted: Wanted) -> int:
        where = f" and what {wanted.list_at} names" if wanted.list_at else ""
        number = _number(len(wanted.addresses), "address", "addresses")
        print(f"looking at {number}{where}, as a crawl would", file=sys.stderr)
        say = told_in_a_line if wanted.is_list else told
        answers = look(self.settings, wanted, lambda finding: print(say(finding), flush=True))
        if answers is None:
            return fail(1, STOPPED)
        findings, twins = once_each(answers)
        titles = [item.title for finding in findings for item in finding.found if item.title]
        terms = Terms(wish.terms)
        text = topic_file(wish, findings, headlines.further_forms(terms, titles), clock.now().date())
        try:
            _write_new(path, text)
        except OSError as error:
            return fail(1, f"{shown(path)}: cannot be written ({error.strerror}): correct that and run it again")
        for twin in twins:
            print(f"{twin.given} is left out: it leads to {twin.address}, too")
        for line in headlines.said(terms, titles):
            print(line)
        self._say_what_is_next(path, wish.name, findings, terms)
        return 0 if any(finding.kind or not finding.looked for finding in findings) else 1

    def _say_what_is_next(self, path: Path, name: str, findings: Sequence[Finding], terms: Terms) -> None:
        good = [finding for finding in findings if finding.kind or not finding.looked]
        print(f"\nwrote {shown(path)} with {_number(len(findings), 'source')}", end="")
        if not good and all(finding.unreachable for finding in findings):
            print(
                "; nobody could be reached: is there a network?\n"
                "The next crawl looks for the feeds of home pages by itself."
            )
        elif len(good) < len(findings):
            print(f", {len(findings) - len(good)} of them disabled: the notes in it say why")
        else:
            print()
        folder = ""
        if self.settings.getpriority("SEEDS_DIR") == SETTINGS_PRIORITIES["cmdline"]:
            folder = f" -s SEEDS_DIR={self.settings['SEEDS_DIR']}"
        pages = [item for finding in good for item in finding.found if item.kind == "article"]
        pages.sort(key=lambda item: len(terms.hits(item.title or "")), reverse=True)
        page = shlex.quote(pages[0].url) if pages else "URL"
        print(
            f"next:\n"
            f"  scrapy try {name} {page}{folder}\n"
            f"      shows what is made of one page, and stores nothing\n"
            f"  scrapy crawl {name}{folder}\n"
            f"      stores what is new; the same line belongs into cron, every five minutes (deploy/crontab)\n"
            f"  scrapy articles --topic {name}\n"
            f"      lists what is stored"
        )


def _write_new(path: Path, text: str) -> None:
    """A file that was not there before, as a whole or not at all."""
    with path.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:
            path.unlink()
            raise


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
