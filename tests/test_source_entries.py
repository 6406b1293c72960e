"""What the entry of a source may say about it, each key in a crawl of its own outlets."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import clock, database
from crawler.browse.outlets import Outlets
from crawler.schedule import rhythm
from crawler.schedule.rhythm import Poll, Rhythm
from crawler.search import finding
from crawler.search.filters import Filters
from crawler.search.totals import totals
from crawler.seeds import Source
from tests.newsweb import NewsWeb
from tests.newsweb.feeds import rss
from tests.newsweb.outlet import Answer
from tests.watching import Watch, story, write_seeds

RSS = "application/rss+xml"


def feed(outlet, entries=None):
    """An RSS feed of an outlet's entries."""
    listed = outlet.entries() if entries is None else entries
    return Answer(200, rss(outlet.imprint.name, outlet.url(), "en", listed), RSS)


def entry(name, url, *lines):
    return "\n".join((f'name = "{name}"', f'url = "{url}"', *lines))


@pytest.fixture
def web():
    with NewsWeb() as web:
        yield web


@pytest.fixture
def watch(web, tmp_path):
    """``watch(entry, ..., terms=...)`` is a Watch of these sources."""
    return lambda *entries, **more: Watch(web, tmp_path, write_seeds(tmp_path / "seeds.toml", *entries, **more))


def test_only_paths_of_the_entry_are_articles(web, watch):
    gazeta = web.outlet("gazeta")
    for key, section in (("one", "mundo"), ("two", "esportes"), ("three", "mundo")):
        gazeta.publish(key, *story(key), hours=1, section=section)
    lines = 'include = ["/mundo/", "*esportes"]', 'exclude = ["*/one"]'
    chosen = watch(entry("gazeta", gazeta.url("/feed.json"), *lines))
    chosen.run(0)
    known = set(chosen.column("SELECT url FROM pages WHERE kind = 'article'"))
    listed = {gazeta.url_of(piece) for piece in gazeta.pieces.values()}
    assert {gazeta.url("/mundo/three/"), gazeta.url("/esportes/two/")} <= known < listed
    assert known == {url for url in listed if re.search("/(mundo|esportes)/", url) and "/one" not in url}


@pytest.mark.parametrize(
    ("include", "exclude", "path", "covered"),
    [
        ([], [], "/a", True),
        (["/world/"], [], "/world/a", True),
        (["/world/"], [], "/en/world/a", False),
        (["*/world/"], [], "/en/world/a", True),
        (["/*/world/*"], [], "/en/world/a", True),
        (["/world$"], [], "/world/a", False),
        (["/world$"], [], "/world", True),
        (["/*.html$"], [], "/a/b.html", True),
        (["/*.html$"], [], "/a/b.html?page=2", False),
        (["/a*a$"], [], "/a", False),
        (["/economía/"], [], "/econom%C3%ADa/x", True),
        (["/%D0%BC%D0%B8%D1%80/"], [], "/мир/x", True),
        (["/news.php?id=*&lang=es"], [], "/news.php?id=7&lang=es", True),
        ([], ["*/sport/"], "/en/sport/a", False),
        (["/world/"], ["/world/live"], "/world/live-7", False),
    ],
)
def test_a_pattern_is_the_beginning_of_a_path(include, exclude, path, covered):
    source = Source("a", "https://a.example/", include=tuple(include), exclude=tuple(exclude))
    assert source.covers(f"https://news.a.example{path}") is covered


@settings(max_examples=200, deadline=None)
@given(st.text("ab/*", max_size=8).map(lambda text: "/" + text), st.booleans(), st.text("ab/", max_size=12))
def test_patterns_mean_what_the_standard_says(pattern, whole, path):
    written = pattern + "$" * whole
    expected = re.match(".*".join(map(re.escape, pattern.split("*"))) + r"\Z" * whole, f"/{path}") is not None
    assert Source("a", "https://a.example/", include=(written,)).covers(f"https://a.example/{path}") is expected


def test_further_pages_are_read_on_first_sight_and_after_a_gap(web, watch):
    ledger, pampas = web.outlet("ledger"), web.outlet("pampas")
    ledger.imprint = replace(ledger.imprint, tracking="")

    def page(outlet, number, size=3):
        return feed(outlet, outlet.entries()[(number - 1) * size : number * size])

    def section(outlet, number):
        listed = outlet.entries()[(number - 1) * 3 : number * 3]
        links = "".join(f'<h2><a href="{item.url}">{item.title}</a></h2>' for item in listed)
        return Answer(200 if listed else 404, f"<html><body><main>{links}</main></body></html>".encode())

    ledger.surfaces = {"/list.xml": lambda outlet: page(outlet, 1)} | {
        f"/list.xml?paged={n}": lambda outlet, n=n: page(outlet, n) for n in range(2, 9)
    }
    pampas.surfaces = {"/news/": lambda outlet: section(outlet, 1)} | {
        f"/news/?page={n}": lambda outlet, n=n: section(outlet, n) for n in range(2, 9)
    }
    pampas.surfaces |= {f"/news/page/{n}/": lambda outlet: Answer(404) for n in range(2, 9)}
    paged = watch(
        entry("feed", ledger.url("/list.xml"), "pages = 3"),
        entry("section", pampas.url("/news/"), "pages = 2", 'kind = "section"'),
    )

    def asked(run, outlet):
        lists = ("/list.xml", "/news/")
        return [r.path for r in run.requests if r.host == outlet.imprint.address and r.path.startswith(lists)]

    first = paged.run(0)
    assert asked(first, ledger) == ["/list.xml", "/list.xml?paged=2", "/list.xml?paged=3"]
    assert asked(first, pampas) == ["/news/", "/news/page/2/", "/news/?page=2"]
    known = set(paged.column("SELECT url FROM pages WHERE kind = 'article'"))
    assert {item.url for item in ledger.entries()[:9]} <= known
    ledger.publish("new-1", *story("new-1"), section="town")
    assert asked(paged.run(3, "-a", "now=1"), ledger) == ["/list.xml"], "it overlaps with what is known"
    for number in range(2, 6):  # more than a page of news
        ledger.publish(f"new-{number}", *story(number), section="town")
    assert asked(paged.run(6, "-a", "now=1"), ledger) == ["/list.xml", "/list.xml?paged=2"]


def test_a_source_whose_new_address_is_written_down_stays_the_same(web, watch):
    pampas = web.outlet("pampas")
    pampas.files["/old.xml"] = Answer(301, headers={"Location": "/feed/"})
    moved = watch(entry("pampas", pampas.url("/old.xml")))
    moved.run(0)
    before = moved.rows("SELECT id, last_ok FROM sources")[0]
    watch(entry("pampas", pampas.url("/feed/"))).run(2, "-a", "now=1")
    (after,) = moved.rows("SELECT * FROM sources")
    assert (after["id"], after["url"], after["address"], after["state"]) == (
        before["id"],
        pampas.url("/feed/"),
        None,
        "ok",
    )
    assert set(moved.column("SELECT source_id FROM pages WHERE kind = 'article'")) == {before["id"]}


TWO_SIDES = 'venezuela = ["venezuel*"]\nrussia = ["russia*"]\n'


def test_what_a_tag_feed_covers_by_definition_counts_as_named(web, watch):
    ledger, pampas = web.outlet("ledger"), web.outlet("pampas")
    text = story("given")[1].replace("Venezuela", "The country").replace("Caracas", "The capital")
    plain = [
        outlet.publish(
            f"{key}-{side.lower()}", f"A port deal with {side}", f"{text}\n\nIt was signed in {side}.", section="abroad"
        )
        for outlet, key in ((ledger, "tagged"), (pampas, "untagged"))
        for side in ("Russia", "Peru")
    ]
    entries = ledger.entries()
    ledger.surfaces = {"/tag.xml": lambda outlet: feed(outlet, [e for e in entries if "port deal" in e.title])}
    tagged = watch(
        entry("tag", ledger.url("/tag.xml"), 'given = ["venezuela"]'),
        entry("all", pampas.url("/feed/")),
        terms=TWO_SIDES,
    )
    tagged.run(0)
    states = {row["url"]: (row["state"], row["reason"]) for row in tagged.rows("SELECT url, state, reason FROM pages")}
    assert states[plain[0]] == ("stored", None)
    assert states[plain[1]][0] == states[plain[2]][0] == states[plain[3]][0] == "irrelevant"
    (terms,) = tagged.column("SELECT terms FROM matches JOIN articles ON id = article_id WHERE url = ?", plain[0])
    assert json.loads(terms)["venezuela"] == {"(given)": 1} and "russia*" in json.loads(terms)["russia"]
    assert "venezuela: (given) 1" in tagged.command("show", plain[0]).stdout

    ledger.surfaces = {"/tag.xml": lambda outlet: feed(outlet, [*entries[:2], pampas.entries()[1]])}
    tagged.run(24, "-a", "now=1")  # a page that was judged without it is judged again
    assert tagged.column("SELECT state FROM pages WHERE url = ?", plain[2]) == ["stored"]
    asked = len(tagged.web.requests)
    tagged.run(48, "-a", "now=1")
    assert not [r for r in tagged.web.requests[asked:] if r.path in plain[2]]


def test_several_feeds_of_one_publisher_are_one_outlet(web, watch):
    pampas, ledger, lagoon = (web.outlet(key) for key in ("pampas", "ledger", "lagoon"))
    title, text = story("one event")
    for number, outlet in enumerate((pampas, ledger, lagoon)):
        outlet.publish("event", title, f"{text}\n\nOur desk number {number} reports.", hours=1, section="news")
    several = watch(
        entry("Pampas World", pampas.url("/feed/"), 'outlet = "The Pampas"'),
        entry("Pampas Town", ledger.url("/news.rss"), 'outlet = "The Pampas"'),
        entry("Lagoon", lagoon.url("/feed/")),
    )
    several.run(0)
    (row,) = several.rows("SELECT * FROM stories WHERE articles = 3 AND title = ?", title)
    assert row["outlets"] == 2
    found = json.loads(several.command("articles", "--source", "The Pampas", "--format", "json", "--all-copies").stdout)
    assert {article["source"] for article in found} == {"Pampas World", "Pampas Town"}
    assert [line.split()[1:3] for line in several.command("sources").stdout.splitlines() if "World" in line] == [
        ["The", "Pampas"]
    ]
    digest = several.command("digest", "--topic", "venezuela_russia", "--since", "2d").stdout
    assert "2 outlets: The Pampas (en), Lagoon (en)" in digest or "2 outlets: Lagoon (en), The Pampas (en)" in digest

    with database.reading(several.database) as db:
        outlets = Outlets.known_to(db.conn)
        assert {outlets.of(row) for row in several.rows("SELECT * FROM articles")} == {"The Pampas", "Lagoon"}
        counted = totals(finding.search(db.conn, Filters(copies=True)))
        assert set(counted.counts["source"]) == {"The Pampas", "Lagoon"}


def test_a_silence_that_is_usual_is_no_silence(web, watch):
    pampas, ledger = web.outlet("pampas"), web.outlet("ledger")
    entries = (
        entry("usual", pampas.url("/feed/"), 'quiet = "60d"'),
        entry("unusual", ledger.url(ledger.imprint.feed_path)),
    )
    months = watch(*entries)
    months.run(0, "-a", "now=1")
    learnt, last = Rhythm(), clock.now() - timedelta(days=9)
    for hours in range(240, 0, -2):  # an article every two hours, then nothing
        time = last - timedelta(hours=hours)
        learnt = rhythm.observe(learnt, Poll(time, 20, 1, [time]))
    months.change("UPDATE sources SET rhythm = ?, last_new = ?", learnt.to_json(), clock.text(last))
    months.run(1, "-a", "now=1")
    states = {row["name"]: row["state"] for row in months.rows("SELECT name, state FROM sources")}
    assert states == {"usual": "ok", "unusual": "silent"}


def test_what_never_worked_and_was_not_checked_for_a_year_is_named(web, watch):
    pampas = web.outlet("pampas")
    pampas.surfaces = {f"/{name}.xml": lambda outlet: Answer(404) for name in ("old", "never", "lately")}
    old = watch(
        entry("works", pampas.url("/feed/")),
        entry("checked long ago", pampas.url("/old.xml"), "checked = 2020-02-01"),
        entry("never checked", pampas.url("/never.xml")),
        entry("checked lately", pampas.url("/lately.xml"), f"checked = {web.base.date()}"),
        entry("off", pampas.url("/off.xml"), "enabled = false"),
    )
    old.run(0)
    said = old.command("sources").stderr
    assert "Never worked, and not checked for a year: checked long ago, never checked\n" in said
