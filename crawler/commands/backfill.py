"""``scrapy backfill TOPIC SOURCE...``: the past of a topic, from web archives."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from crawler import logs
from crawler.captures import Captures, folder_of
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.commands.crawl import load_topics
from crawler.database import only_backfill
from crawler.digest.wording import count
from crawler.output.terminal import safe_line
from crawler.run import Run
from crawler.warc import remote
from crawler.warc.cdx import Server
from crawler.warc.sources import NoSource, Piece, is_address, may_hold, months, pieces

TOLD = 5  # faults that are named one by one
EVERY = 1.0  # seconds between two lines of progress
RATE = 20.0  # MB/s of a compressed file that a core scans, about (benchmarks/backfill.py), for --estimate


class Command(NewsCommand):
    """Reads web archives through the same gate, extraction and store as a crawl; resumes where it was stopped."""

    crawls = True
    examples = (
        "scrapy backfill lithium saved.warc.gz                  a file: ours, wget's, browsertrix', Common Crawl's",
        "scrapy backfill lithium news.warc/*.warc.gz            our own archive, for a topic that is new",
        "scrapy backfill lithium warc.paths.gz --from 2026-01-20 --to 2026-02-10 --estimate",
        "scrapy backfill lithium places.cdxj                    only the places that an index names",
        "scrapy backfill lithium --cdx http://localhost:8080/all/cdx   what a CDX server has of the topic's sources",
    )

    def syntax(self) -> str:
        return "TOPIC SOURCE... [--from DAY] [--to DAY] [--estimate] [--cdx ADDRESS]"

    def short_desc(self) -> str:
        return "Read the past of a topic from web archives (WARC, WACZ, lists of them)"

    def long_desc(self) -> str:
        return (
            "SOURCE is a WARC or WACZ file, a list of such files (warc.paths.gz), or a list of places in them: "
            "'file offset length', CDX, CDXJ. Files and lists may be addresses: of a file that only some places of are "
            "named, only those bytes are fetched. CC-NEWS with --from and --to reads Common Crawl's lists. "
            "Pages go through the gate, extraction and store of a crawl, without max_age, alerts or re-visits. "
            "It may run beside a crawl; what was done is done once, so after an interruption the same line goes on."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", metavar="TOPIC SOURCE")
        parser.add_argument("--from", dest="first", metavar="DAY", help="only what was fetched from this day on")
        parser.add_argument("--to", dest="last", metavar="DAY", help="only what was fetched up to this day")
        parser.add_argument("--estimate", action="store_true", help="only say how many files, GB and hours")
        parser.add_argument("--cdx", metavar="ADDRESS", help="ask this CDX server what it has of the topic's sources")
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        words = [*opts.words, *args]  # what stands behind an option is in ``args``
        if len(words) < (1 if opts.cdx else 2):
            raise WrongUsage('give a topic and what to read, as in "scrapy backfill venezuela_russia saved.warc.gz"')
        if opts.seeds and not opts.seeds.startswith("seeds="):
            raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
        first, last = _day(opts.first, "--from"), _day(opts.last, "--to")
        if first and last and first > last:
            raise WrongUsage(f"--from {first} is later than --to {last}")
        seeds = Path(opts.seeds.removeprefix("seeds=")) if opts.seeds else None
        topic, topics = load_topics(words[0], seeds, Path(self.settings["SEEDS_DIR"]))
        logs.configure(self.settings)
        try:
            server: Server | None = None
            wanted = self._wanted(words[1:], first, last)
            if opts.cdx:
                sites = [source.url for source in topic.sources]
                server = Server(opts.cdx, self._say)
                wanted += [(opts.cdx, list(server.pieces(sites, first, last)))]
            if opts.estimate:
                return self._estimate([piece for _, found in wanted for piece in found])
            with only_backfill(self.database):
                remove_leftovers(folder_of(self.settings))
                run = Run.begin(self.settings, topic, topics)
                with closing(run.db):
                    return asyncio.run(self._read(run, wanted, server, first, last))
        except NoSource as error:
            return fail(2, error)
        except OSError as error:
            return fail(1, f"{error.filename or 'a source'}: cannot be read: {error.strerror or error}")

    def _wanted(self, words: Sequence[str], first: date | None, last: date | None) -> list[tuple[str, list[Piece]]]:
        """Each source, and the pieces of it that may hold what is wanted."""
        sources: list[str] = []
        for word in words:
            if word == "CC-NEWS":
                if not first or not last:
                    raise WrongUsage("CC-NEWS needs --from and --to: it has 350 files of a gigabyte each month")
                sources += months(first, last)
            elif not is_address(word) and not Path(word).is_file():
                raise NoSource(f"{word}: no such file: name a WARC or WACZ file, a list of them, or an address")
            else:
                sources.append(word)
        found = []
        for source in sources:
            listed = remote.fetch(source) if is_address(source) and not _is_archive(source) else None
            found.append((source, [piece for piece in pieces(source, listed) if may_hold(piece.file, first, last)]))
        return found

    def _estimate(self, wanted: Sequence[Piece]) -> int:
        files = {piece.file for piece in wanted}
        size = sum(piece.length if piece.length is not None else _size(piece.file) for piece in wanted)
        cores = max(1, self.settings.getint("EXTRACT_WORKERS"))
        hours = size / 1e6 / RATE / cores / 3600
        said = f"{count(len(files), 'file')}, {size / 1e9:,.1f} GB, about {hours:,.1f} hours"
        print(f"{said} with {count(cores, 'worker')} here")
        return 0

    async def _read(
        self,
        run: Run,
        wanted: Sequence[tuple[str, list[Piece]]],
        server: Server | None,
        first: date | None,
        last: date | None,
    ) -> int:
        from pipelines.backfill import Backfill, Progress

        began = told = time.monotonic()

        def tell(progress: Progress) -> None:
            nonlocal told
            now = time.monotonic()
            if sys.stderr.isatty() and now - told >= EVERY:
                told = now
                rate = progress.done / max(now - began, 1e-9)
                left = (progress.size - progress.done) / rate / 60 if rate else 0
                counts = progress.counts
                print(
                    f"\r{counts['records']:,} records, {counts['passed']:,} read, {counts['stored']:,} stored;"
                    f" {rate / 1e6:,.1f} MB/s, {left:,.0f} min left \x1b[K",
                    end="",
                    file=sys.stderr,
                )

        captures = Captures(run.db.conn, folder_of(self.settings), self.settings["ARCHIVE_PAGES"], "backfill")
        backfill = Backfill(run, captures, str(first or ""), str(last or "9999"), tell)
        faults: list[str] = []
        try:
            for source, found in wanted:
                whole = [piece for piece in found if piece.length is None]
                backfill.progress.size += sum(_size(piece.file) for piece in whole if not piece.is_remote)
                for piece in whole:
                    try:
                        if piece.is_remote:
                            if backfill.position(piece.file)[1]:
                                continue
                            with remote.downloaded(piece.file, folder_of(self.settings)) as path:
                                backfill.progress.size += path.stat().st_size
                                await backfill.file(path, piece.file)
                        else:
                            await backfill.file(Path(piece.file), str(Path(piece.file).resolve()))
                    except (OSError, NoSource) as error:
                        faults.append(f"{piece.file}: {error}")
                located = [piece for piece in found if piece.length is not None]
                if located:
                    done, _ = backfill.position(source)
                    await backfill.pieces(source, _members(located[done:], server, faults))
        finally:
            await run.pool.close()
            captures.close()
            if sys.stderr.isatty():
                print(file=sys.stderr)
        counts = backfill.progress.counts
        for line in (*faults, *backfill.progress.damage)[:TOLD]:
            print(f"broken: {safe_line(line)}", file=sys.stderr)
        print(
            f"{run.topic.name}: {counts['records']:,} records, {counts['responses']:,} pages and files, "
            f"{counts['passed']:,} read, {counts['stored']:,} stored, {counts['known']:,} known before, "
            f"{counts['broken'] + len(faults):,} broken"
        )
        return 1 if faults and not counts["records"] else 0

    def _say(self, line: str) -> None:
        if sys.stderr.isatty():
            print(line, file=sys.stderr)


async def _members(located: Sequence[Piece], server: Server | None, faults: list[str]) -> AsyncIterator[bytes]:
    """The bytes of each place, none for one that cannot be had, which is added to ``faults``."""
    for piece in located:
        try:
            if server and piece.url:
                data = server.read(piece)
            else:
                data = remote.fetch_range(piece) if piece.is_remote else _local(piece)
        except OSError as error:
            faults.append(f"{piece.file}: {error}")
            data = b""
        yield data


def _local(piece: Piece) -> bytes:
    assert piece.length is not None
    with Path(piece.file).open("rb") as file:
        file.seek(piece.offset)
        return file.read(piece.length)


def _size(file: str) -> int:
    return remote.size(file) if is_address(file) else Path(file).stat().st_size


def _is_archive(source: str) -> bool:
    return [piece.file for piece in pieces(source, b"")] == [source]


def _day(written: str | None, option: str) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise WrongUsage(f'{option}: "{written}" is no day: write it as in {option} 2026-01-20') from None


def remove_leftovers(folder: Path) -> None:
    """Remove what a backfill that was killed had downloaded, or taken apart, into the archive's folder."""
    for name in ("apart-*", "download-*"):
        for left in folder.glob(name):
            shutil.rmtree(left, ignore_errors=True)
