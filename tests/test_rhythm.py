"""Rhythm: what visits teach about a source, in virtual time."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.freshness import START, Feed, feed_of, watch
from crawler.schedule import next_visit
from crawler.schedule.rhythm import Poll, Rhythm, expected_rate, failed, hourly_rates, observe, silence
from tests.test_schedule import moments, rhythms, unhurried

NOON = datetime(2024, 7, 3, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

polls = st.builds(
    Poll,
    at=st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 31), timezones=st.just(UTC)),
    listed=st.integers(0, 100),
    new=st.integers(0, 100),
    published=st.lists(moments, max_size=30),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def learn(polls: list[Poll]) -> Rhythm:
    rhythm = Rhythm()
    for poll in polls:
        rhythm = observe(rhythm, poll)
    return rhythm


class Watched:
    """What our schedule makes of a source, and every silence that it would report."""

    def __init__(self):
        self.rhythm, self.last_new, self.silences = Rhythm(), None, []

    def __call__(self, poll: Poll) -> datetime:
        self.note(poll.at)
        self.rhythm = observe(self.rhythm, poll)
        self.last_new = poll.at if poll.new else self.last_new
        self.note(poll.at)
        return next_visit(self.rhythm, poll.at)

    def note(self, now: datetime) -> None:
        if quiet := silence(self.rhythm, now, self.last_new):
            self.silences.append((now, quiet))


def month(feed: Feed, days: int = 31) -> Watched:
    watched = Watched()
    watch([feed], days, lambda: watched)
    return watched


def regular(every: timedelta, dated: bool, days: int = 31) -> Feed:
    """A source that publishes at the same hour, give or take a tenth of its interval."""
    chance = random.Random(7)
    number = int((300 + days) * DAY / every)
    times = [START - 300 * DAY + every * (n + chance.uniform(-0.1, 0.1)) for n in range(number)]
    return Feed(HOUR / every, sorted(times), 20, dated, timedelta(seconds=5))


def ending(feed: Feed, end: datetime) -> Feed:
    return Feed(feed.rate, [time for time in feed.times if time < end], feed.size, feed.dated, feed.offset)


def on_weekdays(feed: Feed) -> Feed:
    return Feed(feed.rate, [time for time in feed.times if time.weekday() < 5], feed.size, feed.dated, feed.offset)


@unhurried
@given(st.lists(polls, max_size=8))
def test_any_visits_leave_a_sound_rhythm_that_json_keeps(visits):
    rhythm = learn(visits)
    kept = Rhythm.from_json(rhythm.to_json())
    assert kept.seen == rhythm.seen and kept.newest == rhythm.newest and kept.known == rhythm.known
    assert kept.items == pytest.approx(rhythm.items, abs=0.01) and kept.hours == pytest.approx(rhythm.hours, abs=0.01)
    assert min(hourly_rates(rhythm)) > 0
    assert Rhythm.from_json(kept.to_json()) == kept


@unhurried
@given(rhythms)
def test_json_that_was_written_is_read_again(rhythm):
    kept = Rhythm.from_json(rhythm.to_json())
    assert (kept.known, kept.listed, kept.seen, kept.failures) == (
        rhythm.known,
        rhythm.listed,
        rhythm.seen,
        rhythm.failures,
    )


def test_the_json_of_a_busy_year_is_small():
    rhythm = learn([Poll(NOON + n * HOUR, 50, n % 23) for n in range(24 * 365)])
    assert len(rhythm.to_json()) < 700


@unhurried
@given(st.none() | st.text() | json_values.map(json.dumps))
def test_garbage_instead_of_json_gives_a_fresh_rhythm(written):
    assert Rhythm.from_json(written) == Rhythm()


@unhurried
@given(st.sampled_from(sorted(json.loads(Rhythm().to_json()))), json_values, moments)
def test_one_wrong_value_in_the_json_never_breaks_the_schedule(name, value, now):
    rhythm = Rhythm.from_json(json.dumps({**json.loads(Rhythm().to_json()), name: value}))
    assert next_visit(observe(rhythm, Poll(now, 20, 3)), now) > now


def test_keys_of_other_versions_do_not_matter():
    rhythm = learn([Poll(NOON, 20, 20), Poll(NOON + HOUR, 20, 3)])
    stored = json.loads(rhythm.to_json())
    del stored["haste"]
    assert Rhythm.from_json(json.dumps({**stored, "mood": "new"})).known == rhythm.known


def test_the_dates_of_the_first_list_tell_the_rate():
    for every, listed in ((timedelta(minutes=3), 20), (HOUR, 50), (DAY, 30), (7 * DAY, 20)):
        dates = [NOON - every * n for n in range(1, listed)]
        rhythm = observe(Rhythm(), Poll(NOON, listed, listed, dates))
        assert expected_rate(rhythm) == pytest.approx(DAY / every, rel=0.35)


def test_entries_pinned_for_years_and_dates_in_the_future_do_not_spoil_the_first_rate():
    dates = [NOON - HOUR * n for n in range(1, 18)] + [NOON - 900 * DAY, NOON - 800 * DAY, NOON + 30 * DAY]
    rhythm = observe(Rhythm(), Poll(NOON, 20, 20, dates))
    assert expected_rate(rhythm) == pytest.approx(24, rel=0.3)
    assert rhythm.newest == NOON


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("rate", [1 / 168, 0.1, 1, 20])
def test_rates_are_learnt_within_two_weeks(rate, dated):
    feed = feed_of(random.Random(11), rate, dated, 14)
    assert expected_rate(month(feed, 14).rhythm) == pytest.approx(rate * 24, rel=0.2, abs=0.15)


def test_the_night_pause_is_learnt_from_counts_alone():
    feed = feed_of(random.Random(3), 5, dated=False, days=14)
    by_hour = [sum(time.hour == hour for time in feed.times) for hour in range(24)]
    rates = hourly_rates(month(feed, 14).rhythm)
    quiet = sorted(range(24), key=lambda hour: by_hour[hour])[:5]
    busy = sorted(range(24), key=lambda hour: by_hour[hour])[-5:]
    assert sum(rates[hour] for hour in quiet) < 0.2 * sum(rates[hour] for hour in busy)


def test_old_articles_that_are_added_late_are_no_news():
    calm = learn([Poll(NOON, 100, 0), Poll(NOON + DAY, 100, 1, [NOON])])
    flooded = observe(calm, Poll(NOON + 2 * DAY, 100, 60, [NOON - 400 * DAY] * 60))
    assert expected_rate(flooded) < expected_rate(calm)


def test_a_publisher_whose_dates_are_hours_behind_is_counted_when_it_shows_and_not_called_silent():
    visits = [Poll(NOON + n * HOUR, 50, 6, [NOON + n * HOUR - 11.2 * HOUR] * 6) for n in range(24 * 20)]
    published = [poll for poll in visits if 8 <= poll.at.hour < 20]
    rhythm = learn([poll if poll in published else Poll(poll.at, 50) for poll in visits])
    rates = hourly_rates(rhythm)
    assert sum(rates[8:19]) > 0.9 * sum(rates)
    assert silence(rhythm, published[-1].at, published[-1].at) is None


@pytest.mark.parametrize("dated", [True, False])
def test_a_page_that_shows_one_entry_at_a_time_has_a_rate(dated):
    days = [NOON + n * DAY for n in range(20)]
    visits = [
        Poll(day + n * HOUR, 1, n == 6, [day + 5.5 * HOUR] * (dated and n == 6)) for day in days for n in (0, 6, 12)
    ]
    assert expected_rate(learn(visits)) == pytest.approx(1, rel=0.3)


def test_a_list_of_only_new_entries_halves_the_interval_and_one_without_any_lengthens_it_by_a_quarter():
    usual = learn([Poll(NOON + n * HOUR, 20, 4) for n in range(200)])
    at = usual.seen + HOUR
    too_late = observe(usual, Poll(at, 20, 20))
    too_early = observe(usual, Poll(at, 20, 0))
    assert (too_late.haste, too_early.haste) == (0.5, 1.25)
    assert observe(too_late, Poll(at + HOUR, 20, 4)).haste == pytest.approx(0.5**0.5)
    for n in range(1, 100):
        too_late = observe(too_late, Poll(at + n * HOUR, 20, 20))
    assert 0.25 <= too_late.haste < 0.6


def test_entries_lost_while_we_were_away_do_not_lower_the_rate():
    usual = learn([Poll(NOON + n * HOUR, 20, 4) for n in range(200)])
    back = observe(usual, Poll(usual.seen + 30 * DAY, 20, 20))
    assert expected_rate(back) == pytest.approx(expected_rate(usual))
    assert back.haste == usual.haste


def test_a_clock_that_was_set_back_teaches_nothing():
    usual = learn([Poll(NOON + n * HOUR, 20, 4) for n in range(20)])
    back = observe(usual, Poll(NOON, 20, 4))
    assert (back.items, back.hours) == (usual.items, usual.hours)
    assert observe(back, Poll(NOON + HOUR, 20, 4)).known == usual.known + 4


def test_a_failure_forgets_nothing():
    usual = learn([Poll(NOON + n * HOUR, 20, 4) for n in range(20)])
    after = failed(failed(usual))
    assert (after.items, after.hours, after.seen, after.failures) == (usual.items, usual.hours, usual.seen, 2)


@settings(unhurried, max_examples=40, derandomize=True)  # chance may rarely be so unkind that an alarm is right
@given(st.integers(0, 10**6), st.floats(-2.2, 1.3), st.booleans())
def test_no_normal_source_is_called_silent_within_a_month(seed, magnitude, dated):
    feed = feed_of(random.Random(seed), 10**magnitude, dated, 31)
    assert month(feed).silences == []


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("rate", [0.2, 2, 12])
def test_free_weekends_are_no_silence(rate, dated):
    assert month(on_weekdays(feed_of(random.Random(5), rate, dated, 31))).silences == []


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("every", [DAY, 3 * DAY, 7 * DAY])
def test_regular_sources_are_no_silence_and_missed_after_little_more_than_three_intervals(every, dated):
    assert month(regular(every, dated, 130), 120).silences == []
    end = START + 100 * DAY
    died = month(ending(regular(every, dated, 130), end), 150).silences
    assert 2 * every < died[0][0] - end < 5 * every
    assert died[-1][0] - end > 45 * DAY  # and the alarm stays


@pytest.mark.parametrize("dated", [True, False])
def test_a_busy_source_that_dies_is_missed_within_a_day(dated):
    feed = feed_of(random.Random(9), 10, dated, 60)
    end = START + 30 * DAY
    silences = month(ending(feed, end), 45).silences
    assert timedelta(hours=6) <= silences[0][0] - end <= DAY
    assert silences[0][1] >= timedelta(hours=6)


def test_a_breakdown_does_not_become_the_rule():
    feed = feed_of(random.Random(9), 10, True, 80)
    broken = [time for time in feed.times if not START + 30 * DAY <= time < START + 45 * DAY]
    second = START + 60 * DAY
    again = Feed(feed.rate, [time for time in broken if time < second], feed.size, True, feed.offset)
    alarms = [now for now, _ in month(again, 70).silences if now > second]
    assert alarms[0] - second <= 7 * DAY


def test_a_list_whose_newest_entry_is_old_is_silent_from_the_first_visit_on():
    dates = [NOON - 400 * DAY - n * DAY for n in range(20)]
    rhythm = observe(Rhythm(), Poll(NOON, 20, 20, dates))
    assert silence(rhythm, NOON, NOON) == 400 * DAY


def test_there_is_no_alarm_about_a_source_that_was_never_seen_or_not_visited_meanwhile():
    assert silence(Rhythm(), NOON, None) is None
    assert silence(failed(Rhythm()), NOON, NOON - 90 * DAY) is None
    usual = month(regular(DAY, dated=True), 31)
    assert silence(usual.rhythm, usual.rhythm.seen + 90 * DAY, usual.last_new) is None


def weekly(weeks: int) -> Rhythm:
    """A source of one item a week, looked at once a day."""
    learnt = Rhythm()
    for day in range(7 * weeks):
        at = START + timedelta(days=day, hours=1)
        items = [START + timedelta(days=day)] if day % 7 == 0 else []
        learnt = observe(learnt, Poll(at, listed=10, new=len(items), published=items))
    return learnt


@pytest.mark.parametrize("weeks", [4, 8])
def test_few_items_are_no_excuse_for_months_of_silence(weeks):
    learnt = weekly(weeks)
    assert 0 < learnt.known < 12
    last = START + timedelta(days=7 * (weeks - 1))
    for days, silent in ((8, False), (18, False), (40, True), (90, True)):
        now = last + timedelta(days=days)
        seen = observe(learnt, Poll(now, listed=10))
        assert (silence(seen, now, last) is not None) is silent, days


def test_a_source_of_which_hardly_anything_is_known_may_be_silent_for_a_season():
    one = observe(Rhythm(), Poll(START, listed=1, new=1, published=[START - timedelta(hours=1)]))
    for days, silent in ((30, False), (80, False), (95, True)):
        now = START + timedelta(days=days)
        assert (silence(observe(one, Poll(now, listed=1)), now, START) is not None) is silent, days
