"""The main job with the real command, a real server and a real database."""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest

from tests.conftest import ROOT, rows, run, same
from tests.newsweb import NewsWeb


def test_every_relevant_article_is_stored_and_nothing_else(crawled):
    web, result, path = crawled
    assert result.returncode == 0, result.stderr
    stored = {row["url"] for row in rows(path, "SELECT url FROM articles")}
    truth = web.truth
    irrelevant = {url for url in stored if url in truth and not truth[url].relevant}
    assert not irrelevant
    expected = {row["url"] for row in rows(path, "SELECT url FROM pages WHERE article_id IS NOT NULL")}
    missing = {url for url, page in truth.items() if page.fate == "stored"} - expected
    assert not missing


def test_the_stored_texts_are_the_true_texts_without_any_planted_phrase(crawled):
    web, _, path = crawled
    truth = {address: true for url, true in web.truth.items() for address in (url, *true.aliases)}
    short, leaks = {}, {}
    for article in rows(path, "SELECT url, text FROM articles"):
        true = truth[article["url"]]
        wanted, got = (Counter(re.findall(r"\w+", text)) for text in (true.text, article["text"]))
        if (recall := (wanted & got).total() / wanted.total()) < 0.98:
            short[article["url"]] = recall
        if found := [phrase for phrase in true.planted if phrase in article["text"]]:
            leaks[article["url"]] = found
    assert short == {}
    assert leaks == {}


def test_every_address_ends_in_a_state_with_a_reason(crawled):
    _, _, path = crawled
    loose = rows(
        path,
        "SELECT url, state FROM pages WHERE kind = 'article' AND (state = 'queued'"
        " OR (due IS NOT NULL AND article_id IS NULL AND state <> 'blocked')"
        " OR (state <> 'stored' AND reason IS NULL))",
    )
    assert [tuple(row) for row in loose] == []


def test_the_summary_names_every_source_and_the_database(crawled):
    _, result, path = crawled
    for row in rows(path, "SELECT name FROM sources"):
        assert row["name"] in result.stderr
    assert str(path) in result.stderr
    assert "Traceback" not in result.stderr
    run = rows(path, "SELECT * FROM runs")[0]
    assert run["finished"] and run["reason"] == "finished"
    assert json.loads(run["counts"])["stored"] == len(rows(path, "SELECT 1 FROM pages WHERE state = 'stored'"))


def test_full_text_and_database_are_sound(crawled):
    path = crawled[2]
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    words = connection.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'caracas'").fetchone()[0]
    assert words > 0
    connection.close()


def test_a_second_run_asks_for_no_article_again(tmp_path):
    with NewsWeb() as web:
        assert run(web, tmp_path).returncode == 0
        before = same(tmp_path / "news.db")
        articles = {row["url"] for row in rows(tmp_path / "news.db", "SELECT url FROM pages WHERE kind = 'article'")}
        asked = len(web.requests)
        assert run(web, tmp_path).returncode == 0
        again = [f"http://{request.host}:{web.port}{request.path}" for request in web.requests[asked:]]
        assert again, "the second run asked for nothing at all, not even feeds"
        assert not articles.intersection(again)
        assert same(tmp_path / "news.db") == before


def test_nothing_due_is_silent(crawled, tmp_path):
    web, _, path = crawled
    seeds = web.seeds(tmp_path / "seeds.toml")
    result = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "venezuela_russia", "-a", f"seeds={seeds}", "-s", f"DATABASE={path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_stored_articles_can_be_exported_as_they_are_stored(tmp_path):
    with NewsWeb() as web:
        assert run(web, tmp_path, "-o", str(tmp_path / "out.jsonl")).returncode == 0
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    exported = {row["url"]: row["text"] for row in map(json.loads, lines)}
    assert exported == {row["url"]: row["text"] for row in rows(tmp_path / "news.db", "SELECT url, text FROM articles")}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, 'there is no topic "nonsense"'),
        ([], 2, "name a topic"),
        (["venezuela_russia", "-a", "sedes=x.toml"], 2, "there is no such argument"),
        (["venezuela_russia", "--nwo"], 2, "unknown option --nwo"),
        (["venezuela_russia", "-a", "seeds=/nowhere/x.toml"], 2, "/nowhere/x.toml"),
        (["venezuela_russia", "-s", "ALLOWED_PRIVATE_NETWORKS=10.0.0.0/64"], 2, '"10.0.0.0/64" is not a network'),
        (["venezuela_russia", "-s", "DATABASE=/nowhere/news.db"], 1, "the folder /nowhere does not exist"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(scrapy, arguments, code, said):
    result = scrapy("crawl", *arguments)
    assert result.returncode == code
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_a_broken_seeds_file_is_one_line_with_file_and_place(scrapy, tmp_path):
    seeds = tmp_path / "broken.toml"
    seeds.write_text('title = "x"\n[terms]\na = ["b"]\n[[sources]]\nname = "Daily"\n')
    result = scrapy("crawl", "broken", "-a", f"seeds={seeds}")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert f"{seeds}: " in result.stderr and "url" in result.stderr


def test_a_database_that_is_none_is_named_and_left_untouched(scrapy, tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, " * 100)
    result = scrapy("crawl", "venezuela_russia", "-s", f"DATABASE={tmp_path / 'notes.txt'}")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "notes.txt: is not an SQLite database" in result.stderr
    assert (tmp_path / "notes.txt").read_text() == "not a database, " * 100


def test_two_runs_at_once_the_second_says_so_and_leaves(web, tmp_path, crawl):
    from crawler import database

    path = tmp_path / "news.db"
    with database.only_crawl(path):
        result = crawl(web)
    assert result.returncode == 0
    assert result.stderr.splitlines() == [f"scrapy: {path}: another crawl is running on it; nothing to do"]
    assert not web.requests


def test_without_a_network_nothing_is_held_against_the_sources(tmp_path, crawl, query):
    seeds = tmp_path / "offline.toml"
    sources = "\n".join(f'[[sources]]\nname = "Outlet {n}"\nurl = "http://127.0.0.{n}:9/feed"' for n in range(1, 5))
    sources += '\n[[sources]]\nname = "Outlet 5"\nurl = "http://127.0.0.1:9/other"'  # on the host of the first
    seeds.write_text(f'title = "Offline"\n[terms]\nall = ["*"]\n{sources}\n')
    result = crawl(seeds, topic="offline")
    assert result.returncode == 1
    for n in range(1, 6):
        assert sum(f"Outlet {n}: " in line for line in result.stderr.splitlines()) == 1
    assert "make demo" in result.stderr
    assert "Traceback" not in result.stderr
    assert {tuple(row) for row in query("SELECT state, failures, last_ok FROM sources")} == {("new", 0, None)}
    assert {row["attempts"] for row in query("SELECT attempts FROM pages")} == {0}


def test_a_private_address_is_refused_unless_its_network_is_allowed(web, tmp_path, scrapy, query):
    seeds = web.seeds(tmp_path / "seeds.toml")
    result = scrapy("crawl", "venezuela_russia", "-a", f"seeds={seeds}", "-s", "DOWNLOAD_DELAY=0")
    assert result.returncode == 1
    assert "ALLOWED_PRIVATE_NETWORKS can open it" in result.stderr
    assert not web.requests
    assert query("SELECT 1 FROM articles") == []


def test_one_failing_source_is_reported_and_not_fatal(tmp_path, crawl, web, query):
    seeds = web.seeds(tmp_path / "seeds.toml")
    with seeds.open("a") as file:
        file.write('\n[[sources]]\nname = "Silent Echo"\nurl = "http://127.0.0.250:9/feed"\n')
    result = crawl(seeds)
    assert result.returncode == 0
    assert "Silent Echo: 127.0.0.250 refused the connection" in result.stderr
    (row,) = query("SELECT state, failures, reason FROM sources WHERE name = 'Silent Echo'")
    assert (row["state"], row["failures"]) == ("failing", 1)


@pytest.mark.parametrize("canonical_first", [True, False])
def test_whichever_address_comes_first_the_canonical_one_is_the_articles_own(
    canonical_first, web, crawl, query, tmp_path
):
    (page,) = [page for page in web.truth.values() if page.outlet == "meridian" and page.aliases]
    (alias,) = page.aliases
    for number, url in enumerate((page.url, alias) if canonical_first else (alias, page.url)):
        seeds = web.seeds(tmp_path / f"{number}.toml", [])
        with seeds.open("a") as file:
            file.write(f'\n[[sources]]\nname = "One page"\nkind = "page"\nurl = "{url}"\n')
        assert crawl(seeds).returncode == 0
    assert [row["url"] for row in query("SELECT url FROM articles")] == [page.url]
    own, other = query(
        "SELECT state, reason, article_id, due FROM pages WHERE kind = 'article' ORDER BY url = ?", alias
    )
    assert (own["state"], own["reason"], own["due"] is None) == ("stored", None, False)
    assert (other["state"], other["reason"], other["due"]) == ("stored", f"another address of {page.url}", None)
    assert own["article_id"] == other["article_id"]
