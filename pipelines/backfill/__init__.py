"""The past from web archives, through the same gate, reading and store as a crawl.

A file is scanned range by range in the worker processes, the pages that pass the gate are read there one by one, and
what comes of a range is stored in one transaction together with how far the file is done. So a kill costs the range
that was under way, and nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import gzip
import pickle
import sys
import tempfile
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from crawler import clock
from crawler.captures import Captures
from crawler.database import transaction
from crawler.exceptions import Unwanted
from crawler.fetching.outcome import Outcome
from crawler.items import Claim, Page, Reading, Refusal, Unread
from crawler.run import Run
from crawler.urls import page_key, site_of
from crawler.warc.reading import MAGIC, splits
from crawler.warc.sources import wacz_members
from pipelines.backfill.scan import Candidate, Scan, Wanted, scan, scan_piece
from pipelines.language import wanted
from pipelines.relevance import judge
from pipelines.store import Store

RANGE = 4 * 1024**2  # bytes of a file that are scanned as one task
SMALLEST = 64 * 1024  # bytes of a range that is not divided further when it costs its worker
BLOCK = 1024**2  # bytes that are copied at once
UNDIVIDED = 4 * RANGE  # bytes of a file of one member, which is unpacked first if it is larger
FORGET = 1_000  # articles, after which those of times that lie behind are forgotten
AHEAD = 3  # ranges a worker that are scanned before the one that is stored next


@dataclass
class Progress:
    """How far a backfill is; ``counts`` are records, passed, stored, known, broken and so on."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0  # bytes
    size: int = 0
    damage: list[str] = field(default_factory=list)


class Backfill:
    """Reads files and pieces of files into the database of ``run``. ``tell`` is called after each range."""

    def __init__(
        self,
        run: Run,
        captures: Captures,
        first: str = "",
        last: str = "9999",
        tell: Callable[[Progress], object] = print,
    ):
        self.run = run
        self.captures = captures
        self.connection = run.db.conn
        self.tell = tell
        self.progress = Progress()
        sources = tuple((site_of(source.url), source.name, source.timezone) for source in run.topic.sources)
        self.wanted = Wanted(pickle.dumps([run.topic.terms]), first, last, sources)
        self.store = Store.of(run)
        self._of_file: Path | None = None
        self._remembered = 0  # articles since the last ones were forgotten

    async def file(self, path: Path, name: str) -> None:
        """Read a WARC or WACZ file, known by ``name``, from where an earlier backfill of the topic stopped."""
        self._recall(path.parent)
        if path.suffix.lower() != ".wacz":
            await self._file(path, name)
            return
        self.progress.size -= path.stat().st_size
        for part, offset, size in wacz_members(path):
            self.progress.size += size
            with apart(path, self.captures.folder, offset, size) as alone:
                await self._file(alone, f"{name}!{part}")

    async def pieces(self, name: str, members: AsyncIterator[bytes]) -> None:
        """Read what a list located, place by place, from where an earlier backfill of the topic stopped.

        ``name`` is the list's; ``members`` gives the bytes of the places behind those that are done.
        """
        number, _ = self.position(name)
        self._recall(self.captures.folder)
        self._of_file = None
        async for data in members:
            result = await self._piece(data)
            readings = await self._read(result.candidates)
            number += 1
            self._keep(result, readings, name, number, False, len(data))

    def _recall(self, folder: Path) -> None:
        with transaction(self.connection):
            self.store.memory.recall(folder)

    async def _file(self, path: Path, name: str) -> None:
        size = path.stat().st_size
        position, finished = self.position(name)
        if finished or size == 0:
            self.progress.done += size
            return
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            starts = splits(data, RANGE)
            is_one_member = len(starts) == 1 and size > UNDIVIDED and data[:3] == MAGIC
        if is_one_member:
            with apart(path, self.captures.folder, packed=True) as plain:
                self.progress.size += plain.stat().st_size - size
                await self._file(plain, name)
            return
        self.progress.done += position
        self._of_file = path
        ranges = list(pairwise(sorted({position, *(at for at in starts if at > position), size})))
        waiting: deque[asyncio.Task[tuple[Scan, list[Reading | Refusal]]]] = deque()
        most = AHEAD * max(1, self.run.settings.getint("EXTRACT_WORKERS"))
        begun = 0
        try:
            for begin, end in ranges:
                while begun < len(ranges) and len(waiting) < most:
                    waiting.append(asyncio.ensure_future(self._range(path, *ranges[begun])))
                    begun += 1
                result, readings = await waiting.popleft()
                self._keep(result, readings, name, end, end == size, end - begin)
        finally:
            for task in waiting:
                task.cancel()

    async def _range(self, path: Path, begin: int, end: int) -> tuple[Scan, list[Reading | Refusal]]:
        result = await self._scan(path, begin, end)
        return result, await self._read(result.candidates)

    async def _scan(self, path: Path, begin: int, end: int) -> Scan:
        """What is in a range; if it costs its worker, its halves are scanned, so that one record alone is lost."""
        try:
            return await self.run.pool.ask(scan, str(path), begin, end, self.wanted)
        except Unread as why:
            if end - begin <= SMALLEST:
                return Scan(counts=Counter(broken=1), damage=[f"byte {begin:,}: {why}"])
        middle = (begin + end) // 2
        return await self._scan(path, begin, middle) + await self._scan(path, middle, end)

    async def _piece(self, data: bytes) -> Scan:
        try:
            return await self.run.pool.ask(scan_piece, data, self.wanted)
        except Unread as why:
            return Scan(counts=Counter(broken=1), damage=[str(why)])

    async def _read(self, candidates: Sequence[Candidate]) -> list[Reading | Refusal]:
        pages = [_without_exchange(item.page) if self._is_ours else item.page for item in candidates]
        return list(await asyncio.gather(*map(self.run.pool.read, pages)))

    @property
    def _is_ours(self) -> bool:
        """Whether the file is one of the archive's own."""
        return self._of_file is not None and self._of_file.parent.resolve() == self.captures.folder.resolve()

    # Keep

    def position(self, name: str) -> tuple[int, bool]:
        """How far a file is done for the topic, in bytes, and whether it is finished."""
        row = self.connection.execute(
            "SELECT position, finished FROM backfills WHERE topic = ? AND file = ?", (self.run.topic.name, name)
        ).fetchone()
        return (row["position"], row["finished"] is not None) if row else (0, False)

    def _keep(
        self, result: Scan, readings: list[Reading | Refusal], name: str, position: int, finished: bool, size: int
    ) -> None:
        """What comes of a range, and that it is done, in one transaction."""
        counts = Counter(result.counts)
        with transaction(self.connection):
            for candidate, reading in zip(result.candidates, readings, strict=True):
                counts[self._outcome(candidate, reading)] += 1
            self.connection.execute(
                "INSERT INTO backfills (topic, file, position, finished, records, passed, stored, broken)"
                " VALUES (:topic, :file, :position, :finished, :records, :passed, :stored, :broken)"
                " ON CONFLICT (topic, file) DO UPDATE SET position = :position, finished = :finished,"
                " records = records + :records, passed = passed + :passed, stored = stored + :stored,"
                " broken = broken + :broken",
                {
                    "topic": self.run.topic.name,
                    "file": name,
                    "position": position,
                    "finished": clock.stamp() if finished else None,
                    **{column: counts[column] for column in ("records", "passed", "stored", "broken")},
                },
            )
            self.captures.sync()
        self._remembered += counts["stored"]
        if self._remembered >= FORGET:
            self._remembered = 0
            self.store.forget_passed(result.candidates[-1].page.fetched.fetched)
        self.progress.counts += counts
        self.progress.damage += [f"{name}: {damage}" for damage in result.damage]
        self.progress.done += size
        self.tell(self.progress)

    def _outcome(self, candidate: Candidate, reading: Reading | Refusal) -> str:
        """Write what became of a page; its state, or ``known`` for one that is stored already."""
        claim = self._claim(candidate.page)
        if claim.article_id is not None:
            self._match(claim.article_id)
            return "known"
        self.connection.execute("SAVEPOINT page")
        try:
            state = self._decide(claim, reading)
        except Unwanted as unwanted:
            self.connection.execute("ROLLBACK TO page")
            state = unwanted.state
            self.run.frontier.write(claim, Outcome(state, unwanted.reason, status=200))
        self.connection.execute("RELEASE page")
        self.connection.execute("UPDATE pages SET due = NULL WHERE id = ?", (claim.id,))
        if reading.capture:
            self.captures.keep(claim.id, candidate.page.fetched.fetched, reading.capture)
        elif self._of_file and self._is_ours:
            self.captures.locate(
                claim.id, candidate.page.fetched.fetched, self._of_file.name, candidate.offset, candidate.length,
                candidate.before, candidate.digest,
            )  # fmt: skip
        return state

    def _decide(self, claim: Claim, reading: Reading | Refusal) -> str:
        result = reading.result if isinstance(reading, Reading) else reading
        if isinstance(result, Refusal):
            self.run.frontier.write(claim, Outcome(result.state, result.reason, status=200))
            return result.state
        result.claim = claim
        self.store.store(result)
        return "stored"

    def _match(self, number: int) -> None:
        """An article that is there gets its match of a topic that has none yet: it may never have been asked."""
        topic = self.run.topic
        row = self.connection.execute(
            "SELECT title, text, language FROM articles WHERE id = ? AND NOT EXISTS"
            " (SELECT 1 FROM matches WHERE article_id = id AND topic = ?)",
            (number, topic.name),
        ).fetchone()
        if row is not None:
            found = judge(row["title"], row["text"], [topic], lambda: row["language"]).matches
            if kept := wanted(found, row["language"], {topic.name: topic.languages}):
                self.store.archive.rematch(number, kept, ())
                self.run.frontier.judgements.kept(number)

    def _claim(self, page: Page) -> Claim:
        """The row of a page, made when there is none yet, with its article if it has one."""
        url = page.fetched.url
        row = self.connection.execute("SELECT id, article_id FROM pages WHERE url = ?", (url,)).fetchone()
        number, article = (row["id"], row["article_id"]) if row else (None, None)
        if number is None:
            number = self.connection.execute(
                "INSERT INTO pages (url, key, kind, topic, source, host, state, first_seen)"
                " VALUES (?, ?, 'article', ?, ?, ?, 'queued', ?) RETURNING id",
                (
                    url,
                    page_key(url),
                    self.run.topic.name,
                    page.claim.source,
                    page.claim.host,
                    clock.stamp(),
                ),
            ).fetchone()[0]
        return replace(page.claim, id=number, article_id=article)


@contextmanager
def apart(path: Path, folder: Path, offset: int = 0, size: int | None = None, packed: bool = False) -> Iterator[Path]:
    """Bytes of a file as a file of their own in ``folder``, as long as it is needed; ``packed``: uncompressed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="apart-", dir=folder) as place:
        alone = Path(place) / path.name
        with path.open("rb") as file, alone.open("wb") as target:
            file.seek(offset)
            source: Any = gzip.GzipFile(fileobj=file) if packed else file
            left = size if size is not None else sys.maxsize
            with suppress(EOFError, gzip.BadGzipFile, zlib.error):  # what comes before the damage is read
                while left and (block := source.read(min(left, BLOCK))):
                    target.write(block)
                    left -= len(block)
        yield alone


def _without_exchange(page: Page) -> Page:
    return replace(page, fetched=replace(page.fetched, exchange=None))
