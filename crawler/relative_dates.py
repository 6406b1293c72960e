"""Times that a page gives by their distance from its reader: ``hace 3 horas``, ``yesterday at 8 pm``."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache

from crawler.date_words import FILLERS, by_language, fold
from crawler.dates import CLOCK, INVISIBLE, utc_text, zone_named

LONGEST = 60  # characters; whatever is longer is prose
MOST = {"minutes": 600, "hours": 96, "days": 31}  # further back nobody counts so


def relative_text(text: str, fetched: datetime, timezone: str | None = None) -> str | None:
    """The date that ``text`` gave when the page was fetched, in the form of the database; None if it is none.

    It has a time of day when it counts minutes or gives a clock; hours and days, which are rounded, leave the day.
    """
    text = " ".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text[: 2 * LONGEST])).casefold().split())
    if not text or len(text) > LONGEST:
        return None
    there = fetched.astimezone(zone_named(timezone) or UTC)
    words = fold(text).split()
    while words:
        if found := _distance("".join(words)):
            unit, number = found
            moment = there - timedelta(**{unit: number})
            return utc_text(moment if unit == "minutes" else moment.date().isoformat(), now=fetched)
        if words[0] in FILLERS:
            words.pop(0)
        elif words[-1] in FILLERS:
            words.pop()
        else:
            break
    clock = CLOCK.search(text)
    rest = f"{text[: clock.start()]} {text[clock.end() :]}" if clock else text
    name = " ".join(word for word in re.split(r"[\s,·|-]+", fold(rest)) if word and word not in FILLERS)
    if name not in _near_days():
        return None
    day = (there - timedelta(days=_near_days()[name])).date()
    return utc_text(f"{day} {_clock(clock)}", timezone, fetched) if clock else day.isoformat()


def _clock(match: re.Match[str]) -> str:
    return f"{int(match['hour']):02}:{match['minute'] or '00'}{' ' + match['half'] + 'm' if match['half'] else ''}"


def _distance(phrase: str) -> tuple[str, int] | None:
    """(unit, number) of a phrase without spaces."""
    numbers = re.findall(r"\d+", phrase)
    unit = _distances().get(re.sub(r"\d+", "#", phrase)) if len(numbers) < 2 else None
    number = int(numbers[0]) if numbers and len(numbers[0]) < 4 else 1
    return (unit, number) if unit and number <= MOST[unit] else None


@cache
def _distances() -> dict[str, str]:
    """The unit of every phrase, spaces left out, with # for its number."""
    return {
        phrase.replace(" ", ""): unit
        for table in by_language().values()
        for unit in MOST
        for phrase in table.get(unit, "").split("|")
        if phrase
    }


@cache
def _near_days() -> dict[str, int]:
    """How many days ago a word says: 1 for yesterday, 0 for today."""
    return {
        name: days
        for table in by_language().values()
        for days, key in enumerate(("today", "yesterday"))
        for name in table.get(key, "").split("|")
        if name
    }
