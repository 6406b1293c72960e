"""The frontier: which pages are known, which are due, who is being asked, and what became of each.

Its memory is the table ``pages``. A claim lives in this process only: whatever dies before its outcome is
committed is still due for the next run. Claims go round over the hosts, and a host is asked again only when
its delay has passed.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from crawler import clock, hosts
from crawler.commits import GroupCommit
from crawler.items import Claim, Found, Hints
from crawler.outcome import Outcome
from crawler.turns import Turns

MAX_ATTEMPTS = 5  # visits of a page without an outcome before it is given up
UNREACHABLE_PAUSE = timedelta(minutes=10)  # for a host that no connection could be made to
LONGEST_WAIT = timedelta(days=7)  # between two attempts
HINTS_ONLY = {"news.google.com"}  # their links lead to the article only in a browser
CHUNK = 20  # claims of one host that are read from the table at once
PATIENCE = 60.0  # seconds that a run waits for a host that may not be asked yet; a longer pause is for the next run
SOURCES_FIRST = 1 << 40  # priority of feeds, sitemaps and sections; of an article it is the second it was published


class Frontier:
    """Claims and outcomes of one run for one topic; all writes go through ``commits``."""

    def __init__(self, connection: sqlite3.Connection, topic: str, turns: Turns, at_once: int = 32):
        self.connection = connection
        self.topic = topic
        self.turns = turns
        self.at_once = at_once
        self.commits = GroupCommit(connection, expected=lambda: len(self._claimed))
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)  # source -> outcome -> pages
        self._claimed: dict[int, Claim] = {}
        self._claimed_of: Counter[str] = Counter()  # host -> claims without outcome
        self._asking: set[int] = set()  # claims whose response is still to come
        self._left: set[int] = set()  # due, but not again in this run
        self._loaded: defaultdict[str, deque[Claim]] = defaultdict(deque)
        self._facts: defaultdict[int, dict[str, object]] = defaultdict(dict)
        self._along: defaultdict[int, list[Callable[[], object]]] = defaultdict(list)
        self._news = asyncio.Event()

    # Which pages are known

    def add(self, found: Iterable[Found], source: str, found_on: str, oldest: datetime | None = None) -> list[Found]:
        """Remember what was announced and return what of it is new. Call it inside a transaction.

        What was published before ``oldest`` is remembered as ``old`` and will not be fetched.
        """
        new = []
        now = clock.now()
        for item in found:
            hints = {
                key: value
                for key, value in asdict(Hints(item.title, item.published, item.language, item.authors)).items()
                if value
            }
            old = oldest is not None and item.published is not None and _before(item.published, oldest)
            host = urlsplit(item.url).hostname or ""
            state, reason = "queued", None
            if host in HINTS_ONLY and item.kind == "article":
                state, reason = "not_article", f"seen elsewhere, not by us: {host} does not tell the article's address"
            elif old:
                state, reason = "old", f"published {item.published}, before the topic's max_age"
            added = self._insert(
                item,
                {
                    "url": item.url,
                    "kind": item.kind,
                    "topic": self.topic,
                    "source": source,
                    "host": host,
                    "state": state,
                    "reason": reason,
                    "found_on": found_on,
                    "first_seen": clock.text(now),
                    "due": clock.text(now) if state == "queued" else None,
                    "priority": _priority(item, now),
                    "hints": json.dumps(hints, ensure_ascii=False) if hints else None,
                },
            )
            if added:
                new.append(item)
                self.counts[source]["old"] += state == "old"
        return new

    def _insert(self, item: Found, row: dict[str, object]) -> int:
        columns = ", ".join(row)
        slots = ", ".join(f":{column}" for column in row)
        sql = f"INSERT INTO pages ({columns}) VALUES ({slots}) ON CONFLICT (url) DO NOTHING"
        added = self.connection.execute(sql, row).rowcount
        if not added and item.modified:
            # Known, and said to have changed since we read it: a young article is looked at again, a sitemap read.
            added_again = self.connection.execute(
                "UPDATE pages SET due = :first_seen WHERE url = :url AND fetched < :modified"
                " AND (due > :first_seen AND article_id IS NOT NULL"
                " OR coalesce(due, 'z') > :first_seen AND kind = 'sitemap')",
                {**row, "modified": item.modified},
            ).rowcount
            if added_again:
                self._has_work(str(row["host"]))
        elif added and row["due"]:
            self._has_work(str(row["host"]))
        return added

    def visit(self, found: Found, source: str) -> None:
        """Make a source due now, known or not. Call it inside a transaction."""
        now = clock.text(clock.now())
        self.connection.execute(
            "INSERT INTO pages (url, kind, topic, source, host, state, first_seen, due, priority)"
            " VALUES (:url, :kind, :topic, :source, :host, 'queued', :now, :now, :priority)"
            " ON CONFLICT (url) DO UPDATE SET due = :now, topic = :topic, source = :source, priority = :priority,"
            " kind = CASE kind WHEN 'article' THEN :kind ELSE kind END",
            {
                "url": found.url,
                "kind": found.kind,
                "topic": self.topic,
                "source": source,
                "host": urlsplit(found.url).hostname or "",
                "now": now,
                "priority": SOURCES_FIRST,
            },
        )

    def load(self) -> None:
        """Get to know every host that has something due; hosts that asked us to wait are left alone until then."""
        rows = self.connection.execute(
            "WITH RECURSIVE due (host) AS ("
            " SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL"
            " UNION ALL"
            " SELECT (SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL AND host > due.host)"
            " FROM due WHERE due.host IS NOT NULL)"
            " SELECT due.host, hosts.not_before, hosts.delay FROM due LEFT JOIN hosts ON hosts.host = due.host"
            " WHERE due.host IS NOT NULL",
            {"topic": self.topic},
        ).fetchall()
        now = clock.now()
        for row in rows:
            if row["delay"]:
                self.turns.slow_down(row["host"], row["delay"])
            if row["not_before"] and (wait := (clock.moment(row["not_before"]) - now).total_seconds()) > 0:
                self.turns.pause(row["host"], wait)
            self._has_work(row["host"])

    # Which is next

    def claim(self) -> Claim | None:
        """The next page to ask for, or None when no host may be asked right now."""
        while len(self._asking) < self.at_once and (host := self.turns.take()):
            claim = self._next_of(host)
            if claim is None:
                self.turns.nothing(host)
                continue
            self.turns.asked(host)
            self._claimed[claim.id] = claim
            self._claimed_of[host] += 1
            self._asking.add(claim.id)
            self.commits.later(partial(self._count_attempt, claim))
            return claim
        return None

    async def wait(self, limit: float) -> bool:
        """Wait until there may be something to claim, ``limit`` seconds at most.

        False when this run has nothing left to do or to wait for.
        """
        soonest = self.turns.soonest()
        if not self._claimed and (soonest is None or soonest > PATIENCE):
            return False
        self._news.clear()
        busy = soonest is None or len(self._asking) >= self.at_once  # only the end of a claim helps
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, limit if busy else min(limit, soonest or 0.0))):
                await self._news.wait()
        return True

    @property
    def in_flight(self) -> int:
        """Claims without an outcome."""
        return len(self._claimed)

    def _has_work(self, host: str) -> None:
        self.turns.has_work(host)
        self._news.set()

    def _next_of(self, host: str) -> Claim | None:
        waiting = self._loaded[host]
        if not waiting:
            waiting.extend(self._read(host))
        while waiting:
            claim = waiting.popleft()
            if claim.attempts < MAX_ATTEMPTS:
                return claim
            self._left.add(claim.id)
            self.commits.later(partial(self._give_up, claim))
        return None

    def _give_up(self, claim: Claim) -> None:
        reason = f"ended the run {claim.attempts} times before it had an outcome"
        self.connection.execute(
            "UPDATE pages SET state = 'failed', reason = ?, due = NULL, attempts = 0 WHERE id = ?", (reason, claim.id)
        )

    def _read(self, host: str) -> Iterable[Claim]:
        rows = self.connection.execute(
            "SELECT * FROM pages WHERE topic = ? AND host = ? AND due IS NOT NULL AND due <= ?"
            " ORDER BY priority DESC, id LIMIT ?",
            (self.topic, host, clock.text(clock.now()), CHUNK + self._claimed_of[host] + len(self._left)),
        ).fetchall()
        return [_claim(row) for row in rows if row["id"] not in self._claimed and row["id"] not in self._left]

    def _count_attempt(self, claim: Claim, by: int = 1) -> None:
        # Counted before the outcome, so that a page that kills the run is not tried for ever.
        self.connection.execute("UPDATE pages SET attempts = max(0, attempts + ?) WHERE id = ?", (by, claim.id))

    # What became of it

    def answered(self, claim: Claim) -> None:
        """The response to ``claim`` is here, or will not come: its host may be asked again after the delay."""
        if claim.id in self._asking:
            self._asking.discard(claim.id)
            self.turns.back(claim.host)
            self._news.set()

    def note(self, claim: Claim, **facts: object) -> None:
        """Columns of ``pages`` (``etag``, ``kind`` ...) to be written with the outcome of ``claim``."""
        self._facts[claim.id].update(facts)

    def along(self, claim: Claim, work: Callable[[], object]) -> None:
        """Something to be done in the transaction that writes the outcome of ``claim``, whatever it is."""
        self._along[claim.id].append(work)

    def write(self, claim: Claim, outcome: Outcome, article_id: int | None = None, due: str | None = None) -> None:
        """Write an outcome to its row. Call it inside a transaction; ``ended`` follows after the commit.

        ``due`` is when to come again all the same. A stored article stays stored whatever a re-visit meets,
        unless it is gone.
        """
        now = clock.now()
        attempts = claim.attempts + 1
        state, reason = outcome.state, outcome.reason
        if outcome.retry is not None and attempts < MAX_ATTEMPTS:
            due = clock.text(now + min(outcome.retry * 2 ** (attempts - 1), LONGEST_WAIT))
        elif outcome.retry is not None:
            state = "blocked" if state == "blocked" else "failed"
            reason = f"{reason}; given up after {attempts} attempts"
        if claim.article_id and state not in ("stored", "gone"):
            state, reason = "stored", f"at a re-visit: {reason}"
        values = {
            "state": state,
            "reason": reason or None,
            "due": due,
            "fetched": clock.text(now),
            "status": outcome.status,
            "article_id": article_id or claim.article_id,
            "attempts": attempts if outcome.retry is not None and due else 0,
            **self._facts.pop(claim.id, {}),
        }
        assignments = ", ".join(f"{column} = :{column}" for column in values)
        self.connection.execute(f"UPDATE pages SET {assignments} WHERE id = :id", {**values, "id": claim.id})
        for work in self._along.pop(claim.id, ()):
            work()
        if outcome.retry is not None and (outcome.pause_host or outcome.unreachable):
            self._pause(claim.host, outcome, now)
        else:
            hosts.answered(self.connection, claim.host)

    def remember_address(self, url: str, claim: Claim, article_id: int) -> None:
        """``url`` is where ``claim`` was redirected to: it need not be fetched again. Call it inside a transaction."""
        now = clock.text(clock.now())
        self.connection.execute(
            "INSERT INTO pages (url, kind, topic, source, host, state, found_on, first_seen, fetched, article_id)"
            " VALUES (?, 'article', ?, ?, ?, 'stored', ?, ?, ?, ?)"
            " ON CONFLICT (url) DO UPDATE SET state = 'stored', due = NULL, fetched = excluded.fetched,"
            " article_id = excluded.article_id",
            (url, self.topic, claim.source, urlsplit(url).hostname or "", claim.url, now, now, article_id),
        )

    def _pause(self, host: str, outcome: Outcome, now: datetime) -> None:
        if outcome.pause_host and outcome.retry:
            wait = outcome.retry
        else:  # no connection: a little longer with every failure in a row
            row = self.connection.execute("SELECT failures FROM hosts WHERE host = ?", (host,)).fetchone()
            wait = UNREACHABLE_PAUSE * (1 + min(row["failures"] if row else 0, 5))
        self.turns.pause(host, wait.total_seconds())
        hosts.pause(self.connection, host, now + wait, outcome.reason)

    def ended(self, claim: Claim, outcome: str) -> None:
        """``claim`` is over and its outcome committed."""
        self.counts[claim.source][outcome] += 1
        self._drop(claim)

    def hold(self, claim: Claim) -> None:
        """End ``claim`` for this run without an outcome; nor is anything else asked of its host."""
        self._left.add(claim.id)
        self.turns.pause(claim.host, 3600)
        self._drop(claim)

    def uncount(self, claim: Claim) -> None:
        """Forget the attempt that was counted for ``claim``."""
        self.commits.later(partial(self._count_attempt, claim, -1))

    def _drop(self, claim: Claim) -> None:
        self.answered(claim)
        self._facts.pop(claim.id, None)
        self._along.pop(claim.id, None)
        if self._claimed.pop(claim.id, None):
            self._claimed_of[claim.host] -= 1
        self._news.set()


def _claim(row: sqlite3.Row) -> Claim:
    hints = json.loads(row["hints"]) if row["hints"] else {}
    return Claim(
        id=row["id"],
        url=row["url"],
        kind=row["kind"],
        source=row["source"],
        host=row["host"],
        attempts=row["attempts"],
        hints=Hints(hints.get("title"), hints.get("published"), hints.get("language"), tuple(hints.get("authors", ()))),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        unchanged=row["unchanged"],
        article_id=row["article_id"],
    )


def _priority(item: Found, now: datetime) -> int:
    """Newest first: the second of publication, of discovery when unknown; sitemaps before all articles."""
    if item.kind != "article":
        return SOURCES_FIRST
    return int((clock.moment(item.published) if item.published else now).timestamp())


def _before(published: str, oldest: datetime) -> bool:
    """Whether ``published`` is before ``oldest``; a date without a time counts as its last moment."""
    moment = clock.moment(published)
    return (moment + timedelta(days=1) if len(published) == 10 else moment) < oldest
