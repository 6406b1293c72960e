"""Which articles report the same event, across outlets and languages, found when an article is stored.

``assign`` is called for each article after ``dedupe.place``, inside the caller's transaction. It compares the article
with others that were published within two days of it: no text tells two events with the same actors apart, their dates
do. Which ones to look at say the rarest names and numbers that they share (``story_postings``); each is compared by
``likeness`` with the vector in ``story_vectors``. Nothing is kept in memory.

An article joins the story whose articles, the ten likest of them, are on average like it. When one is like two
stories, and these are like each other now that it stands between them, they become one. A story reaches over five
days at most, or a conflict of months would end as one. Copies of an article count once: the original speaks for them.
What is made of several articles, or of a form that is filled in day by day, reports no event: it stands alone. A copy
that comes when the story is over has a story of its own time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from crawler.database.queries import OUTLET
from crawler.urls import publisher
from pipelines.dedupe.passages import is_container
from pipelines.stories.embedding import Encoder
from pipelines.stories.index import (
    Article,
    Near,
    article_of,
    forget,
    hour_of,
    indexed,
    nearest,
    prune,
    prune_passed,
    remember,
    vector_of,
    when,
)
from pipelines.stories.likeness import RELATED, STORY, Vector, likeness, term
from pipelines.stories.names import traits

__all__ = ["Assigned", "Common", "assign", "forget", "prune", "prune_passed", "why", "withdraw"]

SPAN = 120  # hours from the first to the last article of a story
DECIDING = 10  # articles of a story that decide
SHOWN = 12  # names and numbers that ``why`` gives


class Assigned(NamedTuple):
    """The story of an article."""

    story_id: int
    is_new: bool = False  # nothing was like it
    likeness: float | None = None  # to the likest article of its story; None when it came as a copy or is alone
    related: tuple[int, ...] = ()  # other stories that are like it, the likest first
    merged: tuple[int, ...] = ()  # stories that became part of this one and are no more


class Common(NamedTuple):
    """A name, number or long word that two articles share, as each of them writes it."""

    first: str
    second: str
    weight: float  # share of all that they have in common, 0..1


def assign(connection: sqlite3.Connection, article_id: int, encode: Encoder | None = None) -> Assigned:
    """Find the story of a stored article and remember its traits; again after its text or its group has changed.

    Its row in ``articles`` has to be complete and placed among its duplicates; ``story_id`` is written here, and so are
    the rows of ``stories``. ``encode`` makes sentence embeddings (pipelines/stories/embedding.py).
    """
    if not connection.in_transaction:
        raise RuntimeError("stories.assign needs a transaction that began with BEGIN IMMEDIATE")
    article = article_of(connection, article_id)
    forget(connection, article_id)
    story = _story_of_group(connection, article)
    if story is None and (article.is_form or is_container(connection, article_id)):
        story = _own_story(connection, article)
        assigned = Assigned(story, is_new=True)
        _join(connection, article, story)
    elif story is None:
        assigned = _join_likest(connection, article, encode)
    else:
        assigned = Assigned(story)
        _join(connection, article, story)
        if article.original == article_id:
            remember(connection, article, vector_of(connection, article, encode))
    if article.story not in (None, assigned.story_id):
        _refresh(connection, article.story)
    return assigned


def why(connection: sqlite3.Connection, first_id: int, second_id: int) -> list[Common]:
    """The names, numbers and long words that join two articles, the most telling first."""
    articles = [article_of(connection, number) for number in (first_id, second_id)]
    first, second = (traits(article.title, article.text) for article in articles)
    a, b = (vector_of(connection, article).from_long_words.weights for article in articles)
    weights = {key: a.get(term(key), 0) * b.get(term(key), 0) for key in first.keys() & second.keys()}
    total = sum(weights.values()) or 1.0
    best = sorted(filter(weights.get, weights), key=lambda key: (-weights[key], key))[:SHOWN]
    return [Common(first[key].written, second[key].written, round(weights[key] / total, 4)) for key in best]


def withdraw(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of its story before it is deleted; a story without articles goes."""
    forget(connection, article_id)
    story = article_of(connection, article_id).story
    _move(connection, None, [article_id])
    if story is not None:
        _refresh(connection, story)


def _story_of_group(connection: sqlite3.Connection, article: Article) -> int | None:
    """The story of an article's original, or of the copies that an original has; None if none is of its time."""
    if article.original == article.id:
        sql = "SELECT story_id FROM articles WHERE duplicate_of = ? AND story_id IS NOT NULL ORDER BY appeared LIMIT 1"
    else:
        sql = "SELECT story_id FROM articles WHERE id = ? AND story_id IS NOT NULL"
    found = connection.execute(sql, [article.original]).fetchone()
    if found is None:
        return None
    begin, end = _span(connection, found[0])
    return found[0] if max(end, article.hour) - min(begin, article.hour) < SPAN else None


def _join(connection: sqlite3.Connection, article: Article, story: int) -> None:
    """Put an article into a story. A copy that comes to it is counted without a look at the others."""
    if article.story == story:
        return
    if article.story is None and article.original != article.id:
        here = connection.execute("SELECT languages FROM stories WHERE id = ?", [story]).fetchone()[0]
        languages = sorted({*json.loads(here or "[]"), article.language})
        sites = {article.site, publisher(article.site)}
        sql = f"SELECT 1 FROM articles WHERE story_id = ? AND site IN ({','.join('?' * len(sites))}) LIMIT 1"
        known = connection.execute(sql, [story, *sites]).fetchone() or _has_outlet(connection, article, story)
        connection.execute(
            "UPDATE stories SET articles = articles + 1, outlets = outlets + ?, languages = ? WHERE id = ?",
            [not known, json.dumps(languages), story],
        )
        _move(connection, story, [article.id])
        return
    _move(connection, story, [article.id])
    _refresh(connection, story)


def _has_outlet(connection: sqlite3.Connection, article: Article, story: int) -> bool:
    """Whether another source of the article's outlet, if the seeds file names one, has a report in the story."""
    outlet = connection.execute(f"SELECT {OUTLET} FROM articles WHERE id = ?", [article.id]).fetchone()[0]
    sql = "SELECT 1 FROM articles WHERE story_id = ? AND source IN (SELECT name FROM sources WHERE outlet = ?) LIMIT 1"
    return outlet is not None and connection.execute(sql, [story, outlet]).fetchone() is not None


def _join_likest(connection: sqlite3.Connection, article: Article, encode: Encoder | None) -> Assigned:
    """Put an article into the stories that it is like, which become one, or into one of its own."""
    mine = vector_of(connection, article, encode)
    near = nearest(connection, article, mine)
    stories: dict[int, list[Near]] = {}
    for other in near:  # the likest first
        stories.setdefault(other.story, []).append(other)
    joined = _joined(connection, article, mine, stories)
    if joined:
        story = min(joined)
        for other_story in joined:
            if other_story != story:
                connection.execute("UPDATE articles SET story_id = ? WHERE story_id = ?", [story, other_story])
                _refresh(connection, other_story)
    else:
        story = _own_story(connection, article)
    _move(connection, story, [article.id])
    _refresh(connection, story)
    remember(connection, article, mine)
    related = [s for s, others in stories.items() if s not in joined and others[0].likeness >= RELATED]
    likest = max((stories[s][0].likeness for s in joined), default=None)
    return Assigned(story, not joined, likest, tuple(related), tuple(sorted({*joined} - {story})))


def _joined(
    connection: sqlite3.Connection, article: Article, mine: Vector, stories: dict[int, list[Near]]
) -> list[int]:
    """The stories that are one with the article: each is, on average, like it and those joined before."""
    joined: list[int] = []
    members = [mine]
    first = last = article.hour
    for story, others in stories.items():
        if others[0].likeness < STORY:
            break
        begin, end = _span(connection, story)
        if max(last, end) - min(first, begin) >= SPAN:
            continue
        deciding = [other.vector for other in others[:DECIDING]]
        pairs = min(DECIDING, indexed(connection, story, article.hour, DECIDING)) * len(members)
        if sum(likeness(a, b) for a in members for b in deciding) >= STORY * pairs:
            joined.append(story)
            members += deciding
            first, last = min(first, begin), max(last, end)
    return joined


def _span(connection: sqlite3.Connection, story: int) -> tuple[int, int]:
    first, last = connection.execute("SELECT first_seen, last_seen FROM stories WHERE id = ?", [story]).fetchone()
    return hour_of(first), hour_of(last)


def _own_story(connection: sqlite3.Connection, article: Article) -> int:
    """A story for an article alone: the one that it had to itself, or a new one."""
    if article.story is not None:
        sql = "SELECT 1 FROM articles WHERE story_id = ? AND id <> ? LIMIT 1"
        if not connection.execute(sql, [article.story, article.id]).fetchone():
            return article.story
    number = connection.execute("INSERT INTO stories (title) VALUES (NULL)").lastrowid
    assert number
    return number


def _move(connection: sqlite3.Connection, story: int | None, articles: Sequence[int]) -> None:
    connection.executemany("UPDATE articles SET story_id = ? WHERE id = ?", [(story, number) for number in articles])


def _refresh(connection: sqlite3.Connection, story: int) -> None:
    """Bring the row of a story up to date; without articles it is deleted.

    Its times and its title are those of its originals: a copy of last year's report does not make it last a year.
    """
    sql = f"""SELECT id, duplicate_of, published, coalesce(appeared, published, fetched), site, language,
             {OUTLET} FROM articles WHERE story_id = ?"""
    rows = connection.execute(sql, [story]).fetchall()
    if not rows:
        connection.execute("DELETE FROM stories WHERE id = ?", [story])
        return
    originals = [row for row in rows if row[1] is None] or rows
    first = min(originals, key=lambda row: (row[3], row[0]))[0]
    times = [when(row[2], row[3]) for row in originals]
    connection.execute(
        """UPDATE stories SET title = (SELECT title FROM articles WHERE id = ?), first_seen = ?, last_seen = ?,
           articles = ?, outlets = ?, languages = ? WHERE id = ?""",
        [
            first,
            min(times),
            max(times),
            len(rows),
            len({row[6] or publisher(row[4] or "") for row in rows}),
            json.dumps(sorted({row[5] for row in rows})),
            story,
        ],
    )
