"""The full-text index: what is written to it for an article, and what is looked for in it.

``article_words`` holds the folded words of an article and, in columns of their own, their stems; ``articles_fts``
indexes these. One more column has what searches filter by (language, source, agency, topics, day, month, year) as
words, so that FTS5 intersects words and filters by itself, however common each of them is.
"""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from crawler.search.stems import indexed

MOST_DAYS = 150  # facets that one span of days becomes at most


def add(
    connection: sqlite3.Connection, article_id: int, title: str, text: str, language: str, facets: str = ""
) -> None:
    """Make an article findable; comes before its row in ``articles``, whose triggers then leave it alone.

    Without ``facets`` (of an article that is new) they are filled in by those triggers, at twice the cost.
    """
    heading, body = indexed(title, language), indexed(text, language)
    connection.execute(
        "INSERT INTO article_words (id, facets, title, title_stems, text, text_stems) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, title_stems = excluded.title_stems,"
        " text = excluded.text, text_stems = excluded.text_stems",
        (article_id, facets, heading.words, heading.stems, body.words, body.stems),
    )


def facets(language: str, newest: str, topics: Iterable[str] = (), source: str = "", agency: str | None = None) -> str:
    """What an article can be filtered by, as the triggers write it; ``newest``: when it was published, or fetched."""
    named = [("source", source), ("agency", agency), *(("topic", topic) for topic in topics)]
    days = f"0day{newest[:10]} 0month{newest[:7]} 0year{newest[:4]}".replace("-", "")
    return " ".join(
        ["0article", f"0language0{language}", days, *(facet(kind, value) for kind, value in named if value)]
    )


def facet(kind: str, value: str) -> str:
    """One word for a value that may have spaces and letters of any script; no other word begins with its 0."""
    return f"0language0{value}" if kind == "language" else f"0{kind}0{value.encode(errors='replace').hex()}"


def days(first: date, last: date) -> list[str]:
    """The facets of all days from ``first`` to ``last``: years and months that are whole, and the days around them.

    None when there would be more than MOST_DAYS.
    """
    found: list[str] = []
    day = first.toordinal()
    while day <= last.toordinal() and len(found) <= MOST_DAYS:
        at = date.fromordinal(day)
        year_ends = date(at.year, 12, 31)
        month_ends = at.replace(day=monthrange(at.year, at.month)[1])
        if at.month == at.day == 1 and year_ends <= last:
            name, end = f"0year{at.year:04}", year_ends
        elif at.day == 1 and month_ends <= last:
            name, end = f"0month{at.year:04}{at.month:02}", month_ends
        else:
            name, end = f"0day{at.isoformat().replace('-', '')}", at
        found.append(name)
        day = end.toordinal() + 1
    return found if len(found) <= MOST_DAYS else []
