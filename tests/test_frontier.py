"""The frontier: what is known, who is claimed, what became of it; with a real database and no network."""

import asyncio
from datetime import timedelta

import pytest

from crawler import clock, database
from crawler.fetching.outcome import Outcome
from crawler.frontier import MOST_DOORS, Frontier, hosts
from crawler.frontier.pages import MAX_ATTEMPTS, MAX_CLAIMS
from crawler.frontier.turns import Turns
from crawler.items import Found
from crawler.terms import Terms


@pytest.fixture
def open_frontier(tmp_path):
    opened = []

    def new(delay=0.0, per_host=1, budget=200, at_once=32):
        db = database.open_to_write(tmp_path / "news.db")
        opened.append(db)
        return Frontier(db.conn, "topic", Turns(delay, per_host, budget), at_once)

    yield new
    for db in opened:
        db.conn.close()


def article(host, n, **more):
    return Found(f"https://{host}.example/{n}", **more)


def claim_all(frontier):
    claims = []
    while claim := frontier.claim():
        claims.append(claim)
    return claims


def run(scenario):
    """Claims are counted by the group commit, which needs a running loop."""
    return asyncio.run(scenario())


def end(frontier, claim, outcome):
    frontier.write(claim, outcome)
    frontier.ended(claim, outcome.state)


def row(frontier, url):
    return frontier.connection.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()


def test_claims_go_round_over_the_hosts_one_page_each(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.add([article(host, n) for host in "abc" for n in range(3)], "s", "feed")
        first = claim_all(frontier)
        assert [claim.host for claim in first] == ["a.example", "b.example", "c.example"]
        assert claim_all(frontier) == []
        frontier.answered(first[1])
        assert [claim.host for claim in claim_all(frontier)] == ["b.example"]

    run(scenario)


def test_newest_first_and_sources_before_all(open_frontier):
    async def scenario():
        frontier = open_frontier(per_host=9)
        now = clock.now()
        dates = {n: clock.text(now - timedelta(days=days)) for n, days in {"old": 9, "new": 1, "middle": 4}.items()}
        frontier.add([article("a", name, published=date) for name, date in dates.items()], "s", "feed")
        frontier.admission.visit(Found("https://a.example/feed", kind="source"), "s")
        frontier.load()
        assert [claim.url.rpartition("/")[2] for claim in claim_all(frontier)] == ["feed", "new", "middle", "old"]

    run(scenario)


def test_what_is_too_old_is_remembered_and_not_fetched(open_frontier):
    async def scenario():
        frontier = open_frontier()
        oldest = clock.now() - timedelta(days=30)
        day = clock.text(oldest - timedelta(hours=12))[:10]
        found = [
            article("a", 1, published=clock.text(oldest - timedelta(seconds=1))),
            article("b", 2, published=clock.text(oldest + timedelta(seconds=1))),
            article("c", 3),
            article("d", 4, published=clock.text(oldest)[:10]),
            article("e", 5, published=clock.text(oldest - timedelta(days=2))[:10]),
        ]
        assert frontier.add(found, "s", "feed", oldest) == found
        assert sorted(claim.host[0] for claim in claim_all(frontier)) == ["b", "c", "d"]
        assert row(frontier, found[0].url)["state"] == "old"
        assert "max_age" in row(frontier, found[4].url)["reason"]
        assert day

    run(scenario)


def test_an_address_is_known_once(open_frontier):
    async def scenario():
        frontier = open_frontier()
        assert frontier.add([article("a", 1), article("a", 1)], "s", "feed") == [article("a", 1)]
        assert frontier.add([article("a", 1)], "other", "feed2") == []
        (claim,) = claim_all(frontier)
        end(frontier, claim, Outcome("irrelevant", "no mention of russia"))
        assert frontier.add([article("a", 1)], "s", "feed") == []
        assert claim_all(frontier) == []

    run(scenario)


def test_a_claim_that_was_never_ended_is_due_for_the_next_run(open_frontier):
    async def scenario():
        first = open_frontier()
        first.add([article("a", 1)], "s", "feed")
        assert len(claim_all(first)) == 1
        first.commits.flush()
        second = open_frontier()
        second.load()
        (claim,) = claim_all(second)
        assert claim.attempts == 1

    run(scenario)


def test_a_page_that_ends_every_run_is_given_up(open_frontier):
    async def scenario():
        open_frontier().add([article("a", 1)], "s", "feed")
        tried = 0
        for _ in range(MAX_CLAIMS + 3):
            frontier = open_frontier()
            frontier.load()
            tried += len(claim_all(frontier))
            frontier.commits.flush()  # and now the process dies
        assert tried == MAX_CLAIMS
        page = row(frontier, "https://a.example/1")
        assert (page["state"], page["due"]) == ("failed", None)
        assert "runs ended while it was being read" in page["reason"]

    run(scenario)


def test_a_failed_page_is_tried_again_later_and_later_and_then_given_up(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.add([article("a", 1)], "s", "feed")
        waits = []
        for attempt in range(1, MAX_ATTEMPTS + 1):
            (claim,) = claim_all(frontier)
            end(frontier, claim, Outcome("queued", "server error (500)", timedelta(hours=1)))
            page = row(frontier, claim.url)
            if attempt < MAX_ATTEMPTS:
                waits.append(clock.moment(page["due"]) - clock.now())
                frontier.connection.execute("UPDATE pages SET due = ?", (clock.text(clock.now()),))
                frontier = open_frontier()
                frontier.load()
        assert waits == sorted(waits) and waits[-1] > 4 * waits[0]
        assert (page["state"], page["due"]) == ("failed", None)
        assert page["reason"] == f"server error (500); given up after {MAX_ATTEMPTS} attempts"

    run(scenario)


def test_a_host_that_asked_us_to_wait_is_left_alone_by_the_next_run_too(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.add([article("a", n) for n in range(3)] + [article("b", 1)], "s", "feed")
        claims = claim_all(frontier)
        end(frontier, claims[0], Outcome("queued", "too many requests (429)", timedelta(hours=1), 429, pause_host=True))
        assert claim_all(frontier) == []
        again = open_frontier()
        again.load()
        assert [claim.host for claim in claim_all(again)] == ["b.example"]

    run(scenario)


def test_waiting_ends_when_nothing_is_left(open_frontier):
    async def scenario():
        frontier = open_frontier()
        assert not await frontier.wait(10)
        frontier.add([article("a", 1)], "s", "feed")
        (claim,) = claim_all(frontier)
        assert await frontier.wait(0.01)  # somebody is under way
        end(frontier, claim, Outcome("gone", "the server answered 404"))
        assert await frontier.wait(0.01)  # the host's turn comes back
        assert claim_all(frontier) == []
        assert not await frontier.wait(10)

    run(scenario)


def test_no_more_than_so_many_at_once(open_frontier):
    async def scenario():
        frontier = open_frontier(at_once=2)
        frontier.add([article(host, 1) for host in "abcd"], "s", "feed")
        assert len(claim_all(frontier)) == 2

    run(scenario)


def test_another_spelling_of_an_address_is_remembered_and_never_asked_for(open_frontier):
    async def scenario():
        frontier = open_frontier()
        first, mobile = Found("https://www.a.example/story/1"), Found("http://m.a.example/story/1/")
        assert frontier.add([first], "s", "feed") == [first]
        assert frontier.add([mobile], "s", "feed") == []
        (claim,) = claim_all(frontier)
        assert claim.url == first.url
        frontier.write(claim, Outcome("stored", ""), article_id=7)
        frontier.ended(claim, "stored")
        page = row(frontier, mobile.url)
        assert (page["state"], page["article_id"], page["due"]) == ("stored", 7, None)
        assert page["reason"] == f"another address of {first.url}"
        late = Found("https://a.example/story/1")
        assert frontier.add([late], "s", "feed") == []
        assert row(frontier, late.url)["article_id"] == 7
        assert claim_all(frontier) == []

    run(scenario)


def test_a_young_article_that_is_said_to_have_changed_is_looked_at_sooner(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.add([article("a", 1), article("a", 2)], "s", "feed")
        later = clock.text(clock.now() + timedelta(hours=5))
        for due in (later, None):
            (claim,) = claim_all(frontier)
            frontier.write(claim, Outcome("stored", ""), article_id=1, due=due)
            frontier.ended(claim, "stored")
        again = clock.text(clock.now() + timedelta(seconds=2))
        before = clock.text(clock.now() - timedelta(hours=1))
        assert frontier.add([article("a", n, modified=before) for n in (1, 2)], "s", "feed") == []
        assert claim_all(frontier) == []
        assert frontier.add([article("a", n, modified=again) for n in (1, 2)], "s", "feed") == []
        (claim,) = claim_all(frontier)
        assert (claim.url, claim.article_id) == ("https://a.example/1", 1)

    run(scenario)


def test_titles_that_name_the_topic_are_asked_for_first_and_no_page_is_dropped(tmp_path):
    async def scenario():
        db = database.open_to_write(tmp_path / "news.db")
        terms = Terms({"venezuela": ["caracas"], "russia": ["moscow"]})
        frontier = Frontier(db.conn, "topic", Turns(0, 9, 200), terms=terms)
        day = timedelta(days=1)
        found = [
            article("a", "neither", title="Football", published=clock.text(clock.now())),
            article("a", "both", title="Moscow writes to Caracas", published=clock.text(clock.now() - 9 * day)),
            article("a", "untitled", published=clock.text(clock.now() - day)),
            article("a", "one", title="Rain in Caracas", published=clock.text(clock.now() - 3 * day)),
        ]
        frontier.add(found, "s", "feed")
        assert [claim.url.rpartition("/")[2] for claim in claim_all(frontier)] == ["both", "one", "neither", "untitled"]
        db.conn.close()

    run(scenario)


def test_what_a_second_source_knows_of_a_page_that_was_not_fetched_yet_is_added(open_frontier):
    async def scenario():
        frontier = open_frontier()
        published = clock.text(clock.now() - timedelta(days=2))
        frontier.add([article("a", 1, title="From the front page")], "section", "front")
        frontier.add([article("a", 1, title="From the feed", published=published, authors=("Ana",))], "feed", "rss")
        (claim,) = claim_all(frontier)
        assert (claim.hints.title, claim.hints.published) == ("From the front page", published)
        assert claim.hints.authors == ("Ana",)

    run(scenario)


def test_the_sources_of_a_host_take_turns(open_frontier):
    async def scenario():
        frontier = open_frontier(per_host=99)
        frontier.follow({1: "many", 2: "few"})
        frontier.add([article("a", f"many-{n}") for n in range(20)], "many", "feed")
        old = clock.text(clock.now() - timedelta(days=3))
        frontier.add([article("a", f"few-{n}", published=old) for n in range(3)], "few", "feed")
        first = [claim.source for claim in claim_all(frontier)[:6]]
        assert first == ["many", "few"] * 3

    run(scenario)


def test_pages_of_a_sitemap_that_were_changed_long_ago_are_old_and_those_without_a_date_come_last(open_frontier):
    async def scenario():
        frontier = open_frontier(per_host=9)
        oldest = clock.now() - timedelta(days=30)
        stale = article("a", "stale", modified=clock.text(oldest - timedelta(days=1)))
        fresh = article("a", "fresh", modified=clock.text(oldest + timedelta(days=1)))
        frontier.add([article("a", "undated"), stale, fresh], "s", "sitemap", oldest, 0)
        assert [claim.url.rpartition("/")[2] for claim in claim_all(frontier)] == ["fresh", "undated"]
        assert row(frontier, stale.url)["state"] == "old"

    run(scenario)


def test_a_page_behind_a_door_is_asked_for_at_its_own_host_and_the_door_shares_its_fate(open_frontier):
    async def scenario():
        frontier = open_frontier()
        page, other = Found("https://b.example/story"), Found("https://www.b.example/story/")
        frontier.add([article("a", 1, title="Headline")], "s", "feed")
        (door,) = claim_all(frontier)
        assert frontier.passed_on(door, page.url, 302) is None
        frontier.ended(door, "passed on")
        (claim,) = claim_all(frontier)
        assert (claim.url, claim.host, claim.hints.title) == (page.url, "b.example", "Headline")
        frontier.add([other], "s", "feed")
        end(frontier, claim, Outcome("irrelevant", "no mention of russia"))
        for url in (door.url, other.url):
            assert (row(frontier, url)["state"], row(frontier, url)["due"]) == ("irrelevant", None)
            assert row(frontier, url)["reason"] == f"another address of {page.url}"
        frontier.add([article("a", 2)], "s", "feed")
        (second,) = claim_all(frontier)
        frontier.passed_on(second, other.url, 302)
        frontier.ended(second, "passed on")
        assert claim_all(frontier) == [], "a page that is known was asked for again"

    run(scenario)


def test_doors_that_lead_to_doors_for_ever_are_left(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.add([article("a0", 0)], "s", "feed")
        for hop in range(MOST_DOORS + 1):
            (claim,) = claim_all(frontier)
            ended = frontier.passed_on(claim, f"https://a{hop + 1}.example/{hop + 1}", 302)
            frontier.ended(claim, "passed on")
        assert ended and ended.state == row(frontier, claim.url)["state"] == "failed"
        assert claim_all(frontier) == []

    run(scenario)


def test_doors_that_lead_to_each_other_are_both_failed(open_frontier):
    async def scenario():
        frontier = open_frontier()
        there, back = "https://a.example/1", "https://b.example/2"
        frontier.add([Found(there)], "s", "feed")
        for target in (back, there):
            (claim,) = claim_all(frontier)
            frontier.passed_on(claim, target, 302)
            frontier.ended(claim, "passed on")
        assert claim_all(frontier) == []
        assert [row(frontier, url)["state"] for url in (there, back)] == ["failed", "failed"]

    run(scenario)


def test_what_is_known_of_a_host_holds_when_it_is_met_in_the_middle_of_a_run(open_frontier):
    async def scenario():
        frontier = open_frontier()
        frontier.load()
        until = clock.now() + timedelta(hours=1)
        hosts.keep_robots(frontier.connection, "slow.example", "https://slow.example", "", 30.0)
        hosts.pause(frontier.connection, "tired.example", until, "too many requests")
        frontier.add([article(host, n) for host in ("slow", "tired") for n in (1, 2)], "s", "feed")
        (claim,) = claim_all(frontier)
        assert claim.host == "slow.example"
        end(frontier, claim, Outcome("gone", "the server answered 404"))
        assert claim_all(frontier) == [] and 29 < frontier.turns.soonest() <= 30
        frontier.manners.rest()
        again = open_frontier()
        again.load()
        assert claim_all(again) == [], "a Crawl-delay was forgotten between two runs"

    run(scenario)


def test_a_source_that_links_to_many_hosts_leaves_places_for_others(open_frontier):
    async def scenario():
        frontier = open_frontier(at_once=9)
        frontier.add([article(f"far{n}", 1) for n in range(50)], "aggregator", "feed")
        first = claim_all(frontier)
        assert len(first) == 6
        frontier.add([article(host, 1) for host in "ab"], "outlet", "feed")
        assert [claim.source for claim in claim_all(frontier)] == ["outlet", "outlet"]
        for claim in first:
            end(frontier, claim, Outcome("gone", "the server answered 404"))
        assert len(claim_all(frontier)) == 5, "what had to wait goes on when places are free"

    run(scenario)
