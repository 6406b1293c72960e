"""What all pages share: what was asked, what is answered, and how times and languages are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode, urlsplit

from babel import Locale, localedata
from markupsafe import Markup, escape

from crawler import clock
from crawler.database.shown import Shown
from crawler.desk import Desk
from crawler.languages import LANGUAGES
from crawler.reader import ANYBODY, Reader
from crawler.seeds import Topic


class NotThere(Exception):
    """There is no such page; the message says what is missing."""


@dataclass(frozen=True)
class Site:
    """What the pages know beside the database."""

    database: str  # its name in Datasette's addresses
    topics: Mapping[str, Topic] = field(default_factory=dict)  # those whose seeds file can be read
    reader: Reader = ANYBODY
    desk: Desk | None = None  # where readers put marks; None when nothing may be written

    def title(self, topic: str | None) -> str:
        """The topic's title, or what its name says."""
        if topic is None:
            return "All stories"
        return self.topics[topic].title if topic in self.topics else topic.replace("_", " ")

    def shown(self, topic: str | None) -> Shown:
        """Which articles make a story of the topic worth showing."""
        return self.topics[topic].shown if topic and topic in self.topics else Shown()


@dataclass(frozen=True)
class Asked:
    """The parts of an address."""

    path: Mapping[str, str]
    query: Mapping[str, str]  # stripped, without empty ones
    reader: str = "en"  # in whose language languages are named
    whom: Reader = ANYBODY  # whose headlines and times are shown

    def number(self, name: str) -> int:
        """The number in the path; NotThere when no article or story can have it."""
        written = self.path[name]
        if len(written) > 18:
            raise NotThere(f"There is no {name} {written[:18]}…")
        return int(written)


@dataclass(frozen=True)
class Page:
    """An answer: a template and what it shows."""

    template: str
    title: str
    shown: Mapping[str, Any]
    topic: str | None = None
    sql: str = ""  # the query that gives the same as data
    values: Mapping[str, object] = field(default_factory=dict)  # its parameters
    downloads: Sequence[tuple[str, str]] = ()  # label and address of files with all of it

    def data_links(self, database: str) -> list[tuple[str, str]]:
        """Where Datasette, with the ``database`` at that address, shows the page's query and exports its result."""
        query = urlencode({"sql": self.sql, **{name: str(value) for name, value in self.values.items()}})
        if self.downloads:
            return [("SQL", f"{database}?{query}"), *self.downloads]
        return [
            ("SQL", f"{database}?{query}"),
            ("JSON", f"{database}.json?{query}&_shape=array"),
            ("CSV", f"{database}.csv?{query}"),
        ]


def time(written: str | None, form: str = "full", whom: Reader = ANYBODY) -> Markup:
    """A ``<time>`` element: ``full``, ``short`` (without the year), ``clock`` or ``day``, in the reader's zone.

    Of a date without a time of day only the day is shown.
    """
    if not written:
        return Markup("")
    try:
        moment = whom.local(written)
    except (ValueError, OverflowError):  # not written by us
        return Markup(escape(written))
    day = f"{moment.day} {moment:%b}" + (f" {moment.year}" if form in ("full", "day") else "")
    hour = f"{moment:%H:%M}"
    shown = day if form == "day" or len(written) <= 10 else hour if form == "clock" else f"{day}, {hour}"
    return Markup(f'<time datetime="{escape(written)}">{shown}</time>')


def day_name(day: str) -> str:
    """``Friday 20 November 2026``."""
    moment = clock.moment(day)
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def number(value: int) -> str:
    """``12,345``."""
    return f"{value:,}"


def count(value: int, what: str) -> str:
    """``1 outlet``, ``3 outlets``, ``2 stories``."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{value:,} {what if value == 1 else plural}"


@cache
def language_name(code: str, reader: str = "en") -> str:
    """``Spanish`` for ``es``, ``español`` where the ``reader`` reads Spanish."""
    if code == "und":
        return "unknown language"
    return Locale(reader).languages.get(code) or Locale("en").languages.get(code, code)


@cache
def accepted(header: str) -> tuple[str, ...]:
    """The languages that a browser asks for (``Accept-Language``, RFC 9110, 12.5.4), the best first."""
    wanted = []
    for part in header[:200].split(","):
        code, *more = part.strip().split(";")
        written = next((value.strip()[2:] for value in more if value.strip().startswith("q=")), "1")
        quality = float(written) if re.fullmatch(r"[01](\.\d{0,3})?", written) else 0
        if quality or written != "0":
            wanted.append((-quality, code[:2].lower()))
    return tuple(dict.fromkeys(code for _, code in sorted(wanted, key=itemgetter(0)) if code in LANGUAGES))


def reader(header: str) -> str:
    """The language that a browser asks for first, of those with names here."""
    return next((code for code in accepted(header) if localedata.exists(code)), "en")


def web_address(address: str | None) -> str | None:
    """``address`` if a link may lead there: http and https alone."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None
