"""Sources over several runs: twins, moves, proxies, servers that lie, wishes of feeds, silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest

from crawler import clock
from crawler.schedule import rhythm
from crawler.schedule.rhythm import Poll, Rhythm
from crawler.sources.polls import cut
from tests.newsweb import NewsWeb
from tests.newsweb.feeds import rss
from tests.newsweb.outlet import Answer
from tests.watching import Watch, story, write_seeds

RSS = "application/rss+xml"


@dataclass(frozen=True)
class Liar(Answer):
    """An answer whose ETag has nothing to do with its body."""

    claimed: str = '"always"'

    @property
    def etag(self) -> str:
        return self.claimed


def feed(outlet, title, head=b"", entries=None, answer=Answer, **more):
    """An RSS feed of the first entries of an outlet; ``head`` is put into its channel."""
    listed = outlet.entries()[:5] if entries is None else entries
    body = rss(title, outlet.url(), "en", listed).replace(b"<language>", head + b"<language>")
    return answer(200, body, RSS, **more)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """Four runs over sources that are odd in one way each; ``runs`` holds what was asked in each."""
    folder = tmp_path_factory.mktemp("sources")
    with NewsWeb() as web:
        pampas, ledger, lagoon, severny = (web.outlet(key) for key in ("pampas", "ledger", "lagoon", "severny"))
        pampas.files["/moved.xml"] = Answer(301, headers={"Location": pampas.url("/feed/")})
        lagoon.files["/copy.xml"] = lagoon.answer("/feed/")
        busy = [  # a news item every six minutes, none of which can be fetched
            ledger.entries()[0]._replace(
                url=f"https://news.google.com/articles/{n}", published=web.base - timedelta(minutes=6 * n)
            )
            for n in range(40)
        ]
        wish = {"Cache-Control": "public, max-age=3600"}
        ledger.files["/plain.xml"] = feed(ledger, "Plain", entries=busy)
        ledger.files["/ttl.xml"] = feed(ledger, "With ttl", b"<ttl>60</ttl>", busy)
        ledger.files["/cached.xml"] = feed(ledger, "Cached", entries=busy, headers=wish)
        ledger.files["/frozen.xml"] = feed(ledger, "Frozen", answer=Liar)
        severny.files["/robots.txt"] = Answer(404)  # without its Crawl-delay, for the test's speed
        nervous = iter(range(1000))
        severny.surfaces = {
            **severny.surfaces,
            "/nervous.xml": lambda outlet: feed(outlet, "Nervous", answer=Liar, claimed=f'"{next(nervous)}"'),
        }
        through = web.url("meridian", "/atom.xml")
        web.kiosk.files[through] = web.outlet("meridian").answer("/atom.xml")
        web.kiosk.files[web.url("meridian", "/robots.txt")] = Answer(404)
        listed = {
            "original": pampas.url("/feed/"),
            "moved": pampas.url("/moved.xml"),
            "twin a": lagoon.url("/feed/"),
            "twin b": lagoon.url("/copy.xml"),
            "plain": ledger.url("/plain.xml"),
            "ttl": ledger.url("/ttl.xml"),
            "cached": ledger.url("/cached.xml"),
            "frozen": ledger.url("/frozen.xml"),
            "nervous": severny.url("/nervous.xml"),
            "home": severny.url("/"),
            "abroad": through,
            "closed": web.url("tepuy", "/rss/"),
        }
        proxies = {"abroad": '\nproxy = "${TEST_PROXY}"', "closed": '\nproxy = "${TEST_PROXY_UNSET}"'}
        tables = (f'name = "{name}"\nurl = "{url}"{proxies.get(name, "")}' for name, url in listed.items())
        watch = Watch(web, folder, write_seeds(folder / "seeds.toml", *tables))
        now = ("-a", "now=1", "-s", "CRAWL_BUDGET=60")
        proxy = {"TEST_PROXY": web.kiosk.url().rstrip("/")}
        state = SimpleNamespace(web=web, watch=watch, listed=listed, runs=[], intervals=[])

        def run(hours):
            state.runs.append(watch.run(hours, *now, **proxy))
            state.intervals.append({row["name"]: row["interval"] for row in watch.rows("SELECT * FROM sources")})

        run(0)
        run(1)
        change(watch, ledger, severny)
        run(2)
        run(3)
        yield state


def change(watch, ledger, severny):
    """News behind an ETag that stays; a feed that is replaced by a web page while the home page names another."""
    ledger.publish("thawed", *story("thawed"), hours=0, section="abroad")
    ledger.files["/frozen.xml"] = feed(ledger, "Frozen", answer=Liar)
    watch.change("UPDATE pages SET unchanged = 10 WHERE url LIKE '%/frozen.xml'")
    severny.files["/atom"] = Answer(200, b"<!doctype html><title>Moved</title><p>Our feed has moved.</p>")
    severny.files["/"] = Answer(200, b"<title>Home</title><a href='/rss/new.xml'>RSS</a>")
    severny.files["/rss/new.xml"] = feed(severny, "New")


def asked(state, run, name):
    address = state.listed[name].removeprefix("http://").replace(f":{state.web.port}", "")
    return [request for request in state.runs[run].requests if f"{request.host}{request.path}" == address]


def source(state, name):
    (row,) = state.watch.rows("SELECT * FROM sources WHERE name = ?", name)
    return row


@pytest.mark.parametrize(("second", "first"), [("moved", "original"), ("twin b", "twin a")])
def test_one_feed_under_two_addresses_is_polled_once_from_the_second_run_on(watched, second, first):
    assert len(asked(watched, 0, second)) == 1
    for run in (1, 2):
        assert (len(asked(watched, run, first)), len(asked(watched, run, second))) == (1, 0)
    row = source(watched, second)
    assert (row["state"], row["reason"]) == ("disabled", f"the same feed as {first}")


def test_feeds_with_the_same_entries_but_names_of_their_own_are_no_twins(watched):
    assert {source(watched, name)["state"] for name in ("plain", "ttl", "cached")} == {"ok"}


def test_a_source_with_a_proxy_and_its_robots_txt_are_asked_for_through_it_alone(watched):
    meridian = watched.web.outlet("meridian").imprint.address
    assert [
        request for request in watched.runs[0].requests if request.host == meridian and "/atom" in request.path
    ] == []
    through = [r.path for r in watched.runs[0].requests if r.host == "127.0.0.21"]
    assert watched.web.url("meridian", "/robots.txt") in through and watched.listed["abroad"] in through
    assert source(watched, "abroad")["state"] == "ok"


def test_without_its_proxy_a_source_is_not_asked_and_says_which_variable_is_missing(watched):
    tepuy = watched.web.outlet("tepuy").imprint.address
    assert [request for run in watched.runs for request in run.requests if request.host == tepuy] == []
    row = source(watched, "closed")
    assert row["state"] == "failing"
    assert "environment variable TEST_PROXY_UNSET is not set" in row["reason"]
    assert "TEST_PROXY_UNSET" in watched.runs[0].said


@pytest.mark.parametrize("name", ["ttl", "cached"])
def test_what_a_feed_and_its_server_wish_lengthens_the_interval_also_when_the_feed_is_unchanged(watched, name):
    for intervals in watched.intervals[1:2]:
        assert intervals[name] > 1.5 * intervals["plain"]
    assert asked(watched, 1, name)[0].status == 304


def test_a_feed_that_is_not_modified_for_ever_is_asked_without_validators_every_twelfth_time(watched):
    visits = [asked(watched, run, "frozen")[0] for run in range(4)]
    assert [visit.status for visit in visits] == [200, 304, 304, 200]
    assert "If-None-Match" not in visits[3].headers and "If-None-Match" in visits[2].headers
    assert watched.watch.column("SELECT url FROM articles WHERE url LIKE '%/abroad/%' AND source = 'frozen'")


def test_the_same_body_with_a_new_etag_is_unchanged(watched):
    assert [asked(watched, run, "nervous")[0].status for run in range(3)] == [200, 200, 200]
    polls = watched.watch.rows("SELECT announced, new FROM polls WHERE url LIKE '%/nervous.xml' ORDER BY id")
    assert [tuple(poll) for poll in polls[:3]] == [(4, polls[0]["new"]), (0, 0), (0, 0)]


def test_a_feed_that_became_a_web_page_is_looked_for_again(watched):
    severny = watched.web.outlet("severny")
    row = source(watched, "home")
    assert (row["state"], row["address"], row["kind"]) == ("ok", severny.url("/rss/new.xml"), "feed")
    reasons = watched.watch.column(
        "SELECT reason FROM polls WHERE url = ? AND reason IS NOT NULL", severny.url("/atom")
    )
    assert reasons == ["a web page instead of a feed: Moved"]


@pytest.mark.parametrize(
    ("url", "rows", "warned"),
    [
        ("https://api.gdeltproject.org/api/v2/doc/doc?query=x&maxrecords=250&format=rss", 250, True),
        ("https://api.gdeltproject.org/api/v2/doc/doc?query=x&maxrecords=250&format=rss", 249, False),
        ("https://daily.example/feed/", 250, False),
        ("https://daily.example/feed/?maxrecords=many", 250, False),
    ],
)
def test_a_list_that_is_as_long_as_it_may_be_was_cut(url, rows, warned):
    assert bool(cut(url, rows)) == warned


def test_silence_is_told_of_a_source_and_of_all_of_them(tmp_path):
    with NewsWeb() as web:
        seeds = write_seeds(tmp_path / "seeds.toml", f'name = "hints"\nurl = "{web.kiosk.url("/hints.rss")}"')
        watch = Watch(web, tmp_path, seeds)
        assert "silent" not in watch.run().said
        watch.change("UPDATE sources SET rhythm = ?, last_new = ?", *_busy_until(clock.now() - timedelta(days=9)))
        said = watch.run(1, "-a", "now=1").said
        shown = watch.command("sources").stdout
    assert watch.column("SELECT state FROM sources") == ["silent"]
    assert "nothing new for 9 days" in said and "silent" in shown
    assert "Every source is silent (1 of 1)" in said


def _busy_until(end):
    """What was learnt of a source that published every two hours until then and was visited as often."""
    learnt = Rhythm()
    for visit in range(240, -1, -1):
        at = end - timedelta(hours=2 * visit)
        learnt = rhythm.observe(learnt, Poll(at, 20, 1, [at]))
    return learnt.to_json(), clock.text(end)
