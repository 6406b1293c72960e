"""Retention: what is too old goes with all that belongs to it, and is not fetched again."""

import threading
from datetime import timedelta

import pytest

from crawler import clock, database
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Found
from crawler.urls import page_key
from pipelines.archive import retention
from tests.newsroom import TOPIC, Newsroom

BELONGING = {
    "matches": "article_id",
    "revisions": "article_id",
    "article_words": "id",
    "fingerprints": "article_id",
    "fingerprinted": "article_id",
    "story_vectors": "article_id",
    "story_postings": "article_id",
}


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def prune(newsroom, *more):
    return newsroom.ask("prune", *more)


def ids(newsroom, sql="SELECT id FROM articles"):
    return [row[0] for row in newsroom.db.conn.execute(sql + " ORDER BY 1")]


def is_sound(newsroom):
    """Nothing is left of articles that are no more, and everything that is derived from the others is right."""
    connection = newsroom.db.conn
    for table, column in BELONGING.items():
        sql = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT id FROM articles)"
        assert connection.execute(sql).fetchone()[0] == 0, table
    assert not ids(newsroom, "SELECT id FROM articles WHERE duplicate_of NOT IN (SELECT id FROM articles)")
    assert not ids(newsroom, "SELECT id FROM pages WHERE article_id NOT IN (SELECT id FROM articles)")
    assert not ids(newsroom, "SELECT id FROM stories WHERE id NOT IN (SELECT story_id FROM articles)")
    for row in connection.execute("SELECT * FROM stories").fetchall():
        count = connection.execute(
            "SELECT count(*), count(DISTINCT site) FROM articles WHERE story_id = ?", (row["id"],)
        )
        assert tuple(count.fetchone()) == (row["articles"], row["outlets"])
    connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return True


def year(years):
    return years * 365 * 24


def test_old_articles_go_with_all_that_belongs_to_them(newsroom):
    for number in range(5):
        newsroom.add(f"old {number}", hours=year(3) + number)
    kept = [newsroom.add(f"new {number}", hours=year(1) + number) for number in range(5)]
    code, out, err = prune(newsroom, "--older-than", "2y")
    assert (code, err) == (0, "") and "5 articles, 0 visits and 0 runs from before" in out
    assert ids(newsroom) == kept and is_sound(newsroom)
    assert "0 articles" in prune(newsroom, "--older-than", "2y")[1]


def test_a_dry_run_says_what_would_go_and_takes_nothing(newsroom):
    newsroom.add("old", hours=year(3))
    code, out, _ = prune(newsroom, "--older-than", "2y", "--dry-run")
    assert code == 0 and "1 article, 0 visits and 0 runs" in out and "would be taken out" in out
    assert newsroom.count() == 1


def test_the_copies_that_stay_have_an_original_among_them(newsroom):
    newsroom.add(1, hours=year(2) + 30)
    copies = [newsroom.add(1, hours=year(2) - 48 + number, outlet=f"pier{number}") for number in range(3)]
    prune(newsroom, "--older-than", "2y")
    assert ids(newsroom) == copies and is_sound(newsroom)
    assert ids(newsroom, "SELECT id FROM articles WHERE duplicate_of IS NULL") == [copies[-1]]  # out first


def test_what_was_pruned_is_not_fetched_again_under_any_of_its_addresses(newsroom):
    newsroom.add(1, hours=year(3), url="https://quay.example/a")
    newsroom.db.conn.execute("UPDATE articles SET canonical_url = 'https://quay.example/canonical'")
    alias = {"url": "https://quay.example/b", "reason": "another address of https://quay.example/a", "article_id": 1}
    more = {
        "key": page_key(alias["url"]),
        "kind": "article",
        "host": "quay.example",
        "state": "stored",
        "first_seen": "2020",
    }
    newsroom.db.table("pages").insert(alias | more)
    prune(newsroom, "--older-than", "2y")
    reasons = {row["url"]: row["reason"] for row in newsroom.db.query("SELECT url, reason FROM pages")}
    assert reasons["https://quay.example/a"].startswith("pruned: appeared before 20")
    assert reasons["https://quay.example/b"] == "another address of https://quay.example/a"
    frontier = Frontier(newsroom.db.conn, TOPIC, Turns(0, 1, 200))
    found = [Found(f"https://quay.example/{name}") for name in ("a", "b", "canonical", "new")]
    assert frontier.add(found, "The Quay", "feed") == found[-1:]
    assert ids(newsroom, "SELECT url FROM pages WHERE due IS NOT NULL OR state <> 'old'") == [found[-1].url]


def test_with_a_topic_only_what_belongs_to_it_alone_goes(newsroom):
    newsroom.add("mine", hours=year(3))
    both = newsroom.add("both", hours=year(3), topics=(TOPIC, "other"))
    others = newsroom.add("other", hours=year(3), topics=("other",))
    assert "1 article," in prune(newsroom, "--older-than", "2y", "--topic", TOPIC, "--dry-run")[1]
    prune(newsroom, "--older-than", "2y", "--topic", TOPIC)
    assert ids(newsroom) == [both, others] and is_sound(newsroom)
    assert ids(newsroom, "SELECT topic FROM matches") == ["other", "other"]


def test_old_visits_runs_and_deliveries_of_stories_that_are_no_more_go(newsroom):
    at = {name: clock.text(clock.now() - timedelta(days=days)) for name, days in (("old", 900), ("new", 1))}
    for name in ("old", "new"):
        newsroom.db.table("polls").insert_all({"topic": TOPIC, "at": at[name]} for _ in range(7))
        newsroom.db.table("runs").insert({"topic": TOPIC, "started": at[name]})
    newsroom.db.table("deliveries").insert_all(
        {"topic": TOPIC, "address": "x", "rule": "digest", "subject": s, "story_id": s, "at": at[when], "state": "sent"}
        for s, when in ((1, "old"), (2, "old"), (None, "old"), (3, "new"))
        for s in [s or 99]
    )
    newsroom.db.conn.execute("UPDATE deliveries SET story_id = NULL WHERE story_id = 99")
    assert newsroom.story_of(newsroom.add(1)) == 1
    assert "7 visits and 1 run" in prune(newsroom, "--older-than", "2y")[1]
    assert [newsroom.db.table(name).count for name in ("polls", "runs", "deliveries")] == [7, 1, 3]


def test_more_than_a_batch_goes_beside_another_writer(newsroom):
    for number in range(230):
        newsroom.db.table("articles").insert(
            {"id": number + 1, "url": f"u{number}", "canonical_url": f"u{number}", "text": "", "language": "en",
             "fetched": "2020-01-01T00:00:00Z"}
        )  # fmt: skip
    other = database.open_to_write(newsroom.path)
    stop = threading.Event()
    written = []

    def write():
        connection = database.open_to_write(newsroom.path).conn
        while not stop.is_set():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO runs (started) VALUES ('2099')")
            connection.execute("COMMIT")
            written.append(1)
            stop.wait(0.01)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert "230 articles" in prune(newsroom, "--older-than", "2y")[1]
    finally:
        stop.set()
        thread.join()
        other.conn.close()
    assert newsroom.count() == 0 and len(written) == newsroom.db.table("runs").count > 0


def test_vacuum_gives_the_space_back_and_keeps_what_is_found(newsroom):
    for number in range(60):
        newsroom.add(f"old {number}", hours=year(3) + number)
    newsroom.add("new", title="Lighthouse")
    newsroom.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = newsroom.path.stat().st_size
    code, out, _ = prune(newsroom, "--older-than", "2y")
    assert code == 0 and "MB in it are free for new articles" in out
    code, out, err = prune(newsroom, "--vacuum")
    assert (code, err) == (0, "") and "MB before," in out
    assert newsroom.path.stat().st_size < before * 0.8 and is_sound(newsroom)
    assert "Lighthouse" in newsroom.ask("articles", "lighthouse")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say what is too old with --older-than"),
        (["--older-than", "2m"], "--older-than 2m: give one day or more: 90d, 8w, 2y (m is minutes) or a date"),
        (["--older-than", "2999-01-01"], "give one day or more"),
        (["--older-than", "long"], "--older-than long: write it like"),
        (["--vacuum", "--dry-run"], "say what is too old"),
        (["2y"], "2y: prune takes options only"),
    ],
)
def test_a_wrong_call_is_one_line_and_takes_nothing(newsroom, arguments, said):
    newsroom.add(1, hours=year(9))
    code, out, err = prune(newsroom, *arguments)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1 and said in err
    assert newsroom.count() == 1


def test_visits_and_runs_of_more_than_a_year_ago_go_by_themselves(newsroom):
    for days in (500, 400, 300):
        at = clock.text(clock.now() - timedelta(days=days))
        newsroom.db.table("runs").insert({"topic": TOPIC, "started": at})
    year_ago = clock.text(clock.now() - timedelta(days=365))
    retention.forget_history(newsroom.db.conn, year_ago, 1)
    assert newsroom.db.table("runs").count == 2
    retention.forget_history(newsroom.db.conn, year_ago, 1000)
    assert newsroom.db.table("runs").count == 1
