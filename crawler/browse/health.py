"""The page of the sources: which one needs a look, and whether each brings what it used to."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from crawler import clock
from crawler.browse import plots
from crawler.browse.page import Asked, Page, Site, web_address
from crawler.browse.queries import new_by_day, topics
from crawler.database import queries

DAYS = 14
SQL = (
    "select topic, name, state, reason, last_ok, last_new, expected_rate, failures, interval, due, url from sources"
    " order by state, name"
)


def sources(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """Every source of the topic that is asked for, or of all."""
    topic, state, name = (asked.query.get(key) for key in ("topic", "state", "name"))
    within = {key: value for key in ("topic", "name") if (value := asked.query.get(key))}
    today = clock.now().replace(hour=0, minute=0, second=0)
    since = today - timedelta(days=DAYS - 1)
    visits = new_by_day(connection, clock.text(since))
    days = [clock.text(since + timedelta(days=day))[:10] for day in range(DAYS)]
    rows = [_source(row, [visits[row["name"]][day] for day in days]) for row in queries.sources(connection, topic)]
    states = Counter(row["row"]["state"] for row in rows)
    in_all = len(rows)
    rows = [row for row in rows if (not state or row["row"]["state"] == state) and _is_called(row["row"], name)]
    shown = {
        "states": [
            (said, number, f"/sources?{urlencode({**within, 'state': said} if said != state else within)}")
            for said, number in states.most_common()
        ],
        "state": state,
        "name": name,
        "in_all": in_all,
        "sources": [row for row in rows if row["row"]["state"] != "disabled"],
        "disabled": [row for row in rows if row["row"]["state"] == "disabled"],
        "several": topic is None and len(topics(connection)) > 1,
        "days": DAYS,
    }
    return Page("sources.html", "Sources", shown, topic=topic, sql=SQL)


def _is_called(row: sqlite3.Row, wanted: str | None) -> bool:
    """Whether a part of its name or of its address is as ``wanted``."""
    return not wanted or any(wanted.casefold() in (row[column] or "").casefold() for column in ("name", "url"))


def _source(row: sqlite3.Row, found: list[int]) -> dict[str, Any]:
    expected = row["expected_rate"]
    says = f"New addresses in the last {DAYS} days: {sum(found)}, at most {max(found)} a day"
    if expected is not None:
        says += f"; usual are {expected:.2g} a day"
    return {
        "row": row,
        "link": web_address(row["url"]),
        "expected": _rate(expected) if expected is not None else "",
        "actual": _rate(sum(found) / DAYS),
        "plot": plots.bars(found, says, top=1, level=expected),
        "next": _until(row["due"]),
        "every": clock.in_words(timedelta(seconds=row["interval"])) if row["interval"] else None,
    }


def _rate(a_day: float) -> str:
    return f"{a_day:.0f}" if a_day >= 10 else f"{a_day:.2g}"


def _until(due: str | None) -> str:
    if due is None:
        return "next run"
    wait = clock.moment(due) - clock.now()
    return f"in {clock.in_words(wait)}" if wait > timedelta(0) else "next run"
