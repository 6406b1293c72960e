"""What a search gives: articles one after the other, or the stories that they belong to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from crawler.database.queries import Story, read_story
from crawler.search import finding
from crawler.search.filters import Filters


def each_article(connection: sqlite3.Connection, filters: Filters) -> Iterator[sqlite3.Row]:
    """All articles that are wanted, newest first, one at a time; there may be millions.

    WrongQuery when the words cannot be meant.
    """
    for number in finding.each(connection, filters):
        yield connection.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()


def find_stories(connection: sqlite3.Connection, filters: Filters) -> tuple[list[Story], str]:
    """The stories of the articles that ``finding.find`` gives, each once, in the same order; and its note."""
    wanted = filters.limit or 0
    looked_at = 5 * wanted or None
    while True:
        found = finding.find(connection, replace(filters, limit=looked_at))
        stories = _stories_of(connection, found.numbers)
        if looked_at is None or len(found.numbers) < looked_at or len(stories) >= wanted:
            break
        looked_at *= 5
    read = (read_story(connection, number) for number in (stories if filters.limit is None else stories[:wanted]))
    return [story for story in read if story], found.note


def _stories_of(connection: sqlite3.Connection, articles: list[int]) -> list[int]:
    rows = connection.execute(
        "SELECT story_id FROM json_each(?) AS wanted"
        " CROSS JOIN articles INDEXED BY idx_articles_listed ON articles.id = wanted.value"
        " WHERE story_id IS NOT NULL ORDER BY wanted.key",
        (json.dumps(articles),),
    )
    return list(dict.fromkeys(number for (number,) in rows))
