"""``scrapy health``: is all well? One line and an exit code for a monitor."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta
from typing import Any

from crawler import __version__, captures, clock, database, program
from crawler.command import NewsCommand, WrongUsage
from crawler.database import LARGEST_CHECKED, DatabaseError
from crawler.monitoring.faults import KINDS, Bounds, Fault, damage, faults, missing_captures
from crawler.monitoring.state import State, read
from crawler.output.terminal import safe_line
from crawler.seeds import duration, topic_paths

ENDING = timedelta(minutes=15)  # that a run may take beyond its budget


class Command(NewsCommand):
    """Exit code 0 when all is well, 1 when anything is wrong; one line says what."""

    examples = (
        "scrapy health                                one line, for cron or a monitor",
        "scrapy health --ignore blocked,silent        without these",
        "scrapy health --check                        once a week: every page and index of the database",
    )

    def syntax(self) -> str:
        return "[--topic T] [--format text|json] [--check] [--ignore KIND,...] [--late 2h] [--free MB]"

    def short_desc(self) -> str:
        return "Say in one line whether all is well (exit code 0) or what is wrong (exit code 1)"

    def long_desc(self) -> str:
        return (
            "Wrong is: a damaged database (database); a last run that was killed or failed (run); sources that are "
            "due while none runs (late); sources that are failing, blocked or silent; pages that are due for three "
            "days (queue); a full disk (disk). --check looks at all of the database and at the files of the web "
            "archive, which takes minutes when they are large."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--topic", help="only this topic (default: those of the seeds folder)")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
        parser.add_argument("--check", action="store_true", help="check all of the database, not only its pages")
        parser.add_argument("--ignore", default="", metavar="KIND,...", help=f"do not look at: {', '.join(KINDS)}")
        parser.add_argument("--late", default="2h", help="how long sources may wait for a run (default: 2h)")
        parser.add_argument(
            "--free", type=int, default=1000, metavar="MB", help="how much of the disk has to be free (default: 1000)"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: health takes options only: see scrapy health --help")
        ignored = {kind.strip() for kind in opts.ignore.split(",")} - {""}
        if unknown := sorted(ignored - set(KINDS)):
            raise WrongUsage(f"--ignore {unknown[0]}: is not one of {', '.join(KINDS)}")
        bounds = self._bounds(opts)
        state, checked = None, "not checked"
        found: list[Fault] = []
        try:
            with database.reading(self.database) as db:
                checked, found = self._check(db.conn, opts.check)
                watched = [opts.topic] if opts.topic else topic_paths(self.settings["SEEDS_DIR"])
                state = read(db.conn, self.database, watched)
                if opts.topic and [topic.name for topic in state.topics] != [opts.topic]:
                    there = ", ".join(topic.name for topic in state.topics)
                    raise WrongUsage(f"--topic {opts.topic}: {self.database} has {there or 'no topic'}")
                found += faults(state, bounds)
        except DatabaseError as error:
            found.append(Fault("database", str(error).removeprefix(f"{self.database}: ")))
        found = [fault for fault in found if fault.kind not in ignored]
        if opts.format == "json":
            print(json.dumps(self._report(state, checked, found), ensure_ascii=False, indent=2))
        else:
            print(
                program.called(safe_line(f"{self.database}: {_wrong(found) if found or not state else _well(state)}"))
            )
        return 1 if found else 0

    def _bounds(self, opts: argparse.Namespace) -> Bounds:
        try:
            late = duration(opts.late)
        except ValueError:
            raise WrongUsage(f"--late {opts.late}: write it like 30m, 2h or 1d") from None
        budget = timedelta(seconds=self.settings.getint("CRAWL_BUDGET")) + ENDING
        return Bounds(max(late, budget), opts.free * 1_000_000)

    def _check(self, connection: Any, thorough: bool) -> tuple[str, list[Fault]]:
        """What was checked, and what is wrong there; a large file is only checked when that is asked for."""
        if not thorough and self.database.stat().st_size > LARGEST_CHECKED:
            return f"not checked: larger than {LARGEST_CHECKED // 10**9} GB, --check takes its time", []
        found = [damage(connection, thorough=thorough)]
        if thorough:
            found.append(missing_captures(connection, captures.folder_of(self.settings)))
        return "all" if thorough else "pages", [fault for fault in found if fault]

    def _report(self, state: State | None, checked: str, found: list[Fault]) -> dict[str, Any]:
        report: dict[str, Any] = {
            "ok": not found,
            "faults": [{"kind": fault.kind, "message": fault.said} for fault in found],
            "version": __version__,
            "database": str(self.database),
            "checked": checked,
        }
        if state is None:
            return report
        return report | {
            "articles": state.articles,
            "topics": {
                topic.name: {
                    "last_run": {
                        "started": _text(topic.last_run.started),
                        "finished": _text(topic.last_run.finished),
                        "reason": topic.last_run.reason,
                        "counts": topic.last_run.counts,
                    }
                    if topic.last_run
                    else None,
                    "sources": topic.counts(),
                    "due": len(topic.due(state.now)),
                    **{
                        sign: [source.name for source in topic.sources if source.state == sign]
                        for sign in ("failing", "blocked", "silent")
                    },
                }
                for topic in state.topics
            },
            "queue": {"pages": state.queue, "since": _text(state.queue_since)},
            "bytes": {"database": state.database, "log": state.log, "free": state.free},
        }


def _text(moment: datetime | None) -> str | None:
    return clock.text(moment) if moment else None


def _wrong(found: list[Fault]) -> str:
    number = f"{len(found)} things wrong: " if len(found) > 1 else ""
    return number + "; ".join(fault.said for fault in found)


def _well(state: State) -> str:
    runs = [topic.last_run.started for topic in state.topics if topic.last_run]
    last = f"{clock.in_words(state.now - max(runs))} ago" if runs else "never"
    sources = sum(len(topic.sources) for topic in state.topics)
    due = sum(len(topic.due(state.now)) for topic in state.topics)
    since = f", one for {clock.in_words(state.now - state.queue_since)}" if state.queue_since else ""
    return (
        f"well: last run {last}, {sources} sources ({due} due), {state.queue:,} pages due{since},"
        f" {state.articles:,} articles, {state.free // 10**9:,} GB free, version {__version__}"
    )
