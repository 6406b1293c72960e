"""The table ``pages``: every address that was ever found, what became of it, and when to come again.

What writes runs inside the caller's transaction. ``due`` says when a page is to be asked for, NULL for never;
whatever dies before its outcome is committed is therefore still due.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler import aliases, clock
from crawler.fetching.outcome import Outcome
from crawler.items import Claim, Found, Hints
from crawler.terms import Terms
from crawler.urls import page_key

MAX_ATTEMPTS = 5  # visits that failed before a page is given up
MAX_CLAIMS = 20  # and those that never ended, since a run may be killed for other reasons than this page
LONGEST_WAIT = timedelta(days=7)  # between two attempts
SOURCES_FIRST = 1 << 40  # priority of feeds, sitemaps and sections; of an article it is the second it was published
NAMED = 1 << 34  # added for every side of the topic that its announced title names: more than any second
WINDOW = 500  # pages of a host among which its sources take turns
AT_ONCE = 100  # addresses that are looked up with one statement
HINTS_ONLY = {"news.google.com"}  # their links lead to the article only in a browser
VALIDATORS = {"etag", "last_modified", "body_hash", "unchanged"}

INSERT = (
    "INSERT INTO pages (url, key, kind, topic, source, host, state, reason, found_on, first_seen, due, priority, hints,"
    " article_id, alias_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING"
)
NO_HINTS = Hints()
_written = json.JSONEncoder(ensure_ascii=False).encode


class Added(NamedTuple):
    """What became of an announced address; ``new`` when it was not known, or not asked for yet."""

    item: Found
    host: str
    state: str
    new: bool


class Pages:
    """The addresses of one topic; titles that name its ``terms`` are asked for first."""

    def __init__(self, connection: sqlite3.Connection, topic: str, terms: Terms | None = None):
        self.connection = connection
        self.topic = topic
        self.terms = terms

    # Find

    def add(
        self,
        found: Iterable[Found],
        source: str,
        found_on: str,
        oldest: datetime | None = None,
        undated: int | None = None,
    ) -> list[Added]:
        """Remember announced addresses; those that are new or due again, in their order.

        Another spelling of a known address (page_key) is remembered as such and never asked for; what was
        published or last changed before ``oldest`` is remembered as ``old``. ``undated`` is the second of
        publication that is assumed where none is given (None: now).
        """
        now = clock.stamp()
        added = []
        for pages in _apart(found):
            known = aliases.known(self.connection, {key: item.url for key, item in pages.items()})
            rows = []
            for key, item in pages.items():
                row = known.get(key)
                if row and row["url"] == item.url:
                    if self._again(row, item, now, undated):
                        added.append(Added(item, row["host"], row["state"], row["fetched"] is None))
                    continue
                host = _host(item.url.partition("://")[2].partition("/")[0])
                state, reason, alias_of = _shared(row) if row else (*_first_state(item, host, oldest), None)
                hints = _hints(item)
                rows.append(
                    (
                        item.url,
                        key,
                        item.kind,
                        self.topic,
                        source,
                        host,
                        state,
                        reason,
                        found_on,
                        now,
                        None if reason else now,
                        self._priority(item, undated),
                        _written(hints) if hints else None,
                        row["article_id"] if row else None,
                        alias_of,
                    )
                )
                if row is None:
                    added.append(Added(item, host, state, True))
            self.connection.executemany(INSERT, rows)
        return added

    def _priority(self, item: Found, undated: int | None) -> int:
        """Titles that name the topic first, then newest first; feeds and sitemaps before all articles."""
        if item.kind != "article":
            return SOURCES_FIRST
        named = len(self.terms.hits(item.title)) if self.terms and item.title else 0
        date = item.published or item.modified
        if date is None and undated is not None:
            return named * NAMED + undated
        return named * NAMED + int((clock.moment(date) if date else clock.now()).timestamp())

    def _again(self, known: sqlite3.Row, item: Found, now: str, undated: int | None) -> bool:
        """Come again sooner to what is said to have changed since we read it: a young article or a sitemap.

        For a page that was not asked for yet, a second source may know what the first one did not say.
        """
        if known["fetched"] is None and known["state"] == "queued" and known["kind"] == item.kind == "article":
            hints = json.loads(known["hints"] or "{}")
            if more := {name: value for name, value in _hints(item).items() if name not in hints}:
                self.connection.execute(
                    "UPDATE pages SET hints = ?, priority = max(priority, ?) WHERE id = ?",
                    (_written(hints | more), self._priority(item, undated), known["id"]),
                )
            return False
        young = known["article_id"] is not None and known["due"] is not None
        if (
            not item.modified
            or not (young or known["kind"] == "sitemap")
            or (known["due"] or "z") <= now
            or (known["fetched"] or "") >= item.modified
        ):
            return False
        self.connection.execute("UPDATE pages SET due = ? WHERE id = ?", (now, known["id"]))
        return True

    def visit(self, found: Found, source: str) -> None:
        """Make a source due now, known or not."""
        now = clock.stamp()
        self.connection.execute(
            "INSERT INTO pages (url, key, kind, topic, source, host, state, first_seen, due, priority)"
            " VALUES (:url, :key, :kind, :topic, :source, :host, 'queued', :now, :now, :priority)"
            " ON CONFLICT (url) DO UPDATE SET due = :now, topic = :topic, source = :source, priority = :priority,"
            " kind = :kind",
            {
                "url": found.url,
                "key": page_key(found.url),
                "kind": found.kind,
                "topic": self.topic,
                "source": source,
                "host": urlsplit(found.url).hostname or "",
                "now": now,
                "priority": SOURCES_FIRST,
            },
        )

    # Claim

    def hosts_due(self) -> list[str]:
        """The hosts that have something due now or later."""
        rows = self.connection.execute(
            "WITH RECURSIVE due (host) AS ("
            " SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL"
            " UNION ALL"
            " SELECT (SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL AND host > due.host)"
            " FROM due WHERE due.host IS NOT NULL)"
            " SELECT host FROM due WHERE host IS NOT NULL",
            {"topic": self.topic},
        )
        return [row["host"] for row in rows]

    def due(self, host: str, most: int) -> list[int]:
        """Ids of up to ``most`` pages of ``host`` that are due: sources, what names the topic, then the newest.

        Within each of these the sources of the host take turns, so that none uses up the host's budget alone.
        """
        rows = self.connection.execute(
            "WITH due AS (SELECT id, source, priority FROM pages"
            " WHERE topic = :topic AND host = :host AND due IS NOT NULL AND due <= :now"
            " ORDER BY priority DESC, id LIMIT :window),"
            " ranked AS (SELECT id, priority, priority / :named AS level, row_number() OVER"
            " (PARTITION BY source, priority / :named ORDER BY priority DESC, id) AS turn FROM due)"
            " SELECT id FROM ranked ORDER BY level DESC, turn, priority DESC, id LIMIT :most",
            {
                "topic": self.topic,
                "host": host,
                "now": clock.stamp(),
                "window": max(WINDOW, most),
                "named": NAMED,
                "most": most,
            },
        )
        return [row["id"] for row in rows]

    def claim(self, page_id: int) -> Claim | None:
        """What is to be asked for at a page that is due; None when it no longer is."""
        row = self.connection.execute(
            "SELECT id, url, kind, source, host, attempts, hints,"
            " etag, last_modified, body_hash, unchanged, article_id FROM pages WHERE id = ? AND due IS NOT NULL",
            (page_id,),
        ).fetchone()
        if row is None:
            return None
        number, url, kind, source, host, attempts, said, etag, last_modified, body, unchanged, article = row
        hints = _read_hints(said)
        return Claim(number, url, kind, source, host, attempts, hints, etag, last_modified, body, unchanged, article)

    def count_attempts(self, page_ids: Iterable[int]) -> None:
        """Counted before there is an outcome, so that a page that ends every run is not tried for ever."""
        self.connection.executemany(
            "UPDATE pages SET attempts = attempts + 1 WHERE id = ?", [(page_id,) for page_id in page_ids]
        )

    def uncount_attempt(self, claim: Claim) -> None:
        """Forget the attempt that was counted for ``claim``."""
        self.connection.execute("UPDATE pages SET attempts = ? WHERE id = ?", (claim.attempts, claim.id))

    def give_up(self, claim: Claim) -> None:
        """A page that was claimed too often without an outcome."""
        reason = f"given up: {claim.attempts} runs ended while it was being read"
        self.connection.execute(
            "UPDATE pages SET state = 'failed', reason = ?, due = NULL, attempts = 0 WHERE id = ?", (reason, claim.id)
        )

    # Outcome

    def write(
        self,
        claim: Claim,
        outcome: Outcome,
        article_id: int | None = None,
        due: str | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Write an outcome to its row; ``due`` is when to come again all the same, ``facts`` are further columns.

        A stored article stays stored whatever a re-visit meets, unless it is gone.
        """
        attempts = claim.attempts + 1
        state, reason = outcome.state, outcome.reason
        if outcome.retry is not None and attempts < MAX_ATTEMPTS:
            due = clock.text(clock.now() + min(outcome.retry * 2 ** (attempts - 1), LONGEST_WAIT))
        elif outcome.retry is not None:
            state = "blocked" if state == "blocked" else "failed"
            reason = f"{reason}; given up after {attempts} attempts"
        if claim.article_id and state not in ("stored", "gone"):
            state, reason = "stored", f"at a re-visit: {reason}"
        kept = facts or {}
        if claim.kind == "article" and due is None:  # it is not asked for again: validators would be of no use
            kept = {column: value for column, value in kept.items() if column not in VALIDATORS}
        article_id = article_id or claim.article_id
        tried = attempts if outcome.retry is not None and due else 0
        values = (state, reason or None, due, clock.stamp(), outcome.status, article_id, tried, *kept.values())
        self.connection.execute(_update(tuple(kept)), (*values, claim.id))
        aliases.share_fate(self.connection, claim.id, state, article_id)

    def redirected(self, url: str, claim: Claim, article_id: int) -> None:
        """``url`` is where ``claim`` was redirected to: it need not be asked for again."""
        aliases.redirected(self.connection, self.topic, url, claim, article_id)

    def moved(self, before: str, after: str) -> None:
        """The article of page ``before`` has ``after`` as its own address."""
        aliases.moved(self.connection, before, after)


def body_hash(body: bytes) -> str:
    """What tells a body from the one before: 16 hexadecimal digits."""
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def _read_hints(written: str | None) -> Hints:
    if written is None:
        return NO_HINTS
    said = json.loads(written)
    return Hints(said.get("title"), said.get("published"), said.get("language"), tuple(said.get("authors", ())))


def _hints(item: Found) -> dict[str, object]:
    """What was said about a page, as the column ``hints`` has it."""
    said = {"title": item.title, "published": item.published, "language": item.language, "authors": item.authors}
    return {name: value for name, value in said.items() if value}


def _apart(found: Iterable[Found]) -> Iterator[dict[str, Found]]:
    """``found`` in its order as batches of key -> item, no two of one page in the same."""
    batch: dict[str, Found] = {}
    for item in found:
        key = page_key(item.url)
        if key in batch or len(batch) == AT_ONCE:
            yield batch
            batch = {}
        batch[key] = item
    if batch:
        yield batch


@lru_cache(maxsize=16_384)
def _host(netloc: str) -> str:
    return urlsplit(f"//{netloc}").hostname or ""


def _shared(row: sqlite3.Row) -> tuple[str, str, int]:
    """State, reason and page of another address of the page in ``row``."""
    alias_of, reason = aliases.of(row)
    return row["state"], reason, alias_of


def _first_state(item: Found, host: str, oldest: datetime | None) -> tuple[str, str | None]:
    """The state of a page that is new, and why it is not asked for (None: it is)."""
    if host in HINTS_ONLY and item.kind == "article":
        return "not_article", f"seen elsewhere, not by us: {host} does not tell the article's address"
    if oldest is not None and item.published is not None and _before(item.published, oldest):
        return "old", f"published {item.published}, before the topic's max_age"
    if oldest is not None and item.published is None and item.modified and _before(item.modified, oldest):
        return "old", f"last changed {item.modified}, before the topic's max_age"
    return "queued", None


@cache
def _update(facts: tuple[str, ...]) -> str:
    """The statement that writes an outcome with these further columns."""
    columns = ("state", "reason", "due", "fetched", "status", "article_id", "attempts", *facts)
    return f"UPDATE pages SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?"


def _before(published: str, oldest: datetime) -> bool:
    """Whether ``published`` is before ``oldest``; a date without a time counts as its last moment."""
    moment = clock.moment(published)
    return (moment + timedelta(days=1) if len(published) == 10 else moment) < oldest
