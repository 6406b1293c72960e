"""When a stored article is looked at again, to catch corrections and removals while it is young."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from crawler import clock

MILESTONES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=7))  # after publication


def next_revisit(published: str | None, fetched: str, now: datetime) -> str | None:
    """The next milestone after ``now``, as the database writes it; None when the article is old enough.

    Milestones count from publication, or from the first fetch when the article tells no time of day.
    """
    start = clock.moment(published if published and len(published) > 10 else fetched)
    return next((clock.text(start + milestone) for milestone in MILESTONES if start + milestone > now), None)


def due(connection: sqlite3.Connection, article_id: int | None) -> str | None:
    """The next milestone of a stored article; None for no article."""
    row = connection.execute("SELECT published, fetched FROM articles WHERE id = ?", (article_id,)).fetchone()
    return next_revisit(row["published"], row["fetched"], clock.now()) if row else None
