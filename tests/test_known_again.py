"""Known is not for ever, and nothing is believed without bounds: two weeks of a small world, by the real command."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.newsweb.outlet import Answer
from tests.smallworld import World, ago, atom, feed, page, to
from tests.watching import Watch, story, write_seeds

HOURS = (0, 1.2, 8, 26, 50, 98, 170, 245)
NAMES = (
    "wobbly", "outage", "spelled", "old", "liar", "single", "moved", "moved_to", "links", "unasked", "reused", "twice",
    "twice_to", "ended", "led", "site", "site_to", "locked", "canonical", "early", "dropped",
)  # fmt: skip
REFUSED = Answer(400, b"not like this", "text/plain")
BROKEN = Answer(503, b"later", "text/plain")


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Runs at HOURS; what happens before each stands in ``acts``."""
    folder = tmp_path_factory.mktemp("weeks")
    now = {"hours": 0.0}
    with World(*NAMES) as world:
        watch = Watch(world, folder, folder / "seeds.toml")

        def seeds(max_age: str = "30d") -> None:
            tables = [f'name = "{name}"\nurl = "{world[name].url()}"\nevery = "1h"' for name in NAMES
                      if not name.endswith("_to") and name not in ("single", "ended", "old")]  # fmt: skip
            tables.append(f'name = "old"\nurl = "{world["old"].url()}"\nevery = "1h"\nmax_age = "{max_age}"')
            tables.append(f'name = "spelled elsewhere"\nurl = "{world["spelled"].url("/other")}"\nevery = "1h"')
            tables.append(f'name = "single"\nurl = "{world["single"].url("/page")}"\nkind = "page"')
            tables.append(f'name = "ended"\nurl = "{world["ended"].url()}"')
            write_seeds(folder / "seeds.toml", *tables)

        _begin(world, now)
        acts = {
            1.2: lambda: _first_hour(world),
            8: lambda: _first_day(world, watch),
            26: lambda: (seeds("90d"), _second_day(world)),
            50: lambda: _third_day(world),
            98: lambda: world["single"].article("/page", "single changed"),
        }
        seeds()
        runs = {}
        for hours in HOURS:
            now["hours"] = hours
            acts.get(hours, lambda: None)()
            runs[hours] = watch.run(hours)
            assert runs[hours].code == 0, runs[hours].said
        yield SimpleNamespace(world=world, watch=watch, runs=runs)


def _begin(world, now):
    for name in ("wobbly", "outage", "unasked", "dropped", "led"):
        world[name].pages["/feed"] = feed(world[name].url("/a"), world[name].url("/b"))
        world[name].article("/b", f"{name} b")
    world["wobbly"].pages["/a"] = REFUSED
    world["dropped"].pages["/a"] = REFUSED
    world["outage"].pages["/a"] = BROKEN
    world["led"].article("/a", "led a")
    world["unasked"].pages["/a"] = Answer(304)
    world["spelled"].pages |= {
        "/feed": feed(world["spelled"].url("/story-1/")),
        "/other": feed(world["spelled"].url("/else")),
        "/story-1": page("spelled"),
    }
    world["old"].pages["/feed"] = feed(world["old"].url("/a"), published=[ago(24 * 60)])
    world["old"].article("/a", "old a")
    for number in range(4):
        world["liar"].article(f"/{number}", f"liar {number}")
        world["links"].article(f"/{number}", f"links {number}")
    liar = [world["liar"].url(f"/{number}") for number in range(4)]
    world["liar"].pages["/feed"] = lambda: atom(*liar, updated=ago(-now["hours"]))
    world["links"].pages["/feed"] = lambda: feed(
        *(world["links"].url(f"/{number}?sid={now['hours']}&n={number}") for number in range(4))
    )
    world["single"].article("/page", "single")
    for name in ("moved", "twice"):
        world[name].pages["/feed"] = to(world[f"{name}_to"].url())
        world[f"{name}_to"].pages["/feed"] = feed(world[f"{name}_to"].url("/a"))
        world[f"{name}_to"].article("/a", f"{name} a")
    world["reused"].pages["/feed"] = feed(world["reused"].url("/today"), published=[ago(1)])
    world["reused"].article("/today", "reused first")
    world["ended"].pages["/feed"] = Answer(410, b"no more", "text/plain")
    for name in ("a", "b"):
        world["site"].article(f"/{name}", f"site {name}")
    world["site"].pages["/feed"] = feed(world["site"].url("/a"), world["site"].url("/b"))
    world["locked"].pages["/feed"] = feed(world["locked"].url("/a"))
    world["locked"].article("/a", "locked a")
    link = f"<link rel='canonical' href='{world['canonical'].url('/briefing')}'>"
    for name in ("a", "b"):
        world["canonical"].article(f"/{name}", f"canonical {name}", head=link, title="Venezuela and Russia: briefing")
    world["canonical"].pages["/feed"] = feed(world["canonical"].url("/a"), world["canonical"].url("/b"))
    world["early"].pages["/feed"] = feed(world["early"].url("/a"), published=[ago(-20)])
    world["early"].article("/a", "early a")


def _first_hour(world):
    world["led"].pages["/a"] = to(world["led"].url("/b"))
    world["locked"].article("/a", "locked a", paragraphs=1)
    world["moved_to"].otherwise = lambda path: Answer(403, b"go away", "text/plain")
    world["moved_to"].pages.pop("/feed")
    site, new = world["site"], world["site_to"]
    for name in ("/a", "/b"):
        new.article(name, f"site {name[1:]}")
        site.pages[name] = to(new.url(name))
    new.pages["/feed"] = feed(new.url("/a"), new.url("/b"))
    site.pages["/feed"] = to(new.url())


def _first_day(world, watch):
    world["wobbly"].article("/a", "wobbly a")
    world["unasked"].article("/a", "unasked a")
    world["dropped"].pages["/feed"] = feed(world["dropped"].url("/b"))
    world["dropped"].article("/a", "dropped a")
    world["spelled"].pages["/other"] = feed(world["spelled"].url("/else"), world["spelled"].url("/story-1"))
    world["moved"].pages["/feed"] = feed(world["moved"].url("/back"))
    world["moved"].article("/back", "moved back")
    watch.change("UPDATE pages SET attempts = 4, due = first_seen WHERE url = ?", world["outage"].url("/a"))


def _second_day(world):
    world["outage"].article("/a", "outage a")
    world["twice"].pages["/feed"] = feed(world["twice"].url("/home"))
    world["twice"].article("/home", "twice home")
    world["twice_to"].pages["/feed"] = to(world["twice"].url())


def _third_day(world):
    world["reused"].article("/today", "reused second")
    world["reused"].pages["/feed"] = feed(world["reused"].url("/today"), published=[ago(-49)])


def articles(weeks, name):
    """What is stored of a site, by path."""
    beginning = weeks.world[name].url("")
    rows = weeks.watch.rows("SELECT * FROM articles WHERE substr(url, 1, ?) = ?", len(beginning), beginning)
    return {row["url"].removeprefix(beginning): row for row in rows}


def asked(weeks, name, path):
    """The hours of the runs that asked for ``path`` of a site."""
    address = weeks.world[name].imprint.address
    return [hours for hours, run in weeks.runs.items() for line in run.asked() if line == f"{address}{path}"]


def page_of(weeks, name, path):
    return weeks.watch.rows("SELECT * FROM pages WHERE url = ?", weeks.world[name].url(path))[0]


# Known is not for ever


@pytest.mark.parametrize("name", ["wobbly", "outage", "unasked"])
def test_what_failed_is_asked_again_as_long_as_it_is_announced_by_a_list_that_does_not_change(weeks, name):
    assert set(articles(weeks, name)) == {"/a", "/b"}
    assert len(asked(weeks, name, "/a")) <= 6
    assert page_of(weeks, name, "/a")["again"] == 0


def test_what_failed_and_is_announced_no_more_is_left_alone(weeks):
    assert asked(weeks, "dropped", "/a") == [0]
    assert page_of(weeks, "dropped", "/a")["state"] == "failed"


def test_pauses_grow_while_nothing_comes_of_it(weeks):
    assert page_of(weeks, "spelled", "/else")["state"] == "gone"
    assert asked(weeks, "spelled", "/else") == [0, 8, 26, 50, 98, 245]


def test_another_spelling_of_what_is_gone_is_asked_for(weeks):
    assert set(articles(weeks, "spelled")) == {"/story-1"}
    assert page_of(weeks, "spelled", "/story-1/")["reason"].endswith("/story-1")
    assert page_of(weeks, "spelled", "/story-1/")["article_id"] == articles(weeks, "spelled")["/story-1"]["id"]


def test_a_longer_max_age_brings_in_what_was_too_old(weeks):
    assert asked(weeks, "old", "/a") == [26]
    assert set(articles(weeks, "old")) == {"/a"}


def test_a_feed_that_moved_and_died_is_looked_for_where_it_was(weeks):
    assert "/back" in articles(weeks, "moved")
    assert weeks.watch.column("SELECT state FROM sources WHERE name = 'moved'") == ["ok"]


def test_a_feed_that_came_back_is_asked_for_in_one_place(weeks):
    assert "/home" in articles(weeks, "twice")
    assert not [hours for hours in asked(weeks, "twice_to", "/feed") if hours > 50]
    assert set(HOURS[4:]) <= set(asked(weeks, "twice", "/feed"))


def test_a_feed_that_is_gone_for_good_is_asked_for_once_a_week(weeks):
    assert len(asked(weeks, "ended", "/feed")) <= 5


def test_a_single_page_is_visited_for_ever(weeks):
    assert set(HOURS[3:]) <= set(asked(weeks, "single", "/page"))
    assert articles(weeks, "single")["/page"]["revision"] == 2
    assert weeks.watch.column("SELECT state FROM sources WHERE name = 'single'") == ["ok"]


def test_an_address_that_is_used_for_another_text_is_read_again(weeks):
    assert asked(weeks, "reused", "/today") == [0, 8, 26, 50, 170]  # 50: announced anew
    row = articles(weeks, "reused")["/today"]
    assert row["text"].split() == story("reused second")[1].split()


# Nothing is believed without bounds


def test_a_feed_whose_entries_changed_just_now_each_time_does_not_have_them_read_each_time(weeks):
    assert asked(weeks, "liar", "/0") == [0, 1.2, 8, 26, 170]


def test_links_that_change_with_every_visit_are_learnt(weeks):
    requests = [line for hours, run in weeks.runs.items() if hours > 8 for line in run.asked()
                if line.startswith(f"{weeks.world['links'].imprint.address}/") and "sid=" in line]  # fmt: skip
    milestones = {f"/{number}?sid=0&n={number}" for number in range(4)}
    assert len(articles(weeks, "links")) == 4
    assert {line.partition("/")[2] for line in requests} <= {path[1:] for path in milestones}
    pages = weeks.watch.column("SELECT count(*) FROM pages WHERE url LIKE '%sid=%'")
    assert pages[0] <= 12


def test_a_re_visit_that_ends_at_another_article_leaves_both_as_they_were(weeks):
    rows = articles(weeks, "led")
    for name in ("a", "b"):
        assert rows[f"/{name}"]["text"].split() == story(f"led {name}")[1].split()
        assert rows[f"/{name}"]["duplicate_of"] is None
    row = page_of(weeks, "led", "/a")
    assert (row["state"], row["reason"]) == ("gone", f"leads to another page: {weeks.world['led'].url('/b')}")


def test_a_site_that_moves_has_each_article_once_at_its_new_address(weeks):
    assert articles(weeks, "site") == {}
    assert set(articles(weeks, "site_to")) == {"/a", "/b"}
    assert page_of(weeks, "site", "/a")["reason"] == f"another address of {weeks.world['site_to'].url('/a')}"
    assert not [hours for hours in asked(weeks, "site", "/a") if hours > 8]


def test_a_text_that_was_locked_meanwhile_keeps_what_was_free(weeks):
    row = articles(weeks, "locked")["/a"]
    assert row["text"].split() == story("locked a")[1].split()
    assert (row["paywalled"], row["revision"]) == (1, 1)


def test_one_canonical_address_and_title_for_two_texts_is_not_believed(weeks):
    assert set(articles(weeks, "canonical")) == {"/a", "/b"}


def test_nothing_was_published_after_it_was_read(weeks):
    row = articles(weeks, "early")["/a"]
    assert row["published"] == row["fetched"]


def test_a_run_whose_clock_was_ahead_does_not_stop_the_next_ones(tmp_path):
    with World("ahead") as world:
        site = world["ahead"]
        site.pages["/feed"] = feed(site.url("/a"))
        site.article("/a", "ahead a")
        watch = Watch(world, tmp_path, write_seeds(tmp_path / "s.toml", f'name = "a"\nurl = "{site.url()}"'))
        watch.run(365 * 24)
        run = watch.run(24)
        assert run.asked(robots=True) == [f"{site.imprint.address}{path}" for path in ("/robots.txt", "/feed", "/a")]
        (row,) = watch.rows("SELECT due, last_ok, state FROM sources")
        assert max(row["due"], row["last_ok"]) < (ago(-24 * 3)).isoformat()
        assert row["state"] == "ok"
