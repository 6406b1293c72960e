"""No source takes so many requests at once, or so much time, that others wait for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.shares import Shares


def take_all(shares, source, most=1000):
    """Ask for as many pages of ``source`` as it gets; returns how many."""
    taken = 0
    while taken < most and shares.allows(source):
        shares.asked(source, hash((source, taken)))
        taken += 1
    return taken


def test_a_source_alone_gets_two_thirds_and_the_next_one_two_thirds_of_the_rest():
    shares = Shares(27)
    assert take_all(shares, "first") == 18
    assert take_all(shares, "second") == 6
    assert take_all(shares, "third") == 2


def test_sources_with_one_page_each_get_every_place():
    shares = Shares(32)
    assert [take_all(shares, f"source {n}", most=1) for n in range(32)] == [1] * 32


@given(st.integers(1, 40), st.lists(st.sampled_from("abc"), max_size=60))
def test_a_source_that_asks_for_nothing_yet_is_always_allowed_its_first_page(at_once, wishes):
    shares = Shares(at_once)
    for number, source in enumerate(wishes):
        if shares.allows(source):
            shares.asked(source, number)
    assert shares.allows("newcomer")


def test_hosts_that_had_to_wait_come_back_one_by_one_as_answers_come():
    shares = Shares(1)
    shares.asked("feed", 1)
    assert not shares.allows("feed")
    for host in ("a.example", "b.example"):
        shares.wait("feed", host)
    assert shares.back("feed", 1) == ["a.example"]
    assert shares.allows("feed")
    shares.asked("feed", 2)
    assert shares.back("feed", 2) == ["b.example"]
    assert shares.back("feed", 3) == []


def test_the_time_of_all_its_requests_is_counted():
    now = [0.0]
    shares = Shares(32, most_seconds=60, monotonic=lambda: now[0])
    shares.asked("feed", 1)
    shares.asked("feed", 2)
    now[0] = 30.0
    shares.back("feed", 1)
    assert not shares.used_up("feed")
    shares.back("feed", 2)
    assert shares.used_up("feed") and not shares.used_up("other")
