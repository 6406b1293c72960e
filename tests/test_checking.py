"""``scrapy sources --check``: a word for each source, and what is noted in the seeds file."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from crawler import clock
from crawler.seeds import read_topic
from tests.newsweb import NewsWeb
from tests.newsweb.feeds import rss
from tests.newsweb.outlet import Answer
from tests.watching import Watch

RSS = "application/rss+xml"
WALL = Answer(403, b"<html><title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/h></script></html>")

FILE = """# What we watch
title = "Checked"   # in short

[terms]
all = ["*"]

# works
[[sources]]
name = "works"  # the best
url = "{pampas}/feed/"
checked = 2020-01-02  # long ago

[[sources]]
url = "{pampas}/front"  # before its name
name = "section"
kind = "section"

[[sources]]
name = "moved"
url = "{pampas}/old.xml"    # until 2025
note = "two\\nlines"

# the rest does not work
[[sources]]
name = "moved for today"
url = "{pampas}/today.xml"

[[sources]]
name = "twin of works"
url = "{pampas}/twin.xml"

[[sources]]
name = "dead"
url = "{ledger}/dead.xml"

[[sources]]
name = "withdrawn"
url = "{ledger}/gone.xml"

[[sources]]
name = "no host"
url = "http://there-is-no-such-host.invalid/feed"

[[sources]]
name = "walled"
url = "{lagoon}/wall.xml"

[[sources]]
name = "refused"
url = "{lagoon}/refused.xml"

[[sources]]
name = "forbidden"
url = "{gazeta}/private/feed.xml"

[[sources]]
name = "a page"
url = "{gazeta}/page"
kind = "feed"

[[sources]]
name = "empty"
url = "{lagoon}/empty.xml"

[[sources]]
name = "broken"
url = "{lagoon}/broken.xml"

[[sources]]
name = "off"
url = "{lagoon}/off.xml"
enabled = false
# the end
"""


def feed(outlet):
    return Answer(200, rss(outlet.imprint.name, outlet.url(), "en", outlet.entries()), RSS)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checking")
    with NewsWeb() as web:
        pampas, ledger, lagoon, gazeta = (web.outlet(key) for key in ("pampas", "ledger", "lagoon", "gazeta"))
        links = "".join(f'<h2><a href="{e.url}">{e.title}</a></h2>' for e in pampas.entries())
        pampas.surfaces = {"/new.xml": feed, "/other.xml": feed}
        pampas.files |= {
            "/front": Answer(200, f"<html><body><main>{links}</main></body></html>".encode()),
            "/old.xml": Answer(301, headers={"Location": "/older.xml"}),
            "/older.xml": Answer(308, headers={"Location": pampas.url("/new.xml")}),
            "/today.xml": Answer(302, headers={"Location": "/other.xml"}),
            "/twin.xml": Answer(301, headers={"Location": "/feed/"}),
        }
        link = b'<html><head><link rel="alternate" type="application/rss+xml" href="/news.rss"></head></html>'
        ledger.files |= {"/gone.xml": Answer(410), "/": Answer(200, link)}
        lagoon.files |= {
            "/wall.xml": WALL,
            "/refused.xml": Answer(401),
            "/empty.xml": Answer(200, b"<rss><channel><title>x</title></channel></rss>", RSS),
            "/broken.xml": Answer(500, b"out of order"),
        }
        gazeta.files |= {
            "/robots.txt": Answer(200, b"User-agent: *\nDisallow: /private/\n", "text/plain"),
            "/page": Answer(200, b"<html><title>We have moved</title><a href='/feed.json'>Feed</a></html>"),
        }
        seeds = folder / "seeds"
        seeds.mkdir()
        file = seeds / "watched.toml"
        outlets = {"pampas": pampas, "ledger": ledger, "lagoon": lagoon, "gazeta": gazeta}
        file.write_text(FILE.format(**{key: outlet.url("") for key, outlet in outlets.items()}), encoding="utf-8")
        watch = Watch(web, folder, file)
        delay = ("-s", "DOWNLOAD_DELAY=0", "-s", f"SEEDS_DIR={seeds}", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8")
        before, asked = file.read_text(), len(web.requests)
        done = watch.command("sources", "--check", "watched", "--write", "--format", "json", *delay)
        assert "Traceback" not in done.stderr, done.stderr
        yield SimpleNamespace(
            done=done,
            found={row["source"]: row for row in json.loads(done.stdout)},
            requests=web.requests[asked:],
            file=file,
            before=before,
            outlets=outlets,
            watch=watch,
            again=lambda *more: watch.command("sources", "--check", *more, *delay),
        )


@pytest.mark.parametrize(
    ("name", "verdict", "kind", "reason"),
    [
        ("works", "works", "feed", None),
        ("section", "works", "section", None),
        ("moved", "moved", "feed", None),
        ("moved for today", "works", "feed", None),
        ("twin of works", "moved", "feed", None),
        ("dead", "dead", None, "the server answered 404"),
        ("withdrawn", "dead", None, "the server answered 410"),
        ("no host", "dead", None, "there-is-no-such-host.invalid cannot be found (DNS)"),
        ("walled", "wall", None, "challenge page: Just a moment... (403)"),
        ("refused", "wall", None, "the server refused us (401)"),
        ("forbidden", "robots", None, "robots.txt does not allow it"),
        ("a page", "wrong", None, "a web page instead of a feed: We have moved"),
        ("empty", "empty", "feed", "it lists nothing"),
        ("broken", "network", None, "server error (500)"),
    ],
)
def test_each_source_gets_its_word(checked, name, verdict, kind, reason):
    row = checked.found[name]
    assert (row["verdict"], row["kind"], row["reason"]) == (verdict, kind, reason)
    assert bool(row["entries"] and (row["newest"] or kind == "section")) == (verdict in ("works", "moved"))


def test_it_tells_where_the_others_are(checked):
    assert checked.found["moved"]["moved_to"] == checked.outlets["pampas"].url("/new.xml")
    assert checked.found["dead"]["instead"].startswith(checked.outlets["ledger"].url("/news.rss"))
    assert checked.found["a page"]["instead"].startswith(checked.outlets["gazeta"].url("/feed.json"))
    assert checked.done.returncode == 1 and "off" not in checked.found


def test_each_address_is_asked_once(checked):
    asked = [request.path for request in checked.requests if request.host == checked.outlets["lagoon"].imprint.address]
    assert sorted(asked) == ["/broken.xml", "/empty.xml", "/refused.xml", "/robots.txt", "/wall.xml"]


def test_the_file_says_when_it_was_checked_and_what_has_moved_and_is_the_same_otherwise(checked):
    today = clock.now().date()
    topic = read_topic(checked.file)
    states = {source.name: (source.url, source.checked) for source in topic.sources}
    pampas = checked.outlets["pampas"]
    assert states["works"] == (pampas.url("/feed/"), today)
    assert states["moved"] == (pampas.url("/new.xml"), today)
    assert states["moved for today"] == (pampas.url("/today.xml"), today)
    assert states["twin of works"] == (pampas.url("/twin.xml"), today)
    for name in ("dead", "walled", "forbidden", "empty", "off"):
        assert states[name][1] is None, name
    lines = [line for line in checked.file.read_text().splitlines() if line != f"checked = {today}"]
    expected = checked.before.replace("2020-01-02", str(today)).replace("/old.xml", "/new.xml")
    assert lines == expected.splitlines()
    assert f"checked = {today}  # long ago" in checked.file.read_text()


def test_the_table_ends_with_what_to_do(checked):
    said = checked.again("watched").stdout
    assert "works: 4\n" in said and "moved: 1 (twin of works): write the new address into the file" in said
    assert "robots: 1 (forbidden): robots.txt forbids it" in said


def test_a_first_run_says_what_is_coming_and_ends_with_what_to_do(checked):
    first = checked.watch.run(0)
    assert "first run: 14 sources at 5 hosts, each host asked every 0 s" in first.said
    assert "\nworks: " in first.said
    for verdict, name in (("robots", "forbidden"), ("wall", "refused, walled"), ("network", "broken"), ("dead", "")):
        assert re.search(rf"^{verdict}: \d+ \([^)]*{name}", first.said, re.MULTILINE), verdict
    assert re.search(r"^moved: \d \([^)]*(dead|withdrawn)", first.said, re.MULTILINE), "its feed was found elsewhere"
    assert "first run" not in checked.watch.run(1).said


def test_wrong_usage_is_told(checked):
    unknown = checked.again("watch")
    assert unknown.returncode == 2 and 'did you mean "watched"' in unknown.stderr
