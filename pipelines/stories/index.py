"""What leads from an article to others on the same event: a few rare names and numbers, and vectors to compare.

Three tables: ``story_postings`` (term, hour, article_id) finds articles of a window that share a term,
``story_vectors`` holds what they are compared by, ``story_terms`` in how many articles each term is. They know the
articles of the last days only (``prune``); how much is read for one article has a limit, however many there are.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from pipelines.dedupe.index import PASSED
from pipelines.stories.embedding import Encoder
from pipelines.stories.likeness import ENOUGH, Vector, common_terms, likeness, term, vector
from pipelines.stories.names import script, traits

WINDOW = 48  # hours
INDEXED = 40  # terms of an article that lead to it, and that others are looked for with
READ = 1_500  # postings that are looked at for one article
FORM = 0.25  # of a text; with less of its own, an article is one form filled in again and no report of an event
CANDIDATES = 16  # articles that it is compared with
ARTICLES = 1 << 32  # stands among the terms for the number of articles; no term is so great


class Article(NamedTuple):
    id: int
    title: str
    text: str
    language: str
    original: int
    story: int | None
    hour: int
    site: str
    is_form: bool  # hardly anything in it is its own


class Near(NamedTuple):
    """A candidate and what it is to the article."""

    id: int
    story: int
    vector: Vector
    likeness: float


def article_of(connection: sqlite3.Connection, article_id: int) -> Article:
    sql = """SELECT title, text, language, duplicate_of, story_id, published, coalesce(appeared, published, fetched),
             site FROM articles WHERE id = ?"""
    title, text, language, original, story, published, appeared, site = connection.execute(sql, [article_id]).fetchone()
    news = _without_templates(connection, article_id, text or "")
    is_form = len(news) < FORM * len(text or "")
    hour = hour_of(when(published, appeared))
    return Article(article_id, title or "", news, language, original or article_id, story, hour, site or "", is_form)


def when(published: str | None, appeared: str) -> str:
    """When an article stands in the course of events: as it says, if that is the day on which it appeared."""
    return published if published and published[:10] == appeared[:10] else appeared


def _without_templates(connection: sqlite3.Connection, article_id: int, text: str) -> str:
    """A text without what it has from a form, or from a passage that several texts have."""
    sql = 'SELECT "begin", "end" FROM templates WHERE article_id = ? ORDER BY "begin" DESC'
    for begin, end in connection.execute(sql, [article_id]):
        text = f"{text[:begin]}\n{text[end:]}"
    return text


def hour_of(time: str) -> int:
    """Hours since 1970; a date alone is its noon."""
    moment = datetime.fromisoformat(time if "T" in time else f"{time}T12:00:00Z")
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) // 3600


def vector_of(connection: sqlite3.Connection, article: Article, encode: Encoder | None = None) -> Vector:
    found = traits(article.title, article.text)
    frequencies = _frequencies(connection, [*map(term, found), ARTICLES])
    sense = encode(article.title, article.text) if encode else None
    return vector(article.language, script(article.text), found, frequencies, frequencies.get(ARTICLES, 0), sense)


def nearest(connection: sqlite3.Connection, article: Article, mine: Vector) -> list[Near]:
    """Articles of the window that share rare names or numbers with an article, the likest first."""
    leading = _leading(mine)
    wanted = {number: leading[number] for number in _rarest(connection, leading)}
    sql = """SELECT article_id FROM json_each(?) AS wanted CROSS JOIN story_postings ON term = wanted.key
             WHERE hour BETWEEN ? AND ? GROUP BY article_id ORDER BY sum(wanted.value) DESC, article_id LIMIT ?"""
    values = (json.dumps(wanted), article.hour - WINDOW, article.hour + WINDOW, CANDIDATES)
    candidates = [article_id for (article_id,) in connection.execute(sql, values)]
    if not candidates:
        return []
    columns = "v.language, script, terms, weights, names, long_words, sense"
    sql = f"""SELECT article_id, story_id, {columns} FROM story_vectors v JOIN articles ON id = article_id
              WHERE article_id IN ({_marks(candidates)}) AND story_id IS NOT NULL"""
    near = []
    for article_id, story, language, letters, terms, weights, *rest in connection.execute(sql, candidates):
        other = Vector(language, letters, array("i", terms), array("H", weights), *rest)
        if len(common_terms(mine, other)) >= ENOUGH:
            near.append(Near(article_id, story, other, likeness(mine, other)))
    return sorted(near, key=lambda other: (-other.likeness, other.id))


def _leading(mine: Vector) -> dict[int, int]:
    """The weightiest terms that may lead to articles in other languages: half of them names, which reach furthest."""
    leading: dict[int, int] = {}
    for weights, size in ((mine.from_names.weights, INDEXED // 2), (mine.from_long_words.weights, INDEXED)):
        for number in sorted(weights.keys() - leading.keys(), key=lambda t: (-weights[t], t))[: size - len(leading)]:
            leading[number] = weights[number]
    return leading


def _rarest(connection: sqlite3.Connection, leading: Iterable[int]) -> list[int]:
    """The terms to look for: the rarest, as many as lead to READ articles at most."""
    frequencies = _frequencies(connection, leading)
    rarest, read = [], 0
    for number in sorted(frequencies, key=lambda t: (frequencies[t], t)):
        read += frequencies[number]
        if read > READ:
            break
        rarest.append(number)
    return rarest


def _frequencies(connection: sqlite3.Connection, terms: Iterable[int]) -> dict[int, int]:
    """How many of the remembered articles have each term; those that none has are absent."""
    cursor = connection.cursor()
    cursor.row_factory = None  # pairs
    sql = "SELECT term, articles FROM json_each(?) AS wanted CROSS JOIN story_terms ON term = wanted.value"
    return dict(cursor.execute(sql, (json.dumps(list(terms)),)))


def remember(connection: sqlite3.Connection, article: Article, mine: Vector) -> None:
    """Write what leads later articles to this one, which was forgotten: its weightiest names and numbers."""
    leading = array("i", _leading(mine))
    keys = [(t, article.hour, article.id) for t in sorted(leading)]
    connection.executemany("INSERT INTO story_postings (term, hour, article_id) VALUES (?, ?, ?)", keys)
    connection.executemany(
        "INSERT INTO story_terms (term, articles) VALUES (?, 1) ON CONFLICT DO UPDATE SET articles = articles + 1",
        [(t,) for t in sorted((*mine.terms, ARTICLES))],
    )
    blobs = mine.terms.tobytes(), mine.weights.tobytes(), leading.tobytes()
    connection.execute(
        "INSERT INTO story_vectors"
        " (article_id, hour, language, script, names, long_words, terms, weights, leading, sense)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [article.id, article.hour, mine.language, mine.script, mine.names, mine.long_words, *blobs, mine.sense],
    )


def forget(connection: sqlite3.Connection, article_id: int) -> None:
    """Remove what leads to an article, so that nothing new joins it; its story stays."""
    sql = "SELECT hour, terms, leading FROM story_vectors WHERE article_id = ?"
    for hour, terms, leading in connection.execute(sql, [article_id]).fetchall():
        keys = [(t, hour, article_id) for t in array("i", leading)]
        connection.executemany("DELETE FROM story_postings WHERE term = ? AND hour = ? AND article_id = ?", keys)
        counted = [(t,) for t in (*array("i", terms), ARTICLES)]
        connection.executemany("UPDATE story_terms SET articles = articles - 1 WHERE term = ?", counted)
        connection.executemany("DELETE FROM story_terms WHERE term = ? AND articles <= 0", counted)
        connection.execute("DELETE FROM story_vectors WHERE article_id = ?", [article_id])


def prune(connection: sqlite3.Connection, before: str, limit: int = 1_000) -> int:
    """Forget articles stored before a time, oldest rows first; how many, which is ``limit`` when more are left.

    Nothing is lost that a new article could join when the time is ten days ago.
    """
    sql = """SELECT article_id, coalesce(stored, fetched, '') FROM story_vectors LEFT JOIN articles ON id = article_id
             ORDER BY article_id LIMIT ?"""
    old = [article_id for article_id, stored in connection.execute(sql, [limit]) if stored < before]
    for article_id in old:
        forget(connection, article_id)
    return len(old)


def prune_passed(connection: sqlite3.Connection, position: str, days: float, limit: int = 1_000) -> int:
    """Forget articles that came from archives and were fetched more than ``days`` before or after ``position``."""
    passed = connection.execute(
        f"SELECT article_id FROM story_vectors {PASSED}", [days, position, days, limit]
    ).fetchall()
    for (article_id,) in passed:
        forget(connection, article_id)
    return len(passed)


def indexed(connection: sqlite3.Connection, story: int, hour: int, limit: int) -> int:
    """How many articles of a story stand in the window around an hour, ``limit`` at most."""
    sql = """SELECT count(*) FROM (SELECT 1 FROM articles JOIN story_vectors ON article_id = id
             WHERE story_id = ? AND hour BETWEEN ? AND ? LIMIT ?)"""
    return int(connection.execute(sql, [story, hour - WINDOW, hour + WINDOW, limit]).fetchone()[0])


def _marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)
