"""Groups of articles that are the same text: one is the original, each of the others is linked to it.

Every link is true on its own: an article is linked only to an original that it is the same text as, never through a
third one. Of a group's articles the one that appeared first is the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from pipelines.dedupe import passages
from pipelines.dedupe.index import marks
from pipelines.dedupe.relation import Relation, kind_of
from pipelines.dedupe.rows import Articles, Row, credible

SUPPORTERS = 12  # articles of a group that may be the third, the earliest


class Link(NamedTuple):
    of: int
    kind: str
    score: float


def members(articles: Articles, originals: Iterable[int]) -> list[Row]:
    """All articles of the groups of those originals."""
    heads = sorted(originals)
    return articles.rows(f"id IN ({marks(heads)}) OR duplicate_of IN ({marks(heads)})", [*heads, *heads])


def regroup(articles: Articles, rows: Iterable[Row]) -> list[int]:
    """Make groups of articles that are related, whatever groups they were in; which of them have another original now.

    They are taken in the order in which they appeared: each joins the original that it is likest to, of those that it
    is the same text as, or becomes an original itself.
    """
    known = {row.id: row for row in rows}
    dated = sorted(
        (row._replace(appeared=credible(row, known.values())) for row in known.values()), key=attrgetter("age")
    )
    originals: list[Row] = []
    judged: dict[tuple[str, int, str], tuple[Row, Relation] | None] = {}  # copies of the same words are judged once
    moved = []
    for row in dated:
        key = (row.hash, len(originals), row.publisher)
        if not row.hash or key not in judged:
            judged[key] = likest(articles, row, originals) or supported(articles, row, originals, dated)
        found = judged[key]
        if found is None:
            originals.append(row)
            link(articles, row, None)
        else:
            link(articles, row, link_to(articles, row, *found))
        if row.appeared != known[row.id].appeared:
            date(articles, row)
        if (found[0].id if found else row.id) != row.original:
            moved.append(row.id)
    return moved


def likest(articles: Articles, row: Row, originals: Iterable[Row]) -> tuple[Row, Relation] | None:
    """The original that an article is the same text as, the likest if there are several; others contain it or share."""
    best: tuple[Row, Relation] | None = None
    for original in originals:
        found = articles.relation(row, original)
        if found is None:
            continue
        if found.kind != "same":
            keep(articles, row, original, found)
        elif best is None or found.share > best[1].share:
            best = original, found
    return best


def supported(
    articles: Articles, row: Row, originals: Sequence[Row], others: Sequence[Row]
) -> tuple[Row, Relation] | None:
    """The original that an article is kindred to, when one of the others is the same text as both."""
    for original in originals:
        found = articles.kindred(row, original)
        if (
            found
            and found.kind == "same"
            and any(
                same_text(articles, third, original) and same_text(articles, third, row)
                for third in others[:SUPPORTERS]
                if third.id not in (row.id, original.id)
            )
        ):
            return original, found
    return None


def same_text(articles: Articles, a: Row, b: Row) -> bool:
    found = articles.relation(a, b)
    return bool(found and found.kind == "same")


def keep(articles: Articles, a: Row, b: Row, found: Relation) -> None:
    """Write down that one article contains another, or that they share a passage."""
    if found.kind == "form":
        return
    passages.write(articles.connection, (a.id, articles.shape(a.id)), (b.id, articles.shape(b.id)), found)


def link_to(articles: Articles, row: Row, original: Row, found: Relation) -> Link:
    passages.between(articles.connection, row.id, original.id)
    kind = kind_of(articles.shape(row.id), articles.shape(original.id), row.publisher == original.publisher != "")
    return Link(original.id, kind, found.share)


def link(articles: Articles, row: Row, to: Link | None) -> None:
    articles.connection.execute(
        "UPDATE articles SET duplicate_of = ?, duplicate_kind = ?, duplicate_score = ?"
        " WHERE id = ? AND (duplicate_of IS NOT NULL OR ?)",
        [*(to or (None, None, None)), row.id, to is not None],
    )


def date(articles: Articles, row: Row) -> None:
    articles.connection.execute("UPDATE articles SET appeared = ? WHERE id = ?", [row.appeared, row.id])
