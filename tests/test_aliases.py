"""One page, several addresses: what a database of an earlier version knew of them is carried over."""

from datetime import timedelta

import sqlite_utils

from crawler import clock, database
from crawler.database.migrations import migrations
from crawler.fetching.outcome import Outcome
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Found

PAGE, DOOR = "https://www.example.com/story/1", "https://door.example/to/1"


def test_other_addresses_in_an_older_database_name_the_row_of_their_page(tmp_path):
    db = sqlite_utils.Database(tmp_path / "news.db")
    migrations.apply(db, stop_before="other_addresses")
    seen = clock.text(clock.now() - timedelta(days=1))
    common = {"kind": "article", "topic": "t", "source": "s", "first_seen": seen, "key": "example.com/story/1/"}
    db.table("pages").insert_all(
        [
            {"url": PAGE, "host": "www.example.com", "state": "queued", "due": seen, "reason": None, **common},
            {
                "url": DOOR,
                "host": "door.example",
                "state": "queued",
                "due": None,
                "reason": f"another address of {PAGE}",
                **common,
            },
        ]
    )
    db.conn.close()
    connection = database.open_to_write(tmp_path / "news.db").conn
    frontier = Frontier(connection, "t", Turns(0.0, 1, 200))
    assert frontier.add([Found(DOOR)], "s", "feed") == [], "a door that is known was taken for a new page"
    (page_id,) = frontier.pages.due("www.example.com", 9)
    frontier.pages.write(frontier.pages.claim(page_id), Outcome("gone", "the server answered 404"))
    rows = connection.execute("SELECT url, key, state, alias_of FROM pages ORDER BY id").fetchall()
    assert [tuple(row) for row in rows] == [
        (PAGE, "example.com/story/1/", "gone", None),
        (DOOR, "door.example/to/1/", "gone", page_id),
    ]
    connection.close()


def test_a_door_is_not_asked_again_for_what_becomes_of_the_page_behind_it(tmp_path):
    connection = database.open_to_write(tmp_path / "news.db").conn
    connection.execute("INSERT INTO sources (topic, url, name, state, id) VALUES ('t', 'feed', 's', 'ok', 1)")
    frontier = Frontier(connection, "t", Turns(0.0, 1, 200))
    frontier.follow({1: "s"})
    frontier.add([Found(DOOR)], "s", "feed")
    (door,) = frontier.pages.due("door.example", 9)
    frontier.passed_on(frontier.pages.claim(door), PAGE, 301)
    (page,) = frontier.pages.due("www.example.com", 9)
    frontier.write(frontier.pages.claim(page), Outcome("irrelevant", "no mention of it", status=200))
    rows = connection.execute("SELECT page_id, topic, state, reason FROM outcomes").fetchall()
    assert [tuple(row) for row in rows] == [(page, "t", "irrelevant", "no mention of it")]
    frontier.add([Found(DOOR)], "s", "feed")
    frontier.judgements.again()
    assert connection.execute("SELECT count(*) FROM pages WHERE due IS NOT NULL").fetchone()[0] == 0
    connection.close()
