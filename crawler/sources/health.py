"""What is wrong with a source that answers: what of its lists is not read, and since when its robots.txt is not.

It stands as the reason of a source whose state is ``ok``. Call everything here in a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from crawler import clock
from crawler.discovery.sitemap_triage import MOST_CHILDREN
from crawler.frontier import hosts
from crawler.items import Claim, Found

UNVISITED = timedelta(days=1)  # after which a sitemap that was never read is missed
UNREADABLE_ROBOTS = timedelta(days=30)  # after which it counts as none


def note(connection: sqlite3.Connection, claim: Claim, found: Sequence[Found] | None, listed: Sequence[Found]) -> None:
    """Write down what is missing from the list of ``claim``, of which ``found`` was read and ``listed`` is followed.

    ``found`` is None when the list is unchanged: what was missing from it still is.
    """
    short = _short(connection, claim, found, listed)
    reason = short or _children(connection, claim) or _robots(connection, claim.host)
    if reason:
        connection.execute(
            "UPDATE sources SET reason = ? WHERE coalesce(address, url) = ? AND state = 'ok' AND reason IS NULL",
            (reason, claim.url),
        )


def _short(
    connection: sqlite3.Connection, claim: Claim, found: Sequence[Found] | None, listed: Sequence[Found]
) -> str | None:
    (hints,) = connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
    known = json.loads(hints or "{}")
    if found is None:
        return known.get("short")
    short = getattr(found, "short", None)
    sitemaps, followed = (sum(item.kind == "sitemap" for item in items) for items in (found, listed))
    if not short and sitemaps and not followed:
        short = f"none of its {sitemaps:,} sitemaps is followed: they lie too deep"
    elif not short and sitemaps > followed == MOST_CHILDREN:
        short = f"only {followed:,} of its {sitemaps:,} sitemaps are followed, those changed last"
    if short != known.get("short"):
        connection.execute(
            "UPDATE pages SET hints = json_set(coalesce(hints, '{}'), '$.short', ?) WHERE id = ?", (short, claim.id)
        )
    return short


def _children(connection: sqlite3.Connection, claim: Claim) -> str | None:
    """How many of the sitemaps that the list of ``claim`` names are not read, and why one of them is not."""
    bad = connection.execute(
        "SELECT reason FROM pages WHERE found_on = ? AND due IS NULL AND alias_of IS NULL AND kind = 'sitemap'"
        " AND state IN ('failed', 'gone', 'blocked', 'not_article')",
        (claim.url,),
    ).fetchall()
    if bad:
        return f"{len(bad):,} of its sitemaps cannot be read: {bad[0]['reason']}"
    (unvisited,) = connection.execute(
        "SELECT count(*) FROM pages WHERE topic = (SELECT topic FROM pages WHERE id = :id) AND host = :host"
        " AND due IS NOT NULL AND kind = 'sitemap' AND found_on = :url AND fetched IS NULL AND first_seen < :late",
        {"id": claim.id, "host": claim.host, "url": claim.url, "late": clock.text(clock.now() - UNVISITED)},
    ).fetchone()
    return f"{unvisited:,} of its sitemaps were never visited" if unvisited else None


def _robots(connection: sqlite3.Connection, host: str) -> str | None:
    since = hosts.robots_failing_since(connection, host)
    if since is None or clock.now() - since < UNREADABLE_ROBOTS:
        return None
    return f"its robots.txt could not be read for {clock.in_words(clock.now() - since)} and no longer counts"
