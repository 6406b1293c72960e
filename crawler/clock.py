"""The one place that asks what time it is, and how the database writes times and people say them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

AHEAD = timedelta(seconds=float(os.environ.get("NEWS_CLOCK_AHEAD", "0")))  # tests live in the future with it


def now() -> datetime:
    """The present moment, aware UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0) + AHEAD


def text(moment: datetime) -> str:
    """``2024-07-01T12:00:00Z``: how the database writes an aware datetime; sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp() -> str:
    """The present moment as ``text`` writes it; costs next to nothing."""
    return _stamp(int(time.time()))


@lru_cache(maxsize=1)
def _stamp(second: int) -> str:
    return text(datetime.fromtimestamp(second, UTC) + AHEAD)


def moment(written: str) -> datetime:
    """The aware datetime that ``text`` wrote; a date alone is its first second. ValueError for anything else."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def in_words(time: timedelta) -> str:
    """``time`` as people say it: ``3 days``, ``7 hours``, ``20 minutes``."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if (number := int(time.total_seconds() // seconds)) >= (2 if unit != "minute" else 0):
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "0 minutes"
