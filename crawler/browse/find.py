"""The search page: articles newest first, or best first when there are words, and how to narrow them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from crawler import clock, search
from crawler.browse.facets import address, facets, removable
from crawler.browse.marks import Piece, with_hits
from crawler.browse.outlets import Outlets
from crawler.browse.page import Asked, Page, Site, count
from crawler.browse.queries import topics
from crawler.filters import Filters
from crawler.queries import find_articles

ON_PAGE = 20
MOST = 300  # articles that are counted in facets and paged through
SNIPPET = 280  # letters
KEYS = ("q", "topic", "language", "source", "agency", "from", "to", "copies")


@dataclass(frozen=True)
class Hit:
    """An article as the results show it."""

    row: sqlite3.Row
    outlet: str
    title: list[Piece]
    snippet: list[Piece]


def find(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The results of what is asked for, its facets, or what is wrong with it."""
    chosen = {key: asked.query[key] for key in KEYS if key in asked.query}
    wrong: str | None = None
    rows: list[sqlite3.Row] = []
    try:
        rows = find_articles(connection, _filters(chosen, MOST + 1))
    except (search.WrongQuery, ValueError) as error:
        wrong = str(error)
    more, rows = len(rows) > MOST, rows[:MOST]
    page = min(max(_whole(asked.query.get("page")), 1), max(-(-len(rows) // ON_PAGE), 1))
    begin = (page - 1) * ON_PAGE
    outlets = Outlets.known_to(connection)
    shown = {
        "chosen": chosen,
        "wrong": wrong,
        "total": f"more than {MOST} articles" if more else count(len(rows), "article"),
        "hits": [_hit(row, chosen.get("q", ""), outlets) for row in rows[begin : begin + ON_PAGE]],
        "first": begin + 1,
        "facets": facets(rows, chosen),
        "counted": MOST if more else None,
        "page": page,
        "previous": address(chosen, page - 1) if page > 1 else None,
        "next": address(chosen, page + 1) if begin + ON_PAGE < len(rows) else None,
        "topics": [(topic, site.title(topic)) for topic in topics(connection)],
        "removable": removable(chosen, site),
    }
    sql, values = _sql(chosen)
    title = f"Search: {chosen['q']}" if "q" in chosen else "Search"
    return Page("search.html", title, shown, topic=chosen.get("topic"), sql=sql, values=values)


def _filters(chosen: Mapping[str, str], limit: int) -> Filters:
    return Filters(
        words=chosen.get("q", ""),
        topic=chosen.get("topic"),
        language=chosen.get("language"),
        source=chosen.get("source"),
        agency=chosen.get("agency"),
        since=_day(chosen.get("from")),
        until=_day(chosen.get("to"), after=1),
        copies="copies" in chosen,
        limit=limit,
    )


def _day(written: str | None, after: int = 0) -> str | None:
    """The day that was typed, or one ``after`` it; ValueError, to be shown, for anything else."""
    if written is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return clock.text(clock.moment(written) + timedelta(days=after))[:10]
    except (ValueError, OverflowError):
        pass
    raise ValueError(f'"{written}" is no day: write it as in 2024-07-01')


def _whole(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 9 else 1


def _hit(row: sqlite3.Row, wanted: str, outlets: Outlets) -> Hit:
    title, text = row["title"] or "(no title)", " ".join(row["text"].split())
    forms = {form for word in re.findall(r"[^\W_]+", wanted) for form in search.forms(word)}
    spans = _spans(text, forms)
    begin = max(0, spans[0][0] - SNIPPET // 4) if spans else 0
    begin = text.rfind(" ", 0, begin) + 1
    end = min(len(text), begin + SNIPPET)
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + SNIPPET // 2)
    inside = [(a - begin, b - begin) for a, b in spans if a >= begin and b <= end]
    snippet = with_hits(text[begin:end], inside)
    if begin:
        snippet.insert(0, Piece("… "))
    if end < len(text):
        snippet.append(Piece(" …"))
    return Hit(row, outlets.of(row), with_hits(title, _spans(title, forms)), snippet)


def _spans(text: str, forms: set[str]) -> list[tuple[int, int]]:
    """Where ``text`` has a word in one of the ``forms``."""
    if not forms:
        return []
    return [word.span() for word in re.finditer(r"[^\W_]+", text) if not forms.isdisjoint(search.forms(word.group()))]


def _sql(chosen: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The search in SQL, newest first; ``stem`` is a function that Datasette has from us."""
    columns = "select articles.id, coalesce(published, fetched) as time, source, language, articles.title, url"
    tables = "articles"
    where: list[str] = []
    values: dict[str, str] = {}
    if "q" in chosen:
        tables = "articles_fts join articles on articles.id = articles_fts.rowid"
        where.append("articles_fts match stem(:q)")
        values["q"] = chosen["q"]
    for key in ("language", "source", "agency"):
        if key in chosen:
            where.append(f"{key} = :{key}")
            values[key] = chosen[key]
    if "topic" in chosen:
        where.append("articles.id in (select article_id from matches where topic = :topic)")
        values["topic"] = chosen["topic"]
    for key, comparison in (("from", ">= :from"), ("to", "< date(:to, '+1 day')")):
        if key in chosen:
            where.append(f"coalesce(published, fetched) {comparison}")
            values[key] = chosen[key]
    if "copies" not in chosen:
        where.append("duplicate_of is null")
    condition = f" where {' and '.join(where)}" if where else ""
    return f"{columns} from {tables}{condition} order by time desc", values
