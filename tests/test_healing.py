"""A source whose address is dead is visited elsewhere, and at its own address again when that answers."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from crawler.discovery.feed_finder import homes
from tests.newsweb import NewsWeb, sitemaps
from tests.newsweb.feeds import rss
from tests.newsweb.outlet import Answer
from tests.watching import Watch, write_seeds

RSS, XML, JSON = "application/rss+xml", "application/xml", "application/json"
GONE = Answer(404, b"<h1>Not found</h1>")


def feed(outlet):
    return Answer(200, rss(outlet.imprint.name, outlet.url(), "en", outlet.entries()), RSS)


def posts(outlet):
    """The list of posts of a WordPress site."""
    listed = [
        {
            "link": outlet.url_of(piece),
            "title": {"rendered": piece.title},
            "date_gmt": f"{outlet.published(piece):%Y-%m-%dT%H:%M:%S}",
        }
        for piece in outlet.pieces.values()
    ]
    return Answer(200, json.dumps(listed).encode(), JSON)


def urlset(outlet):
    entries = [(outlet.url_of(piece), outlet.published(piece)) for piece in outlet.pieces.values()]
    body = sitemaps.index(entries).decode().replace("sitemapindex", "urlset").replace("sitemap>", "url>")
    return Answer(200, body.encode(), XML)


def home(markup):
    return Answer(200, f"<!doctype html><html><title>Home</title><body>{markup}</body></html>".encode())


OUTLETS = ("pampas", "lagoon", "ledger", "gazeta", "tepuy", "vestnik")


@pytest.fixture(scope="module")
def healed(tmp_path_factory):
    """Six sources at /dead.xml: they live, are dead for a visit, and live again; ``rows`` are theirs after each."""
    folder = tmp_path_factory.mktemp("healing")
    with NewsWeb() as web:
        of = {key: web.outlet(key) for key in OUTLETS}
        for outlet in of.values():
            outlet.files |= {outlet.imprint.feed_path: GONE, "/": home("<p>Nothing here</p>")}
            outlet.surfaces = {"/dead.xml": feed}
        link = '<link rel="alternate" type="application/rss+xml" href="/new/feed.xml">'
        of["pampas"].files["/"] = Answer(200, f"<!doctype html><html><head>{link}</head><body></body>".encode())
        of["pampas"].surfaces |= {"/new/feed.xml": feed}
        of["lagoon"].files["/robots.txt"] = Answer(200, b"User-agent: *\nSitemap: /map/news.xml\n", "text/plain")
        of["lagoon"].surfaces |= {"/map/news.xml": urlset}
        of["ledger"].surfaces |= {"/rss.xml": feed}
        of["gazeta"].files["/"] = Answer(
            200, b'<html><head><link rel="https://api.w.org/" href="/api/"></head><body><p>Ola</p></body></html>'
        )
        of["gazeta"].surfaces |= {"/api/wp/v2/posts": posts}
        of["tepuy"].surfaces |= {"/empty.xml": lambda outlet: Answer(200, b"<rss><channel/></rss>", RSS), "/b": feed}
        of["tepuy"].surfaces |= {"/rss.xml": feed}
        further = {"tepuy": f'\nurls = ["{of["tepuy"].url("/empty.xml")}", "{of["tepuy"].url("/b")}"]'}
        seeds = write_seeds(
            folder / "seeds.toml",
            *(f'name = "{key}"\nurl = "{of[key].url("/dead.xml")}"{further.get(key, "")}' for key in OUTLETS),
        )
        watch = Watch(web, folder, seeds)
        state = SimpleNamespace(watch=watch, of=of, rows=[], said=[], requests=[])

        def run(hours):
            done = watch.run(hours, "-a", "now=1", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")
            state.said.append(done.said)
            state.requests.append(done.requests)
            state.rows.append({row["name"]: dict(row) for row in watch.rows("SELECT * FROM sources")})

        run(0)
        for outlet in of.values():
            outlet.files["/dead.xml"] = GONE
        of["vestnik"].publish("later", "A new port", "Venezuela and Russia.", hours=0)
        run(2)
        for outlet in of.values():
            del outlet.files["/dead.xml"]
        run(4)
        run(6)
        yield state


@pytest.mark.parametrize(
    ("key", "place", "kind", "why"),
    [
        ("pampas", "/new/feed.xml", "feed", "its home page"),
        ("lagoon", "/map/news.xml", "sitemap", "its robots.txt names it"),
        ("ledger", "/rss.xml", "feed", "a usual place"),
        ("gazeta", "/api/wp/v2/posts?per_page=50&_fields=link,title,date_gmt,modified_gmt", "feed", "a usual place"),
        ("tepuy", "/b", "feed", "it is one of its urls"),
    ],
)
def test_a_dead_feed_is_found_elsewhere_and_says_where(healed, key, place, kind, why):
    address = healed.of[key].url(place)
    row = healed.rows[1][key]
    assert (row["address"], row["kind"], row["state"], row["failures"]) == (address, kind, "ok", 0)
    assert row["reason"].startswith(f"the server answered 404: visited at {address} ({why}")
    assert f"{key}: the server answered 404: visited at" in healed.said[1]
    asked = [request.path for request in healed.requests[2] if request.host == healed.of[key].imprint.address]
    assert [path for path in asked if path in (place, "/dead.xml")] == [place, "/dead.xml"]


def test_where_nothing_is_found_it_fails(healed):
    row = healed.rows[1]["vestnik"]
    assert (row["state"], row["reason"], row["address"]) == ("failing", "the server answered 404", None)
    asked = [request.path for request in healed.requests[1] if request.host == healed.of["vestnik"].imprint.address]
    lists = [path for path in asked if path != "/robots.txt"]
    assert len(lists) == len(set(lists)) <= 16


def test_when_its_own_address_answers_again_it_is_visited_there(healed):
    for key in OUTLETS:
        row = healed.rows[3][key]
        assert (row["address"], row["healed"], row["kind"], row["state"], row["reason"]) == (
            None, None, "feed", "ok", None,
        ), key  # fmt: skip
        asked = {request.path for request in healed.requests[3] if request.host == healed.of[key].imprint.address}
        assert "/dead.xml" in asked and not asked & {"/new/feed.xml", "/map/news.xml", "/rss.xml", "/b"}, key


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://feeds.tepuy-daily.com/rss.xml",
            ["feeds.tepuy-daily.com/", "www.tepuy-daily.com/", "tepuy-daily.com/"],
        ),
        ("https://tepuy-daily.com/es/feed", ["tepuy-daily.com/es/", "tepuy-daily.com/", "www.tepuy-daily.com/"]),
        ("http://127.0.0.16:8080/x.xml", ["127.0.0.16:8080/"]),
        ("https://feeds.feedburner.com/daily", ["feeds.feedburner.com/"]),
    ],
)
def test_the_home_pages_of_an_address(url, expected):
    scheme = url.partition("://")[0]
    assert homes(url) == [f"{scheme}://{home}" for home in expected]
