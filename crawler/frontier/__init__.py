"""The frontier: whom to ask next, who is being asked, and what became of each; its memory is crawler/frontier/pages.py.

A claim lives in this process only. Claims go round over the hosts, and a host is asked again only when its delay
has passed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial

from crawler.database.commits import GroupCommit
from crawler.fetching.outcome import Outcome
from crawler.frontier import again, aliases, hosts
from crawler.frontier.admission import Admission
from crawler.frontier.effort import Effort
from crawler.frontier.judgements import Judgements
from crawler.frontier.manners import Manners
from crawler.frontier.pages import MAX_CLAIMS, Pages
from crawler.frontier.shares import Shares
from crawler.frontier.turns import Turns
from crawler.items import Claim, Found
from crawler.terms import Terms

PATIENCE = 60.0  # seconds that a run waits for a host that may not be asked yet; a longer pause is for the next run
MOST_DOORS = 5  # redirects from host to host
ROW = 400  # bytes of a row of ``pages`` with its indexes, without its address
CHUNK = 50  # pages of one host that are looked up at once


class Frontier:
    """Claims and outcomes of one run for one topic; all writes go through ``commits``."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        topic: str,
        turns: Turns,
        at_once: int = 32,
        terms: Terms | None = None,
        most_found: int = 50_000,
        most_bytes: float = 0,
    ):
        self.connection = connection
        self.admission = Admission(connection, topic, terms)
        self.pages = Pages(connection, topic)
        self.judgements = Judgements(connection, topic)
        self.turns = turns
        self.manners = Manners(connection, turns)
        self.at_once = at_once
        self.most_found = most_found
        self.overflowing: set[str] = set()  # sources whose sitemaps have more than a run takes
        self.effort = Effort()
        self.shares = Shares(at_once, turns.most_seconds, most_bytes=most_bytes)
        self.commits = GroupCommit(connection, expected=lambda: len(self._claimed))
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)  # source -> outcome -> pages
        self._claimed: dict[int, Claim] = {}
        self._claimed_of: Counter[str] = Counter()  # host -> claims without outcome
        self._asking: set[int] = set()  # claims whose response is still to come
        self._uncounted: set[int] = set()  # claims whose attempt is not written yet
        self._left: defaultdict[str, set[int]] = defaultdict(set)  # host -> pages that are due, but not in this run
        self._loaded: dict[str, deque[int]] = {}  # host -> pages that are due, in order
        self._facts: defaultdict[int, dict[str, object]] = defaultdict(dict)
        self._along: defaultdict[int, list[Callable[[], object]]] = defaultdict(list)
        self._news = asyncio.Event()

    def follow(self, sources: Mapping[int, str]) -> None:
        """The sources of the topic: number -> name. What others found is not asked for."""
        self.pages.followed = self.judgements.followed = dict(sources)
        self.admission.ids = {name: number for number, name in sources.items()}

    # What is there to do

    def add(
        self,
        found: Collection[Found],
        source: str,
        found_on: str,
        oldest: datetime | None = None,
        undated: int | None = None,
    ) -> list[Found]:
        """Remember what was announced and return what of it is new. Call it inside a transaction.

        What was published before ``oldest`` is not asked for; what has no date is asked for as if it had been
        published at the second ``undated`` (None: now).
        """
        added = self.admission.add(found, source, found_on, oldest, undated)
        if self.judgements.announced([item.url for item in found], self.admission.ids.get(source)):
            self.load()  # what was judged for other topics is due again, on any host
        new = [page for page in added if page.new]
        self.shares.stored(source, sum(ROW + len(page.item.url) for page in new))
        self.counts[source]["old"] += sum(page.state == "old" for page in new)
        for host in dict.fromkeys(page.host for page in added if page.state != "old"):
            self._has_work(host)
        return [page.item for page in new]

    def listed_again(self, found_on: str, found: Collection[Found] | None) -> None:
        """A list was read, and announces ``found`` or, with None, what it did before. Call it inside a transaction.

        What was given up is asked again as long as it is announced.
        """
        if found is None:
            for host in again.still_listed(self.connection, found_on):
                self._has_work(host)
        else:
            again.no_longer_listed(self.connection, found_on, found)

    def load(self) -> None:
        """Get to know every host that has something due."""
        for host in self.pages.hosts_due():
            self._has_work(host)

    def _has_work(self, host: str) -> None:
        self.manners.meet(host)
        self.turns.has_work(host)
        self._news.set()

    # Who is next

    def claim(self) -> Claim | None:
        """The next page to ask for, or None when no host may be asked right now."""
        while len(self._asking) < self.at_once and (host := self.turns.take()):
            claim = self._next_of(host)
            if claim is None:
                self.turns.nothing(host)
                continue
            if not self.shares.allows(claim.source):
                self._loaded.setdefault(host, deque()).appendleft(claim.id)
                self.shares.wait(claim.source, host)
                continue
            self.turns.asked(host)
            self.shares.asked(claim.source, claim.id)
            self._claimed[claim.id] = claim
            self._claimed_of[host] += 1
            self._asking.add(claim.id)
            if not self._uncounted:
                self.commits.later(self._count_attempts)
            self._uncounted.add(claim.id)
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

    def _next_of(self, host: str) -> Claim | None:
        loaded = self._loaded.get(host)
        if not loaded:
            left = self._left.get(host, ())
            most = CHUNK + self._claimed_of[host] + len(left)
            due = (page for page in self.pages.due(host, most) if page not in self._claimed and page not in left)
            loaded = self._loaded[host] = deque(due)
        while loaded:
            claim = self.pages.claim(loaded.popleft())
            if claim is None:
                continue
            if self.shares.used_up(claim.source) or not self.room(claim.source, claim.kind):
                self._left[host].add(claim.id)
                continue
            if claim.attempts < MAX_CLAIMS:
                return claim
            self._left[host].add(claim.id)
            self.commits.later(partial(self.pages.give_up, claim))
        del self._loaded[host]
        return None

    def room(self, source: str, kind: str) -> int:
        """How many new addresses a run still takes from a list of ``kind``: a source may have many sitemaps."""
        if kind != "sitemap":
            return sys.maxsize
        left = max(0, self.most_found - self.counts[source]["found"])
        if not left:
            self.overflowing.add(source)
        return left

    def _count_attempts(self) -> None:
        self.pages.count_attempts(self._uncounted)
        self._uncounted.clear()

    # What became of it

    def answered(self, claim: Claim) -> None:
        """The response to ``claim`` is here, or will not come: its host may be asked again after the delay."""
        if claim.id in self._asking:
            self._asking.discard(claim.id)
            self.turns.back(claim.host)
            for host in self.shares.back(claim.source, claim.id):
                self.turns.nothing(host)
                self.turns.has_work(host)
            self._news.set()

    def note(self, claim: Claim, **facts: object) -> None:
        """Columns of ``pages`` (``etag``, ``kind`` ...) to be written with the outcome of ``claim``."""
        self._facts[claim.id].update(facts)

    def along(self, claim: Claim, work: Callable[[], object]) -> None:
        """Something to be done in the transaction that writes the outcome of ``claim``, whatever it is."""
        self._along[claim.id].append(work)

    def write(self, claim: Claim, outcome: Outcome, article_id: int | None = None, due: str | None = None) -> None:
        """Write an outcome (see Pages.write). Call it inside a transaction; ``ended`` follows after the commit."""
        self._uncounted.discard(claim.id)
        self.pages.write(claim, outcome, article_id, due, self._facts.pop(claim.id, None))
        if claim.kind == "article" or article_id:
            self.judgements.ended(claim.id, *self.pages.state(claim))
        self.admission.credit.settle(claim.id, article_id or claim.article_id)
        with self.effort.of(claim):
            for work in self._along.pop(claim.id, ()):
                work()
        self.manners.learn(outcome.host or claim.host, outcome)

    def passed_on(self, claim: Claim, url: str, status: int) -> Outcome | None:
        """``claim`` only led to ``url`` on another host: that page takes its place. Call it inside a transaction.

        The outcome when it cannot: the address leads from door to door.
        """
        known = aliases.known_as(self.connection, url)
        circle = known is not None and known["reason"] == f"{aliases.ALIAS} {claim.url}"
        if circle or aliases.depth(self.connection, claim.url, "article") >= MOST_DOORS:
            outcome = Outcome("failed", "leads from one address to the next, and to no page", status=status)
            self.write(claim, outcome)
            return outcome
        hints = claim.hints
        self.add(
            [Found(url, "article", hints.title, hints.published, None, hints.language, hints.authors)],
            claim.source,
            claim.url,
        )
        if self.pages.only is not None and (page := aliases.known_as(self.connection, url)):
            self.pages.only.add(aliases.page_of(self.connection, page)["id"])
        self._uncounted.discard(claim.id)
        aliases.is_alias(self.connection, claim, url, status)
        hosts.answered(self.connection, claim.host)
        return None

    def ended(self, claim: Claim, outcome: str) -> None:
        """``claim`` is over and its outcome committed."""
        self.counts[claim.source][outcome] += 1
        self._drop(claim)

    def recount(self, source: str, before: str, after: str) -> None:
        """One page of this run has another outcome than was counted."""
        if self.counts[source][before]:
            self.counts[source][before] -= 1
            self.counts[source][after] += 1

    def hold(self, claim: Claim) -> None:
        """End ``claim`` for this run without an outcome; nor are further articles asked of its host.

        Its other sources are, so that each of them is reported.
        """
        if claim.kind == "article":
            self.turns.pause(claim.host, 3600)
        self.leave(claim)

    def leave(self, claim: Claim) -> None:
        """End ``claim`` for this run without an outcome: it is due in the next."""
        self._left[claim.host].add(claim.id)
        self._drop(claim)

    def uncount(self, claim: Claim) -> None:
        """Forget the attempt that was counted for ``claim``."""
        if claim.id in self._uncounted:
            self._uncounted.discard(claim.id)
        else:
            self.commits.later(partial(self.pages.uncount_attempt, claim))

    def _drop(self, claim: Claim) -> None:
        self.answered(claim)
        self._facts.pop(claim.id, None)
        self._along.pop(claim.id, None)
        self.effort.over(claim)
        if self._claimed.pop(claim.id, None):
            self._claimed_of[claim.host] -= 1
        self._news.set()
