"""The page of trends: articles a day by language, outlet and term, as small plots on one scale of time."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from crawler import clock
from crawler.browse import plots, queries
from crawler.browse.facets import address
from crawler.browse.page import Asked, Page, Site, count, language_name
from crawler.search.parser import WrongQuery, parse

PERIODS = (7, 30, 90, 365)  # days
USUAL = 30
NEARNESS = re.compile(r'"\s*~\d+\s*$')  # of a term
MOST = {"languages": 10, "outlets": 20, "terms": 30}  # rows of each list
SQL = (
    "select substr(coalesce(published, fetched), 1, 10) as day, language, count(*) as articles from articles"
    " where coalesce(published, fetched) >= :since group by 1, 2 order by 1 desc, 3 desc"
)


def trends(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The trends of the days and the topic that are asked for."""
    wanted = asked.query.get("days", "")
    period = int(wanted) if wanted in map(str, PERIODS) else USUAL
    topic = asked.query.get("topic")
    tomorrow = clock.now().replace(hour=0, minute=0, second=0) + timedelta(days=1)
    days = [clock.text(tomorrow - timedelta(days=ago))[:10] for ago in range(period, 0, -1)]
    several = len(queries.topics(connection)) > 1
    found = queries.trends(connection, days[0], clock.text(tomorrow)[:10], topic if several else None)
    per_day: Counter[str] = sum(found.languages.values(), Counter())
    counts = [per_day[day] for day in days]
    outlets = queries.source_names(connection)  # a site that a search service led to is no source
    link = {"from": days[0], "copies": "1", **({"topic": topic} if topic else {})}
    named = partial(language_name, reader=asked.reader)
    shown = {
        "period": period,
        "periods": [(length, _address(length, topic)) for length in PERIODS],
        "terms": f"/terms?{urlencode({'topic': topic})}" if topic else "/terms",
        "total": sum(counts),
        "plot": plots.bars(counts, f"Articles a day: at most {max(counts)}", height=72, top=4),
        "most": max(counts),
        "begin": days[0],
        "end": days[-1],
        "lists": [
            (
                "By language",
                "language",
                _rows(found.languages, days, MOST["languages"], lambda code: {"language": code}, link, named),
            ),
            (
                "By outlet",
                "outlet",
                _rows(
                    found.outlets,
                    days,
                    MOST["outlets"],
                    lambda name: {"source": name} if name in outlets else None,
                    link,
                ),
            ),
            ("By term", "term", _rows(found.terms, days, MOST["terms"], of_term, link)),
        ],
    }
    return Page("trends.html", "Trends", shown, topic=topic, sql=SQL, values={"since": days[0]})


def _address(days: int, topic: str | None) -> str:
    return f"/trends?{urlencode({'days': days} | ({'topic': topic} if topic else {}))}"


def _rows(
    found: dict[str, Counter[str]],
    days: list[str],
    most: int,
    search: Callable[[str], dict[str, str] | None],
    also: dict[str, str],
    named: Callable[[str], str] = str,
) -> list[dict[str, Any]]:
    """The greatest first, each with its plot and the address of the search for it, if there can be one."""
    best = sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))[:most]
    rows = []
    for key, per_day in best:
        counts = [per_day[day] for day in days]
        name = named(key)
        says = f"{name}: {count(sum(counts), 'article')}, at most {max(counts)} a day"
        asked = search(key)
        href = address({**also, **asked}) if asked else None
        plot = plots.bars(counts, says, top=2)
        rows.append({"name": name, "total": sum(counts), "plot": plot, "href": href})
    return rows


def of_term(written: str) -> dict[str, str] | None:
    """The search for ``group: term`` of a topic: its words, all of them, in any order; None when none can be meant.

    What stands beside them in a term, capitals and nearness, a search cannot ask for: it finds more.
    """
    term = written.partition(": ")[2].strip().removeprefix("=")
    near = NEARNESS.sub("", term)
    words = " ".join(near.replace('"', " ").split())
    query = words if "*" in words or near != term else f'"{words}"'
    try:
        parse(query)
    except WrongQuery:
        return None
    return {"q": query}
