"""Which parts of a stored text are a form that others fill in, or a passage that several texts have: no news.

What an article is about stands in the rest of it; ``templates`` has these parts, for whoever asks what it reports.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from pipelines.dedupe.alignment import align
from pipelines.dedupe.rows import Articles, Row

SEVERAL = 2  # other texts that have a passage


def forget(connection: sqlite3.Connection, article_id: int) -> None:
    connection.execute("DELETE FROM templates WHERE article_id = ?", [article_id])


def note(articles: Articles, article: Row, others: Iterable[tuple[Row, str]]) -> list[int]:
    """Write down what of an article is a form or a passage of several, and for the others what it is in theirs.

    ``others`` are texts of the same form, or with a passage in common, and which of the two. Returned are those whose
    parts were not known.
    """
    common = [(row, kind, *_common(articles, article, row)) for row, kind in others]
    times = Counter(word for _, kind, mine, _ in common for word in mine if kind == "passage")
    several = {word for word, n in times.items() if n >= SEVERAL}
    parts = several.union(*(mine for _, kind, mine, _ in common if kind == "form"))
    _write(articles, article.id, parts)
    told = []
    for row, kind, mine, theirs in common:
        if (kind == "form" or 2 * len(mine & several) > len(mine)) and not _known(articles.connection, row.id):
            _write(articles, row.id, theirs)
            told.append(row.id)
    return told


def _common(articles: Articles, article: Row, other: Row) -> tuple[set[int], set[int]]:
    """Which words of either text stand in a run that both have."""
    mine = articles.shape(article.id)
    alignment = align(mine, articles.shape(other.id))
    shorter = {i for run in alignment.runs for i in range(run.shorter, run.shorter + run.words)}
    longer = set(alignment.shared)
    return (shorter, longer) if alignment.shorter is mine else (longer, shorter)


def _write(articles: Articles, article_id: int, words: set[int]) -> None:
    if not words:
        return
    spans = articles.shape(article_id).spans
    runs: list[list[int]] = []  # first and last word
    for word in sorted(words):
        if runs and word == runs[-1][1] + 1:
            runs[-1][1] = word
        elif word < len(spans):
            runs.append([word, word])
    rows = [(article_id, spans[first][0], spans[min(last, len(spans) - 1)][1]) for first, last in runs]
    articles.connection.executemany(
        'INSERT OR REPLACE INTO templates (article_id, "begin", "end") VALUES (?, ?, ?)', rows
    )


def _known(connection: sqlite3.Connection, article_id: int) -> bool:
    sql = "SELECT 1 FROM templates WHERE article_id = ? LIMIT 1"
    return connection.execute(sql, [article_id]).fetchone() is not None
