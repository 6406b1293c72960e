"""``scrapy sources --suggest`` and ``--opml``: what is not watched yet, and what is, for others."""

from __future__ import annotations

import json

import pytest

from crawler import database
from crawler.captures import Captures
from crawler.newtopic.opml import subscribed
from crawler.sources.suggestions import as_row, suggestions
from crawler.warc.capture import Exchange, capture
from tests.newsroom import Newsroom

LINKED = (
    '<p>Short: <a href="https://ad.example/">buy</a></p><p>{words} as <a href="{url}">others report</a>, and on '
    '<a href="https://x.com/somebody">a platform</a> or <a href="/local">here</a>.</p>'
)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def watch(room: Newsroom, url: str, name: str, **more: str) -> None:
    room.db.table("sources").insert({"topic": "harbours", "url": url, "name": name, "state": "ok", **more})


def archived(room: Newsroom, number: int, html: str) -> Captures:
    """Keep ``html`` as the page of an article."""
    captures = Captures(room.db.conn, room.path.with_suffix(".warc"))
    page, url, fetched = room.db.conn.execute(
        "SELECT id, url, fetched FROM pages WHERE article_id = ?", (number,)
    ).fetchone()
    exchange = Exchange(url, (), 200, (("Content-Type", "text/html"),), html.encode())
    with database.transaction(room.db.conn):
        captures.keep(page, fetched, capture(exchange, fetched, {}))
    captures.sync()
    return captures


def test_who_is_linked_to_copied_or_credited_and_not_watched_is_suggested(newsroom):
    words = "A long sentence about the harbour and what is loaded there " * 2
    for place, outlet in enumerate(("quay", "pier", "mole")):
        number = newsroom.add(place, outlet=outlet)
        html = LINKED.format(words=words, url="https://www.lock.example/a")
        html += LINKED.format(words=words, url="https://news.quay.example/b") if place else ""
        captures = archived(newsroom, number, f"<html><body>{html}</body></html>")
    newsroom.add("copy", outlet="pier", canonical_elsewhere="https://dam.example/original", agency="EFE")
    newsroom.add("wire", outlet="pier", agency="Quay")
    newsroom.db.table("sources").insert(
        {"topic": "t", "url": "https://quay.example/feed", "name": "The Quay", "state": "ok"}
    )
    found = suggestions(newsroom.db.conn, captures, ["https://quay.example/feed"], None, 10)
    assert [as_row(one, None) for one in found] == [
        {
            "name": "lock.example", "kind": "site", "linked_by": 3, "named_original_by": 0,
            "sources": ["The Mole", "The Pier", "The Quay"], "feed": None,
        },
        {
            "name": "EFE", "kind": "agency", "linked_by": 0, "named_original_by": 1,
            "sources": ["The Pier"], "feed": None,
        },
        {
            "name": "dam.example", "kind": "site", "linked_by": 0, "named_original_by": 1,
            "sources": ["The Pier"], "feed": None,
        },
    ]  # fmt: skip
    assert suggestions(newsroom.db.conn, captures, [], "other", 10) == []


def test_nothing_to_suggest_is_told(newsroom):
    assert newsroom.ask("sources", "--suggest") == (0, "", "nothing is linked to that is not watched\n")
    newsroom.add("copy", agency="EFE")
    assert [row["name"] for row in json.loads(newsroom.ask("sources", "--suggest", "--format", "json")[1])] == ["EFE"]


def test_what_is_watched_is_a_list_that_can_be_read_again(newsroom):
    watch(newsroom, "https://quay.example/", "The Quay", address="https://quay.example/feed?a=1&b=2", kind="feed")
    watch(newsroom, "https://pier.example/map.xml", "Pier & Co", kind="sitemap")
    watch(newsroom, "https://mole.example/", "Gone", state="disabled")
    code, written, err = newsroom.ask("sources", "--opml")
    assert (code, err) == (0, "")
    assert subscribed(written.encode()) == {
        "https://pier.example/map.xml": "Pier & Co",
        "https://quay.example/feed?a=1&b=2": "The Quay",
    }
