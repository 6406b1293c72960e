"""``scrapy show ID|URL``: all that is known of one article, or why an address was not stored."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sqlite3
import sys
from itertools import pairwise

from rich.console import Console
from rich.text import Text

from crawler import database, queries
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.urls import clean_url

METADATA = (
    "url",
    "canonical_url",
    "canonical_elsewhere",
    "source",
    "site",
    "authors",
    "published",
    "published_from",
    "modified",
    "fetched",
    "language",
    "language_confidence",
    "language_from",
    "agency",
    "paywalled",
    "section",
    "tags",
    "description",
    "image",
    "duplicate_of",
    "duplicate_kind",
    "duplicate_score",
    "story_id",
    "revision",
    "extractor",
)
PAGE = (
    "kind",
    "topic",
    "source",
    "state",
    "reason",
    "status",
    "attempts",
    "found_on",
    "first_seen",
    "fetched",
    "due",
    "hints",
)


class Command(NewsCommand):
    """Print an article with its history, or the frontier's row of an address."""

    def syntax(self) -> str:
        return "ID|URL [--diff]"

    def short_desc(self) -> str:
        return "Show one article with metadata, matches, copies and revisions; or why a URL was not stored"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("article", nargs="*", metavar="ID|URL", help="number from scrapy articles, or an address")
        parser.add_argument("--diff", action="store_true", help="what changed between the revisions, word by word")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(opts.article) != 1:
            raise WrongUsage('give one ID or URL, as in "scrapy show 12"')
        wanted = opts.article[0]
        connection = database.open_to_read(self.database).conn
        console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
        row = queries.article(connection, wanted) or queries.article(connection, clean_url(wanted) or wanted)
        if row:
            (self._diff if opts.diff else self._article)(console, connection, row)
            return 0
        page = queries.page(connection, wanted) or queries.page(connection, clean_url(wanted) or wanted)
        if page:
            _fields(console, f"not stored: {page['url']}", page, PAGE)
            return 0
        what = "no article has the id" if wanted.isdecimal() else "never heard of"
        return fail(1, f"{what} {wanted} in {self.database}: no source of any run so far announced it")

    def _article(self, console: Console, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        _fields(console, row["title"] or "(no title)", row, METADATA)
        for match in queries.matches(connection, row["id"]):
            groups = json.loads(match["terms"])
            why = "; ".join(
                f"{group}: " + ", ".join(f"{term} {times}" for term, times in terms.items())
                for group, terms in groups.items()
            )
            console.print(Text(f"{'matches':<20} {match['topic']} ({match['score']:.2f}): {why}"))
        if carried := queries.carried_by(connection, row["id"]):
            outlets = f"carried by {carried[1]} outlet{'s' if carried[1] != 1 else ''}"
            console.print(Text(f"{'wire':<20} {carried[0]}, {outlets}"))
        for copy in queries.copies(connection, row["id"]):
            kind = copy["duplicate_kind"] or "original"
            console.print(Text(f"{'copy':<20} {copy['id']} ({kind}) {copy['source']}: {copy['title']}"))
        self._story(console, connection, row)
        for address in queries.addresses(connection, row["id"]):
            if address != row["url"]:
                console.print(Text(f"{'also at':<20} {address}"))
        console.print()
        console.print(Text(row["text"]))

    def _story(self, console: Console, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        from pipelines.stories import why  # knows what joins two articles

        story = queries.read_story(connection, row["story_id"]) if row["story_id"] else None
        if story is None or len(story.articles) < 2:
            return
        languages = ", ".join(json.loads(story.row["languages"] or "[]"))
        console.print(
            Text(f"{'story':<20} {story.row['id']}: {story.row['title']} ({story.row['outlets']} outlets; {languages})")
        )
        for other in story.articles:
            if other["id"] != row["id"] and other["duplicate_of"] is None:
                shared = ", ".join(
                    dict.fromkeys(common.second for common in why(connection, row["id"], other["id"])[:6])
                )
                line = f"{'same story':<20} {other['id']} {other['source']} ({other['language']}): {other['title']}"
                console.print(Text(line + (f"; in common: {shared}" if shared else "")))

    def _diff(self, console: Console, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        texts = queries.revisions(connection, row["id"])
        if len(texts) < 2:
            console.print(f"{row['id']} has one text only, seen {texts[0]['seen'] if texts else row['fetched']}")
        for before, after in pairwise(texts):
            console.print(Text(f"revision {before['number']} -> {after['number']}, seen {after['seen']}", style="bold"))
            if before["title"] != after["title"]:
                console.print(
                    Text("headline changed: ", style="bold").append_text(_words(before["title"], after["title"]))
                )
            console.print(_words(before["text"], after["text"]))


def _fields(console: Console, heading: str, row: sqlite3.Row, columns: tuple[str, ...]) -> None:
    console.print(Text(heading, style="bold"))
    for column in columns:
        if row[column] not in (None, "", "[]", 0):
            console.print(Text(f"{column:<20} {row[column]}"))


def _words(before: str | None, after: str | None) -> Text:
    """What was taken out and put in, word by word: ``[-out-]`` in red, ``{+in+}`` in green."""
    old, new = (re.findall(r"\s+|\S+", text or "") for text in (before, after))
    result = Text()
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            result.append("".join(old[a:b]))
            continue
        if out := "".join(old[a:b]):
            result.append(f"[-{out}-]", style="red")
        if put := "".join(new[c:d]):
            result.append(f"{{+{put}+}}", style="green")
    return result
