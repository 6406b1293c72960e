"""Removal on request: an article or a site goes with every trace, and whoever announces it, it does not come back."""

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from crawler.exceptions import Refused
from crawler.frontier import Frontier, removals
from crawler.frontier.turns import Turns
from crawler.items import Article, Claim, Found
from pipelines.store import Store
from tests.conftest import ROOT
from tests.newsroom import TOPIC, Newsroom
from tests.test_prune import ids, is_sound


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def occurs(path, words):
    """Whether a text is anywhere in a database's files, be it in free space."""
    return any(words.encode() in part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


def test_an_article_goes_with_every_trace_of_its_text(newsroom):
    kept = [newsroom.add(f"kept {number}") for number in range(20)]
    gone = newsroom.add("gone", url="https://quay.example/gone", title="Harpsichords of Tarragona")
    later = newsroom.archive.get(gone)
    later.text += "\nThe zitherist bowed."
    newsroom.db.conn.execute("BEGIN IMMEDIATE")
    newsroom.archive.revise(gone, later, "publisher")
    newsroom.db.conn.execute('UPDATE pages SET hints = \'{"title": "Harpsichords"}\' WHERE article_id = ?', [gone])
    newsroom.db.conn.execute("COMMIT")
    for words in ("Tarragona", "zitherist", "tarragona"):
        assert occurs(newsroom.path, words)
    code, out, err = newsroom.ask("prune", "--url", "https://quay.example/gone", "--yes")
    assert code == 0 and f"{gone}  " in out and "https://quay.example/gone: 1 article removed" in out
    assert err == "" and out.endswith("\nbackups and exports that were made before still have it\n")
    for words in ("Tarragona", "tarragona", "zitherist", "Harpsichord", "harpsichord"):
        assert not occurs(newsroom.path, words), words
    assert ids(newsroom) == kept and is_sound(newsroom)
    assert newsroom.ask("articles", "zitherist")[2] == "no article matches\n"


def test_show_says_that_and_when_it_was_removed(newsroom):
    newsroom.add(1, url="https://www.quay.example/a")
    newsroom.ask("prune", "--url", "http://quay.example/a/", "--url", "https://quay.example/never-seen", "--yes")
    for url in ("https://www.quay.example/a", "https://quay.example/a", "https://quay.example/never-seen"):
        code, out, _ = newsroom.ask("show", url)
        assert code == 0 and "state                gone" in out and " was removed on request on 20" in out
    assert newsroom.count() == 0
    newsroom.ask("prune", "--site", "https://www.pier.example/news", "--yes")
    code, out, _ = newsroom.ask("show", "https://live.pier.example/never-seen")
    assert code == 0 and "pier.example was removed on request on 20" in out


def test_copies_at_other_outlets_stay_are_named_and_have_an_original_among_them(newsroom):
    newsroom.add(1, hours=9, url="https://quay.example/a")
    copies = [newsroom.add(1, hours=number, outlet=f"pier{number}") for number in (8, 7)]
    story = newsroom.story_of(1)
    code, out, _ = newsroom.ask("prune", "--url", "https://quay.example/a", "--yes")
    assert code == 0 and f"{copies[0]}, by The Pier8, has the same text and stays: --url https://pier8.example/" in out
    assert ids(newsroom) == copies and is_sound(newsroom)
    assert ids(newsroom, "SELECT id FROM articles WHERE duplicate_of IS NULL") == copies[:1]
    assert {newsroom.story_of(number) for number in copies} == {story}


def test_a_site_goes_with_the_hosts_below_it_and_no_other(newsroom):
    for number, outlet in enumerate(("quay", "www.quay", "live.quay")):
        newsroom.add(number, outlet=outlet)
    kept = [newsroom.add("other", outlet="notquay"), newsroom.add("more", outlet="pier")]
    connection = newsroom.db.conn
    for site in ("quay.example", "live.quay.example", "pier.example"):
        connection.execute("INSERT INTO host_blocks (site, hash, pages) VALUES (?, 1, 3)", [site])
    frontier = Frontier(connection, TOPIC, Turns(0, 1, 200))
    frontier.add([Found("https://quay.example/waits"), Found("https://pier.example/waits")], "The Quay", "feed")
    code, out, _ = newsroom.ask("prune", "--site", "www.Quay.example", "--yes")
    assert code == 0 and "quay.example: 3 articles removed" in out
    assert ids(newsroom) == kept and is_sound(newsroom)
    assert ids(newsroom, "SELECT site FROM host_blocks") == ["pier.example"]
    assert ids(newsroom, "SELECT url FROM pages WHERE due IS NOT NULL") == ["https://pier.example/waits"]
    assert removals.why(connection, "https://quay.example/tomorrow")
    assert removals.why(connection, "https://notquay.example/tomorrow") is None


def test_a_dry_run_and_a_no_remove_nothing(newsroom):
    newsroom.add(1, url="https://quay.example/a", title="Fog")
    code, out, _ = newsroom.ask("prune", "--site", "quay.example", "--dry-run")
    assert code == 0 and out.startswith("quay.example: 1 article\n  1  ") and out.endswith("Fog\n")
    line = [sys.executable, "-m", "scrapy", "prune", "--site", "quay.example", "-s", f"DATABASE={newsroom.path}"]
    for answer, code, count in (("n\n", 1, 1), ("y\n", 0, 0)):
        ours, theirs = pty.openpty()
        with subprocess.Popen(line, cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            os.close(theirs)
            os.write(ours, answer.encode())
            said = process.communicate(timeout=60)[1].decode()
        os.close(ours)
        assert (process.returncode, newsroom.count()) == (code, count)
        assert said.startswith("Remove this for good? [y/N] ")
    assert newsroom.db.table("removals").count == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", "https://quay.example/a"], "add --yes where nobody can be asked"),
        (["--url", "quay.example"], "--url quay.example: is no web address: give one that begins with http"),
        (["--site", "quay"], "--site quay: is no site: give its host, as in --site example.com"),
        (["--site", "co.uk", "--yes"], "--site co.uk: is no site"),
        (["--site", "quay.example", "--older-than", "2y"], "leave the other out"),
        (["--older-than", "2y", "--topic", "harbuors"], 'belongs to it: "scrapy list" shows the topics'),
    ],
)
def test_a_wrong_call_is_one_line_and_removes_nothing(newsroom, arguments, said):
    newsroom.add(1, url="https://quay.example/a")
    code, _, err = newsroom.ask("prune", *arguments)
    assert code == 2 and len(err.splitlines()) == 1 and said in err
    assert newsroom.count() == 1 and newsroom.db.table("removals").count == 0


def test_what_was_removed_while_its_page_was_read_or_has_another_address_is_not_stored(newsroom):
    """A redirect or a canonical link may name it only when the page is there."""
    newsroom.ask("prune", "--url", "https://quay.example/a", "--yes")
    frontier = Frontier(newsroom.db.conn, TOPIC, Turns(0, 1, 200))
    store = Store(newsroom.archive, frontier, judge=None)
    claim = Claim(1, "https://door.example/1", "article", "The Door", "door.example")
    for urls in (
        {"url": "https://m.quay.example/a"},
        {"url": "https://quay.example/amp/a", "canonical_url": "https://quay.example/a"},
    ):
        with pytest.raises(Refused, match=r"https://quay\.example/a was removed on request on 20") as refused:
            store.store(Article(**urls, text="Fog", claim=claim))
        assert refused.value.state == "gone"


def test_a_site_whose_pages_all_name_its_front_page_loses_one_article_only(newsroom):
    number = newsroom.add(1, url="https://quay.example/a")
    newsroom.db.conn.execute("UPDATE articles SET canonical_url = 'https://quay.example/' WHERE id = ?", [number])
    assert newsroom.ask("prune", "--url", "https://quay.example/a", "--yes")[0] == 0
    assert removals.why(newsroom.db.conn, "https://quay.example/a")
    assert removals.why(newsroom.db.conn, "https://quay.example/b", "https://quay.example/") is None


def test_no_later_crawl_brings_it_back_by_whatever_address(web, crawl, scrapy, query, tmp_path):
    """One article of an outlet, and another outlet as a whole; both are still in the feeds."""
    assert crawl(web).returncode == 0
    stored = query("SELECT url, text, site FROM articles WHERE duplicate_of IS NULL ORDER BY id")
    article = next(row for row in stored if row["site"] != "127.0.0.12")
    assert scrapy("prune", "--url", article["url"], "--site", "127.0.0.12", "--yes").returncode == 0
    left = query("SELECT count(*) AS n FROM articles")[0]["n"]
    assert left < len(stored)
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None)) as connection:  # whatever makes it due
        connection.execute("UPDATE pages SET due = '2020-01-01T00:00:00Z' WHERE state = 'gone'")
    before = len(web.requests)
    again = crawl(web)
    assert query("SELECT count(*) AS n FROM articles")[0]["n"] == left
    asked = {f"http://{request.host}:{web.port}{request.path}" for request in web.requests[before:]}
    assert asked and article["url"] not in asked and not any("127.0.0.12" in url for url in asked)
    assert "127.0.0.12 was removed on request on 20" in again.stderr
    (page,) = query("SELECT state, due, reason FROM pages WHERE url = ?", article["url"])
    assert (page["state"], page["due"]) == ("gone", None) and page["reason"].startswith(article["url"])
