"""Shards that are merged are what one machine would have; again, or after an interruption, nothing comes twice."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest

from crawler import database
from crawler.captures import Captures
from crawler.frontier.admission import Admission
from crawler.items import Found
from pipelines.archive import Archive
from pipelines.merge import Merge
from pipelines.merge.part import Part
from tests.conftest import ROOT, rows, run, same
from tests.newsweb import NewsWeb
from tests.smallworld import World, feed, page
from tests.watching import Watch, write_seeds

OUTLETS = ("meridian", "tepuy", "vestnik", "pampas", "lagoon", "cardumen")
NAMES = ("one", "two", "three")
COUNTED = ("articles", "revisions", "matches", "pages", "outcomes", "polls", "runs", "archived", "sources", "hosts")


def merge(folder, *shards, target="all.db", code=0):
    line = [sys.executable, "-m", "scrapy", "merge", str(folder / target), *(str(folder / shard) for shard in shards)]
    result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == code and "Traceback" not in result.stderr, result.stderr
    return result.stderr


def merge_here(folder, *shards, target="all.db"):
    """The same without the command; what was new."""
    with ExitStack() as stack:
        read = [(name, stack.enter_context(database.reading(folder / name))) for name in shards]
        parts = [Part(db, (folder / name).with_suffix(".warc")) for name, db in read]
        db = stack.enter_context(database.made(folder / target))
        captures = Captures(db.conn, (folder / target).with_suffix(".warc"), name="merge")
        merge = Merge(Archive(db), captures, parts)
        merge.all()
        captures.close()
        return merge.counts


def counts(path):
    return {table: rows(path, f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED}


@pytest.fixture(scope="module")
def crawled_apart(tmp_path_factory):
    """One crawl, and three shards of the same sources."""
    folder = tmp_path_factory.mktemp("merge")
    with NewsWeb() as web:
        seeds = web.seeds(folder / "seeds.toml", OUTLETS)
        alone = run(seeds, folder, "-s", "EXTRACT_WORKERS=0", database="alone.db")
        assert alone.returncode == 0, alone.stderr
        for number, name in enumerate(NAMES, 1):
            shard = run(seeds, folder, "-s", "EXTRACT_WORKERS=0", "--shard", f"{number}/3", database=f"{name}.db")
            assert shard.returncode == 0, shard.stderr
    return folder


@pytest.fixture(scope="module")
def merged(crawled_apart):
    merge(crawled_apart, *(f"{name}.db" for name in NAMES))
    return crawled_apart


def test_three_shards_merged_are_one_crawl(merged):
    assert all(len(rows(merged / f"{name}.db", "SELECT 1 FROM articles")) for name in NAMES)
    assert same(merged / "all.db") == same(merged / "alone.db")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT url, kind, state, topic, source FROM pages ORDER BY url",
        "SELECT url, outcomes.topic, outcomes.state FROM outcomes JOIN pages ON id = page_id ORDER BY 1, 2",
        "SELECT topic, sources.url, name, state, reason FROM sources ORDER BY 2",
        "SELECT articles.url, sources.url FROM articles JOIN sources ON sources.id = source_id ORDER BY 1",
        "SELECT pages.url, articles.url FROM pages JOIN articles ON articles.id = article_id ORDER BY 1",
        "SELECT title, articles, outlets, first_seen, last_seen FROM stories ORDER BY 1, 2, 3, 4",
        "SELECT pages.url, digest FROM archived JOIN pages ON pages.id = page_id ORDER BY 1, 2",
    ],
)
def test_pages_outcomes_sources_and_raw_pages_are_those_of_one_machine(merged, sql):
    together, alone = (list(map(tuple, rows(merged / name, sql))) for name in ("all.db", "alone.db"))
    assert together == alone and together


def test_its_full_text_index_and_its_database_are_sound(merged):
    with closing(sqlite3.connect(merged / "all.db", isolation_level=None)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
        found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'caracas'"
        with closing(sqlite3.connect(merged / "alone.db")) as alone:
            assert connection.execute(found).fetchone() == alone.execute(found).fetchone() != (0,)


def test_raw_pages_are_where_the_merged_database_says(merged):
    with closing(sqlite3.connect(merged / "all.db")) as connection:
        connection.row_factory = sqlite3.Row
        captures = Captures(connection, merged / "all.warc")
        pages = connection.execute("SELECT DISTINCT page_id FROM archived WHERE before > 0").fetchall()
        records = [captures.read(captures.last(page["page_id"])) for page in pages]
        assert records and None not in records


def test_merged_again_nothing_comes_twice(merged):
    before, stood = counts(merged / "all.db"), same(merged / "all.db")
    assert not merge_here(merged, *(f"{name}.db" for name in reversed(NAMES)))
    assert counts(merged / "all.db") == before
    assert same(merged / "all.db") == stood


def test_a_merge_that_is_killed_goes_on_where_it_was(crawled_apart, tmp_path):
    for name in NAMES:
        shutil.copy(crawled_apart / f"{name}.db", tmp_path)
        shutil.copytree(crawled_apart / f"{name}.warc", tmp_path / f"{name}.warc")
    shards = [str(tmp_path / f"{name}.db") for name in NAMES]
    code = (
        "import os, signal, sys\n"
        "from pipelines.merge import Merge\n"
        "def tell(self, counts):\n"
        "    if counts['articles']: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from crawler.commands.merge import Command\n"
        "Command._tell = tell\n"
        f"sys.argv = ['scrapy', 'merge', *{[str(tmp_path / 'all.db'), *shards]!r}]\n"
        "from scrapy.cmdline import execute\nexecute()\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(rows(tmp_path / "all.db", "SELECT 1 FROM articles")) > 0
    assert rows(tmp_path / "all.db", "SELECT 1 FROM archived") == []
    merge(tmp_path, *shards)
    assert same(tmp_path / "all.db") == same(crawled_apart / "alone.db")


@pytest.fixture(scope="module")
def met_twice(tmp_path_factory):
    """Two machines that met the same article at different times; in between its text was changed."""
    tmp_path = tmp_path_factory.mktemp("revised")
    with World("quay") as world:
        site = world["quay"]
        site.pages["/feed"] = feed(site.url("/a"))
        seeds = write_seeds(tmp_path / "seeds.toml", f'name = "Quay"\nurl = "{site.url()}"')
        one, two = (Watch(world, tmp_path, seeds, f"{name}.db") for name in ("one", "two"))
        site.article("/a", 1)
        one.run()
        merge_here(tmp_path, "one.db")
        site.pages["/a"] = page(1, 4)
        one.run(2)
        site.pages["/a"] = page(1, 5)
        two.run(4)
    return tmp_path


@pytest.fixture
def revised(met_twice, tmp_path):
    return shutil.copytree(met_twice, tmp_path, dirs_exist_ok=True)


def test_another_spelling_of_a_page_is_the_same_page(tmp_path):
    spellings = {
        "all": "http://quay.example/a",
        "one": "https://www.quay.example/a",
        "two": "https://www.quay.example/a",
    }
    for name, url in spellings.items():
        with database.made(tmp_path / f"{name}.db") as db, database.transaction(db.conn):
            Admission(db.conn, "t").add([Found(url, "article")], "Quay", "http://quay.example/feed")
    merge_here(tmp_path, "one.db", "two.db")
    own, other = rows(tmp_path / "all.db", "SELECT id, url, state, reason, due, alias_of FROM pages ORDER BY id")
    assert (own["state"], own["due"] is None, own["alias_of"]) == ("queued", False, None)
    assert (other["due"], other["alias_of"]) == (None, own["id"])
    assert other["reason"] == "another address of http://quay.example/a"


def test_texts_of_all_machines_are_kept_in_the_order_in_which_they_were_seen(revised):
    first = rows(revised / "all.db", "SELECT revision FROM articles")
    assert [row["revision"] for row in first] == [1]
    assert merge_here(revised, "two.db", "one.db")["texts"] == 2
    texts = rows(revised / "all.db", "SELECT number, seen, kind, text FROM revisions ORDER BY number")
    assert [(row["number"], row["text"].count("\n") + 1) for row in texts] == [(1, 6), (2, 4), (3, 5)]
    assert [row["seen"] for row in texts] == sorted(row["seen"] for row in texts)
    (article,) = rows(revised / "all.db", "SELECT text, revision FROM articles")
    assert (article["text"], article["revision"]) == (texts[-1]["text"], 3)
    merge_here(revised, "one.db")
    assert len(rows(revised / "all.db", "SELECT 1 FROM revisions")) == 3


def test_what_was_removed_here_does_not_come_back(revised, scrapy):
    (article,) = rows(revised / "all.db", "SELECT url FROM articles")
    result = scrapy("prune", "--url", article["url"], "--yes", "-s", f"DATABASE={revised / 'all.db'}")
    assert result.returncode == 0, result.stderr
    assert merge_here(revised, "one.db", "two.db")["removed here"] == 2
    assert rows(revised / "all.db", "SELECT 1 FROM articles") == []
    assert rows(revised / "all.db", "SELECT 1 FROM pages WHERE article_id IS NOT NULL") == []


def test_raw_pages_that_are_not_there_are_told_and_come_later(revised):
    (revised / "one.warc").rename(revised / "away")
    assert merge_here(revised, "one.db", target="new.db")["raw pages missing"] == 2
    (revised / "away").rename(revised / "one.warc")
    assert merge_here(revised, "one.db", target="new.db")["raw pages"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["all.db", "all.db"], 2, "cannot be merged into itself"),
        (["all.db", "notes.db"], 1, "notes.db: is not an SQLite database"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(tmp_path, arguments, code, said):
    (tmp_path / "notes.db").write_text("no database, " * 100)
    target, *shards = arguments
    told = merge(tmp_path, *shards, target=target, code=code)
    assert said in told and len(told.splitlines()) == 1
    assert not (tmp_path / "all.db").exists()
