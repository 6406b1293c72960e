"""The table ``pages``: every address that was ever found, what became of it, and when to come again.

What writes runs inside the caller's transaction. ``due`` says when a page is to be asked for, NULL for never;
whatever dies before its outcome is committed is therefore still due.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler import clock
from crawler.items import Claim, Found, Hints
from crawler.outcome import Outcome
from crawler.urls import page_key

MAX_ATTEMPTS = 5  # visits of a page without an outcome before it is given up
LONGEST_WAIT = timedelta(days=7)  # between two attempts
SOURCES_FIRST = 1 << 40  # priority of feeds, sitemaps and sections; of an article it is the second it was published
HINTS_ONLY = {"news.google.com"}  # their links lead to the article only in a browser
ALIAS = "another address of"


class Pages:
    """The addresses of one topic."""

    def __init__(self, connection: sqlite3.Connection, topic: str):
        self.connection = connection
        self.topic = topic

    # Find

    def add(self, item: Found, source: str, found_on: str, oldest: datetime | None = None) -> sqlite3.Row | None:
        """Remember one announced address: its row when it is new or due again, else None.

        Another spelling of a known address (page_key) is remembered as such and never asked for; what was
        published before ``oldest`` is remembered as ``old``.
        """
        now = clock.text(clock.now())
        known = self._known(item.url)
        if known and known["url"] == item.url:
            return self._again(known, item, now)
        state, reason = "queued", None
        host = urlsplit(item.url).hostname or ""
        if known:
            state, reason = known["state"], f"{ALIAS} {known['url']}"
        elif host in HINTS_ONLY and item.kind == "article":
            state, reason = "not_article", f"seen elsewhere, not by us: {host} does not tell the article's address"
        elif oldest is not None and item.published is not None and _before(item.published, oldest):
            state, reason = "old", f"published {item.published}, before the topic's max_age"
        hints = {key: value for key, value in asdict(_hints(item)).items() if value}
        row = self._insert(
            url=item.url,
            key=page_key(item.url),
            kind=item.kind,
            topic=self.topic,
            source=source,
            host=host,
            state=state,
            reason=reason,
            found_on=found_on,
            first_seen=now,
            due=None if reason else now,
            priority=_priority(item),
            hints=json.dumps(hints, ensure_ascii=False) if hints else None,
            article_id=known["article_id"] if known else None,
        )
        return None if known else row

    def _known(self, url: str) -> sqlite3.Row | None:
        """The row of ``url``, else the first one of its page under another spelling."""
        exact = self.connection.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
        return (
            exact
            or self.connection.execute(
                "SELECT * FROM pages WHERE key = ? ORDER BY id LIMIT 1", (page_key(url),)
            ).fetchone()
        )

    def _again(self, known: sqlite3.Row, item: Found, now: str) -> sqlite3.Row | None:
        """Come again sooner to what is said to have changed since we read it: a young article or a sitemap."""
        young = known["article_id"] is not None and known["due"] is not None
        if (
            not item.modified
            or not (young or known["kind"] == "sitemap")
            or (known["due"] or "z") <= now
            or (known["fetched"] or "") >= item.modified
        ):
            return None
        self.connection.execute("UPDATE pages SET due = ? WHERE id = ?", (now, known["id"]))
        return known

    def _insert(self, **values: object) -> sqlite3.Row:
        columns, slots = ", ".join(values), ", ".join(f":{column}" for column in values)
        sql = f"INSERT INTO pages ({columns}) VALUES ({slots}) RETURNING *"
        return self.connection.execute(sql, values).fetchone()

    def visit(self, found: Found, source: str) -> None:
        """Make a source due now, known or not."""
        now = clock.text(clock.now())
        self.connection.execute(
            "INSERT INTO pages (url, key, kind, topic, source, host, state, first_seen, due, priority)"
            " VALUES (:url, :key, :kind, :topic, :source, :host, 'queued', :now, :now, :priority)"
            " ON CONFLICT (url) DO UPDATE SET due = :now, topic = :topic, source = :source, priority = :priority,"
            " kind = CASE kind WHEN 'article' THEN :kind ELSE kind END",
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

    def hosts_due(self) -> list[sqlite3.Row]:
        """The hosts that have something due now or later, with what is remembered of their pace."""
        return self.connection.execute(
            "WITH RECURSIVE due (host) AS ("
            " SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL"
            " UNION ALL"
            " SELECT (SELECT min(host) FROM pages WHERE topic = :topic AND due IS NOT NULL AND host > due.host)"
            " FROM due WHERE due.host IS NOT NULL)"
            " SELECT due.host, hosts.not_before, hosts.delay FROM due LEFT JOIN hosts ON hosts.host = due.host"
            " WHERE due.host IS NOT NULL",
            {"topic": self.topic},
        ).fetchall()

    def due(self, host: str, most: int) -> list[Claim]:
        """Up to ``most`` pages of ``host`` that are due: sources, then the newest articles."""
        rows = self.connection.execute(
            "SELECT * FROM pages WHERE topic = ? AND host = ? AND due IS NOT NULL AND due <= ?"
            " ORDER BY priority DESC, id LIMIT ?",
            (self.topic, host, clock.text(clock.now()), most),
        ).fetchall()
        return [_claim(row) for row in rows]

    def count_attempt(self, claim: Claim, by: int = 1) -> None:
        """Counted before there is an outcome, so that a page that ends every run is not tried for ever."""
        self.connection.execute("UPDATE pages SET attempts = max(0, attempts + ?) WHERE id = ?", (by, claim.id))

    def give_up(self, claim: Claim) -> None:
        """A page that was claimed too often without an outcome."""
        reason = f"ended the run {claim.attempts} times before it had an outcome"
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
            **(facts or {}),
        }
        assignments = ", ".join(f"{column} = :{column}" for column in values)
        self.connection.execute(f"UPDATE pages SET {assignments} WHERE id = :id", {**values, "id": claim.id})
        self.connection.execute(
            "UPDATE pages SET state = :state, article_id = :article_id"
            " WHERE key = :key AND id <> :id AND reason = :alias",
            {**values, "key": page_key(claim.url), "id": claim.id, "alias": f"{ALIAS} {claim.url}"},
        )

    def redirected(self, url: str, claim: Claim, article_id: int) -> None:
        """``url`` is where ``claim`` was redirected to: it need not be asked for again."""
        now = clock.text(clock.now())
        self.connection.execute(
            "INSERT INTO pages"
            " (url, key, kind, topic, source, host, state, found_on, first_seen, fetched, article_id)"
            " VALUES (?, ?, 'article', ?, ?, ?, 'stored', ?, ?, ?, ?)"
            " ON CONFLICT (url) DO UPDATE SET state = 'stored', due = NULL, fetched = excluded.fetched,"
            " article_id = excluded.article_id WHERE article_id IS NULL",
            (
                url,
                page_key(url),
                self.topic,
                claim.source,
                urlsplit(url).hostname or "",
                claim.url,
                now,
                now,
                article_id,
            ),
        )


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


def _hints(item: Found) -> Hints:
    return Hints(item.title, item.published, item.language, item.authors)


def _priority(item: Found) -> int:
    """Newest first: the second of publication, of discovery when unknown; sitemaps before all articles."""
    if item.kind != "article":
        return SOURCES_FIRST
    return int((clock.moment(item.published) if item.published else clock.now()).timestamp())


def _before(published: str, oldest: datetime) -> bool:
    """Whether ``published`` is before ``oldest``; a date without a time counts as its last moment."""
    moment = clock.moment(published)
    return (moment + timedelta(days=1) if len(published) == 10 else moment) < oldest
