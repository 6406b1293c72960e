"""``scrapy digest``: what happened on a topic, by story: printed, written to a file, or sent."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

from crawler import clock, database, logs
from crawler.alerts import messages
from crawler.alerts.rules import evaluate
from crawler.alerts.sending import NotSent, Sending
from crawler.command import NewsCommand, WrongUsage, fail, no_topic
from crawler.commands.desk import named
from crawler.database.shown import Shown
from crawler.desk import Desk, Saved, muted, news, place_of
from crawler.digest import contents, wording
from crawler.digest.atom import as_atom
from crawler.digest.entry import Digest
from crawler.digest.html import as_html
from crawler.digest.text import as_markdown
from crawler.output.targets import need_harmless
from crawler.output.whole_file import WriteError, writing
from crawler.reader import Reader
from crawler.search.options import when
from crawler.seeds import SeedsError, Topic, read_topic, topic_paths

FORMS = {"md": "markdown", "html": "html"}  # as addresses get it


class Command(NewsCommand):
    """Tell the stories of the last day, or those that nobody was told yet."""

    def syntax(self) -> str:
        return "--topic T [--since 1d] [--format md|html|atom] [-o FILE] [--send] [--alerts]"

    def short_desc(self) -> str:
        return "What happened on a topic, by story: Markdown, HTML mail or Atom feed; --send sends it"

    def long_desc(self) -> str:
        return (
            "One entry for each story that has a new report, not for each copy. Stories whose articles all only "
            "mention the topic are left out, unless --role mention or the seeds file asks for them. --send sends it, "
            "and what [[alerts.rules]] find, to [alerts] urls of the seeds file; each story goes once to an address, "
            "and what could not be sent is tried again next time. Exit code 1: an address failed; 2: an address is "
            "wrong."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", metavar="T", help="the topic; a file in seeds/")
        parser.add_argument("--since", default="1d", metavar="WHEN", help="1d (ago), 12h or 2024-07-01 (default: 1d)")
        parser.add_argument("--search", metavar="NAME", help="only stories that this search of scrapy desk finds")
        parser.add_argument("--role", choices=("subject", "mention"), help="mention: also what only mentions the topic")
        parser.add_argument("--format", choices=("md", "html", "atom"), help="default: md; sent: as the service likes")
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most N stories (default: 50)")
        parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")
        parser.add_argument("--send", action="store_true", help="send to [alerts] urls what they were not told yet")
        parser.add_argument("--alerts", action="store_true", help="only what [[alerts.rules]] find")
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: digest takes options only: see scrapy digest --help")
        if opts.limit < 1:
            raise WrongUsage(f"--limit {opts.limit}: give a number of 1 or more")
        since = when(opts.since, "--since")
        assert since
        if opts.output:
            need_harmless("-o", opts.output, self.database)
        if opts.send:
            return self._send(opts, since)
        return self._print(opts, since)

    def _print(self, opts: argparse.Namespace, since: str) -> int:
        with database.reading(self.database) as db:
            connection = db.conn
            topic = None if self._has_no_seeds(connection, opts) else self._topic(opts)
            name = topic.name if topic else opts.topic
            shown = Shown(
                opts.role or (topic.shown.role if topic else "subject"), topic.shown.min_score if topic else 0
            )
            entries = contents.entries(connection, name, since, shown, self._reader)
            entries, hidden = muted.without(connection, entries)
            if opts.search:
                entries = news.chosen(connection, self._saved(opts.search), entries, since)
            found = evaluate(connection, topic, entries, since) if topic and opts.alerts else []
            if opts.alerts:
                entries = messages.labelled(found)
            digest = Digest(
                topic=name,
                title=topic.title if topic else name,
                since=since,
                until=clock.text(clock.now()),
                entries=[contents.completed(connection, entry) for entry in entries[: opts.limit]],
                notices=[alert.notice for alert in found if alert.notice],
                more=max(0, len(entries) - opts.limit),
                muted=hidden,
                reader=self._reader,
            )
            made = _made(connection)
        if shown.said and sys.stderr.isatty():
            print(shown.said, file=sys.stderr)
        return _output(digest, opts.format or "md", opts.output, made)

    def _has_no_seeds(self, connection: sqlite3.Connection, opts: argparse.Namespace) -> bool:
        """Whether there are articles of the topic, although its seeds file is gone."""
        if opts.seeds or opts.alerts or opts.topic in topic_paths(self.settings["SEEDS_DIR"]):
            return False
        known = connection.execute("SELECT 1 FROM matches WHERE topic = ? LIMIT 1", (opts.topic,))
        return known.fetchone() is not None

    def _send(self, opts: argparse.Namespace, since: str) -> int:
        if opts.output or opts.format == "atom":
            raise WrongUsage("--send sends md or html to the addresses of the seeds file: write a feed without --send")
        topic = self._topic(opts)
        if not topic.alerts.urls:
            raise SeedsError(f'{topic.path}: no addresses to send to: add [alerts] with urls = ["mailto://..."]')
        if opts.alerts and not topic.alerts.rules:
            raise SeedsError(f'{topic.path}: no rules for alerts: add [[alerts.rules]] with on = "new story"')
        logs.configure(self.settings)
        with database.only_sender(self.database), database.changing(self.database) as db:
            form, search = FORMS.get(opts.format), self._saved(opts.search) if opts.search else None
            sending = Sending(db.conn, topic, since, opts.limit, opts.alerts, form, self._reader, search)
            codes = [self._send_to(sending, place) for place in range(len(topic.alerts.urls))]
        return max(codes)

    def _send_to(self, sending: Sending, place: int) -> int:
        """Tell one address; the exit code, after one line for what went wrong."""
        try:
            for said in sending.to(place):
                if sys.stderr.isatty():
                    print(said, file=sys.stderr)
        except SeedsError as error:
            return fail(2, f"{sending.topic.path}: {error}")
        except NotSent as error:
            return fail(1, error)
        return 0

    def _saved(self, name: str) -> Saved:
        return named(Desk(place_of(self.database)), name)

    @property
    def _reader(self) -> Reader:
        return Reader.from_settings(self.settings)

    def _topic(self, opts: argparse.Namespace) -> Topic:
        paths = topic_paths(self.settings["SEEDS_DIR"])
        there = ", ".join(paths) or "none"
        if not opts.topic:
            raise WrongUsage(f"name a topic with --topic: there is {there}")
        if opts.seeds:
            if not opts.seeds.startswith("seeds="):
                raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
            return read_topic(Path(opts.seeds.removeprefix("seeds=")), opts.topic)
        if opts.topic not in paths:
            raise no_topic(opts.topic, Path(self.settings["SEEDS_DIR"]), paths)
        return read_topic(paths[opts.topic])


def _made(connection: sqlite3.Connection) -> str:
    """When the database was made: tells its stories from those of another one."""
    return str(connection.execute("SELECT min(applied_at) FROM _sqlite_migrations").fetchone()[0])


def _output(digest: Digest, form: str, output: str | None, made: str) -> int:
    if not output and form == "md" and not digest.entries and not digest.notices:
        said = [f"nothing on {digest.topic} since {wording.moment(digest.since, digest.reader)}"]
        print("; ".join([*said, *filter(None, [wording.left_out(digest)])]), file=sys.stderr)
        return 0
    text = as_atom(digest, made) if form == "atom" else as_html(digest) if form == "html" else as_markdown(digest)
    if not output:
        print(text, end="")
        return 0
    try:
        with writing(Path(output)) as file:
            file.write(text.encode())
    except WriteError as error:
        return fail(1, error)
    return 0
