"""``scrapy show ID|URL``: all that is known of one article, or why an address was not stored."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from itertools import pairwise

from rich.text import Text

from crawler import database
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.database import queries
from crawler.frontier import removals
from crawler.output.diff import changed_words
from crawler.output.terminal import console, safe, safe_line
from crawler.terms import about
from crawler.urls import clean_url

ELSEWHERE = ("id", "title", "text", "content_hash")  # of an article: shown in their own places, or of no use here
SAID = ("url", "state", "reason")  # of a page that was not stored: first of all
UNSHOWN = (*SAID, "key", "body_hash", "priority", "unchanged")
WIDTH = 120  # columns when standard output is no terminal
INDENT = 20
BEGINNING = 8  # words of a passage
MARKS = {"": ("", "", ""), "del": ("[-", "-]", "red"), "ins": ("{+", "+}", "green")}


class Command(NewsCommand):
    """Print an article with its history, or the frontier's row of an address."""

    examples = (
        "scrapy show 12                             the article with this number in scrapy articles",
        "scrapy show 12 --diff                      what its publisher changed",
        "scrapy show https://example.com/story      why this page is not stored, or the article that it became",
    )

    def syntax(self) -> str:
        return "ID|URL [--diff]"

    def short_desc(self) -> str:
        return "Show one article with metadata, matches, copies and revisions; or why a URL was not stored"

    def long_desc(self) -> str:
        return (
            "Of an article: its text, where each fact of it comes from, which terms hit, its copies, story and "
            "revisions. Of an address that was not stored: its state and the reason, where it was found, when it "
            "was asked for and when it will be again; docs/faq.md says what helps."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("article", nargs="*", metavar="ID|URL", help="number from scrapy articles, or an address")
        parser.add_argument("--diff", action="store_true", help="what changed between the revisions, word by word")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(opts.article) != 1:
            raise WrongUsage('give one ID or URL, as in "scrapy show 12"')
        wanted = opts.article[0]
        if not wanted.isdecimal() and clean_url(wanted) is None:
            raise WrongUsage(f"{wanted}: is neither the number of an article nor an address with https:// before it")
        with database.reading(self.database) as db:
            return self._show(db.conn, wanted, opts.diff)

    def _show(self, connection: sqlite3.Connection, wanted: str, diff: bool) -> int:
        spellings = dict.fromkeys((wanted, clean_url(wanted) or wanted))
        for spelling in spellings:
            if row := queries.article(connection, spelling):
                (self._diff if diff else self._article)(connection, row)
                return 0
        for spelling in spellings:
            if page := queries.page(connection, spelling):
                self._say(f"not stored: {page['url']}", "bold")
                self._line("state", page["state"])
                self._line("reason", page["reason"] or "not asked for yet")
                self._fields(page, UNSHOWN)
                return 0
        if reason := removals.why(connection, *spellings):
            self._say(f"not stored: {wanted}", "bold")
            self._line("state", "gone")
            self._line("reason", reason)
            return 0
        if wanted.isdecimal():
            return fail(
                1, f'no article in {self.database} has the id {wanted}: "scrapy articles" shows which there are'
            )
        return fail(1, f"never heard of {safe_line(wanted)} in {self.database}: no source has announced it so far")

    def _article(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        self._say(f"{row['id']}: {safe_line(row['title'] or '(no title)')}", "bold")
        self._fields(row, ELSEWHERE)
        for match in queries.matches(connection, row["id"]):
            groups = json.loads(match["terms"] or "{}")
            why = "; ".join(
                f"{group}: " + ", ".join(f"{term} {times}" for term, times in terms.items())
                for group, terms in groups.items()
            )
            self._line("matches", f"{match['topic']} ({match['score'] or 0:.2f}): {why}")
            self._line("", about.said(match["role"], match["score"], json.loads(match["parts"] or "{}")))
        if carried := queries.carried_by(connection, row["id"]):
            self._line("wire", f"{carried[0]}, carried by {carried[1]} outlet{'s' if carried[1] != 1 else ''}")
        for copy in queries.copies(connection, row["id"]):
            when = copy["published"] or copy["fetched"]
            kind = f" ({copy['duplicate_kind']})" if copy["duplicate_of"] else ""
            said = f"{copy['id']}{kind} {copy['source']}, {when}: {copy['title']}"
            self._line("copy" if copy["duplicate_of"] else "original", said)
        if longer := queries.fuller(connection, row["id"]):
            self._line("fuller text at", f"{longer['id']} {longer['source']}: {longer['url']}")
        self._passages(connection, row)
        self._story(connection, row)
        for page in queries.pages(connection, row["id"]):
            own = page["url"] == row["url"]
            where = (page["found_on"] or "the seeds file") if own else page["url"]
            self._line("found on" if own else "also at", f"{where}, {page['first_seen']}")
        self._revisions(connection, row)
        self._say("")
        self._say(row["text"])

    def _passages(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        """What it has in common with texts that are not the same, how much, and its first words."""
        for passage in queries.passages(connection, row["id"]):
            other = passage.other
            said = f"{other['id']} {other['source']}: {other['title']}; {passage.share:.0%} of the shorter text"
            text = row["text"][passage.begin : passage.end] if passage.begin is not None else ""
            self._line(passage.said, said + (f', from "{" ".join(text.split()[:BEGINNING])} ..."' if text else ""))

    def _story(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        from pipelines.stories import why  # knows what joins two articles

        story = queries.read_story(connection, row["story_id"]) if row["story_id"] else None
        if story is None or len(story.articles) < 2:
            return
        about, first = story.row, story.first
        languages = ", ".join(json.loads(about["languages"] or "[]"))
        self._line("story", f"{about['id']}: {about['title']} ({about['outlets']} outlets; {languages})")
        self._line("first report", f"{first['id']} {first['source']}, {first['published'] or first['fetched']}")
        for other in story.articles:
            if other["id"] != row["id"] and other["duplicate_of"] is None:
                shared = ", ".join(
                    dict.fromkeys(common.second for common in why(connection, row["id"], other["id"])[:6])
                )
                said = f"{other['id']} {other['source']} ({other['language']}): {other['title']}"
                self._line("same story", said + (f"; in common: {shared}" if shared else ""))

    def _revisions(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        texts = queries.revisions(connection, row["id"])
        if len(texts) > 1:
            for text in texts:
                self._line("revision", f"{text['number']} ({text['kind']}), seen {text['seen']}: {text['title']}")
            self._line("", f"scrapy show {row['id']} --diff shows what changed")

    def _fields(self, row: sqlite3.Row, unshown: tuple[str, ...]) -> None:
        """Every column of the row that has something to say."""
        for column in row.keys():  # noqa: SIM118
            if column not in unshown and row[column] not in (None, "", "[]", "{}", 0):
                self._line(column, row[column])

    def _line(self, name: str, said: object) -> None:
        self._say(f"{name:<{INDENT}} {safe_line(str(said))}")

    def _say(self, text: str, style: str = "") -> None:
        console(WIDTH).print(Text(safe(text), style=style), soft_wrap=not sys.stdout.isatty())

    def _diff(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        texts = queries.revisions(connection, row["id"])
        if len(texts) < 2:
            self._say(f"{row['id']} has one text only, seen {texts[0]['seen'] if texts else row['fetched']}")
        for before, after in pairwise(texts):
            self._say(
                f"revision {before['number']} -> {after['number']} ({after['kind']}), seen {after['seen']}", "bold"
            )
            if before["title"] != after["title"]:
                headline = Text("headline changed: ", style="bold")
                console(WIDTH).print(headline.append_text(_words(before["title"], after["title"])))
            console(WIDTH).print(_words(before["text"], after["text"]))


def _words(before: str | None, after: str | None) -> Text:
    """What was taken out and put in, word by word: ``[-out-]`` in red, ``{+in+}`` in green."""
    result = Text()
    for text, kind in changed_words(safe(before or ""), safe(after or "")):
        begin, end, style = MARKS[kind]
        result.append(f"{begin}{text.rstrip()}{end}{text[len(text.rstrip()) :]}" if text.strip() else text, style=style)
    return result
