"""The one place that asks what time it is, and how the database writes times."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

AHEAD = timedelta(seconds=float(os.environ.get("NEWS_CLOCK_AHEAD", "0")))  # tests live in the future with it


def now() -> datetime:
    """The present moment, aware UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0) + AHEAD


def text(moment: datetime) -> str:
    """``2024-07-01T12:00:00Z``: how the database writes an aware datetime; sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(written: str) -> datetime:
    """The aware datetime that ``text`` wrote; a date alone is its first second. ValueError for anything else."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
