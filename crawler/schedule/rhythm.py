"""The rhythm of a source, learnt from visits: how often it publishes, at which hours, and when it is too silent.

Pure functions; nothing here asks what time it is. The rate of an hour of the day is items by hours watched; as long
as there are few items it leans on the rate of the three hours around, and that on the rate of the whole day.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

PRIOR_ITEMS, PRIOR_HOURS = 0.2, 0.2  # before anything is known: an item an hour, believed for 12 minutes
PRIOR_OF_AN_HOUR = 2.0  # items that an hour of the day needs to count for itself
MEMORY = timedelta(days=14)  # rates look back over these days, or,
MEMORY_ITEMS = 20  # if that is longer, over so many items,
LONGEST_MEMORY = timedelta(days=180)  # but never further
GAP_MEMORY = timedelta(days=60)
LEARNABLE_GAP = 72  # hours: a long weekend; a longer one may only double what is known, or a breakdown were the rule

LEAST_HASTE, MOST_HASTE = 0.25, 4.0

ENOUGH_HOURS, ENOUGH_ITEMS = 240, 12  # below this nobody can say what is usual
FEW_ITEMS, LONGEST_GAP_OF_FEW = 3, 720  # below so many nobody knows a gap: such sources may have one of so many hours
SHORTEST_SILENCE = 6  # hours
SURPRISE = 10.0  # a silence as improbable as exp(-10), and less for sources of many items a day


@dataclass(frozen=True)
class Poll:
    """A successful visit: ``listed`` entries in all (0 when the server said "not modified"), ``new`` of them not
    known before, and the publication times of the new ones as far as the source gives them (aware, any order).
    """

    at: datetime
    listed: int = 0
    new: int = 0
    published: Sequence[datetime] = ()


@dataclass(frozen=True)
class Rhythm:
    """What is learnt about one source. ``items`` and ``hours`` watched go by the hour of the day in UTC, and fade."""

    items: tuple[float, ...] = (0.0,) * 24
    hours: tuple[float, ...] = (0.0,) * 24
    known: int = 0  # items ever seen
    listed: int = 0  # entries that the source lists at a time; 0 = not known
    seen: datetime | None = None  # last successful visit
    newest: datetime | None = None  # publication of the newest item, or the visit that found it
    longest_gap: float = 0.0  # hours between two items; fades
    haste: float = 1.0  # factor on the interval while a source is busier (< 1) or quieter (> 1) than its rhythm
    failures: int = 0  # in a row

    def to_json(self) -> str:
        """The rhythm as JSON text of less than 700 characters."""
        values: dict[str, Any] = asdict(self)
        for name in ("items", "hours"):
            values[name] = [round(value, 2) for value in values[name]]
        for name in ("seen", "newest"):
            values[name] = values[name] and values[name].isoformat()
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def from_json(cls, written: str | None) -> Rhythm:
        """The rhythm that ``to_json`` wrote; what is missing has its default, whatever is wrong gives a fresh one."""
        try:
            stored = json.loads(written or "{}")
            given = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
            for name in given.keys() & {"items", "hours"}:
                given[name] = tuple(map(float, given[name]))
            for name in given.keys() & {"seen", "newest"}:
                given[name] = None if given[name] is None else datetime.fromisoformat(given[name]).astimezone(UTC)
            rhythm = cls(**given)
            return rhythm if _sound(rhythm) else cls()
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()


def _sound(rhythm: Rhythm) -> bool:
    counts = (rhythm.known, rhythm.listed, rhythm.failures)
    return (
        len(rhythm.items) == len(rhythm.hours) == 24
        and all(isinstance(count, int) for count in counts)
        and all(0 <= number < 1e9 for number in (*rhythm.items, *rhythm.hours, *counts, rhythm.longest_gap))
        and LEAST_HASTE <= rhythm.haste <= MOST_HASTE
    )


def hourly_rates(rhythm: Rhythm) -> list[float]:
    """Items an hour in each hour of the day (UTC); never zero."""
    average = (PRIOR_ITEMS + sum(rhythm.items)) / (PRIOR_HOURS + sum(rhythm.hours))
    around = [_leaning(average, sum(_near(rhythm.items, h)), sum(_near(rhythm.hours, h))) for h in range(24)]
    return [_leaning(*known) for known in zip(around, rhythm.items, rhythm.hours, strict=True)]


def _leaning(prior: float, items: float, hours: float) -> float:
    """Items by hours, and near the ``prior`` rate as long as the items are few."""
    return (items + PRIOR_OF_AN_HOUR) / (hours + PRIOR_OF_AN_HOUR / prior)


def _near(bins: Sequence[float], hour: int) -> tuple[float, float, float]:
    return bins[hour - 1], bins[hour], bins[(hour + 1) % 24]


def expected_rate(rhythm: Rhythm) -> float:
    """Items a day that the source is expected to publish."""
    return sum(hourly_rates(rhythm))


def clock_hours(start: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """The hours of the day (UTC) that lie between two moments, in order, each with how much of it, in hours."""
    at, end = start.astimezone(UTC), end.astimezone(UTC)
    while at < end:
        until = min(end, at.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield at.hour, (until - at) / HOUR
        at = until


def expected_items(rates: Sequence[float], start: datetime, end: datetime) -> float:
    """How many items a source of these hourly ``rates`` publishes between two moments."""
    return sum(rates[hour] * share for hour, share in clock_hours(start, end))


def failed(rhythm: Rhythm) -> Rhythm:
    """The rhythm after a visit that an error made useless: what was learnt stays."""
    return replace(rhythm, failures=rhythm.failures + 1)


def observe(rhythm: Rhythm, poll: Poll) -> Rhythm:
    """The rhythm after a successful visit."""
    dates = sorted(min(time, poll.at) for time in poll.published)
    start, dated, undated = _evidence(rhythm, poll, dates)
    found = [*dated, *[poll.at] * (undated > 0)]
    newest = found or dates or [poll.at] * (poll.new > 0)
    after = replace(
        rhythm,
        known=rhythm.known + len(dated) + undated,
        listed=poll.listed or rhythm.listed,
        seen=poll.at,
        newest=max(filter(None, (*newest, rhythm.newest and min(rhythm.newest, poll.at))), default=None),
        longest_gap=_longest_gap(rhythm, found, _overflowed(poll)),
        haste=_haste(rhythm, poll),
        failures=0,
    )
    return _counted(after, rhythm, (start, poll.at), dated, undated)


def _overflowed(poll: Poll) -> bool:
    """Whether all that is listed was new: there may have been more before the oldest."""
    return 0 < poll.listed <= poll.new


def _evidence(rhythm: Rhythm, poll: Poll, dates: list[datetime]) -> tuple[datetime, list[datetime], int]:
    """Since when this visit tells us how much was published, the times since then, and how many more have none."""
    if rhythm.seen is not None and poll.at <= rhythm.seen:
        return poll.at, [], 0  # the clock was set back
    if dates and (rhythm.seen is None or (_overflowed(poll) and len(dates) >= 5)):
        shown = dates[len(dates) // 4 :]  # the list alone tells; its oldest quarter may be pinned from long ago
        start = max(shown[0], rhythm.seen or shown[0])
        return start, [time for time in shown if time > start], 0
    if rhythm.seen is None:
        return poll.at, [], 0
    if _overflowed(poll) and expected_items(hourly_rates(rhythm), rhythm.seen, poll.at) >= poll.new:
        return poll.at, [], 0  # we were away for long, and nobody knows how much was lost
    late = sum(rhythm.seen - DAY < time <= rhythm.seen for time in dates)  # it came since we looked, whatever it says
    news = [time for time in dates if time > rhythm.seen]
    return rhythm.seen, news, max(0, poll.new - len(dates)) + late  # what is still older comes from an archive


def _haste(rhythm: Rhythm, poll: Poll) -> float:
    """The factor on the interval after a visit: steps that multiply, and a way back to 1."""
    if rhythm.seen is None or poll.at <= rhythm.seen:
        return rhythm.haste
    rates = hourly_rates(rhythm)
    expected = expected_items(rates, max(rhythm.seen, poll.at - LONGEST_MEMORY), poll.at)
    if _overflowed(poll) and poll.new > expected:  # too late
        return max(rhythm.haste / 2, LEAST_HASTE)
    if poll.new > 2 * expected + 3:  # a burst
        return max(rhythm.haste / 1.5, LEAST_HASTE)
    if not poll.new and expected_items(rates, max(rhythm.newest or rhythm.seen, poll.at - DAY), poll.at) >= 3:
        return min(rhythm.haste * 1.25, MOST_HASTE)  # too early
    return math.sqrt(rhythm.haste)


def _longest_gap(rhythm: Rhythm, found: Sequence[datetime], overflow: bool) -> float:
    """The longest time between two items that is remembered, in hours, after these were ``found``."""
    if not found:
        return rhythm.longest_gap
    longest = rhythm.longest_gap
    if rhythm.newest is not None:
        longest *= math.exp(-max(found[-1] - rhythm.newest, timedelta()) / GAP_MEMORY)
        if not overflow:  # else the gap before the first of these may have had items, too
            found = sorted([rhythm.newest, *found])
    for before, after in pairwise(found):
        longest = max(longest, min((after - before) / HOUR, max(2 * longest, LEARNABLE_GAP)))
    return longest


def _counted(
    after: Rhythm, before: Rhythm, window: tuple[datetime, datetime], dated: Sequence[datetime], undated: int
) -> Rhythm:
    """``after`` with the window's items and hours, added to those of ``before`` when they have faded.

    They fade as far as the newest item moved on, not with every visit: a source that falls silent is judged by
    all that it did before.
    """
    start, end = max(window[0], window[1] - LONGEST_MEMORY), window[1]
    fading = 1.0
    if before.newest and after.newest and (dated or undated):
        memory = min(max(MEMORY, MEMORY_ITEMS / expected_rate(before) * DAY), LONGEST_MEMORY)
        fading = math.exp(-max(after.newest - before.newest, timedelta()) / memory)
    new_items, new_hours = [0.0] * 24, [0.0] * 24
    for hour, share in clock_hours(start, end):
        new_hours[hour] += share
    for time in dated:
        new_items[time.astimezone(UTC).hour] += time > start
    if undated:
        likely = [rate * time for rate, time in zip(hourly_rates(before), new_hours, strict=True)]
        new_items = [dates + undated * part / sum(likely) for dates, part in zip(new_items, likely, strict=True)]
    return replace(
        after,
        items=tuple(old * fading + new for old, new in zip(before.items, new_items, strict=True)),
        hours=tuple(old * fading + new for old, new in zip(before.hours, new_hours, strict=True)),
    )


def silence(rhythm: Rhythm, now: datetime, last_new: datetime | None) -> timedelta | None:
    """How long the source has been silent, when its own rhythm makes that implausible; None when it does not.

    ``last_new`` is the last visit that found something new. Time in which we did not look is no silence, and of a
    source with few items only what lasts three times as long as its longest gap is. Of others a silence is implausible
    when it is both 1.5 times the longest gap that is remembered and too improbable for a source that publishes at
    random at its rate, or when it is 3 times the longest gap, whatever the rate: most are more regular than chance.
    """
    since = min(filter(None, (last_new, rhythm.newest)), default=None)
    if since is None or rhythm.seen is None:
        return None
    watched, quiet = sum(rhythm.hours), (min(now, rhythm.seen) - since) / HOUR
    if rhythm.known < ENOUGH_ITEMS:  # too few to know a rate, which is no excuse for being silent for ever
        gap = rhythm.longest_gap if rhythm.known >= FEW_ITEMS else LONGEST_GAP_OF_FEW
        return now - since if quiet >= 3 * max(gap, LEARNABLE_GAP) and watched >= ENOUGH_HOURS else None
    if watched < ENOUGH_HOURS or quiet < max(SHORTEST_SILENCE, 1.5 * rhythm.longest_gap):
        return None
    if quiet < 3 * rhythm.longest_gap:
        known = sum(rhythm.items) + PRIOR_ITEMS
        expected = expected_items(hourly_rates(rhythm), since, min(now, rhythm.seen))
        expected *= watched / max(watched - quiet, 1.0)  # the rate as it was before the silence
        if known * math.log1p(expected / known) < SURPRISE + math.log1p(expected_rate(rhythm)):
            return None
    return now - since
