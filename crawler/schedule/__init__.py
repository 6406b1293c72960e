"""When a source is due again: a pure function of its rhythm and of what the publisher and the user ask for.

Visits are spaced by ``PACE / sqrt(rate)``. For a given number of requests this makes the mean time between
publication and discovery shortest over all sources together; spacing by ``1 / rate`` would spend nearly all of them
on the busiest. As the rate changes within the day, the next visit is due when the integral of sqrt(rate) reaches
PACE: a night pause costs few requests, and the first news of the morning is found soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crawler.schedule.rhythm import Rhythm, clock_hours, hourly_rates

PACE = 0.95  # sqrt(hours): 25 visits a day to a source of one item an hour; benchmarks/freshness.py says what that buys
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
FIRST_LOOK = timedelta(minutes=30)  # to the second visit of a source without dates: only then its rate shows
LONGEST_WISH = timedelta(hours=1)  # of ttl, sy:updatePeriod, Cache-Control: WordPress says "hourly" for all its feeds
LONGEST_SERVER_WAIT = timedelta(days=7)
JITTER = 0.05
GRACE = timedelta(minutes=1)  # what is due this soon belongs to the run that starts now, as no run starts on the second


def next_visit(
    rhythm: Rhythm,
    now: datetime,
    *,
    every: timedelta | None = None,
    server_wait: float | None = None,
    feed_interval: float | None = None,
    max_age: float | None = None,
    jitter: float = 0.0,
) -> datetime:
    """When the source is due after a visit at ``now``: between 5 minutes and 24 hours later, or ``every``.

    ``server_wait`` (Retry-After), ``feed_interval`` (ttl, sy:updatePeriod) and ``max_age`` (Cache-Control) are
    seconds. The server's wait is always respected, up to a week; the other two are wishes that lengthen an interval
    up to an hour and up to its double, but not so far that entries would leave the list unseen. ``jitter`` in
    [-1, 1] spreads sources that would stay in step. Each failure in a row adds another interval.
    """
    if every is not None:
        wait = max(every, timedelta(seconds=1))
        longest = max(LONGEST, wait)
    else:
        wish = max(_seconds(feed_interval, LONGEST_WISH), _seconds(max_age, LONGEST_WISH))
        wait = _adaptive(rhythm, now, wish)
        wait = max(SHORTEST, wait * (1 + JITTER * max(-1.0, min(jitter, 1.0))))
        longest = LONGEST
    wait = min(wait * (1 + rhythm.failures), longest)
    return now + max(wait, _seconds(server_wait, LONGEST_SERVER_WAIT))


def _seconds(asked: float | None, longest: timedelta) -> timedelta:
    return timedelta(seconds=min(max(asked or 0.0, 0.0), longest.total_seconds()))


def _adaptive(rhythm: Rhythm, now: datetime, wish: timedelta) -> timedelta:
    rates = hourly_rates(rhythm)
    wait = _reach([rate**0.5 for rate in rates], now, PACE * rhythm.haste)
    if sum(rhythm.hours) < 1:
        wait = min(wait, FIRST_LOOK)
    wait = max(wait, min(wish, 2 * wait))
    if rhythm.listed:
        wait = min(wait, _reach(rates, now, rhythm.listed / 2))  # before half of the list has changed
    return wait


def _reach(rates: Sequence[float], start: datetime, amount: float) -> timedelta:
    """How long after ``start`` the integral of the hourly ``rates`` reaches ``amount``; at most LONGEST."""
    passed = 0.0
    for hour, share in clock_hours(start, start + LONGEST):
        if rates[hour] * share >= amount:
            return timedelta(hours=passed + amount / rates[hour])
        amount -= rates[hour] * share
        passed += share
    return LONGEST
