"""What each term of a topic has brought: counted from ``matches``, copies of articles left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.database.queries import NEWEST
from crawler.terms import Terms
from crawler.terms.groups import Entry

OF_TOPIC = (
    f"SELECT terms, coalesce(role, 'subject') = 'subject' AS is_subject, {NEWEST} AS time FROM matches"
    " CROSS JOIN articles INDEXED BY idx_articles_listed ON articles.id = article_id"
    " WHERE topic = ? AND duplicate_of IS NULL"
)


@dataclass
class Yield:
    """What one term has brought."""

    group: str
    term: str  # as it is written
    list: str  # of its group that names it: any, weak, title or a language
    hits: int = 0
    articles: int = 0
    alone: int = 0  # articles in which it is the only term of its group
    subjects: int = 0  # articles with it that have the topic as their subject
    last: str | None = None  # when the newest article with it was published

    @property
    def share(self) -> float | None:
        """Of its articles those that are about the topic, 0 to 1; None without articles."""
        return round(self.subjects / self.articles, 3) if self.articles else None


@dataclass(frozen=True)
class Yields:
    """The terms of a topic in the order of its file, and how many articles there are."""

    terms: list[Yield]
    articles: int
    subjects: int


def of_topic(connection: sqlite3.Connection, topic: str, terms: Terms) -> Yields:
    """What the ``terms`` of a topic have brought by what is stored. Exceptions bring nothing and are left out."""
    found = {(each.group, each.term): each for each in _none_yet(terms)}
    articles = subjects = 0
    for row in connection.execute(OF_TOPIC, (topic,)):
        articles += 1
        subjects += row["is_subject"]
        for group, counts in json.loads(row["terms"]).items():
            for term, times in counts.items():
                if (each := found.get((group, term))) is None:
                    continue  # it is no longer in the file
                each.hits += times
                each.articles += 1
                each.alone += len(counts) == 1
                each.subjects += row["is_subject"]
                each.last = max(each.last or "", row["time"])
    return Yields(list(found.values()), articles, subjects)


def _none_yet(terms: Terms) -> Iterator[Yield]:
    for name, group in terms.by_name.items():
        for entry in group.entries:
            if not entry.term.exception:
                yield Yield(name, entry.term.written, _list_of(entry))


def _list_of(entry: Entry) -> str:
    return entry.language or ("weak" if entry.weak else "title" if entry.title_only else "any")
