"""The search over time: articles a day, week or month, beside those of other searches."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from crawler.browse import plots
from crawler.browse.facets import address
from crawler.browse.page import count
from crawler.search.counts import Counts, between
from crawler.search.filters import Filters

MOST = 50_000  # articles of a search that are drawn
SERIES = 5
PERIODS = (("day", 62), ("week", 430))  # up to so many days
FACET = re.compile(r"(language|source|topic|agency|role)\s*[=:]\s*(.+)")


def chart(
    connection: sqlite3.Connection, wanted: Filters, total: int, chosen: Mapping[str, str], beside: str
) -> dict[str, Any] | None:
    """The plots and the table of a search and those ``beside`` it; None when there is nothing to draw.

    ``beside`` has up to four searches with semicolons between: words, or a facet such as ``language=es``. WrongQuery.
    """
    if not total:
        return None
    others = [part.strip() for part in beside.split(";") if part.strip()][: SERIES - 1]
    if total > MOST:
        return {"too_many": MOST, "beside": beside}
    named = [(_name(wanted), wanted), *((other, _other(wanted, other)) for other in others)]
    days = [Counts(connection, filters, "day", shares=False).total for _, filters in named]
    there = between([day for found in days for day in found], "day")
    period = next((name for name, most in PERIODS if len(there) <= most), "month")
    series = [{_period(day, period): 0 for day in found} for found in days]
    for found, numbers in zip(days, series, strict=True):
        for day, number in found.items():
            numbers[_period(day, period)] += number
    periods = between([when for numbers in series for when in numbers], period)
    most = max((number for numbers in series for number in numbers.values()), default=0)
    return {
        "period": period,
        "beside": beside,
        "begin": periods[0],
        "end": periods[-1],
        "series": [
            {"name": name, "total": sum(numbers.values()), "plot": _plot(name, numbers, periods, period, most)}
            for (name, _), numbers in zip(named, series, strict=True)
        ],
        "rows": [
            (when, address({**chosen, **_span(when, period)}), [numbers.get(when, 0) for numbers in series])
            for when in periods
        ],
    }


def _plot(name: str, numbers: Mapping[str, int], periods: list[str], period: str, most: int) -> Markup:
    counts = [numbers.get(when, 0) for when in periods]
    says = f"{name}: {count(sum(counts), 'article')}, at most {max(counts)} a {period}"
    return plots.bars(counts, says, height=48, top=most)


def _other(wanted: Filters, written: str) -> Filters:
    facet = FACET.fullmatch(written)
    changed: dict[str, Any] = {facet[1]: facet[2].strip()} if facet else {"words": written}
    return replace(wanted, **changed)


def _name(wanted: Filters) -> str:
    facets = (wanted.language, wanted.source, wanted.topic)
    return wanted.words or " ".join(filter(None, facets)) or "all articles"


def _period(day: str, period: str) -> str:
    if period == "month":
        return day[:7]
    at = date.fromisoformat(day)
    return (at - timedelta(days=at.weekday())).isoformat() if period == "week" else day


def _span(when: str, period: str) -> dict[str, str]:
    """The days of a period, as the search page has them."""
    first = date.fromisoformat(f"{when}-01"[:10])
    following = first + timedelta(days={"day": 1, "week": 7, "month": 32}[period])
    last = (following.replace(day=1) if period == "month" else following) - timedelta(days=1)
    return {"from": first.isoformat(), "to": last.isoformat()}
