"""A day of monitoring in virtual time: every surface is read, nothing is asked for twice, all that changes is found."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest

from tests.newsweb import NewsWeb
from tests.watching import Watch, story

NEW, REVISED = 50, 20


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory):
    """One run over a news web that announces every article by another surface."""
    folder = tmp_path_factory.mktemp("surfaces")
    with NewsWeb() as web:
        watch = Watch(web, folder, web.surface_seeds(folder / "seeds.toml"))
        first = watch.run()
        assert first.code == 0, first.said
        yield SimpleNamespace(web=web, watch=watch, first=first, seeds=watch.seeds)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A run, a run an hour later, and a run after 50 articles were published and 20 revised."""
    folder = tmp_path_factory.mktemp("day")
    with NewsWeb() as web:
        meridian = web.outlet("meridian")  # its feed says when an entry was updated
        for number in range(REVISED):
            title, text = story(f"young {number}")
            meridian.publish(f"young-{number}", title, text, relevant=True, hours=2)
        watch = Watch(web, folder, web.seeds(folder / "seeds.toml"))
        first = watch.run()
        before = counts(watch)
        second = watch.run(1, "-a", "now=1")
        after = counts(watch)
        revised = [
            meridian.revise(f"young-{number}", text=story(f"revised {number}")[1], revised_hours=-1.5)
            for number in range(REVISED)
        ]
        new = []
        for number in range(NEW):
            outlet = web.outlet(("pampas", "lagoon", "meridian", "ledger", "gazeta")[number % 5])
            title, text = story(f"new {number}")
            new.append(outlet.publish(f"new-{number}", title, text, relevant=True, hours=-1.5, section="abroad"))
        third = watch.run(2, "-a", "now=1")
        yield SimpleNamespace(
            web=web, watch=watch, first=first, second=second, third=third, before=before, after=after, new=new,
            revised=revised,
        )  # fmt: skip


def counts(watch):
    return {table: watch.column(f"SELECT count(*) FROM {table}")[0] for table in ("articles", "pages", "revisions")}


# Every surface


def test_every_relevant_article_is_found_whatever_surface_announces_it(surfaces, record_property):
    truth, watch = surfaces.web.truth, surfaces.watch
    wanted = {url for url, page in truth.items() if page.fate == "stored"}
    asked = set(watch.column("SELECT url FROM pages WHERE kind = 'article' AND fetched IS NOT NULL"))
    stored = set(watch.column("SELECT url FROM pages WHERE article_id IS NOT NULL"))
    assert wanted <= asked
    assert wanted <= stored
    record_property("requests a relevant article", len(surfaces.first.requests) / len(wanted))


def test_feeds_behind_home_pages_and_sitemaps_behind_robots_txt_are_found_and_kept(surfaces):
    rows = surfaces.watch.rows("SELECT url, kind, address FROM sources WHERE address IS NOT NULL")
    found = {row["url"]: (row["kind"], row["address"]) for row in rows}
    url = surfaces.web.url
    assert found == {
        url("tepuy"): ("sitemap", url("tepuy", "/sitemap_index.xml")),
        url("lagoon"): ("feed", url("lagoon", "/feed/")),
        url("pampas"): ("feed", url("pampas", "/feed/")),
        url("severny"): ("feed", url("severny", "/atom")),
    }


def test_neither_comment_feeds_nor_forgotten_sitemaps_are_asked_for(surfaces):
    asked = surfaces.first.asked()
    assert not [path for path in asked if "comments" in path or "archive-2001" in path]
    assert max(asked.count(path) for path in asked) == 1, "a sitemap that lists itself was read twice"


def test_entries_of_an_aggregator_are_stored_at_their_publisher_and_never_at_its_door(surfaces):
    watch, web = surfaces.watch, surfaces.web
    assert not watch.column("SELECT url FROM articles WHERE url LIKE ? OR canonical_url LIKE ?", *["%127.0.0.21%"] * 2)
    assert not watch.column("SELECT url FROM articles WHERE url LIKE '%utm_%'")
    gazeta = {page.url for page in web.truth.values() if page.outlet == "gazeta" and page.fate == "stored"}
    assert gazeta and gazeta <= set(watch.column("SELECT url FROM articles"))
    assert not watch.rows("SELECT 1 FROM pages WHERE url LIKE '%/go?%'"), "its addresses say where they lead"


def test_hints_that_lead_nowhere_are_counted_as_seen_elsewhere(surfaces):
    shown = json.loads(surfaces.watch.command("sources", "--format", "json").stdout)
    (row,) = [row for row in shown if row["name"] == "El Kiosco /hints.rss"]
    assert (row["seen_elsewhere"], row["stored"], row["state"]) == (3, 0, "ok")


def test_a_query_that_was_cut_says_so(surfaces):
    assert "cut at 5 rows" in surfaces.first.said
    (reason,) = surfaces.watch.column("SELECT reason FROM sources WHERE name LIKE '%/doc%'")
    assert reason.startswith("cut at 5 rows")


def test_dates_titles_and_authors_of_feeds_and_news_sitemaps_reach_the_article(surfaces):
    watch, truth = surfaces.watch, surfaces.web.truth
    rows = watch.rows("SELECT url, published, published_from, authors, pages.hints FROM articles"
                      " JOIN pages USING (url) WHERE pages.hints LIKE '%published%'")  # fmt: skip
    outlets = set()
    for row in rows:
        page = truth[row["url"]]
        outlets.add(page.outlet)
        assert (row["published_from"], row["published"]) == ("feed", page.published), row["url"]
        assert json.loads(row["hints"])["title"] == page.title
    assert {"tepuy", "vestnik", "ledger", "gazeta", "lagoon", "pampas", "severny"} <= outlets
    dateless = [page for page in truth.values() if page.outlet == "gazeta" and page.fate == "stored" and page.authors]
    for page in dateless:
        (authors,) = watch.column("SELECT authors FROM articles WHERE url = ?", page.url)
        assert json.loads(authors) == list(page.authors)


def test_what_a_title_announces_as_on_topic_is_asked_for_first_and_the_rest_is_not_dropped(surfaces):
    rows = surfaces.watch.rows("SELECT url, hints, priority >> 34 AS named FROM pages WHERE kind = 'article'")
    named = {row["url"].removeprefix("http://").replace(f":{surfaces.web.port}", ""): row["named"] for row in rows}
    for outlet in ("lagoon", "ledger", "severny", "tepuy"):
        host = surfaces.web.outlet(outlet).imprint.address
        order = [named[path] for path in surfaces.first.asked() if path in named and path.startswith(f"{host}/")]
        assert order == sorted(order, reverse=True), outlet
        assert min(order) == 0 < max(order), outlet


# An unchanged world


def test_an_hour_later_an_unchanged_world_costs_one_conditional_request_a_source(day):
    sources = set(day.watch.column("SELECT coalesce(address, url) FROM sources"))
    asked = [f"http://{r.host}:{day.web.port}{r.path}" for r in day.second.requests]
    assert asked and len(asked) == len(set(asked)), "something was asked for twice"
    assert set(asked) <= sources
    articles = set(day.watch.column("SELECT url FROM articles"))
    hour_old = [page.url for page in day.web.truth.values() if page.outlet == "instituto"]  # it tells no time of day
    assert articles.intersection(asked) == set(hour_old), "an article was asked for that was not due"
    unchanged = [request for request in day.second.requests if request.status == 304]
    assert len(unchanged) >= 0.9 * len(asked)
    assert day.after == day.before


# A changed world


def test_all_that_is_new_is_found_and_all_that_was_revised_is_kept_in_both_texts(day):
    watch = day.watch
    stored = set(watch.column("SELECT url FROM articles"))
    assert set(day.new) <= stored
    for number, url in enumerate(day.revised):
        rows = watch.rows(
            "SELECT number, r.text, a.text AS current, a.revision FROM revisions r JOIN articles a ON a.id = article_id"
            " WHERE url = ? ORDER BY number",
            url,
        )
        assert [row["number"] for row in rows] == [1, 2], url
        assert rows[0]["text"].split() == story(f"young {number}")[1].split()
        assert rows[1]["text"].split() == story(f"revised {number}")[1].split()
        assert (rows[0]["current"], rows[0]["revision"]) == (rows[1]["text"], 2)


def test_what_changed_costs_few_more_requests_than_there_were_changes(day, record_property):
    sources = len(day.watch.column("SELECT 1 FROM sources WHERE state <> 'disabled' AND kind <> 'page'"))
    least = NEW + REVISED + sources
    record_property("requests for 50 new and 20 revised articles", f"{len(day.third.requests)}, least {least}")
    assert len(day.third.requests) <= 1.5 * least


# Manners in all of these runs


def test_in_no_run_was_a_host_asked_over_two_connections_or_where_or_faster_than_its_robots_txt_wants(surfaces, day):
    for run in (surfaces.first, day.first, day.second, day.third):
        assert {request.at_once for request in run.requests} == {1}
        assert not [request for request in run.requests if request.path.startswith("/assinantes/")]
    for runs in ([surfaces.first], [day.first, day.second, day.third]):
        requests = [request for run in runs for request in run.requests]
        assert len({request.host for request in requests if request.path == "/robots.txt"}) == len(
            [request for request in requests if request.path == "/robots.txt"]
        ), "a robots.txt was read again within the day"
        slow = [request.time for request in requests if request.host == "127.0.0.20"]
        assert min(after - before for before, after in pairwise(slow)) > timedelta(seconds=0.5)  # of 1, as arrived
