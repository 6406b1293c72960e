"""Two topics on one database find what each would find alone, with fewer requests; changed terms judge again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.smallworld import World, feed, page
from tests.watching import OPEN, Watch

SITES = ("quay", "pier")
BEGUN, TOGETHER, REMOVED = (0,), 170, 340  # hours: one alone; two is added; one is no more


class Desk(Watch):
    """Topics on one database, all of one folder."""

    def crawl(self, topic, hours, words):
        tables = "\n".join(f'[[sources]]\nname = "{n}"\nurl = "{self.web[n].url()}"\nevery = "1h"' for n in SITES)
        (self.folder / "seeds").mkdir(exist_ok=True)
        seeds = self.folder / "seeds" / f"{topic}.toml"
        seeds.write_text(f'title = "{topic}"\n[terms]\nall = {words}\n{tables}', encoding="utf-8")
        before = len(self.web.requests)
        result = self.command(
            "crawl", topic, "-s", f"SEEDS_DIR={seeds.parent}", *OPEN, "-s", "DOWNLOAD_DELAY=0", hours=hours
        )
        assert result.returncode == 0 and "Traceback" not in result.stderr, result.stderr
        return len(self.web.requests) - before

    def kept(self, topic):
        return set(self.column("SELECT url FROM articles JOIN matches ON id = article_id WHERE topic = ?", topic))

    def new(self, topic):
        rows = self.rows("SELECT sum(new) AS new FROM polls WHERE topic = ? GROUP BY url", topic)
        return sorted(row["new"] for row in rows)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    with World(*SITES) as world:
        folders = {name: tmp_path_factory.mktemp(name) for name in ("shared", "one", "two")}
        desks = {name: Desk(world, folder, folder / "seeds.toml") for name, folder in folders.items()}
        requests = dict.fromkeys(desks, 0)

        def publish(stage):
            for name in SITES:
                for word in ("alpha", "beta", "alpha and beta", "gamma"):
                    path = f"/{stage}-{word.replace(' ', '-')}"
                    world[name].pages[path] = page(f"{name} {path}", title=f"Venezuela {word} {stage} of {name}")
                listed = [world[name].url(path) for path in world[name].pages if path[1].isdigit()]
                world[name].pages["/feed"] = feed(*listed)

        def run(topic, hours, words):
            for desk in ("shared", topic):
                requests[desk] += desks[desk].crawl(topic, hours, words)

        publish(1)
        for hours in BEGUN:
            run("one", hours, '["alpha"]')
        publish(2)
        run("one", TOGETHER, '["alpha"]')
        run("two", TOGETHER + 0.1, '["beta"]')
        publish(3)
        run("one", TOGETHER + 24, '["alpha"]')
        run("two", TOGETHER + 26, '["beta"]')
        publish(4)
        (folders["shared"] / "seeds" / "one.toml").unlink()
        run("two", REMOVED, '["beta"]')
        before = desks["shared"].kept("two")
        changed = desks["shared"].crawl("two", REMOVED + 24, '["beta", "gamma"]')
        yield SimpleNamespace(world=world, requests=requests, before=before, changed=changed, **desks)


@pytest.mark.parametrize("topic", ["one", "two"])
def test_each_topic_has_the_matches_that_it_would_have_alone(weeks, topic):
    alone = getattr(weeks, topic).kept(topic)
    assert len(alone) == {"one": 12, "two": 16}[topic]
    assert (weeks.before if topic == "two" else weeks.shared.kept("one")) == alone


def test_together_they_ask_for_less_than_each_alone(weeks):
    assert weeks.requests["shared"] < weeks.requests["one"] + weeks.requests["two"]


def test_no_topic_is_taken_to_be_silent_for_what_the_other_one_has_read(weeks):
    assert weeks.shared.new("one")[0] >= 12
    assert weeks.shared.new("two")[0] >= weeks.two.new("two")[0]
    rows = weeks.shared.rows("SELECT state, last_new FROM sources")
    assert {row["state"] for row in rows} == {"ok"} and None not in {row["last_new"] for row in rows}


def test_there_is_an_outcome_for_each_topic_that_announced_a_page(weeks):
    rows = weeks.shared.rows(
        "SELECT url, outcomes.topic, outcomes.state FROM outcomes JOIN pages ON pages.id = page_id"
    )
    states = {(row["url"].rpartition("/")[2], row["topic"]): row["state"] for row in rows}
    assert states["1-alpha", "one"] == states["2-beta", "two"] == states["3-alpha-and-beta", "one"] == "stored"
    assert states["1-beta", "one"] == states["1-alpha", "two"] == "irrelevant"
    assert states["1-gamma", "one"] == "irrelevant"


def test_changed_terms_judge_again_what_is_still_announced(weeks):
    added = weeks.shared.kept("two") - weeks.before
    assert {url.rpartition("-")[2] for url in added} == {"gamma"}
    assert len(added) == 8
