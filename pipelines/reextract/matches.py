"""Terms, score, parts and role of stored articles by today's terms, from their texts alone: no page is read.

Texts are judged in the worker processes, many as one task; of what comes back only the rows that differ are written.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from crawler.database import transaction
from crawler.items import Match, Refusal
from crawler.run import Run
from crawler.terms import Terms
from pipelines.archive import MATCH, columns_of
from pipelines.language import wanted
from pipelines.reextract.change import Progress
from pipelines.reextract.earlier import with_earlier
from pipelines.reextract.selection import Selection
from pipelines.relevance import given_groups, judge
from pipelines.store import Store

AT_ONCE = 200  # articles that are judged as one task and written in one transaction
AHEAD = 2  # tasks a worker


class Watched(NamedTuple):
    """What is asked of a topic here."""

    name: str
    terms: Terms
    languages: tuple[str, ...]


Text = tuple[int, int, str | None, str, str, str]  # of an article: number, revision, title, text, language, and the
# topic and terms of its matches as JSON: what they were given stays


class Judged(NamedTuple):
    """What the topics make of a stored text, as rows of ``matches`` have it; when nothing, why."""

    article_id: int
    revision: int
    rows: list[tuple[str, float, str, str, str]]
    refusal: Refusal | None


def judged(texts: Sequence[Text], topics: bytes) -> list[Judged]:
    """What pickled ``topics`` make of articles."""
    watched = _unpickled(topics)
    languages = {topic.name: topic.languages for topic in watched}
    return [_judged(text, watched, languages) for text in texts]


def _judged(article: Text, topics: list[Watched], languages: dict[str, tuple[str, ...]]) -> Judged:
    number, revision, title, text, language, before = article
    matches, miss = judge(title, text, topics, lambda: language, given_groups(json.loads(before)))
    kept = wanted(matches, language, languages)
    refusal = None
    if not kept:
        unread = f"language is {language}, which no topic it belongs to reads"
        refusal = Refusal("language", unread) if matches else Refusal("irrelevant", miss or "")
    return Judged(number, revision, [columns_of(match) for match in kept], refusal)


@lru_cache(maxsize=4)
def _unpickled(topics: bytes) -> list[Watched]:
    return [Watched(*topic) for topic in pickle.loads(topics)]


class Rematching:
    """Judges what ``selection`` asks for again: for its topic, or for all of ``run``."""

    def __init__(self, run: Run, selection: Selection, tell: Callable[[Progress], object] = lambda progress: None):
        self.run = run
        self.selection = selection
        self.tell = tell
        self.progress = Progress()
        self.connection = run.db.conn
        self.store = Store.of(run)
        self.topics = [topic for topic in run.topics if selection.topic in (None, topic.name)]
        self.asked = pickle.dumps([(t.name, t.terms, tuple(t.languages or ())) for t in self.topics])
        self.names = {topic.name for topic in self.topics}

    async def all(self) -> None:
        """Write what differs."""
        numbers = self.selection.articles(self.connection)
        self.progress.size = len(numbers)
        most = AHEAD * max(1, self.run.settings.getint("EXTRACT_WORKERS"))
        waiting: deque[asyncio.Task[list[Judged]]] = deque()
        batches = _batches(numbers)
        try:
            while True:
                while len(waiting) < most and (batch := next(batches, None)):
                    task = self.run.pool.ask(judged, self._texts(batch), self.asked)
                    waiting.append(asyncio.ensure_future(task))
                if not waiting:
                    return
                self._keep(await waiting.popleft())
        finally:
            for left in waiting:
                left.cancel()

    def _texts(self, numbers: Sequence[int]) -> list[Text]:
        before = "(SELECT json_group_array(json_array(topic, json(terms))) FROM matches WHERE article_id = id)"
        rows = self._of(f"SELECT id, revision, title, text, language, {before} FROM articles WHERE id IN", numbers)
        return [tuple(row) for row in rows]

    def _of(self, query: str, numbers: Sequence[int]) -> list[sqlite3.Row]:
        return self.connection.execute(
            f"{query} (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),)
        ).fetchall()  # fmt: skip

    def _keep(self, results: Sequence[Judged]) -> None:
        numbers = [result.article_id for result in results]
        with transaction(self.connection):
            now = {
                row["id"]: row for row in self._of("SELECT id, revision, language FROM articles WHERE id IN", numbers)
            }
            known: dict[int, dict[str, tuple[object, ...]]] = {number: {} for number in now}
            for row in self._of(f"SELECT article_id, {MATCH} FROM matches WHERE article_id IN", numbers):
                known[row["article_id"]][row["topic"]] = tuple(row)[1:]
            counts = Counter(
                self._settle(result, now[result.article_id]["language"], known[result.article_id])
                if result.article_id in now and now[result.article_id]["revision"] == result.revision
                else "changed meanwhile"
                for result in results
            )
        self.progress.counts += counts
        self.progress.done += len(results)
        self.tell(self.progress)

    def _settle(self, result: Judged, language: str, known: dict[str, tuple[object, ...]]) -> str:
        """Write what differs of an article's matches; what that is, in a word."""
        number, _, rows, refusal = result
        fresh = {row[0]: row for row in rows}
        gone = (known.keys() & self.names) - fresh.keys()
        if not gone and all(known.get(topic) == row for topic, row in fresh.items()):
            return "unchanged"
        matches = [Match(t, score, json.loads(terms), role, json.loads(parts)) for t, score, terms, role, parts in rows]
        if gone:
            matches = with_earlier(self.connection, number, language, matches, self.topics)
        if not matches and known.keys() <= self.names and refusal:
            self.store.archive.leave(number, refusal.state, refusal.reason)
            return "left"
        if self.store.archive.rematch(number, matches, self.names):
            self.run.frontier.judgements.kept(number)
            return "matches"
        return "unchanged"


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[begin : begin + AT_ONCE] for begin in range(0, len(numbers), AT_ONCE))
