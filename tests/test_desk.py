"""The desk: marks and saved searches beside the database, by ``scrapy desk`` and in digests."""

from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.desk import Desk, place_of
from crawler.search.filters import Filters
from tests.newsroom import TOPIC, Newsroom


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    room.add("dam", hours=5, language="es")
    room.add("ship", hours=3, outlet="pier")
    room.add("crane", hours=2)
    yield room
    room.close()


def done(newsroom, *arguments: str) -> str:
    code, out, err = newsroom.ask("desk", *arguments)
    assert (code, err) == (0, "")
    return out


def marks(newsroom) -> list[tuple[str, str, str]]:
    return [(row["url"], row["kind"], row["value"]) for row in json.loads(done(newsroom, "list", "--format", "json"))]


def test_marks_are_put_on_articles_and_taken_off(newsroom):
    dam, ship = (newsroom.db.conn.execute("SELECT url FROM articles WHERE id = ?", (n,)).fetchone()[0] for n in (1, 2))
    done(newsroom, "star", "1", ship)
    done(newsroom, "star", "1")
    done(newsroom, "note", "1", "ask", "the", "ministry")
    done(newsroom, "note", "1", "asked")
    done(newsroom, "tag", "2", "ports")
    done(newsroom, "tag", "2", "oil")
    assert sorted(marks(newsroom)) == sorted(
        [(dam, "star", ""), (ship, "star", ""), (dam, "note", "asked"), (ship, "tag", "ports"), (ship, "tag", "oil")]
    )
    shown = done(newsroom)
    assert "asked" in shown and "The Pier" in shown
    done(newsroom, "unstar", "1", "2")
    done(newsroom, "note", "1")
    done(newsroom, "untag", "2", "oil")
    assert marks(newsroom) == [(ship, "tag", "ports")]


def test_marks_outlive_the_article_and_the_database_is_not_changed(newsroom):
    version = newsroom.db.conn.execute("PRAGMA data_version").fetchone()[0]
    done(newsroom, "star", "1")
    url = marks(newsroom)[0][0]
    assert newsroom.db.conn.execute("PRAGMA data_version").fetchone()[0] == version
    assert newsroom.ask("prune", "--url", url, "--yes")[0] == 0
    assert marks(newsroom) == [(url, "star", "")]
    done(newsroom, "unstar", url)
    assert marks(newsroom) == []


def test_a_saved_search_tells_what_is_new_and_chooses_stories_of_a_digest(newsroom):
    title = newsroom.db.conn.execute("SELECT title FROM articles WHERE id = 2").fetchone()[0]
    done(newsroom, "save", "Ships", f'"{title}"')
    done(newsroom, "save", "spanish", "--language", "es")
    assert [row["id"] for row in json.loads(done(newsroom, "search", "ships", "--format", "json"))] == [2]
    desk = Desk(place_of(newsroom.path))
    with sqlite3.connect(desk.path) as connection:
        connection.execute("UPDATE searches SET seen = '2020-01-01T00:00:00Z'")
    connection.close()
    assert [line.split()[:2] for line in done(newsroom).splitlines()[1:]] == [["Ships", "1"], ["spanish", "1"]]
    done(newsroom, "search", "spanish")
    assert desk.search("spanish").seen > "2020-01-02"
    digest = ("digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}")
    everything, chosen = newsroom.ask(*digest)[1], newsroom.ask(*digest, "--search", "ships")[1]
    assert title in chosen and everything.count("\n## ") == 3 * chosen.count("\n## ") == 3
    done(newsroom, "forget", "spanish")
    assert [saved.name for saved in desk.searches()] == ["Ships"]
    code, _, err = newsroom.ask(*digest, "--search", "shisp")
    assert (code, err) == (2, 'scrapy: there is no saved search "shisp": did you mean "Ships"? there is Ships\n')


def test_what_is_muted_is_left_out_of_digests_and_told_but_found(newsroom):
    newsroom.add("ferry", hours=1, outlet="dock", title="Ferry is late")
    newsroom.db.conn.execute("UPDATE articles SET story_id = (SELECT story_id FROM articles WHERE id = 2) WHERE id = 4")
    crane = newsroom.db.conn.execute("SELECT title FROM articles WHERE id = 3").fetchone()[0]
    digest = ("digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}")

    def told() -> tuple[int, str]:
        out = newsroom.ask(*digest)[1]
        return out.count("\n## "), out.strip().splitlines()[-1]

    assert told()[0] == 3
    done(newsroom, "mute", "words", "ferry")  # the Pier's report of the story does not have it
    done(newsroom, "mute", "source", "dock.example")
    assert told()[0] == 3
    done(newsroom, "mute", "source", "pier.example")
    assert told() == (2, "1 muted story left out")
    done(newsroom, "mute", "story", "3")
    assert told() == (1, "2 muted stories left out")
    shown = done(newsroom)
    assert crane in shown and "pier.example" in shown
    found = newsroom.ask("articles", "--format", "jsonl")[1]
    assert {json.loads(line)["title"] for line in found.splitlines()} >= {"Ferry is late", crane}
    done(newsroom, "mute", "story", "1")
    assert "3 muted stories left out" in newsroom.ask(*digest)[2]
    done(newsroom, "unmute", "story", "1", "3")
    done(newsroom, "unmute", "source", "DOCK.example", "Pier.example")
    assert told()[0] == 3
    done(newsroom, "unmute", "words", "ferry")
    assert Desk(place_of(newsroom.path)).mutes() == []


def test_a_desk_made_before_there_was_muting_has_nothing_muted(newsroom):
    done(newsroom, "star", "1")
    desk = Desk(place_of(newsroom.path))
    with sqlite3.connect(desk.path) as connection:
        connection.execute("DROP TABLE mutes")
    connection.close()
    assert desk.mutes() == []
    done(newsroom, "mute", "story", "1")
    assert [mute.kind for mute in desk.mutes()] == ["story"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mute"], "say what: scrapy desk mute story 12"),
        (["mute", "stroy", "1"], "say what: scrapy desk mute story 12"),
        (["mute", "story", "99"], "99: there is no such article"),
        (["mute", "source", "The Quai"], 'there is no source "The Quai"'),
        (["mute", "words", "!"], '"!" has no letter or digit'),
        (["mute", "words", "-oil spill"], "begins with a minus: take it out"),
        (["stra", "1"], 'did you mean "star"?'),
        (["star"], 'name an article, as in "scrapy desk star 12"'),
        (["star", "99"], "99: there is no such article"),
        (["tag", "1"], "scrapy desk tag 12 ministry"),
        (["save"], "name the search"),
        (["save", "x"], "there is nothing to search for"),
        (["save", "x", "(oil"], "is never closed"),
        (["search", "x"], 'keep one with "scrapy desk save NAME WORDS"'),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(newsroom, arguments, said):
    code, out, err = newsroom.ask("desk", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and said in err
    assert not place_of(newsroom.path).exists()


def test_a_desk_that_is_no_database_is_told(newsroom):
    place_of(newsroom.path).write_text("not a database at all, whatever it may be called")
    code, _, err = newsroom.ask("desk")
    assert code == 1 and len(err.splitlines()) == 1 and "desk.db: cannot be used" in err


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.booleans())
def test_a_search_is_read_as_it_was_saved(tmp_path_factory, words, copies):
    desk = Desk(tmp_path_factory.getbasetemp() / "any.db")
    desk.save("x", Filters(words=words, copies=copies, limit=5))
    assert desk.search("X").filters == Filters(words=words, copies=copies)
