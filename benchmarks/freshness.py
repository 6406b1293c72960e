"""How soon news is found, and with how many requests: a simulated week of 30 sources, in virtual time.

    python benchmarks/freshness.py [--seeds N] [--days N]

The sources publish at random, from one item a week to 20 an hour, with a pause at night wherever they are; their
feeds list the newest 20 to 50 entries, two thirds of them with dates. A run starts every 5 minutes and visits what
is due. Rates are learnt during the week, from nothing. Printed, as mean and range over the seeds: requests, the lag
between publication and discovery for every article of the week, and its ratio to fixed polling of all sources alike,
with the same number of requests, and every 10 minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crawler.schedule import GRACE, next_visit
from crawler.schedule.rhythm import Poll, Rhythm, observe

START = datetime(2024, 7, 1, tzinfo=UTC)
RUN = timedelta(minutes=5)
SOURCES, SLOWEST, BUSIEST = 30, 1 / 168, 20.0  # items an hour
BEFORE = timedelta(days=400)  # so that the slowest feed is full from the start
AFTER = timedelta(days=2)  # so that the last visit, after the week, finds what a real one would


@dataclass(frozen=True)
class Feed:
    """A source: its true rate (items an hour), when it published what, and how much of it the feed shows."""

    rate: float
    times: list[datetime]
    size: int
    dated: bool
    offset: timedelta  # from the start of a run until this source's turn

    def visit(self, now: datetime, last: datetime | None) -> tuple[Poll, list[datetime], list[datetime]]:
        """What a visit finds, the articles that are new since ``last``, and those that were gone before we came."""
        end = bisect_right(self.times, now)
        first = max(0, end - self.size)
        known = bisect_right(self.times, last) if last else first
        new = self.times[max(known, first) : end]
        return Poll(now, end - first, len(new), new if self.dated else ()), new, self.times[known:first]


def sources(chance: random.Random, days: int) -> list[Feed]:
    """Thirty sources whose rates are evenly spread on a logarithmic scale."""
    ratio = (BUSIEST / SLOWEST) ** (1 / (SOURCES - 1))
    order = chance.sample(range(SOURCES), SOURCES)
    return [feed_of(chance, SLOWEST * ratio**n, order[n] % 3 != 0, days) for n in range(SOURCES)]


def feed_of(chance: random.Random, rate: float, dated: bool, days: int) -> Feed:
    """A Poisson process by thinning: nearly silent for 6 to 9 hours at night, busiest between 8 and 18 o'clock."""
    zone, night = chance.randrange(24), chance.randint(6, 9)
    shape = [0.03 if hour < night else 1.5 if night + 2 <= hour < night + 12 else 0.8 for hour in range(24)]
    shape = [part * 24 / sum(shape) for part in shape]
    size = chance.randint(20, 50)
    at, times = START - min(BEFORE, timedelta(hours=3 * size / rate + 48)), []
    while at < START + timedelta(days=days) + AFTER:
        at += timedelta(hours=chance.expovariate(rate * max(shape)))
        if chance.random() < shape[(at.hour + zone) % 24] / max(shape):
            times.append(at)
    return Feed(rate, times, size, dated, timedelta(seconds=chance.uniform(1, 40)))


@dataclass
class Week:
    """What a way of polling achieved: requests, each source's lags in minutes, articles that were never found."""

    requests: int
    lags: list[list[float]]
    lost: int

    @property
    def all_lags(self) -> list[float]:
        return [lag for source in self.lags for lag in source]

    @property
    def worst_p90(self) -> float:
        """The p90 lag of the source where it is longest, in hours."""
        return max(p90(lags) for lags in self.lags if lags) / 60


def p90(lags: list[float]) -> float:
    return quantiles(lags, n=10, method="inclusive")[-1] if len(lags) > 1 else lags[0]


Plan = Callable[[Poll], datetime]  # from what a visit found to the time of the next one


def watch(feeds: list[Feed], days: int, plan: Callable[[], Plan]) -> Week:
    """Visit each feed in the first run after the time that its plan names, until everything of these days was found."""
    end = START + timedelta(days=days)
    week = Week(0, [], 0)
    for feed in feeds:
        due, run, last, decide, lags = START, START - RUN, None, plan(), []
        while last is None or last < end:
            run = max(run + RUN, START - (START - due + GRACE) // RUN * RUN)  # rounded up to the next run
            now = run + feed.offset
            poll, new, lost = feed.visit(now, last)
            week.requests += now < end
            if last is not None:
                lags += [(now - time) / timedelta(minutes=1) for time in new if START <= time < end]
                week.lost += sum(START <= time < end for time in lost)
            due, last = decide(poll), now
        week.lags.append(lags)
    return week


def adaptive(chance: random.Random) -> Plan:
    """Ours: a rhythm that is learnt from nothing."""
    rhythm = Rhythm()

    def decide(poll: Poll) -> datetime:
        nonlocal rhythm
        rhythm = observe(rhythm, poll)
        return next_visit(rhythm, poll.at, jitter=chance.uniform(-1, 1))

    return decide


def fixed(interval: timedelta, chance: random.Random) -> Plan:
    """Every ``interval`` from a first visit at a time of its own, without drift."""
    due = START + interval * chance.random() - interval

    def decide(poll: Poll) -> datetime:
        nonlocal due
        due += interval
        while due <= poll.at:
            due += interval
        return due

    return decide


def compare(seed: int, days: int) -> dict[str, float]:
    """One simulated week: the figures of the table."""
    chance = random.Random(seed)
    feeds = sources(chance, days)
    ours = watch(feeds, days, lambda: adaptive(chance))
    alike = timedelta(days=days) * SOURCES / (ours.requests - SOURCES)
    same = watch(feeds, days, lambda: fixed(alike, chance))
    often = watch(feeds, days, lambda: fixed(2 * RUN, chance))
    return {
        "articles": len(ours.all_lags),
        "requests of ours": ours.requests,
        "requests of ours per source and day": ours.requests / SOURCES / days,
        "requests of fixed with the same number": same.requests,
        "requests every 10 minutes": often.requests,
        "mean lag of ours, minutes": mean(ours.all_lags),
        "mean lag of fixed with the same number": mean(same.all_lags),
        "median lag of ours, minutes": median(ours.all_lags),
        "median lag of fixed every 10 minutes": median(often.all_lags),
        "longest p90 lag of a source of ours, hours": ours.worst_p90,
        "articles never found: ours": ours.lost,
        "articles never found: fixed, same number": same.lost,
        "RATIO of mean lags, same number (at most .7)": mean(ours.all_lags) / mean(same.all_lags),
        "RATIO of requests to every 10 minutes (at most .2)": ours.requests / often.requests,
        "RATIO of median lags to every 10 minutes (at most 2)": median(ours.all_lags) / median(often.all_lags),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many weeks to simulate (10)")
    parser.add_argument("--days", type=int, default=7, help="how long a week is (7)")
    arguments = parser.parse_args()
    weeks = [compare(seed, arguments.days) for seed in range(1, arguments.seeds + 1)]
    print(f"{arguments.seeds} simulated weeks of {arguments.days} days{'':22}mean       range")
    for name in weeks[0]:
        values = [week[name] for week in weeks]
        print(f"{name:52}{mean(values):9.2f}   {min(values):.2f} .. {max(values):.2f}")


if __name__ == "__main__":
    main()
