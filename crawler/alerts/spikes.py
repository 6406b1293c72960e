"""Is there more news than usual? The last hours are compared with the same hours of the days before.

Only the hour of publication counts. Articles that tell none, or a day alone, would all seem to be of the hour in which
they were found: a feed that is read for the first time would look like an event. For the same reason only sources
count that were watched all the time, and nothing is said before they were for a week.

The last hours are never complete, since some of their articles are still to be found; those of the days before are.
So a spike is rather told late than wrongly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

DAYS = 28  # that are looked back
ENOUGH = 7  # days without which nothing can be said
LEAST = 10  # articles
SETTLING = timedelta(days=1)  # after which a new source is read in full


class Window(NamedTuple):
    """How long, and how much more than usual it takes."""

    hours: int
    times: int  # the median
    deviations: int  # above it


WINDOWS = (Window(24, 2, 4), Window(6, 3, 5))  # the shorter, the wilder


class Spike(NamedTuple):
    """More news than usual."""

    hours: int
    articles: int  # in the last ``hours``
    usual: float  # the median of the same hours in the days before
    days: int  # how many days that is known from


def judge(published: Sequence[datetime], now: datetime, watched_since: datetime) -> Spike | None:
    """The spike that ends ``now``, the longer one first, if there is one.

    ``published``, in order, are the times of articles from sources that were all watched since ``watched_since``.
    """
    spikes = (_spike(published, now, watched_since + SETTLING, window) for window in WINDOWS)
    return next(filter(None, spikes), None)


def _spike(published: Sequence[datetime], now: datetime, start: datetime, window: Window) -> Spike | None:
    length = timedelta(hours=window.hours)

    def articles(end: datetime) -> int:
        return bisect_left(published, end) - bisect_left(published, end - length)

    ends = [now - timedelta(days=day) for day in range(1, DAYS + 1)]
    before = [articles(end) for end in ends if end - length >= start]
    count = articles(now)
    if len(before) < ENOUGH or count < LEAST:
        return None
    usual = median(before)
    deviation = max(1.4826 * median(abs(n - usual) for n in before), usual**0.5, 1.0)  # at least that of chance alone
    if count < window.times * usual or count < usual + window.deviations * deviation:
        return None
    return Spike(window.hours, count, usual, len(before))
