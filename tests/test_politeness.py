"""Manners, read off the servers' own logs: delays, pauses, robots.txt, budgets, one connection a host."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from tests.newsweb import Fault, NewsWeb
from tests.newsweb.outlet import Answer
from tests.watching import Watch, story, write_seeds

LATE = timedelta(milliseconds=250)  # the server's clock is read after the request has arrived


@pytest.fixture
def watched(tmp_path):
    """A news web and a way to crawl some of its sources."""
    with NewsWeb() as web:
        yield web, lambda *sources, **more: Watch(web, tmp_path, write_seeds(tmp_path / "seeds.toml", *sources, **more))


CHALLENGE = b"""<!doctype html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>
<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>"""


def source(web, key, path=None, name=None, **more):
    outlet = web.kiosk if key == "kiosk" else web.outlet(key)
    lines = [f'name = "{name or key}"', f'url = "{outlet.url(path or outlet.imprint.feed_path)}"']
    return "\n".join([*lines, *(f'{key} = "{value}"' for key, value in more.items())])


def by_host(requests):
    hosts = defaultdict(list)
    for request in requests:
        hosts[request.host].append(request)
    return hosts


def keeps_to(delay, requests):
    """Whether no more was asked than one request every ``delay``, whichever of them was noticed late."""
    return requests[-1].time - requests[0].time >= (len(requests) - 1) * delay - LATE


def robots_fetches(requests):
    return [request for request in requests if request.path == "/robots.txt"]


def test_nobody_is_asked_faster_than_its_delay_nor_over_two_connections_nor_where_robots_txt_forbids(watched):
    web, watch = watched
    for key, crawl_delay in (("pampas", "0.1"), ("severny", "1")):
        web.outlet(key).files["/robots.txt"] = Answer(200, f"User-agent: *\nCrawl-delay: {crawl_delay}\n".encode())
    for key in ("pampas", "tepuy"):
        front, path = Answer(200, b"<a href='/feed/'>RSS</a><a href='/rss/'>RSS</a>"), "/start/"
        web.outlet(key).files[path] = front  # the search for a feed keeps to the delay, too
    web.outlet("severny").files["/moved"] = Answer(302, headers={"Location": web.url("severny", "/atom")})
    run = watch(
        source(web, "pampas", "/start/"), source(web, "tepuy", "/start/"), source(web, "severny", "/moved"),
        source(web, "kiosk"), source(web, "gazeta"),
    ).run(delay=0.3)  # fmt: skip
    floor = {"127.0.0.20": timedelta(seconds=1)}
    asked = by_host(run.requests)
    assert min(len(asked[f"127.0.0.{n}"]) for n in (11, 16, 17, 20)) >= 4
    assert asked["127.0.0.21"]
    for host, requests in asked.items():
        assert keeps_to(floor.get(host, timedelta(seconds=0.3)), requests), host
        assert max(request.at_once for request in requests) == 1, host
        assert len(robots_fetches(requests)) == 1, host
    assert not [request for request in run.requests if request.path.startswith("/assinantes/")]


def test_a_host_that_asks_us_to_wait_is_left_alone_by_all_that_might_ask_it_and_by_the_next_runs(watched):
    web, watch = watched
    web.outlet("gazeta").fault = Fault(429, {"Retry-After": "7200"}, below="/mundo/")
    web.outlet("pampas").fault = Fault(503, {"Retry-After": "7200"}, below="/robots.txt")
    crawl = watch(source(web, "gazeta"), source(web, "kiosk"), source(web, "pampas"))  # the kiosk leads to gazeta
    first = by_host(crawl.run().requests)
    statuses = [request.status for request in first["127.0.0.17"]]
    assert statuses.index(429) == len(statuses) - 1, "something was asked after the host had asked us to wait"
    assert [request.path for request in first["127.0.0.16"]] == ["/robots.txt"]
    (reason,) = crawl.column("SELECT reason FROM hosts WHERE host = '127.0.0.17'")
    assert "429" in reason
    second = by_host(crawl.run(1.9, "-a", "now=1").requests)
    assert second["127.0.0.21"] and not second["127.0.0.17"] and not second["127.0.0.16"]
    web.outlet("gazeta").fault = web.outlet("pampas").fault = None
    crawl.run(2.1)
    pages = [page.url for page in web.truth.values() if page.outlet in ("gazeta", "pampas")]
    closed = [page.url for page in web.truth.values() if page.fate == "forbidden"]
    assert set(pages) - set(closed) <= set(crawl.column("SELECT url FROM articles"))


def test_refusals_in_a_row_rest_the_host_and_failing_pages_come_again_later(watched):
    web, watch = watched
    web.outlet("ledger").fault = Fault(403)  # its robots.txt as well: that is no rule
    web.outlet("pampas").fault = Fault(403, below="/2")
    web.outlet("lagoon").fault = Fault(500, below="/2")
    for slug in list(web.outlet("lagoon").pieces)[1:]:
        web.outlet("lagoon").withdraw(slug)
    walled = web.outlet("instituto").path_of(next(iter(web.outlet("instituto").pieces.values())))
    web.outlet("instituto").files[walled] = Answer(200, CHALLENGE)
    web.outlet("instituto").files["/list.txt"] = Answer(200, web.url("instituto", walled).encode(), "text/plain")
    crawl = watch(
        source(web, "ledger"),
        source(web, "pampas"),
        source(web, "lagoon"),
        source(web, "instituto", "/list.txt"),
        source(web, "instituto", walled + "?source=1", "wall"),
    )
    first = by_host(crawl.run().requests)
    assert [r.status for r in first["127.0.0.16"]] == [200, 200, 403, 403, 403]
    assert [r.status for r in first["127.0.0.12"]] == [200, 200, 500]
    (row,) = crawl.rows("SELECT state, reason, due FROM sources WHERE name = 'ledger'")
    assert row["state"] == "blocked" and "403" in row["reason"] and row["due"]
    tried = crawl.rows("SELECT state, due FROM pages WHERE source = 'pampas' AND kind = 'article' AND status = 403")
    assert {row["state"] for row in tried} == {"blocked"} and all(row["due"] for row in tried)
    for table, place in (("sources", "name = 'wall'"), ("pages", f"url = '{web.url('instituto', walled)}'")):
        (row,) = crawl.rows(f"SELECT state, reason, due FROM {table} WHERE {place}")
        assert row["state"] == "blocked" and row["reason"] and row["due"], table
    assert crawl.column("SELECT attempts FROM pages WHERE source = 'lagoon' AND kind = 'article'") == [1]
    second = by_host(crawl.run(1.1, "-a", "now=1").requests)
    assert not second["127.0.0.16"]
    assert [r.status for r in second["127.0.0.12"]] == [304, 500]
    web.outlet("pampas").fault = web.outlet("lagoon").fault = None
    crawl.run(30)
    stored = crawl.column("SELECT url FROM articles WHERE source IN ('pampas', 'lagoon')")
    assert len(stored) == len(web.outlet("pampas").pieces) + 1


def test_the_budget_of_a_host_is_shared_by_its_sources_and_the_rest_is_for_the_next_run(watched):
    web, watch = watched
    pampas = web.outlet("pampas")
    for number in range(16):
        title, text = story(f"crowd {number}", paragraphs=2)
        pampas.publish(f"crowd-{number}", title, text, hours=0.1)
    few = [pampas.url_of(piece) for piece in pampas.opening[:3]]
    pampas.files["/few.txt"] = Answer(200, "\n".join(few).encode(), "text/plain")
    crowd = [pampas.url_of(piece) for slug, piece in pampas.pieces.items() if slug.startswith("crowd")]
    pampas.files["/crowd.txt"] = Answer(200, "\n".join(crowd).encode(), "text/plain")
    crawl = watch(source(web, "pampas", "/crowd.txt", "crowd"), source(web, "pampas", "/few.txt", "few"))
    first = crawl.run(0, "-s", "HOST_BUDGET=12")
    assert len(first.requests) <= 12
    assert "127.0.0.16 has had all the requests" in first.said
    assert set(few) <= set(crawl.column("SELECT url FROM articles")), "the longer list used up the budget"
    crawl.run(0.1, "-s", "HOST_BUDGET=40")
    assert set(crowd) <= set(crawl.column("SELECT url FROM articles"))


def test_the_bytes_of_a_host_are_bounded_too(watched):
    web, watch = watched
    crawl = watch(source(web, "pampas"))
    assert 2 <= len(crawl.run(0, "-s", "HOST_BUDGET_BYTES=8000").requests) <= 6
    assert crawl.column("SELECT count(*) FROM pages WHERE state = 'queued' AND due IS NOT NULL")[0] >= 1
