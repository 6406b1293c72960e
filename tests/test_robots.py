"""robots.txt as RFC 9309 has it, with the real command: what a missing, closed, broken or hanging one means."""

from __future__ import annotations

import pytest

from tests.newsweb import Fault, NewsWeb
from tests.newsweb.outlet import Answer
from tests.watching import Watch, write_seeds


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Two days of crawling sites whose robots.txt differ; what was asked of each in each run."""
    folder = tmp_path_factory.mktemp("robots")
    with NewsWeb() as web:
        rules = {
            "tepuy": Answer(404),
            "lagoon": Answer(403),
            "vestnik": Answer(500),
            "ledger": Answer(200, b"<html>not a robots.txt at all</html>"),
            "pampas": Answer(301, headers={"Location": web.url("gazeta", "/robots.txt")}),
            "gazeta": Answer(200, b"User-agent: *\nDisallow: /\n\nUser-agent: newscrawler\nDisallow: /mundo/\n"),
            "severny": Answer(200, "\ufeffUser-agent: *\nDisallow: /atom\n".encode()),
        }
        for key, answer in rules.items():
            web.outlet(key).files["/robots.txt"] = answer
        web.outlet("meridian").fault = Fault(hang=30, below="/robots.txt")
        keys = [*rules, "meridian"]
        seeds = write_seeds(
            folder / "seeds.toml", *(f'name = "{k}"\nurl = "{_feed(web, k)}"\nevery = "1h"' for k in keys)
        )
        watch = Watch(web, folder, seeds)
        runs = []
        for hours in (0, 23, 25):
            run = watch.run(hours, "-s", "DOWNLOAD_TIMEOUT=4")
            addresses = {key: web.outlet(key).imprint.address for key in keys}
            runs.append({k: [r.path for r in run.requests if r.host == host] for k, host in addresses.items()})
            if hours == 0:
                web.outlet("vestnik").files["/robots.txt"] = Answer(404)
                web.outlet("gazeta").files["/robots.txt"] = Answer(404)
        yield watch, runs


def _feed(web, key):
    outlet = web.outlet(key)
    return outlet.url(outlet.imprint.feed_path)


@pytest.mark.parametrize("key", ["tepuy", "lagoon", "ledger"])
def test_where_there_is_no_robots_txt_everything_is_allowed(outcomes, key):
    first = outcomes[1][0][key]
    assert first[0] == "/robots.txt" and len(first) > 5


def test_rules_for_us_come_before_rules_for_all(outcomes):
    first = outcomes[1][0]["gazeta"]
    assert "/feed.json" in first
    assert not [path for path in first if path.startswith("/mundo/")]
    (row,) = outcomes[0].rows("SELECT state, reason FROM pages WHERE url LIKE '%/mundo/%' AND due IS NOT NULL LIMIT 1")
    assert tuple(row) == ("blocked", "robots.txt does not allow it")


def test_rules_behind_a_redirect_are_rules(outcomes):
    assert outcomes[1][0]["pampas"][0] == "/robots.txt"
    assert len(outcomes[1][0]["pampas"]) > 1


def test_a_source_that_robots_txt_closes_is_blocked_and_never_asked(outcomes):
    watch, runs = outcomes
    assert [path for run in runs for path in run["severny"] if path != "/robots.txt"] == []
    (row,) = watch.rows("SELECT state, reason FROM sources WHERE name = 'severny'")
    assert tuple(row) == ("blocked", "robots.txt does not allow it")


@pytest.mark.parametrize(
    ("key", "reason"), [("vestnik", "robots.txt could not be read (500)"), ("meridian", "in time")]
)
def test_a_robots_txt_that_cannot_be_read_means_later(outcomes, key, reason):
    watch, runs = outcomes
    assert runs[0][key] == ["/robots.txt"]
    (first,) = watch.rows("SELECT reason FROM polls WHERE url LIKE ? ORDER BY id LIMIT 1", f"%{_path(watch, key)}")
    assert reason in first["reason"]


def _path(watch, key):
    (url,) = watch.column("SELECT url FROM sources WHERE name = ?", key)
    return url.partition("//")[2]


def test_once_it_can_be_read_the_site_is_visited(outcomes):
    assert len(outcomes[1][1]["vestnik"]) > 5


def test_it_is_believed_for_a_day_and_then_asked_for_again(outcomes):
    _, (first, second, third) = outcomes
    for key in ("tepuy", "lagoon", "ledger"):
        assert [run[key].count("/robots.txt") for run in (first, second, third)] == [1, 0, 1], key
    assert not [path for path in second["gazeta"] if path.startswith("/mundo/")]
