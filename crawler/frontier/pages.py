"""The table ``pages``: every address that was ever found, what became of it, and when to come again.

What writes runs inside the caller's transaction. ``due`` says when a page is to be asked for, NULL for never;
whatever dies before its outcome is committed is therefore still due.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache

from crawler import clock
from crawler.fetching.outcome import Outcome
from crawler.frontier import aliases
from crawler.frontier.admission import NAMED
from crawler.items import Claim, Hints

MAX_ATTEMPTS = 5  # visits that failed before a page is given up
MAX_CLAIMS = 20  # and those that never ended, since a run may be killed for other reasons than this page
LONGEST_WAIT = timedelta(days=7)  # between two attempts
WINDOW = 500  # pages of a host among which its sources take turns
VALIDATORS = {"etag", "last_modified", "body_hash", "unchanged"}

NO_HINTS = Hints()


# Pages of the sources that a topic follows, whoever found them; those of no source belong to the topic that did.
FOLLOWED = "(source_id IN (SELECT value FROM json_each(:followed)) OR (source_id IS NULL AND topic = :topic))"


class Pages:
    """The addresses of one topic: what is found by its sources, whose names are those of ``followed`` (id -> name)."""

    def __init__(self, connection: sqlite3.Connection, topic: str):
        self.connection = connection
        self.topic = topic
        self.followed: dict[int, str] = {}
        self.only: set[int] | None = None  # nothing else is handed out

    @property
    def ours(self) -> dict[str, object]:
        """The values of FOLLOWED."""
        return {"topic": self.topic, "followed": json.dumps(list(self.followed))}

    @property
    def _wanted(self) -> tuple[str, dict[str, object]]:
        """The condition for what is handed out, and its values."""
        if self.only is None:
            return FOLLOWED, self.ours
        return "id IN (SELECT value FROM json_each(:only))", {"only": json.dumps(sorted(self.only))}

    # Claim

    def hosts_due(self) -> list[str]:
        """The hosts that have something due now or later."""
        wanted, values = self._wanted
        rows = self.connection.execute(
            "WITH RECURSIVE due (host) AS ("
            f" SELECT min(host) FROM pages WHERE due IS NOT NULL AND {wanted}"
            " UNION ALL"
            f" SELECT (SELECT min(host) FROM pages WHERE due IS NOT NULL AND host > due.host AND {wanted})"
            " FROM due WHERE due.host IS NOT NULL)"
            " SELECT host FROM due WHERE host IS NOT NULL",
            values,
        )
        return [row["host"] for row in rows]

    def due(self, host: str, most: int) -> list[int]:
        """Ids of up to ``most`` pages of ``host`` that are due: sources, what names the topic, then the newest.

        Within each of these the sources of the host take turns, so that none uses up the host's budget alone.
        """
        wanted, values = self._wanted
        rows = self.connection.execute(
            "WITH due AS (SELECT id, source_id, priority FROM pages"
            f" WHERE host = :host AND due IS NOT NULL AND due <= :now AND {wanted}"
            " ORDER BY priority DESC, id LIMIT :window),"
            " ranked AS (SELECT id, priority, priority / :named AS level, row_number() OVER"
            " (PARTITION BY source_id, priority / :named ORDER BY priority DESC, id) AS turn FROM due)"
            " SELECT id FROM ranked ORDER BY level DESC, turn, priority DESC, id LIMIT :most",
            {
                **values,
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
            "SELECT id, url, kind, source, host, attempts, hints, source_id,"
            " etag, last_modified, body_hash, unchanged, article_id, again FROM pages WHERE id = ? AND due IS NOT NULL",
            (page_id,),
        ).fetchone()
        if row is None:
            return None
        number, url, kind, source, host, attempts, said, source_id, *rest = row
        source = self.followed.get(source_id, source)
        return Claim(number, url, kind, source, host, attempts, read_hints(said), *rest)

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

    def correct(self, longest: timedelta, longest_of_lists: timedelta) -> None:
        """Make due what is due later than it may be: our clock was wrong."""
        for kind, wait in (("=", longest), ("<>", longest_of_lists)):
            self.connection.execute(
                f"UPDATE pages SET due = :now WHERE due > :latest AND kind {kind} 'article'",
                {"now": clock.stamp(), "latest": clock.text(clock.now() + wait)},
            )

    def state(self, claim: Claim) -> tuple[str, str | None, int | None]:
        """State, reason and article of a page as they stand."""
        row = self.connection.execute(
            "SELECT state, reason, article_id FROM pages WHERE id = ?", (claim.id,)
        ).fetchone()
        return row["state"], row["reason"], row["article_id"]

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
        if outcome.retry is not None and attempts < (1 if claim.again else MAX_ATTEMPTS):
            due = clock.text(clock.now() + min(outcome.retry * 2 ** (attempts - 1), LONGEST_WAIT))
        elif outcome.retry is not None:
            state = "blocked" if state == "blocked" else "failed"
            reason = f"{reason}; given up after {attempts} attempts" if attempts > 1 else reason
        if claim.again and state == "stored":
            self.connection.execute("UPDATE pages SET again = 0 WHERE id = ?", (claim.id,))
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


def body_hash(body: bytes) -> str:
    """What tells a body from the one before: 16 hexadecimal digits."""
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def read_hints(written: str | None) -> Hints:
    """What the column ``hints`` holds."""
    if written is None:
        return NO_HINTS
    said = json.loads(written)
    return Hints(
        said.get("title"),
        said.get("published"),
        said.get("language"),
        tuple(said.get("authors", ())),
        said.get("given"),
    )


@cache
def _update(facts: tuple[str, ...]) -> str:
    """The statement that writes an outcome with these further columns."""
    columns = ("due", "fetched", "status", "article_id", "attempts", *facts)
    return (
        "UPDATE pages SET state = ?, reason = iif(alias_of IS NULL, ?, reason),"
        f" {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?"
    )
