"""Which announced addresses become rows of ``pages``, and which of them are asked for first.

Call everything here in a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler import clock
from crawler.frontier import aliases
from crawler.items import Found
from crawler.terms import Terms
from crawler.urls import page_key

SOURCES_FIRST = 1 << 40  # priority of feeds, sitemaps and sections; of an article it is the second it was published
NAMED = 1 << 34  # added for every side of the topic that its announced title names: more than any second
AT_ONCE = 100  # addresses that are looked up with one statement
HINTS_ONLY = {"news.google.com"}  # their links lead to the article only in a browser

INSERT = (
    "INSERT INTO pages (url, key, kind, topic, source, host, state, reason, found_on, first_seen, due, priority, hints,"
    " article_id, alias_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING"
)
_written = json.JSONEncoder(ensure_ascii=False).encode


class Added(NamedTuple):
    """What became of an announced address; ``new`` when it was not known, or not asked for yet."""

    item: Found
    host: str
    state: str
    new: bool


class Admission:
    """Admits addresses for one topic; those with titles that name its ``terms`` are asked for first."""

    def __init__(self, connection: sqlite3.Connection, topic: str, terms: Terms | None = None):
        self.connection = connection
        self.topic = topic
        self.terms = terms

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


def _before(published: str, oldest: datetime) -> bool:
    """Whether ``published`` is before ``oldest``; a date without a time counts as its last moment."""
    moment = clock.moment(published)
    return (moment + timedelta(days=1) if len(published) == 10 else moment) < oldest
