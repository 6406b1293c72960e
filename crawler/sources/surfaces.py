"""The further places where a source announces articles: followed while they bring any, asleep while they do not.

A site without a feed has a front page, and sitemaps beside it. Which of them shows an article first is known only
afterwards, so all are visited; what each brought stands in the hints of its row in ``pages``. Call everything here in
a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from crawler import clock
from crawler.items import Claim

AWAKE = timedelta(hours=1)  # between visits to what brought something; twice as long with each visit without
LONGEST_SLEEP = 7  # such doublings
ENOUGH_VISITS, ENOUGH_NEWS = 5, 10  # before one place is judged by what another one brings
FAR_BELOW = 4  # times as much
SEARCHED_EVERY = 64  # visits to a section page, its site is searched for feeds and sitemaps once more


@dataclass(frozen=True)
class Brought:
    """What the visits to a list brought, the first one left out: its backlog says nothing about what comes."""

    visits: int = 0
    quiet: int = 0  # visits in a row without news
    brought: int = 0  # new articles

    @classmethod
    def of(cls, hints: str | None) -> Brought:
        stored = json.loads(hints or "{}")
        return cls(**{field.name: int(stored[field.name]) for field in fields(cls) if field.name in stored})


def visited(connection: sqlite3.Connection, claim: Claim, new: int) -> Brought:
    """Count a visit to the list of ``claim`` that brought ``new`` articles; what it brought in all."""
    (hints,) = connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
    before = Brought.of(hints)
    after = Brought(before.visits + 1, 0 if new else before.quiet + 1, before.brought + (new if before.visits else 0))
    written = json.dumps(json.loads(hints or "{}") | asdict(after))
    connection.execute("UPDATE pages SET hints = ? WHERE id = ?", (written, claim.id))
    return after


def is_to_be_searched(connection: sqlite3.Connection, claim: Claim) -> bool:
    """Whether the site of a section page may have got a feed or a sitemap since it was searched."""
    (hints,) = connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
    return Brought.of(hints).visits % SEARCHED_EVERY == SEARCHED_EVERY - 1


def rest(connection: sqlite3.Connection, claim: Claim, brought: Brought, now: datetime) -> None:
    """The list of ``claim`` is visited the less often the longer it brings nothing new."""
    due = now + AWAKE * 2 ** min(brought.quiet, LONGEST_SLEEP)
    connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.text(due), claim.id))


def wake(connection: sqlite3.Connection, claim: Claim, now: datetime) -> None:
    """The list of ``claim`` fails: the others of its source on that host are due."""
    connection.execute(
        "UPDATE pages SET due = min(due, :now) WHERE source_id = (SELECT source_id FROM pages WHERE id = :id)"
        " AND host = :host AND due IS NOT NULL AND kind = 'sitemap' AND id <> :id",
        {"now": clock.text(now), "id": claim.id, "host": claim.host},
    )


def better(connection: sqlite3.Connection, claim: Claim, own: Brought) -> str | None:
    """The sitemap that brings far more than the section page of ``claim``; None when none does."""
    if own.visits < ENOUGH_VISITS:
        return None
    others = connection.execute(
        "SELECT url, hints FROM pages WHERE source_id = (SELECT source_id FROM pages WHERE id = :id)"
        " AND host = :host AND due IS NOT NULL AND kind = 'sitemap' AND id <> :id",
        {"id": claim.id, "host": claim.host},
    ).fetchall()
    most, url = max(((Brought.of(row["hints"]).brought, row["url"]) for row in others), default=(0, None))
    return url if most >= max(ENOUGH_NEWS, FAR_BELOW * own.brought) else None
