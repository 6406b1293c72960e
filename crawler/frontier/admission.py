"""Which announced addresses become rows of ``pages``, and which of them are asked for first.

Call everything here in a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler import clock
from crawler.frontier import again, aliases
from crawler.frontier.parameters import Parameters
from crawler.items import Found
from crawler.terms import Terms
from crawler.urls import page_key

SOURCES_FIRST = 1 << 40  # priority of feeds, sitemaps and sections; of an article it is the second it was published
NAMED = 1 << 34  # added for every side of the topic that its announced title names: more than any second
GIVEN_UP = timedelta(days=3)  # after its sources should have been visited, a topic is taken to be no more
AT_ONCE = 100  # addresses that are looked up with one statement
TOO_OLD = "before the topic's max_age"
HINTS_ONLY = {"news.google.com"}  # their links lead to the article only in a browser

INSERT = (
    "INSERT INTO pages (url, key, kind, topic, source, source_id, host, state, reason, found_on, first_seen, due,"
    " priority, hints, article_id, alias_of)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING"
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
        self.ids: dict[str, int] = {}  # names of the topic's sources -> their numbers
        self.parameters = Parameters(connection)
        self.credit = again.Credit(connection)

    def add(
        self,
        found: Collection[Found],
        source: str,
        found_on: str,
        oldest: datetime | None = None,
        undated: int | None = None,
    ) -> list[Added]:
        """Remember announced addresses; those that are new or due again, in their order.

        Another spelling of a known address (page_key) is remembered as such, and asked for only if the page was
        given up; what was published or last changed before ``oldest`` is remembered as ``old``. ``undated`` is the
        second of publication that is assumed where none is given (None: now).
        """
        now = clock.stamp()
        believed = self.credit.of(found_on, found)
        added = []
        for pages in self._apart(found):
            known = aliases.known(self.connection, {key: item.url for key, item in pages.items()})
            self._hand_over(known.values(), source)
            rows, other_spellings = [], []
            for key, item in pages.items():
                row = known.get(key)
                if row and (row["url"] == item.url or page_key(item.url) != key):
                    if again_due := self._again(row, item, found_on, oldest, undated, believed):
                        added.append(again_due)
                    continue
                if row and row["state"] in again.GIVEN_UP:
                    other_spellings.append((row, item))
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
                        self.ids.get(source),
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
            for row, item in other_spellings:
                own = aliases.page_of(self.connection, row)
                if again.ask(self.connection, own, found_on, item.url, at_once=True):
                    added.append(Added(item, own["host"], "queued", False))
        return added

    def _apart(self, found: Iterable[Found]) -> Iterator[dict[str, Found]]:
        """``found`` in its order as batches of key -> item, no two of one page in the same."""
        batch: dict[str, Found] = {}
        for item in found:
            key = self.parameters.key(item.url)
            if key in batch or len(batch) == AT_ONCE:
                yield batch
                batch = {}
            batch[key] = item
        if batch:
            yield batch

    def _hand_over(self, known: Collection[sqlite3.Row], source: str) -> None:
        """What only sources announced that no topic follows any more belongs to the one that announces it now."""
        mine = self.ids.get(source)
        orphans = [(mine, source, row["id"]) for row in known if row["source_id"] not in self.followed_by_any]
        if mine and orphans:
            self.connection.executemany("UPDATE pages SET source_id = ?, source = ? WHERE id = ?", orphans)

    @cached_property
    def followed_by_any(self) -> set[int]:
        """The sources that some topic follows; one that was not run for days may be no more."""
        rows = self.connection.execute(
            "SELECT id FROM sources WHERE id IS NOT NULL AND (topic = ? OR due IS NULL OR due > ?)"
            " AND state <> 'disabled'",
            (self.topic, clock.text(clock.now() - GIVEN_UP)),
        )
        return {row["id"] for row in rows}

    def _priority(self, item: Found, undated: int | None) -> int:
        """Titles that name the topic first, then newest first; feeds and sitemaps before all articles."""
        if item.kind != "article":
            return SOURCES_FIRST
        named = len(self.terms.hits(item.title)) if self.terms and item.title else 0
        date = item.published or item.modified
        if date is None and undated is not None:
            return named * NAMED + undated
        return named * NAMED + int((clock.moment(date) if date else clock.now()).timestamp())

    def _again(
        self,
        known: sqlite3.Row,
        item: Found,
        found_on: str,
        oldest: datetime | None,
        undated: int | None,
        believed: timedelta | None,
    ) -> Added | None:
        """Come again to what is known: given up, too old until now, or said to have changed since we read it.

        For a page that was not asked for yet, a second source may know what the first one did not say.
        """
        if known["fetched"] is None and known["state"] == "queued" and known["kind"] == item.kind == "article":
            self._learn(known, item, undated)
            return None
        own = aliases.page_of(self.connection, known)
        if item.given and own["state"] == "irrelevant" and own["due"] is None and self._give(own, item):
            self.connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.stamp(), own["id"]))
            return Added(item, own["host"], "queued", False)
        if own["state"] == "old":
            return self._no_longer_old(own, item, found_on, oldest, undated)
        said = again.said_to_have_changed(own, item)
        if said and believed is not None and again.read_before(own, believed, clock.now()):
            if own["due"] and own["due"] <= clock.stamp():
                return None
            self.connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.stamp(), own["id"]))
            self._learn(own, item, undated, anew=True)
            if own["kind"] == "article":
                self.credit.taken(own, found_on)
            return Added(item, own["host"], own["state"], False)
        if again.is_given_up(own) and again.ask(self.connection, own, found_on, item.url):
            return Added(item, own["host"], "queued", False)
        return None

    def _learn(self, known: sqlite3.Row, item: Found, undated: int | None, anew: bool = False) -> None:
        """Remember what is said about a page and was not said before, or all of it ``anew``."""
        self._give(known, item)
        hints = json.loads(known["hints"] or "{}")
        if more := {name: value for name, value in _hints(item).items() if anew or name not in hints}:
            self.connection.execute(
                "UPDATE pages SET hints = ?, priority = max(priority, ?) WHERE id = ?",
                (_written(hints | more), self._priority(item, undated), known["id"]),
            )

    def _give(self, known: sqlite3.Row, item: Found) -> bool:
        """Remember the groups that this list covers and those before it did not: whether there are any."""
        hints = json.loads(known["hints"] or "{}")
        given = {topic: list(groups) for topic, groups in hints.get("given", {}).items()}
        for topic, groups in (item.given or {}).items():
            given[topic] = list(dict.fromkeys([*given.get(topic, ()), *groups]))
        if given == hints.get("given", {}):
            return False
        self.connection.execute(
            "UPDATE pages SET hints = ? WHERE id = ?", (_written(hints | {"given": given}), known["id"])
        )
        return True

    def _no_longer_old(
        self, known: sqlite3.Row, item: Found, found_on: str, oldest: datetime | None, undated: int | None
    ) -> Added | None:
        """Ask for what was too old when it was announced first and is not by now; what was pruned stays away."""
        state, reason = _first_state(item, known["host"], oldest)
        if reason or not (known["reason"] or "").endswith(TOO_OLD):
            return None
        self.connection.execute(
            "UPDATE pages SET state = ?, reason = NULL, due = ?, found_on = ?, priority = ? WHERE id = ?",
            (state, clock.stamp(), found_on, self._priority(item, undated), known["id"]),
        )
        aliases.share_fate(self.connection, known["id"], state, None)
        return Added(item, known["host"], state, True)

    def ask(self, url: str, source: str, found_on: str) -> None:
        """Make a single page that is a source due now, known or not, whatever became of it."""
        self.add([Found(url)], source, found_on)
        self.connection.execute(
            "UPDATE pages SET due = ? WHERE id = (SELECT coalesce(alias_of, id) FROM pages WHERE url = ?)",
            (clock.stamp(), url),
        )

    def visit(self, found: Found, source: str) -> None:
        """Make a source due now, known or not."""
        now = clock.stamp()
        self.connection.execute(
            "INSERT INTO pages (url, key, kind, topic, source, source_id, host, state, first_seen, due, priority)"
            " VALUES (:url, :key, :kind, :topic, :source, :id, :host, 'queued', :now, :now, :priority)"
            " ON CONFLICT (url) DO UPDATE SET due = :now, topic = :topic, source = :source, source_id = :id,"
            " priority = :priority, kind = :kind",
            {
                "url": found.url,
                "key": page_key(found.url),
                "kind": found.kind,
                "topic": self.topic,
                "source": source,
                "id": self.ids.get(source),
                "host": urlsplit(found.url).hostname or "",
                "now": now,
                "priority": SOURCES_FIRST,
            },
        )


def _hints(item: Found) -> dict[str, object]:
    """What was said about a page, as the column ``hints`` has it."""
    said = {
        "title": item.title,
        "published": item.published,
        "language": item.language,
        "authors": item.authors,
        "given": item.given,
    }
    return {name: value for name, value in said.items() if value}


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
        return "old", f"published {item.published}, {TOO_OLD}"
    if oldest is not None and item.published is None and item.modified and _before(item.modified, oldest):
        return "old", f"last changed {item.modified}, {TOO_OLD}"
    return "queued", None


def _before(published: str, oldest: datetime) -> bool:
    """Whether ``published`` is before ``oldest``; a date without a time counts as its last moment."""
    moment = clock.moment(published)
    return (moment + timedelta(days=1) if len(published) == 10 else moment) < oldest
