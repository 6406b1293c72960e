"""A source is a number: renaming changes nothing, disabling stops all that belongs to it, topics hand it over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
import sqlite_utils

from crawler import database
from crawler.database.counters import next_number
from crawler.database.data_migrations import Mover
from crawler.database.migrations import migrations
from tests.newsweb.outlet import Answer
from tests.smallworld import World
from tests.watching import OPEN, Run, Watch

NAMES = ("renamed", "disabled", "removed", "shared")


def sitemap_index(*urls):
    body = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Answer(200, f"<sitemapindex>{body}</sitemapindex>".encode(), "text/xml")


def sitemap(*urls):
    body = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return Answer(200, f"<urlset>{body}</urlset>".encode(), "text/xml")


class Topics(Watch):
    """Runs topics of a folder of seeds on one database."""

    def write(self, topic, *sources):
        tables = "\n".join(f"[[sources]]\n{source}\n" for source in sources)
        path = self.folder / f"{topic}.toml"
        path.write_text(f'title = "{topic}"\n[terms]\nall = ["*"]\n{tables}', encoding="utf-8")

    def crawl(self, topic, hours, *arguments):
        before = len(self.web.requests)
        result = self.command(
            "crawl", topic, *OPEN, "-s", f"SEEDS_DIR={self.folder}", "-s", "DOWNLOAD_DELAY=0", *arguments, hours=hours
        )
        assert "Traceback" not in result.stderr and result.returncode == 0, result.stderr
        return Run(result.returncode, result.stderr, self.web.requests[before:])


def source(world, name, label=None, more=""):
    return f'name = "{label or name}"\nurl = "{world[name].url("/index")}"\n{more}'


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Four sources with a sitemap of a sitemap each; on the second day each has another fate, and news."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "seeds").mkdir()
    with World(*NAMES) as world:
        for name in NAMES:
            site = world[name]
            site.article("/one", f"{name} one")
            site.pages["/index"] = sitemap_index(site.url("/child"))
            site.pages["/child"] = sitemap(site.url("/one"))
        watch = Topics(world, folder / "seeds", folder)
        watch.folder, watch.database = folder / "seeds", folder / "news.db"
        all_of = [source(world, name) for name in NAMES]
        watch.write("one", *all_of)
        watch.write("two", source(world, "shared", "Shared by two"))
        first = [watch.crawl("one", 0), watch.crawl("two", 0.5)]
        for name in NAMES:
            world[name].article("/two", f"{name} two")
            world[name].pages["/child"] = sitemap(world[name].url("/one"), world[name].url("/two"))
        watch.write("one", source(world, "renamed", "Another name"), source(world, "disabled", more="enabled = false"))
        second = [watch.crawl("one", 26), watch.crawl("two", 26.1)]
        third = watch.crawl("one", 60)
        yield SimpleNamespace(world=world, watch=watch, first=first, second=second, third=third)


def asked(days, runs, name):
    host = days.world[name].imprint.address
    return [line.removeprefix(host) for run in runs for line in run.asked() if line.startswith(f"{host}/")]


def test_a_source_that_is_renamed_goes_on_with_its_sitemaps_and_its_articles(days):
    assert {"/child", "/two", "/one"} <= set(asked(days, days.second, "renamed"))
    assert "/child" in asked(days, [days.third], "renamed")
    (numbers,) = days.watch.rows(
        "SELECT count(DISTINCT source_id) FROM pages WHERE host = ?", days.world["renamed"].imprint.address
    )
    assert numbers[0] == 1
    names = days.watch.column(
        "SELECT DISTINCT source FROM articles WHERE site = ?", days.world["renamed"].imprint.address
    )
    assert names == ["Another name"], "articles follow the renaming"


@pytest.mark.parametrize("name", ["disabled", "removed"])
def test_nothing_that_belongs_to_a_source_is_asked_for_once_it_is_disabled_or_removed(days, name):
    assert asked(days, days.first, name)
    assert asked(days, [*days.second, days.third], name) == []


def test_a_source_that_one_of_two_topics_gives_up_is_handed_over_with_all_that_belongs_to_it(days):
    assert not asked(days, [days.second[0]], "shared")
    assert {"/child", "/two"} <= set(asked(days, [days.second[1]], "shared"))
    ids = days.watch.column("SELECT DISTINCT id FROM sources WHERE url = ?", days.world["shared"].url("/index"))
    assert len(ids) == 1


def test_a_visit_counts_for_every_topic_that_follows_the_source(days):
    polls = days.watch.rows(
        "SELECT topic, new FROM polls WHERE url = ? ORDER BY id", days.world["shared"].url("/index")
    )
    assert {row["topic"] for row in polls} == {"one", "two"}


def test_numbers_are_given_once(tmp_path):
    with closing(database.open_to_write(tmp_path / "news.db")) as db:
        db.execute("BEGIN")
        columns = "(id, url, canonical_url, text, fetched, language)"
        for number in (1, 2):
            assert next_number(db.conn, "articles") == number
            db.execute(
                f"INSERT INTO articles {columns} VALUES (?, ?, ?, 't', '2026', 'en')",
                (number, str(number), str(number)),
            )
        db.execute("DELETE FROM articles")
        assert next_number(db.conn, "articles") == 3
        db.execute(f"INSERT INTO articles {columns} VALUES (9, '9', '9', 't', '2026', 'en')")
        assert next_number(db.conn, "articles") == 10
        db.execute("COMMIT")


def test_a_database_of_the_version_before_is_brought_up_to_date_with_rows_of_every_kind(tmp_path):
    path = tmp_path / "news.db"
    with closing(sqlite_utils.Database(sqlite3.connect(path, isolation_level=None))) as old:
        migrations.apply(old, stop_before="source_ids")
        for topic in ("one", "two"):
            old.table("sources").insert(
                {
                    "topic": topic,
                    "url": "https://a.example/",
                    "name": f"A of {topic}",
                    "state": "ok",
                    "address": "https://a.example/feed",
                }
            )
        old.table("sources").insert({"topic": "one", "url": "https://b.example/", "name": "B", "state": "disabled"})
        common = {"host": "a.example", "state": "queued", "first_seen": "2026-11-01T00:00:00Z", "topic": "one"}
        urls = {"https://a.example/feed": "feed", "https://a.example/1": "article", "https://a.example/2": "article"}
        for url, kind in urls.items():
            old.table("pages").insert({"url": url, "kind": kind, "key": url[8:], "source": "A of one", **common})
        old.execute("UPDATE pages SET due = first_seen WHERE url LIKE '%/2'")
        old.table("pages").insert(
            {"url": "https://b.example/3", "kind": "article", "key": "b", "source": "B", **common}
        )
        old.table("pages").insert(
            {"url": "https://c.example/4", "kind": "article", "key": "c", "source": "not there", **common}
        )
        old.table("polls").insert({"topic": "one", "url": "https://a.example/feed", "at": "2026-11-01T00:00:00Z"})
        old.table("articles").insert(
            {
                "id": 7,
                "url": "https://a.example/1",
                "canonical_url": "https://a.example/1",
                "text": "t",
                "fetched": "2026-11-01T00:00:00Z",
                "language": "en",
            }
        )
    with closing(database.open_to_write(path)) as db:
        ids = dict(db.execute("SELECT name, id FROM sources").fetchall())
        assert ids["A of one"] == ids["A of two"] != ids["B"]
        known = dict(db.execute("SELECT url, source_id FROM pages WHERE source_id IS NOT NULL").fetchall())
        assert known == {"https://a.example/2": ids["A of one"]}, "what is due is moved at once"
        assert Mover(db.conn).move(60)
        known = dict(db.execute("SELECT url, source_id FROM pages").fetchall())
        assert known == {
            **dict.fromkeys(urls, ids["A of one"]),
            "https://b.example/3": ids["B"],
            "https://c.example/4": None,
        }
        assert db.execute("SELECT source_id FROM polls").fetchone()[0] == ids["A of one"]
        outcomes = dict(db.execute("SELECT url, outcomes.state FROM outcomes JOIN pages ON id = page_id").fetchall())
        assert outcomes == dict.fromkeys([url for url in known if not url.endswith("feed")], "queued")
        db.execute("BEGIN")
        assert (next_number(db.conn, "articles"), next_number(db.conn, "sources")) == (8, 3)
        db.execute("COMMIT")
