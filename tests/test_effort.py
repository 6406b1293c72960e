"""What pages cost the crawling process, and that a source whose pages cost too much gets one at a time."""

import asyncio
import time

import pytest

from crawler.frontier.effort import Effort
from crawler.items import Claim


def claim(number, source="a"):
    return Claim(number, f"https://a.example/{number}", "article", source, "a.example")


def busy(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def most_at_once(effort, source):
    """How many of ten pages of ``source`` are worked on at the same time."""

    async def run():
        at_once = [0]

        async def page(number):
            await effort.turn(claim(number, source))
            at_once.append(at_once[-1] + 1)
            await asyncio.sleep(0)
            at_once.append(at_once[-1] - 1)
            effort.over(claim(number, source))

        await asyncio.gather(*map(page, range(10)))
        return max(at_once)

    return asyncio.run(run())


def test_a_source_whose_page_took_too_much_gets_one_page_at_a_time_and_others_as_before():
    effort = Effort(most=0.01)
    for _ in range(2):  # together they are too much
        with effort.of(claim(1)):
            busy(0.006)
    assert most_at_once(effort, "a") == 1
    assert most_at_once(effort, "b") == 10


def test_what_is_measured_twice_counts_once_and_what_has_ended_not_at_all():
    effort = Effort(most=0.015)
    with effort.of(claim(1)), effort.of(claim(1)):
        busy(0.01)
    effort.over(claim(1))
    with effort.of(claim(1)):
        busy(0.01)
    assert most_at_once(effort, "a") == 10


def test_waiting_is_no_effort_and_a_fault_does_not_stop_the_measure():
    effort = Effort(most=0.01)
    with effort.of(claim(1)):
        time.sleep(0.02)
    assert most_at_once(effort, "a") == 10
    with pytest.raises(ValueError), effort.of(claim(2)):
        busy(0.02)
        raise ValueError
    assert most_at_once(effort, "a") == 1
