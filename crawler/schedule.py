"""When a source is due again. Pure functions; adaptive intervals have their place here."""

from __future__ import annotations

from datetime import timedelta

DEFAULT_INTERVAL = timedelta(hours=1)
LONGEST = timedelta(hours=24)


def interval(every: timedelta | None, failures: int) -> timedelta:
    """How long to leave a source alone: its ``every`` or an hour, longer by as much with each failure in a row."""
    regular = every or DEFAULT_INTERVAL
    return min(regular * (1 + failures), max(LONGEST, regular))
