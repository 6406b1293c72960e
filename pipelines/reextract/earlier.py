"""What an article was stored for stays when its publisher rewrote it: its earlier texts are judged, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from crawler.items import Match
from crawler.seeds import Topic
from pipelines.language import wanted
from pipelines.relevance import judge


def with_earlier(
    connection: sqlite3.Connection, number: int, language: str, matches: list[Match], topics: Sequence[Topic]
) -> list[Match]:
    """``matches`` of an article's text, with those that an earlier text has of the other ``topics``."""
    found = list(matches)
    missing = [topic for topic in topics if topic.name not in {match.topic for match in found}]
    texts = connection.execute(
        "SELECT title, text FROM revisions AS r WHERE article_id = ? AND EXISTS (SELECT 1 FROM revisions"
        " WHERE article_id = r.article_id AND number = r.number + 1 AND kind = 'publisher') ORDER BY number DESC",
        (number,),
    )
    for title, text in texts:
        languages = {topic.name: topic.languages for topic in missing}
        found += wanted(judge(title, text, missing, lambda: language).matches, language, languages)
        missing = [topic for topic in missing if topic.name not in {match.topic for match in found}]
    return found
