"""Turns: which host may be asked when."""

from crawler.frontier.turns import Turns


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def turns(delay=2.0, per_host=1, budget=100, **limits):
    clock = Clock()
    return Turns(delay, per_host, budget, clock, **limits), clock


def take_all(queue):
    taken = []
    while host := queue.take():
        queue.asked(host)
        taken.append(host)
    return taken


def test_hosts_take_turns_in_the_order_in_which_they_were_found():
    queue, _ = turns()
    for host in ("a", "b", "c", "a"):
        queue.has_work(host)
    assert take_all(queue) == ["a", "b", "c"]


def test_a_host_is_asked_again_only_after_its_delay():
    queue, clock = turns(delay=2.0)
    queue.has_work("a")
    assert queue.take() == "a"
    queue.back("a")
    clock.now += 1.9
    assert queue.take() is None
    assert 0 < queue.soonest() < 0.2
    clock.now += 0.2
    assert queue.take() == "a"


def test_crawl_delay_slows_a_host_down_but_never_makes_it_faster():
    queue, clock = turns(delay=2.0)
    for host, delay in (("slow", 10.0), ("fast", 0.1)):
        queue.has_work(host)
        queue.slow_down(host, delay)
    for host in take_all(queue):
        queue.back(host)
    clock.now += 1.0
    assert take_all(queue) == []
    clock.now += 1.0
    assert take_all(queue) == ["fast"]
    clock.now += 8.0
    assert take_all(queue) == ["slow"]


def test_a_paused_host_waits_and_the_others_do_not():
    queue, clock = turns()
    queue.has_work("a")
    queue.has_work("b")
    queue.pause("a", 30)
    assert take_all(queue) == ["b"]
    assert queue.soonest() == 30
    clock.now += 30
    assert take_all(queue) == ["a"]


def test_no_host_gets_more_requests_than_its_budget():
    queue, _ = turns(delay=0, budget=3)
    queue.has_work("a")
    for _ in range(3):
        assert take_all(queue) == ["a"]
        queue.back("a")
    assert take_all(queue) == []
    assert queue.soonest() is None


def test_bytes_and_seconds_of_a_host_are_bounded_like_its_requests():
    queue, _ = turns(delay=0, most_bytes=1000, most_seconds=10)
    for host, size, seconds in (("modest", 900, 9.0), ("fat", 1001, 1.0), ("slow", 1, 10.1)):
        queue.has_work(host)
        assert queue.take() == host
        queue.cost(host, size, seconds)
        queue.back(host)
    assert queue.take() == "modest"
    assert queue.take() is None
    assert queue.all_used_up() == ["fat", "slow"]


def test_a_pause_is_known_to_who_asks_for_it():
    queue, clock = turns()
    queue.pause("a", 30)
    clock.now += 10
    assert (queue.paused_for("a"), queue.paused_for("b")) == (20, 0)


def test_what_is_left_of_a_crawl_delay_is_for_the_next_run():
    queue, clock = turns(delay=2.0)
    for host in ("slow", "usual"):
        queue.has_work(host)
    queue.slow_down("slow", 30.0)
    for host in take_all(queue):
        queue.back(host)
    clock.now += 1
    assert queue.slow_hosts() == {"slow": 29.0}


def test_a_host_without_work_costs_nothing_until_it_has_some_again():
    queue, _ = turns(per_host=2)
    queue.has_work("a")
    assert [queue.take(), queue.take(), queue.take()] == ["a", "a", None]
    queue.nothing("a")
    queue.nothing("a")
    assert queue.soonest() is None
    queue.has_work("a")
    assert [queue.take(), queue.take(), queue.take()] == ["a", "a", None]
