"""Shards: several machines share the sources of a topic, and no host is asked faster than by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.turns import Turns
from crawler.seeds import Source, read_topic
from crawler.sources.shards import Shard
from tests.watching import write_seeds

HOSTS = [f"https://{name}.example{number}.com/feed" for number in range(40) for name in ("news", "www")]


@pytest.fixture(scope="module")
def topic(tmp_path_factory) -> object:
    path = write_seeds(tmp_path_factory.mktemp("seeds") / "t.toml", 'name = "x"\nurl = "https://x.example/"')
    sources = tuple(Source(name=url, url=url) for url in HOSTS)
    return replace(read_topic(path), sources=sources)


@given(machines=st.integers(1, 9))
def test_each_source_belongs_to_one_machine_and_a_domain_stays_together(machines):
    owners = {url: [k for k in range(1, machines + 1) if Shard(k, machines).has(url)] for url in HOSTS}
    assert {len(numbers) for numbers in owners.values()} == {1}
    assert all(owners[url] == owners[url.replace("//news.", "//www.")] for url in HOSTS)
    assert machines > 4 or len({number for (number,) in owners.values()}) == machines


def test_the_sources_of_others_are_disabled_and_say_why(topic):
    parts = [Shard(k, 3).part(topic).sources for k in (1, 2, 3)]
    for sources in zip(*parts, strict=True):
        assert sum(source.enabled for source in sources) == 1
        assert {source.note for source in sources if not source.enabled} <= {
            f"belongs to another machine (--shard {k}/3)" for k in (1, 2, 3)
        }


@pytest.mark.parametrize("written", ["0/3", "4/3", "2", "2/", "a/b", "2/3/4", "-1/3", "1/0"])
def test_what_is_no_shard_is_told(written):
    with pytest.raises(ValueError, match="write 2/3"):
        Shard.read(written)


def test_no_shard_is_none():
    assert Shard.read("") is None
    assert Shard.read("2/3") == Shard(2, 3)


def test_foreign_hosts_are_asked_slower_and_less_by_the_number_of_machines(topic):
    shard = Shard(1, 3)
    part = shard.part(topic)
    ours = next(source.url for source in part.sources if source.enabled).split("/")[2]
    now = [100.0]
    turns = Turns(2.0, 1, 9, lambda: now[0], slower=shard.slower(part))
    turns.slow_down("slow.example", 10.0)
    waits = {}
    for host in (ours, "elsewhere.example", "slow.example"):
        turns.has_work(host)
        assert turns.take() == host
        turns.back(host)
        waits[host] = turns.soonest()
        now[0] += 60
        assert turns.take() == host
    assert waits == {ours: 2.0, "elsewhere.example": 6.0, "slow.example": 30.0}
    for _ in range(3):
        turns.asked(ours)
        turns.asked("elsewhere.example")
    assert turns.used_up("elsewhere.example") and not turns.used_up(ours)


def test_a_wrong_shard_is_wrong_usage(scrapy):
    result = scrapy("crawl", "venezuela_russia", "--shard", "3/2")
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert '--shard: "3/2" is no shard: write 2/3' in result.stderr
