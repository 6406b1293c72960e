"""Archived pages read again with today's rules; what differs is written, what would not be stored any more leaves.

Pages are read in the worker processes, some ahead; what comes of a few is written in one transaction together with how
far it is. So a kill costs the few that were under way, and what was done changes nothing when it is done again. It runs
beside a crawl: an article that got another text meanwhile is left alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import pickle
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from crawler.database import transaction
from crawler.exceptions import Unwanted
from crawler.items import Article, Page, Reading, Refusal, Unread
from crawler.run import Run
from pipelines.backfill.scan import Wanted, scan_piece
from pipelines.extract import EXTRACTOR
from pipelines.reextract.change import Change, Progress, differing, topics_of
from pipelines.reextract.earlier import with_earlier
from pipelines.reextract.selection import Again, Selection
from pipelines.repeated import ends, without_repeated
from pipelines.store import Store

AHEAD = 4  # pages a worker that are read before the one that is written next
BATCH = 20  # pages that are written in one transaction
SAMPLE = 0  # seed: the same pages are chosen each time, before and after a change of the rules

Number = tuple[str, int]  # "articles" or "pages", and which


class Read(NamedTuple):
    """What came of one: a reading, or in a word why there is none."""

    again: Again | None
    reading: Reading | Refusal | None = None
    why: str = ""


class Reextraction:
    """Reads what ``selection`` asks for again, for the database of ``run``. ``tell`` is called now and then."""

    def __init__(self, run: Run, selection: Selection, tell: Callable[[Progress], object] = lambda progress: None):
        self.run = run
        self.selection = selection
        self.tell = tell
        self.progress = Progress()
        self.connection = run.db.conn
        self.store = Store.of(run)
        asked = [topic.terms for topic in run.topics if selection.topic in (None, topic.name)]
        self.gated, self.ungated = Wanted(pickle.dumps(asked)), Wanted(b"")
        self.zones = {source.name: source.timezone for topic in run.topics for source in topic.sources}
        self.judged = {topic.name for topic in run.topics}

    async def all(self) -> None:
        """Read all of it again, from where it was stopped the last time."""
        articles, pages = self.position()
        numbers: list[Number] = [("articles", number) for number in self.selection.articles(self.connection, articles)]
        numbers += [("pages", number) for number in self.selection.pages(self.connection, pages)]
        self.progress.size = len(numbers)
        batch: list[tuple[Number, Read]] = []
        async for number, read in self._readings(numbers):
            batch.append((number, read))
            if len(batch) == BATCH:
                self._keep(batch)
                batch.clear()
        self._keep(batch)
        with transaction(self.connection):
            self.connection.execute("DELETE FROM reextractions WHERE selection = ?", (self.selection.key,))

    async def check(self, most: int) -> list[Change]:
        """What reading ``most`` of them again would change, or all when there are fewer; nothing is written."""
        numbers: list[Number] = [("articles", number) for number in self.selection.articles(self.connection)]
        numbers += [("pages", number) for number in self.selection.pages(self.connection)]
        chosen = sorted(random.Random(SAMPLE).sample(numbers, min(most, len(numbers))))
        self.progress.size = len(chosen)
        changes = []
        async for _, read in self._readings(chosen):
            change = self._change(read)
            if isinstance(change, Change):
                changes.append(self._judged(change))
                change = changes[-1].outcome
            self.progress.counts[change] += 1
            self.progress.done += 1
            self.tell(self.progress)
        return changes

    def position(self) -> tuple[int, int]:
        """The last article and the last page that were done when the same was begun with the same rules."""
        row = self.connection.execute(
            "SELECT articles, pages FROM reextractions WHERE selection = ? AND rules = ?",
            (self.selection.key, self._rules),
        ).fetchone()
        return (row["articles"], row["pages"]) if row else (0, 0)

    @property
    def _rules(self) -> str:
        topics = [(topic.name, repr(topic.terms), sorted(topic.languages or ())) for topic in self.run.topics]
        asked = json.dumps([sorted(topics), EXTRACTOR, self.run.settings["LANGUAGE_DETECTOR"]])
        return hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()

    # Read

    async def _readings(self, numbers: Iterable[Number]) -> AsyncIterator[tuple[Number, Read]]:
        most = AHEAD * max(1, self.run.settings.getint("EXTRACT_WORKERS"))
        waiting: deque[tuple[Number, asyncio.Task[Read]]] = deque()
        ahead = iter(numbers)
        try:
            while True:
                while len(waiting) < most and (number := next(ahead, None)) is not None:
                    waiting.append((number, asyncio.ensure_future(self._read(*number))))
                if not waiting:
                    return
                number, task = waiting.popleft()
                yield number, await task
        finally:
            for _, task in waiting:
                task.cancel()

    async def _read(self, table: str, number: int) -> Read:
        find = self.selection.article if table == "articles" else self.selection.page
        again = find(self.connection, self.run.captures, number)
        if again is None:
            return Read(None, why="lost")
        kept = self.run.captures.members(again.located)
        try:
            found = await self.run.pool.ask(scan_piece, kept, self.ungated if again.is_wanted else self.gated)
        except Unread:
            return Read(again, why="failed")
        candidate = next(iter(found.candidates), None)
        if candidate is None and found.counts["responses"] and not again.is_wanted:
            return Read(again, why="unchanged")  # no topic may be named on it
        if candidate is None or candidate.digest != again.located.digest:
            return Read(again, why="lost")
        claim, page = again.claim, candidate.page
        zone = self.zones.get(claim.source) or page.fetched.timezone
        claim = replace(claim, hints=replace(page.claim.hints, given=claim.hints.given))
        page = Page(claim, replace(page.fetched, timezone=zone, exchange=None))
        return Read(again._replace(claim=claim), await self.run.pool.read(page))

    # Decide

    def _change(self, read: Read) -> Change | str:
        """What a reading changes, or in a word why there is none."""
        again, reading, why = read
        if again is None or reading is None:
            return why
        number = again.claim.article_id
        known = self.store.archive.get(number) if number else None
        result = reading.result if isinstance(reading, Reading) else reading
        if isinstance(result, Refusal):
            if result.state == "failed":
                return "failed"
            return Change(again, known, refused=result if known or result.state != again.state else None)
        return self._corrected(again, known, result) if known else Change(again, article=result)

    def _corrected(self, again: Again, known: Article, article: Article) -> Change:
        """What the article of a page that has one becomes."""
        assert again.claim.article_id
        text = without_repeated(article.text, self.store.memory.known(known.site))
        if text != article.text:
            article.text = text
            self.store.judge(article)
        if article.published and "T" in article.published:
            article.published = min(article.published, article.fetched)
        article.paywalled = article.paywalled or known.paywalled  # locked since
        article.matches = with_earlier(
            self.connection, again.claim.article_id, article.language, article.matches, self.run.topics
        )
        if not article.matches and all(match.topic in self.judged for match in known.matches):
            return Change(again, known, refused=self._why_refused(article))
        columns = differing(known, article, again.is_first)
        return Change(again, known, article, columns, topics_of(known.matches, article.matches, self.judged))

    def _why_refused(self, article: Article) -> Refusal:
        """Why no topic wants an article, which it would be told if it was new."""
        assert article.claim
        try:
            self.store.judge(replace(article, claim=replace(article.claim, article_id=None)))
        except Unwanted as unwanted:
            return Refusal(unwanted.state, unwanted.reason)
        return Refusal("irrelevant", "no topic to judge for")

    def _judged(self, change: Change) -> Change:
        """``change``; if it brings a new article, as the store would decide."""
        if change.article and not change.known:
            article = change.article
            try:
                article.text = without_repeated(
                    article.text, self.store.memory.known(article.site, ends(article.text))
                )  # fmt: skip
                self.store.judge(article)
            except Unwanted as unwanted:
                return replace(change, article=None, refused=Refusal(unwanted.state, unwanted.reason))
        return change

    # Write

    def _keep(self, batch: list[tuple[Number, Read]]) -> None:
        with transaction(self.connection):
            counts = Counter(self._settle(read) for _, read in batch)
            articles, pages = self.position()
            articles = max([articles, *(number for (table, number), _ in batch if table == "articles")])
            pages = max([pages, *(number for (table, number), _ in batch if table == "pages")])
            self.connection.execute(
                "INSERT OR REPLACE INTO reextractions (selection, rules, articles, pages) VALUES (?, ?, ?, ?)",
                (self.selection.key, self._rules, articles, pages),
            )
        self.progress.counts += counts
        self.progress.done += len(batch)
        self.tell(self.progress)

    def _settle(self, read: Read) -> str:
        """Write what a reading changes; its outcome."""
        if read.again is not None and not self._is_current(read.again):
            return "changed meanwhile"
        change = self._change(read)
        if not isinstance(change, Change):
            return change
        number = change.again.claim.article_id
        if number is None:
            return self._new(change)
        if change.refused:
            self.store.archive.leave(number, change.refused.state, change.refused.reason)
        elif change.article:
            if change.columns or change.article.extractor != (change.known and change.known.extractor):
                self.store.archive.correct(number, change.article, change.columns)
            if change.topics:
                self.store.archive.rematch(number, change.article.matches, self.judged)
                self.run.frontier.judgements.kept(number)
        return change.outcome

    def _is_current(self, again: Again) -> bool:
        number = again.claim.article_id
        if number is not None:
            row = self.connection.execute("SELECT revision FROM articles WHERE id = ?", (number,)).fetchone()
            return row is not None and row["revision"] == again.revision
        query = "SELECT 1 FROM pages WHERE id = ? AND article_id IS NULL AND state = ?"
        return self.connection.execute(query, (again.claim.id, again.state)).fetchone() is not None

    def _new(self, change: Change) -> str:
        """A page that had no article: it has one now, or another reason for having none."""
        claim = change.again.claim
        if change.article:
            change.article.claim = claim
            fetched = self.connection.execute("SELECT fetched FROM pages WHERE id = ?", (claim.id,)).fetchone()[0]
            self.connection.execute("SAVEPOINT page")
            try:
                self.store.store(change.article)
            except Unwanted as unwanted:
                self.connection.execute("ROLLBACK TO page")
                change.article, change.refused = None, Refusal(unwanted.state, unwanted.reason)
            self.connection.execute("RELEASE page")
            self.connection.execute("UPDATE pages SET fetched = ? WHERE id = ?", (fetched, claim.id))
        if change.refused is None:
            return change.outcome
        state, reason = change.refused.state, change.refused.reason
        if state == change.again.state:
            return "unchanged"
        self.connection.execute("UPDATE pages SET state = ?, reason = ? WHERE id = ?", (state, reason, claim.id))
        self.run.frontier.judgements.ended(claim.id, state, reason, None)
        return "refused"
