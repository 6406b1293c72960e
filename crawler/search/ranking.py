"""How good each article is that a search has found: BM25, titles weighing more, raised for fresh articles.

What FTS5 counts for BM25 takes the longer the more articles have a word. Words that are in very many of them, or in
most, tell articles apart the least: these count by standing in a title alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from crawler import clock
from crawler.search.index import Index
from crawler.search.tree import Node, Term, terms

COMMON = 20_000  # articles; a word of more, or of half of them all, is common
WEIGHTS = "5.0, 1.0, 5.0, 1.0, 0.0"  # of title, text, their stems, facets
TITLE_BONUS, BASE = 0.5, 0.1  # for a common word in the title, and for any match; a rare word is worth about 5
FRESH, HALF_LIFE = 0.5, 30  # an article of today counts so much more; after so many days half of that

Value = tuple[float, str, int]  # the greater, the better; of equal ones the newest


def values(index: Index, wanted: Node, within: str, found: Mapping[int, str]) -> dict[int, Value]:
    """What each article of ``found`` (number -> when it was published or fetched) is worth.

    ``within`` is the full-text expression that found them.
    """
    common: list[Term] = []
    rare: list[Term] = []
    if not found:
        return {}
    limit = min(COMMON, _articles(index.connection) // 2)
    for term in dict.fromkeys(terms(wanted)):
        if term.prefix and not term.exact and index.beginning_with(term.words[0]) is None:
            continue  # the beginning of very many words, whose articles would all be read once more
        (common if _is_common(index, term.expression(index), limit) else rare).append(term)
    points = dict.fromkeys(found, BASE)
    for number, bm25 in _bm25(index, [_native(term, index) for term in rare], found):
        points[number] -= bm25  # the better, the more below zero
    for term in common:
        in_title = f"{replace(term, title=True).expression(index)} AND {within}"
        for number in _among(index, in_title, found):
            points[number] += TITLE_BONUS
    today = clock.now().date()
    fresh = {day: _freshness(day, today) for day in {newest[:10] for newest in found.values()}}
    return {number: (points[number] * fresh[newest[:10]], newest, number) for number, newest in found.items()}


def _articles(connection: sqlite3.Connection) -> int:
    """About how many articles there are."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0])


def _native(term: Term, index: Index) -> str:
    """As FTS5 counts it: the words of a beginning are one phrase."""
    return term.expression() if term.prefix else term.expression(index)


def _is_common(index: Index, expression: str, limit: int) -> bool:
    sql = f"{index.matching('1')} LIMIT 1 OFFSET :limit"
    return index.connection.execute(sql, {"expression": expression, "limit": limit}).fetchone() is not None


def _bm25(index: Index, expressions: list[str], found: Iterable[int]) -> Iterable[tuple[int, float]]:
    if not expressions:
        return ()
    return index.connection.execute(
        index.matching(f"rowid, bm25({{0}}, {WEIGHTS})", "+rowid IN (SELECT value FROM json_each(:found))"),
        {"expression": " OR ".join(expressions), "found": json.dumps(list(found))},
    )


def _among(index: Index, expression: str, found: Mapping[int, str]) -> Iterable[int]:
    """Those of ``found`` that match."""
    rows = index.connection.execute(
        index.matching(condition="rowid BETWEEN :first AND :last"),
        {"expression": expression, "first": min(found), "last": max(found)},
    )
    return (number for (number,) in rows if number in found)


def _freshness(day: str, today: date) -> float:
    """From 1 for an old article to 1 + FRESH for one of today."""
    try:
        age = max((today - date.fromisoformat(day)).days, 0)
    except ValueError:  # another program wrote what is no day
        return 1.0
    return 1 + FRESH * HALF_LIFE / (HALF_LIFE + age)
