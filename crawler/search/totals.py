"""How many articles a search finds, exactly, and how they divide by language, source, agency, role and day.

Up to COUNTED matches each article is looked at. Of more, the total is still exact, for FTS5 counts it; how they divide
is told from a sample of SAMPLED, which is right to a share of ``within`` of the total in 19 of 20 cases.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from crawler.database.migrations.search_index import ROLE
from crawler.search.search import NEWEST_SHOWN, Search

COUNTED, SAMPLED = 50_000, 10_000
SPREAD = "rowid * 2654435761 % 4294967296"  # of a number: any, but always the same
OUTLETS = "SELECT name, min(outlet) FROM sources WHERE outlet IS NOT NULL GROUP BY name"
COLUMNS = ("language", "source", "agency")


class Totals(NamedTuple):
    """``counts``: kind (one of COLUMNS, role, day) -> value -> articles."""

    total: int
    counts: dict[str, Counter[str]]
    within: float = 0.0  # 0: exact


def totals(search: Search) -> Totals:
    """Of all that ``search`` finds."""
    few = f"SELECT count(*) FROM ({search.index.matching('1')} LIMIT :most)"
    values = {"expression": search.expression(search.filters.since), "most": COUNTED + 1}
    if search.connection.execute(few, values).fetchone()[0] <= COUNTED:
        shown = _shown(search)
        return Totals(len(shown), _divided(search, shown))
    total = _count(search)
    shown = _shown(search, f"{SPREAD} < {SAMPLED * 2**32 // max(total, 1)}")
    scale = total / max(len(shown), 1)
    counts = {
        kind: Counter({value: round(number * scale) for value, number in found.items()})
        for kind, found in _divided(search, shown).items()
    }
    return Totals(total, counts, max(len(shown), 1) ** -0.5)


def _shown(search: Search, which: str = "true") -> list[tuple[Any, ...]]:
    """Number, time and COLUMNS of each article that is shown; of the matching ones ``which`` are taken."""
    columns = ", ".join(f"shown.{column}" for column in COLUMNS)
    return list(map(tuple, search.connection.execute(*search.all_shown(f"shown.id, {NEWEST_SHOWN}, {columns}", which))))


def _divided(search: Search, shown: list[tuple[Any, ...]]) -> dict[str, Counter[str]]:
    counts = {kind: Counter(filter(None, (row[at] for row in shown))) for at, kind in enumerate(COLUMNS, 2)}
    outlets = dict(map(tuple, search.connection.execute(OUTLETS)))
    by_source, counts["source"] = counts["source"], Counter()
    for name, number in by_source.items():
        counts["source"][outlets.get(name, name)] += number
    counts["day"] = Counter(row[1][:10] for row in shown)
    roles = search.connection.execute(
        f"SELECT {ROLE} AS role, count(DISTINCT article_id) FROM json_each(:numbers) AS wanted"
        " CROSS JOIN matches INDEXED BY idx_matches_roles ON article_id = wanted.value"
        " WHERE :topic IS NULL OR topic = :topic GROUP BY 1",
        {"numbers": json.dumps([row[0] for row in shown]), "topic": search.filters.topic},
    )
    return counts | {"role": Counter(dict(map(tuple, roles)))}


def _is_open(search: Search) -> bool:
    """Whether a time is asked for that the index has no words for."""
    filters = search.filters
    return bool(filters.since or filters.until) and not search.days(filters.since)


def _count(search: Search) -> int:
    """How many articles are shown, without looking at each where the index can count them."""
    filters = search.filters
    timed = any(len(time or "") > 10 for time in (filters.since, filters.until))
    if timed or filters.min_score or not search.index.is_whole or _is_open(search):
        sql, values = search.all_shown("shown.id")
        return int(search.connection.execute(f"SELECT count(*) FROM ({sql})", values).fetchone()[0])
    found = search.expression(filters.since)
    if filters.copies or search.wanted is None:
        sql = f"SELECT count(*) FROM ({search.index.matching('1')})"
        return int(search.connection.execute(sql, {"expression": found}).fetchone()[0])
    originals = f'{found} AND facets : "0original"'
    of_copies, values = search.all_shown("shown.id")
    # What only a copy has: most originals match themselves, which one list tells
    sql = (
        f"SELECT (SELECT count(*) FROM ({search.index.matching('1').replace(':expression', ':originals')}))"
        f" + (SELECT count(*) FROM ({of_copies} AND articles.duplicate_of NOT IN"
        f" ({search.index.matching().replace(':expression', ':originals')})))"
    )
    copies = {"expression": f'{found} AND facets : "0copy"', "originals": originals}
    return int(search.connection.execute(sql, values | copies).fetchone()[0])
