"""Schedule: when a source is due again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.freshness import compare
from crawler.schedule import LONGEST, LONGEST_SERVER_WAIT, SHORTEST, next_visit
from crawler.schedule.rhythm import Poll, Rhythm, failed, observe

NOON = datetime(2024, 7, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def steady(items_an_hour: float, days: float = 14, listed: int = 10_000) -> Rhythm:
    """The rhythm of a source that publishes alike at all hours."""
    hours = days * 24
    return Rhythm(
        items=(items_an_hour * days,) * 24,
        hours=(float(days),) * 24,
        known=int(items_an_hour * hours),
        listed=listed,
        seen=NOON,
        newest=NOON,
    )


def wait(rhythm: Rhythm, now: datetime = NOON, **asked) -> timedelta:
    return next_visit(rhythm, now, **asked) - now


unhurried = settings(deadline=None)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
seconds = st.none() | st.floats(0, 1e12)
rhythms = st.builds(
    Rhythm,
    items=st.tuples(*[st.floats(0, 1e6)] * 24),
    hours=st.tuples(*[st.floats(0, 1e6)] * 24),
    known=st.integers(0, 10**6),
    listed=st.integers(0, 10**5),
    seen=st.none() | moments,
    newest=st.none() | moments,
    longest_gap=st.floats(0, 1e6),
    haste=st.floats(0.25, 4),
    failures=st.integers(0, 1000),
)


@unhurried
@given(rhythms, moments, seconds, seconds, st.floats(-1, 1))
def test_whatever_was_learnt_and_wished_a_source_is_due_within_5_minutes_to_24_hours(rhythm, now, ttl, max_age, jitter):
    assert SHORTEST <= wait(rhythm, now, feed_interval=ttl, max_age=max_age, jitter=jitter) <= LONGEST


@unhurried
@given(rhythms, moments, st.timedeltas(timedelta(), timedelta(days=30)), seconds)
def test_the_interval_of_the_seeds_file_counts_instead_and_is_never_zero(rhythm, now, every, ttl):
    waited = wait(rhythm, now, every=every, feed_interval=ttl)
    assert max(every, timedelta(seconds=1)) <= waited <= max(every * (1 + rhythm.failures), LONGEST)


def test_the_interval_of_the_seeds_file_is_kept_to_the_second():
    assert wait(steady(20), every=7 * HOUR, jitter=1) == 7 * HOUR
    assert wait(steady(20), every=timedelta(minutes=1)) == timedelta(minutes=1)
    assert wait(steady(20), every=timedelta(days=7)) == timedelta(days=7)


@unhurried
@given(rhythms, moments, st.floats(0, 1e12), st.none() | st.just(timedelta(minutes=1)), st.floats(-1, 1))
def test_no_source_is_visited_before_its_servers_retry_after_of_up_to_a_week(rhythm, now, asked, every, jitter):
    due = next_visit(rhythm, now, every=every, server_wait=asked, jitter=jitter)
    respected = timedelta(seconds=min(asked, LONGEST_SERVER_WAIT.total_seconds()))
    assert now + respected <= due <= now + max(respected, LONGEST)


@unhurried
@given(st.floats(1e-4, 100), st.floats(1e-4, 100), st.integers(1, 100), moments)
def test_the_busier_source_is_never_visited_later(one, other, listed, now):
    calm, busy = sorted((one, other))
    assert wait(steady(busy, listed=listed), now) <= wait(steady(calm, listed=listed), now)


def test_four_times_the_rate_halves_the_interval():
    assert wait(steady(0.25)) / wait(steady(1)) == pytest.approx(2, rel=0.02)
    assert wait(steady(1)) == pytest.approx(timedelta(minutes=57), abs=timedelta(minutes=1))


def test_a_night_pause_costs_few_visits_and_ends_with_an_early_one():
    day = tuple(0.0 if hour < 8 else 70.0 for hour in range(24))  # 5 an hour from 8 o'clock on, for 14 days
    rhythm = Rhythm(items=day, hours=(14.0,) * 24, known=1120, listed=10_000, seen=NOON, newest=NOON)
    midnight = NOON.replace(hour=1, minute=0)
    visits = [midnight]
    while visits[-1] < NOON:
        visits.append(next_visit(rhythm, visits[-1]))
    at_night = [visit for visit in visits if 2 <= visit.hour < 7]
    assert len(at_night) <= 3
    assert min(visit for visit in visits if visit.hour >= 8) < NOON.replace(hour=8, minute=30)


def test_a_short_list_is_read_before_half_of_it_has_changed():
    assert wait(steady(20, listed=5)) == pytest.approx(timedelta(minutes=7.5), abs=timedelta(seconds=1))
    assert wait(steady(20, listed=5), feed_interval=3600) == pytest.approx(
        timedelta(minutes=7.5), abs=timedelta(seconds=1)
    )


def test_wishes_of_ttl_and_cache_control_lengthen_an_interval_but_not_beyond_its_double_and_an_hour():
    usual = wait(steady(4))
    assert wait(steady(4), feed_interval=60) == usual
    assert wait(steady(4), max_age=2400) == timedelta(minutes=40)
    assert wait(steady(4), feed_interval=7 * 86400) == 2 * usual
    assert wait(steady(1), feed_interval=7 * 86400) == HOUR
    assert wait(steady(0.01), feed_interval=60) == wait(steady(0.01))


def test_jitter_is_small_and_goes_both_ways():
    usual = wait(steady(1))
    assert 0.9 * usual < wait(steady(1), jitter=-1) < usual < wait(steady(1), jitter=1) < 1.1 * usual


def test_each_failure_in_a_row_adds_one_interval_and_a_success_ends_it():
    rhythm = steady(1)
    usual = wait(rhythm)
    for failures in range(1, 10):
        rhythm = failed(rhythm)
        assert wait(rhythm) == usual * (1 + failures)
        assert wait(rhythm, every=HOUR) == HOUR * (1 + failures)
    for _ in range(100):
        rhythm = failed(rhythm)
    assert wait(rhythm) == LONGEST
    assert wait(rhythm, every=timedelta(days=7)) == timedelta(days=7)
    assert observe(rhythm, Poll(NOON + HOUR, 10, 1)).failures == 0


def test_a_source_that_gives_no_dates_is_soon_looked_at_a_second_time():
    first = observe(Rhythm(), Poll(NOON, listed=20, new=20))
    assert wait(first) <= timedelta(minutes=30)


def test_in_a_simulated_week_news_is_found_sooner_than_by_fixed_polling_and_with_fewer_requests():
    week = compare(seed=4, days=7)
    by_name = {name.split(" (")[0]: value for name, value in week.items()}
    assert by_name["RATIO of mean lags, same number"] <= 0.5
    assert by_name["RATIO of requests to every 10 minutes"] <= 0.2
    assert by_name["RATIO of median lags to every 10 minutes"] <= 2
    assert by_name["longest p90 lag of a source of ours, hours"] < 24
