"""How a search can be narrowed, and the addresses that do so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from crawler import clock
from crawler.browse.page import Site, language_name
from crawler.search.totals import Totals

VALUES = 12  # of a facet
FACETS = {"About": "role", "Language": "language", "Source": "source", "Wire agency": "agency"}
ROLES = {"subject": "about the topic", "mention": "mention it"}
SINCE = {"Last 24 hours": 1, "Last 7 days": 7, "Last 30 days": 30, "Last 12 months": 365}


class Choice(NamedTuple):
    """One value of a facet: what it is called, how many articles have it, where it leads."""

    name: str
    number: int
    href: str
    chosen: bool


def facets(counted: Totals, chosen: Mapping[str, str], reader: str) -> list[tuple[str, list[Choice]]]:
    """Name of each facet, and its values, the most frequent ones first; the chosen one leads back."""
    found = []
    for name, key in FACETS.items():
        best = sorted(counted.counts.get(key, {}).items(), key=lambda item: (-item[1], item[0]))[:VALUES]
        if best:
            choices = [_choice(chosen, key, value, _said(key, value, reader), number) for value, number in best]
            found.append((name, choices))
    per_day = counted.counts.get("day", Counter())
    days = {name: clock.text(clock.now() - timedelta(days=days))[:10] for name, days in SINCE.items()}
    recent = [
        _choice({**chosen, "to": ""}, "from", day, name, sum(n for at, n in per_day.items() if at >= day))
        for name, day in days.items()
    ]
    return [*found, ("Date", recent)] if per_day else found


def _choice(chosen: Mapping[str, str], key: str, value: str, name: str, number: int) -> Choice:
    is_chosen = chosen.get(key) == value
    return Choice(name, number, address({**chosen, key: "" if is_chosen else value}), is_chosen)


def removable(chosen: Mapping[str, str], site: Site, reader: str) -> list[tuple[str, str]]:
    """What narrows the search, in words, and the address without it."""
    return [
        (f"topic: {site.title(value)}" if key == "topic" else _said(key, value, reader), address({**chosen, key: ""}))
        for key, value in chosen.items()
        if key not in ("q", "copies", "order")
    ]


def _said(key: str, value: str, reader: str) -> str:
    if key == "language":
        return language_name(value, reader)
    if key == "role":
        return ROLES.get(value, value)
    return f"{key} {value}" if key in ("from", "to") else value


def address(chosen: Mapping[str, str], page: int = 1, form: str = "") -> str:
    """Where the search is that ``chosen`` asks for, or a file of it; what is empty is left out."""
    query: dict[str, str | int] = {key: value for key, value in chosen.items() if value}
    asked = urlencode({**query, "page": page} if page > 1 else query)
    return f"/search{f'.{form}' if form else ''}?{asked}"
