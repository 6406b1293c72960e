"""A topic and its sources, as a seeds file names them; ``seeds/README.md`` explains every key."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from crawler.database.shown import Shown
from crawler.languages import LANGUAGES, TOLD_FROM_TEXT
from crawler.seeds.source import Source, read_sources
from crawler.seeds.strict_toml import SeedsError, Table, load, quoted, shown
from crawler.seeds.values import (
    check_language,
    duration,
    expand,
    is_address,
    read_duration,
    read_language,
)
from crawler.terms import Terms, parse_term
from crawler.terms.groups import LANGUAGE, LISTS, VETO

__all__ = ["Alerts", "Rule", "SeedsError", "Source", "Topic", "duration", "expand", "read_topic", "topic_paths"]

logger = logging.getLogger(__name__)

ROLES = ("subject", "mention")
EVENTS = ("new story", "outlets", "search", "spike", "silent source")


@dataclass(frozen=True)
class Rule:
    """What is worth an alert."""

    on: str  # new story, outlets, search, spike or silent source
    outlets: int | None = None
    search: str | None = None  # a saved search of the desk
    terms: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Alerts:
    """What is worth an alert and where it goes."""

    urls: tuple[str, ...] = field(default=(), repr=False)  # Apprise addresses, may name secrets: see ``expand``
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Topic:
    """What one seeds file asks for."""

    name: str
    title: str
    languages: tuple[str, ...]  # ISO 639-1; empty: all
    max_age: timedelta | None  # None: no limit
    terms: Terms
    sources: tuple[Source, ...]
    alerts: Alerts
    path: Path
    role: str = "subject"  # subject: stories are shown that have the topic as a subject; mention: all
    min_score: float = 0.0  # stories are shown with an article of that score

    @property
    def shown(self) -> Shown:
        """Which of its articles make a story worth showing."""
        return Shown(self.role, self.min_score)


def topic_paths(folder: str | Path) -> dict[str, Path]:
    """Topic name -> seeds file, sorted by name; empty when there is no such folder."""
    return {path.stem: path for path in sorted(Path(folder).glob("*.toml")) if not path.name.startswith(".")}


def read_topic(path: str | Path, name: str | None = None) -> Topic:
    """The topic in the seeds file ``path``, called ``name``, or else as the file. SeedsError for any mistake."""
    path = Path(path)
    name = path.stem if name is None else name
    if not re.fullmatch("[a-z0-9_-]+", name):
        remedy = "use only a-z, 0-9, _ and -, as in venezuela_russia.toml"
        raise SeedsError(f"{shown(path)}: a topic cannot be called {quoted(name)}: {remedy}")
    keys = ("title", "languages", "max_age", "role", "min_score", "terms", "sources", "alerts")
    top = Table(shown(path), "", load(path), keys)
    terms = _terms(top)
    return Topic(
        name=name,
        title=top.line("title", '"..."') or name.replace("_", " "),
        languages=_languages(top),
        max_age=read_duration(top, "max_age", "30d"),
        terms=terms,
        sources=_sources(top, terms.groups),
        alerts=_alerts(top),
        path=path,
        role=top.choice("role", ROLES) or "subject",
        min_score=_min_score(top),
    )


def _min_score(top: Table) -> float:
    value = top.values.get("min_score", 0.0)
    if type(value) not in (int, float):
        raise top.error("min_score is no number", "write min_score = 0.5")
    if not 0 <= value <= 1:
        raise top.error(f"min_score is {value}", "write a number from 0 to 1, as in min_score = 0.5")
    return float(value)


def _languages(top: Table) -> tuple[str, ...]:
    if top.values.get("languages") == []:
        raise top.error("languages is empty", 'write languages = ["en", "es"], or leave it out to keep all')
    codes = top.lines("languages", '"en", "es"') or ()
    for code in codes:
        if code in LANGUAGES - TOLD_FROM_TEXT:
            logger.info('%s: language "%s" cannot be told from a text: kept are pages that declare it', top.file, code)
    return tuple(check_language(top, code, f"languages[{place}]") for place, code in enumerate(codes, 1))


def _terms(top: Table) -> Terms:
    if "terms" not in top.values:
        raise SeedsError(f'{top.file}: no [terms]: add [terms] and below it a group, as in russia = ["russia*"]')
    table = Table(top.file, "terms", top.values["terms"], None)
    if not table.values:
        raise table.error("has no group", 'add one, as in russia = ["russia*", "rusia"]')
    groups: dict[str, tuple[str, ...] | dict[str, Any]] = {}
    for group, written in table.values.items():
        if not group.strip():
            raise table.error("has a group without a name", 'name it, as in russia = ["russia*"]')
        if isinstance(written, dict):
            groups[group] = _group(Table(top.file, f"terms.{group}", written, None))
        else:
            groups[group] = terms = table.lines(group, '"..."') or ()
            _check_terms(table, group, terms)
    if all(group == VETO and isinstance(written, dict) for group, written in groups.items()):
        raise table.error("has no group beside not", 'add one, as in russia = ["russia*"]')
    try:
        return Terms(groups)
    except ValueError as error:
        raise table.error("cannot be used", str(error)) from None


def _group(table: Table) -> dict[str, Any]:
    """A group that is a table of lists: any, weak, title and those of languages, and how often they must occur."""
    group: dict[str, Any] = {}
    for key in table.values:
        if key == "least":
            group[key] = table.take(key, int, "2")
            if group[key] < 1:
                raise table.error(f"is {group[key]}", "write least = 1 or more", key)
            continue
        if key not in LISTS:
            if not LANGUAGE.fullmatch(key):
                raise table.error(
                    f"has an unknown key {quoted(key)}", "known are any, weak, title, least and codes of languages"
                )
            check_language(table, key, key)
        group[key] = table.lines(key, '"..."') or ()
        _check_terms(table, key, group[key])
    if table.place == f"terms.{VETO}" and "weak" in group:
        raise table.error("keeps a text out by itself", "write the terms under any or title", "weak")
    return group


def _check_terms(table: Table, key: str, terms: tuple[str, ...]) -> None:
    for place, term in enumerate(terms, 1):
        try:
            parse_term(term)
        except ValueError as error:
            fault, _, remedy = str(error).partition(": ")
            raise table.error(f"{quoted(term)} {fault}", remedy, f"{key}[{place}]") from None


def _sources(top: Table, groups: Collection[str]) -> tuple[Source, ...]:
    tables = top.tables("sources", [key.name for key in fields(Source)])
    if not tables:
        raise SeedsError(f'{top.file}: no sources: add [[sources]] with name = "..." and url = "https://..."')
    return read_sources(tables, groups)


def _alerts(top: Table) -> Alerts:
    if "alerts" not in top.values:
        return Alerts()
    table = Table(top.file, "alerts", top.values["alerts"], [key.name for key in fields(Alerts)])
    urls = table.lines("urls", '"mailto://..."')
    if not urls:
        raise table.missing("urls", '["mailto://..."]')
    for place, url in enumerate(urls, 1):
        if not is_address(url, "[A-Za-z][A-Za-z0-9+.-]*://"):
            remedy = 'write "${NAME}" or an address as in "mailto://..."'
            raise table.error("is no Apprise address", remedy, f"urls[{place}]")
    return Alerts(urls, tuple(_rule(rule) for rule in table.tables("rules", [key.name for key in fields(Rule)])))


def _rule(table: Table) -> Rule:
    on = table.choice("on", EVENTS)
    if on is None:
        raise table.missing("on", '"new story"')
    outlets = table.take("outlets", int, "3")
    if outlets is not None and outlets < 1:
        raise table.error(f"is {outlets}", "write outlets = 3", "outlets")
    if on == "outlets" and outlets is None:
        raise table.missing("outlets", "3")
    search = table.line("search", '"oil"')
    if on == "search" and not search:
        raise table.missing("search", '"oil", a search that "scrapy desk save oil WORDS" has kept')
    if on != "search" and search:
        raise table.error(f"cannot be with on = {quoted(on)}", 'write on = "search", or take it out', "search")
    terms = table.lines("terms", '"..."') or ()
    _check_terms(table, "terms", terms)
    if terms and all(parse_term(term).exception for term in terms):
        raise table.error("has no term that counts", "add one without a minus", "terms")
    if on == "silent source" and (terms or outlets):
        key = "terms" if terms else "outlets"
        raise table.error(f"cannot be with on = {quoted(on)}", "take it out", key)
    return Rule(on, outlets, search, terms, read_language(table))
