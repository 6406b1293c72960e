"""Which articles are the same text: copies, cuts, excerpts and updates, found when an article is stored.

About thirty hashes of three-word shingles of each text are rows of ``fingerprints``; articles that share some with a
new one are compared in full (shape.py).

``place`` is called for each article that was stored. Nothing is kept in memory: what it needs it asks from the
caller's connection, inside the caller's transaction. That has to begin with BEGIN IMMEDIATE, or two processes that
both look before either has written would each store "the first" copy.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pipelines.dedupe.shape import SHORT, Shape, containment, content_hash, kind_of, same_text, same_title, shape_of

__all__ = ["Placed", "content_hash", "forget", "out_by", "place", "prune", "withdraw"]

LONGEST_POSTINGS = 16  # a shingle that more articles have is boilerplate
CANDIDATES = 5  # articles compared in full
MERGED = 0.6  # containment; a text so like two groups makes one of them
NOTHING_NEW = 0.9  # share of a copy's shingles that its original has: further copies will find the original
BLOCK_PAGE = 0.9  # containment
TOO_SHORT = 20  # words; "Photo: archive" is no text that anybody copied


class Placed(NamedTuple):
    """Where an article belongs: ``of`` is the original it repeats, None when it is an original itself."""

    of: int | None = None
    kind: str | None = None  # exact, copy, excerpt, update or partial
    score: float | None = None  # share of the shorter text that the longer has, 0..1
    regrouped: tuple[int, ...] = ()  # other articles whose original changed
    block_page: int | None = None  # the same outlet has this text under another title: probably a wall, no article


def out_by(published: str | None, fetched: str) -> str:
    """The latest moment an article can have appeared; a date alone says no more than that day's end."""
    if not published:
        return fetched
    return min(published if "T" in published else f"{published}T23:59:59Z", fetched or "9999")


_Postings = dict[int, list[int]]  # hash -> ids of articles


class _Row(NamedTuple):
    """What decides between articles of a group."""

    id: int
    original: int
    site: str
    title: str | None
    age: tuple[str, str, int]  # the least is the original


def place(connection: sqlite3.Connection, article_id: int) -> Placed:
    """Link a stored article to what it repeats and remember its fingerprints; again after its text has changed.

    Its row in ``articles`` has to be complete; ``duplicate_of``, ``duplicate_kind`` and ``duplicate_score`` are
    written here. ``duplicate_of`` is always the group's original: of all its articles the one that was out first.
    """
    if not connection.in_transaction:
        raise RuntimeError("dedupe.place needs a transaction that began with BEGIN IMMEDIATE")
    forget(connection, article_id)
    _link(connection, article_id, None)
    (article,) = _rows(connection, "id = ?", [article_id])
    shapes = _Shapes(connection)
    shape = shapes[article_id]
    if not shape.words:
        return Placed()
    same = _exact(connection, article, shapes)
    comparable = not same and len(shape.words) >= TOO_SHORT
    postings = _postings(connection, shape) if comparable else {}
    same = same or _near(connection, article, shapes, postings)
    copies = [other for other in same if not _is_block_page(article, other, shapes)]
    if comparable and (not same or (copies and _has_news(shape, shapes[copies[0].id]))):
        _remember(connection, article_id, shape, postings)
    sure = [c for c in copies if all(containment(shape, shapes[x.id]) >= MERGED for x in (c, copies[0]))]
    placed = _join(connection, article_id, {article_id, *(c.original for c in copies[:1] + sure)}, shapes)
    return placed._replace(block_page=same[0].id) if same and not copies else placed


def forget(connection: sqlite3.Connection, article_id: int) -> None:
    """Remove an article's fingerprints, so that nothing new is linked to it; its own links stay."""
    for (hashes,) in connection.execute("SELECT hashes FROM fingerprinted WHERE article_id = ?", [article_id]):
        rows = [(h, article_id) for h in array("i", hashes)]
        connection.executemany("DELETE FROM fingerprints WHERE hash = ? AND article_id = ?", rows)
        connection.execute("DELETE FROM fingerprinted WHERE article_id = ?", [article_id])


def prune(connection: sqlite3.Connection, before: str, limit: int = 1_000) -> int:
    """Forget articles fetched before a time, oldest rows first; how many, which is ``limit`` when more are left."""
    sql = """SELECT article_id, coalesce(fetched, '') FROM fingerprinted LEFT JOIN articles ON id = article_id
             ORDER BY article_id LIMIT ?"""
    old = [number for number, fetched in connection.execute(sql, [limit]) if fetched < before]
    for article_id in old:
        forget(connection, article_id)
    return len(old)


def withdraw(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of its group before it is deleted; the next oldest becomes the original."""
    forget(connection, article_id)
    _link(connection, article_id, None)
    copies = [row.id for row in _rows(connection, "duplicate_of = ?", [article_id])]
    for copy in copies:
        _link(connection, copy, None)
    if copies:
        _join(connection, copies[0], set(copies), _Shapes(connection))


class _Shapes(dict[int, Shape]):
    """Shapes of stored articles, read when they are first asked for."""

    def __init__(self, connection: sqlite3.Connection):
        super().__init__()
        self.connection = connection

    def __missing__(self, article_id: int) -> Shape:
        (text,) = self.connection.execute("SELECT text FROM articles WHERE id = ?", [article_id]).fetchone()
        self[article_id] = shape_of(text or "")
        return self[article_id]


def _rows(connection: sqlite3.Connection, where: str, values: Iterable[object]) -> list[_Row]:
    sql = f"SELECT id, duplicate_of, site, title, published, fetched FROM articles WHERE {where}"
    return [
        _Row(number, original or number, site or "", title, (out_by(published, fetched or ""), fetched or "", number))
        for number, original, site, title, published, fetched in connection.execute(sql, tuple(values))
    ]


def _exact(connection: sqlite3.Connection, article: _Row, shapes: _Shapes) -> list[_Row]:
    """The oldest article of the same words, if there is one."""
    shape = shapes[article.id]
    others = _rows(connection, "content_hash = ? AND id <> ? ORDER BY id LIMIT 16", [shape.hash, article.id])
    if len(shape.words) < TOO_SHORT:
        others = [other for other in others if same_title(article.title, other.title)]
    return sorted(others, key=lambda other: (_is_block_page(article, other, shapes), other.age))[:1]


def _near(connection: sqlite3.Connection, article: _Row, shapes: _Shapes, postings: _Postings) -> list[_Row]:
    """Articles made from the same text, one of each group: the likest first, those on block pages last."""
    shape = shapes[article.id]
    common = Counter(i for ids in postings.values() if len(ids) <= LONGEST_POSTINGS for i in ids)
    few = [i for i, n in common.items() if n == 1] if len(shape.shingles) >= SHORT else []
    if few:
        sql = f"SELECT article_id FROM fingerprinted WHERE shingles >= ? AND article_id IN ({_marks(few)})"
        for (article_id,) in connection.execute(sql, [SHORT, *few]):
            del common[article_id]
    likely = sorted(common, key=lambda i: (-common[i], i))[:CANDIDATES]
    rows = {row.id: row for row in _rows(connection, f"id IN ({_marks(likely)})", likely)} if likely else {}
    copies: dict[int, _Row] = {}  # by their original: when one of a group is known, its others need no reading
    walls: list[_Row] = []
    for other in (rows[i] for i in likely if i in rows):
        if other.original not in copies and same_text(shape, shapes[other.id]):
            if _is_block_page(article, other, shapes):
                walls.append(other)
            else:
                copies[other.original] = other
    return [*sorted(copies.values(), key=lambda c: (-containment(shape, shapes[c.id]), c.age)), *walls]


def _postings(connection: sqlite3.Connection, shape: Shape) -> _Postings:
    """Which articles have each fingerprint of a text."""
    postings: _Postings = {}
    sql = f"SELECT hash, article_id FROM fingerprints WHERE hash IN ({_marks(shape.fingerprints)})"
    for h, article_id in connection.execute(sql, shape.fingerprints):
        postings.setdefault(h, []).append(article_id)
    return postings


def _has_news(shape: Shape, other: Shape) -> bool:
    return len(shape.shingles & other.shingles) < NOTHING_NEW * len(shape.shingles)


def _is_block_page(article: _Row, other: _Row, shapes: _Shapes) -> bool:
    """Whether one outlet shows the same text under two headlines, as cookie walls and rate limits do."""
    return (
        article.site == other.site != ""
        and not same_title(article.title, other.title)
        and containment(shapes[article.id], shapes[other.id]) >= BLOCK_PAGE
    )


def _join(connection: sqlite3.Connection, article_id: int, joined: set[int], shapes: _Shapes) -> Placed:
    """Make one group of articles and all that point to them; what that is for ``article_id``."""
    heads = _rows(connection, f"id IN ({_marks(joined)}) OR duplicate_of = ?", [*joined, article_id])
    first = min(heads, key=lambda row: row.age)
    losers = [row.id for row in heads if row is not first]
    followers = _rows(connection, f"duplicate_of IN ({_marks(losers)})", losers) if losers else []
    moved = {row.id: row for row in (*heads, *followers) if row is not first}.values()
    _link(connection, first.id, None)
    placed = Placed()
    for row in moved:
        shape, original = shapes[row.id], shapes[first.id]
        link = first.id, kind_of(shape, original, row.site == first.site != ""), round(containment(shape, original), 4)
        _link(connection, row.id, link)
        if row.id == article_id:
            placed = Placed(*link)
    return placed._replace(
        regrouped=tuple(row.id for row in moved if row.id != article_id and row.original != first.id)
    )


def _link(connection: sqlite3.Connection, article_id: int, link: tuple[int, str, float] | None) -> None:
    connection.execute(
        "UPDATE articles SET duplicate_of = ?, duplicate_kind = ?, duplicate_score = ?"
        " WHERE id = ? AND (duplicate_of IS NOT NULL OR ?)",
        [*(link or (None, None, None)), article_id, link is not None],
    )


def _remember(connection: sqlite3.Connection, article_id: int, shape: Shape, postings: _Postings) -> None:
    """Write fingerprints, except those that so many articles have that nobody will look there."""
    kept = array("i", [h for h in shape.fingerprints if len(postings.get(h, ())) <= LONGEST_POSTINGS])
    connection.executemany("INSERT INTO fingerprints VALUES (?, ?)", [(h, article_id) for h in kept])
    values = [article_id, len(shape.shingles), kept.tobytes()]
    connection.execute("INSERT INTO fingerprinted (article_id, shingles, hashes) VALUES (?, ?, ?)", values)


def _marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)
