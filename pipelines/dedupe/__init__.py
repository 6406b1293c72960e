"""Which articles are the same text, and which contain each other or share a passage, found when one is stored.

``articles.duplicate_of`` links what is the same text: copies, cuts, growth and corrections. A row of ``passages`` says
that one text contains another, or shares a passage with it, and hides nothing. What two texts are says relation.py.

``place`` is called for each article that was stored. Nothing is kept in memory: what it needs it asks from the
caller's connection, inside the caller's transaction. That has to begin with BEGIN IMMEDIATE, or two processes that
both look before either has written would each store "the first" copy.
"""

from __future__ import annotations

import sqlite3
from itertools import combinations
from typing import NamedTuple

from pipelines.dedupe import groups, passages, templates
from pipelines.dedupe.index import (
    REMEMBERED,
    Candidate,
    Index,
    forget,
    is_remembered,
    look_up,
    prune,
    prune_passed,
    remember,
)
from pipelines.dedupe.relation import NEARLY_ALL, Relation
from pipelines.dedupe.rows import Articles, Row, out_by
from pipelines.dedupe.shape import Shape, content_hash, resemblance, same_title

__all__ = ["Placed", "content_hash", "forget", "out_by", "place", "prune", "prune_passed", "withdraw"]

MEMBERS = 16  # articles of a group that are looked at one by one
NOTHING_NEW = 0.9  # share of a copy's shingles that its original has: further copies will find the original
TOO_SHORT = 10  # words; "Photo: archive" is no text that anybody copied, unless the headline is the same
WALL, WALL_WORDS, WALL_TITLES = 0.9, 150, 3  # resemblance of texts so short at one outlet under so many headlines


class Placed(NamedTuple):
    """Where an article belongs: ``of`` is the original it repeats, None when it is an original itself."""

    of: int | None = None
    kind: str | None = None  # exact, copy, excerpt or update
    score: float | None = None  # share of the shorter text that the longer has, 0..1
    regrouped: tuple[int, ...] = ()  # other articles whose original changed, or that turned out to hold others' text
    block_page: int | None = None  # the same outlet has this text under other titles: probably a wall, no article


def place(connection: sqlite3.Connection, article_id: int) -> Placed:
    """Link a stored article to what it repeats and remember its fingerprints; again after its text has changed.

    Its row in ``articles`` has to be complete; ``duplicate_of``, ``duplicate_kind``, ``duplicate_score`` and
    ``appeared`` are written here. ``duplicate_of`` is always an original: of its group the article that appeared first.
    """
    if not connection.in_transaction:
        raise RuntimeError("dedupe.place needs a transaction that began with BEGIN IMMEDIATE")
    articles = Articles(connection)
    forget(connection, article_id)
    templates.forget(connection, article_id)
    partners = passages.remove(connection, article_id)
    (article,) = articles.rows("id = ?", [article_id])
    article = article._replace(original=article_id, appeared=article.dated)
    followers = articles.rows("duplicate_of = ?", [article_id])
    groups.link(articles, article, None)
    groups.date(articles, article)
    shape = articles.shape(article_id)
    wall: list[Row] = []
    looked_up: dict[int, Index] = {}
    found: list[tuple[Row, Relation]] = []
    moved: list[int] = []
    if shape.words:
        exact = _exact(articles, article)
        found, moved = _related(articles, article, exact, partners, looked_up)
        wall = _wall(articles, article, [*exact, *(row for row, _ in found)])
        if wall:
            found = []
            moved += _apart(articles, wall)
    moved += _settle(articles, article, found, followers)
    _remember(articles, [article_id, *moved], looked_up)
    sql = "SELECT duplicate_of, duplicate_kind, duplicate_score FROM articles WHERE id = ?"
    of, kind, score = connection.execute(sql, [article_id]).fetchone()
    regrouped = tuple(dict.fromkeys(number for number in moved if number != article_id))
    return Placed(of, kind, score, regrouped, wall[0].id if wall else None)


def withdraw(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of its group before it is deleted; the next oldest becomes the original."""
    articles = Articles(connection)
    forget(connection, article_id)
    passages.remove(connection, article_id)
    templates.forget(connection, article_id)
    followers = articles.rows("duplicate_of = ?", [article_id])
    groups.link(articles, articles.rows("id = ?", [article_id])[0], None)
    _remember(articles, groups.regroup(articles, followers), {})


def _remember(articles: Articles, numbers: list[int], looked_up: dict[int, Index]) -> None:
    """See to it that originals are found, and copies that have something new, a few of each group."""
    for row in articles.numbered(list(dict.fromkeys(numbers))):
        shape = articles.shape(row.id)
        if len(shape.words) < TOO_SHORT or is_remembered(articles.connection, row.id):
            continue
        if row.original != row.id and not _has_news(shape, articles.shape(row.original)):
            continue
        index = looked_up.get(row.id) or look_up(articles.connection, shape)
        known = sum(candidate.known for candidate in index.candidates if candidate.original == row.original)
        if known < (REMEMBERED if row.original != row.id else MEMBERS):
            remember(articles.connection, row.id, shape, index.common)


def _exact(articles: Articles, article: Row) -> list[Row]:
    """Articles of the same words, some of the oldest."""
    same = articles.rows("content_hash = ? AND id <> ? ORDER BY id LIMIT 16", [article.hash, article.id])
    if len(articles.shape(article.id).words) < TOO_SHORT:
        return [other for other in same if same_title(article.title, other.title)]
    return same


def _related(
    articles: Articles, article: Row, exact: list[Row], partners: list[int], looked_up: dict[int, Index]
) -> tuple[list[tuple[Row, Relation]], list[int]]:
    """Originals that are the same text, and articles that were regrouped because one turned out to be a container.

    What contains the article or shares a passage with it is written down. An exact copy needs no look at others.
    """
    if exact:
        (original,) = articles.numbered([min(exact, key=lambda row: row.age).original])
        found = articles.relation(article, original)
        if found and found.kind == "same":
            return [(original, found)], []
    shape = articles.shape(article.id)
    if len(shape.words) < TOO_SHORT:
        return [], []
    index = looked_up[article.id] = look_up(articles.connection, shape)
    known = {candidate.original for candidate in index.candidates}
    former = [row for row in articles.numbered(partners) if row.original not in known]
    candidates = [*index.candidates, *(Candidate(row.original, row.id, 0) for row in former)]
    rows = {row.id: row for row in articles.numbered([n for c in candidates for n in {c.original, c.likest}])}
    same: list[Row] = []
    parts: dict[int, Row] = {}  # what contains the article or is contained in it
    common: dict[int, tuple[Row, str]] = {}  # of the same form, or with a passage in common
    for candidate in candidates:
        for number in dict.fromkeys((candidate.original, candidate.likest)):
            kind = _compare(articles, article, rows[number])
            if kind == "same":
                same.append(rows[number])
                break
            if kind == "contains":
                parts[number] = rows[number]
            elif kind:
                common.setdefault(candidate.original, (rows[number], kind))
    for group in {row.original for row in parts.values()}:
        for row in groups.members(articles, {group})[:MEMBERS]:
            if row.id not in parts and row not in same and _compare(articles, article, row) == "contains":
                parts[row.id] = row
    moved = _take_apart(articles, article, same, [*parts.values()])
    moved += templates.note(articles, article, common.values())
    return _originals(articles, article, same), moved


def _compare(articles: Articles, article: Row, other: Row) -> str | None:
    """What an article is to another; if not the same text, it is written down."""
    found = articles.relation(article, other)
    if found and found.kind != "same":
        groups.keep(articles, article, other, found)
    return found.kind if found else None


def _originals(articles: Articles, article: Row, same: list[Row]) -> list[tuple[Row, Relation]]:
    """The originals that an article is the same text as, or kindred to when it is the same as one of their group."""
    now = articles.numbered([row.id for row in same])
    found: dict[int, tuple[Row, Relation]] = {}
    for original in articles.numbered(sorted({row.original for row in now})):
        relation = articles.kindred(article, original)
        if relation and relation.kind == "same":
            found[original.id] = original, relation
    return [*found.values()]


def _take_apart(articles: Articles, article: Row, same: list[Row], parts: list[Row]) -> list[int]:
    """Undo links to texts that turned out to contain several others; whose original changed."""
    if not same and not parts:
        return []
    moved: list[int] = []
    size = len(articles.shape(article.id).words)
    longer = [row for row in (*parts, *same) if len(articles.shape(row.id).words) > size]
    for container in (article, *longer):
        if articles.is_container(container.id):
            continue
        small = _small_in(articles, container, article, same)
        for row, found in small:
            groups.keep(articles, container, row, found)
        del articles.containers[container.id]
        if articles.is_container(container.id):
            moved.append(container.id)
            continue
        for row, _ in small:
            passages.between(articles.connection, container.id, row.id)
    originals = {row.original for row in articles.numbered([r.id for r in longer if articles.is_container(r.id)])}
    for original in originals:
        moved += groups.regroup(articles, groups.members(articles, {original}))
    return moved


def _small_in(articles: Articles, container: Row, article: Row, same: list[Row]) -> list[tuple[Row, Relation]]:
    """Texts that count as the same as a longer one although they cover little of it."""
    if container.id == article.id:
        others = same
    else:
        others = [row for row in groups.members(articles, {container.original})[:MEMBERS] if row.id != container.id]
        others += [article] if container in same else []
    size = len(articles.shape(container.id).words)
    found = [(row, articles.relation(container, row)) for row in others if 0 < len(articles.shape(row.id).words) < size]
    return [(row, r._replace(kind="contains")) for row, r in found if r and r.kind == "same" and r.covered < NEARLY_ALL]


def _settle(articles: Articles, article: Row, same: list[tuple[Row, Relation]], followers: list[Row]) -> list[int]:
    """Link an article to its original, or make it the original of what was there; whose original changed."""
    if not same and not followers:
        return []
    best = max(same, key=lambda pair: pair[1].share, default=None)
    later = [row for row, _ in same if row.age > article.age]
    doubtful = [row for row, _ in same if row.late or article.late]
    joins = any(articles.kindred(a, b) for (a, _), (b, _) in combinations(same, 2))
    if best and not (followers or later or doubtful or joins):
        groups.link(articles, article, groups.link_to(articles, article, *best))
        return []
    rows = groups.members(articles, {article.id, *(row.id for row, _ in same)})
    return groups.regroup(articles, [article, *followers, *(row for row in rows if row.id != article.id)])


def _has_news(shape: Shape, other: Shape) -> bool:
    return len(shape.shingles & other.shingles) < NOTHING_NEW * len(shape.shingles)


def _wall(articles: Articles, article: Row, same: list[Row]) -> list[Row]:
    """Articles of one outlet with the same few words as this one, when they have many unlike headlines.

    Cookie walls and rate limits are stored so; a changed headline, or a text that grows, is none.
    """
    shape = articles.shape(article.id)
    if not same or not article.publisher or len(shape.words) > WALL_WORDS:
        return []
    rows = {row.id: row for row in (*same, *groups.members(articles, {row.original for row in same})[:16])}
    alike = [
        row
        for row in rows.values()
        if row.publisher == article.publisher
        and row.id != article.id
        and (row.hash == article.hash or resemblance(shape, articles.shape(row.id)) >= WALL)
    ]
    titles = [article.title]
    for row in alike:
        if not any(same_title(row.title, title) for title in titles):
            titles.append(row.title)
    return alike if len(titles) >= WALL_TITLES else []


def _apart(articles: Articles, rows: list[Row]) -> list[int]:
    """Take the articles of a wall out of their groups; which of them had been linked."""
    linked = [row for row in rows if row.original != row.id]
    for row in linked:
        groups.link(articles, row, None)
    return [row.id for row in linked]
