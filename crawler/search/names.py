"""Names of topics and sources that a database has, for those that it has not."""

from __future__ import annotations

import sqlite3

from crawler.command import meant
from crawler.search.filters import Filters
from crawler.search.finding import unknown

NAMES = {
    "topic": "SELECT topic FROM sources UNION SELECT topic FROM runs WHERE topic IS NOT NULL",
    "source": "SELECT name FROM sources UNION SELECT outlet FROM sources WHERE outlet IS NOT NULL",
}


def likely(connection: sqlite3.Connection, facet: str, name: str) -> str:
    """``did you mean "..."? `` when there is a topic or source (``facet``) called like ``name``, else nothing."""
    return meant(name, [row[0] for row in connection.execute(NAMES[facet])]) if facet in NAMES else ""


def in_none(connection: sqlite3.Connection, filters: Filters) -> str:
    """That no article has a topic, a source ... that ``filters`` ask for, and what may be meant; else nothing."""
    asked = []
    for facet in unknown(connection, filters):
        name = getattr(filters, facet)
        there = likely(connection, facet, name).rstrip()
        asked.append(f'{facet} "{name}"{f" ({there})" if there else ""}')
    return f"none at all has the {' and '.join(asked)}" if asked else ""
