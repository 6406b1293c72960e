"""The search page: articles newest first, or best first when there are words, and how to narrow them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from crawler import clock
from crawler.browse.facets import address, facets, removable
from crawler.browse.marks import Piece
from crawler.browse.outlets import Outlets
from crawler.browse.page import Asked, Page, Site, count, language_name
from crawler.browse.queries import facet_rows, topics
from crawler.command import WrongUsage
from crawler.database import queries
from crawler.search import finding, snippets
from crawler.search.filters import Filters
from crawler.search.index import Index
from crawler.search.options import when
from crawler.search.parser import WrongQuery, parse
from crawler.search.snippets import marked, snippet
from crawler.search.tree import Node, spans

ON_PAGE = 20
MOST = 300  # articles that are counted in facets and paged through
SNIPPET = 280  # letters
KEYS = ("q", "topic", "language", "source", "agency", "role", "from", "to", "copies", "order")


@dataclass(frozen=True)
class Hit:
    """An article as the results show it."""

    row: sqlite3.Row
    outlet: str
    title: list[Piece]
    snippet: list[Piece]
    fuller: sqlite3.Row | None  # the copy that has a fuller text


def find(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The results of what is asked for, its facets, or what is wrong with it."""
    chosen = {key: asked.query[key] for key in KEYS if key in asked.query}
    wrong, found, words = "", finding.Found([]), None
    try:
        words = parse(chosen["q"]) if "q" in chosen else None
        found = finding.find(connection, _filters(chosen))
    except (WrongQuery, WrongUsage) as error:
        wrong = str(error)
    numbers = found.numbers[:MOST]
    more = len(found.numbers) > MOST
    page = min(max(_whole(asked.query.get("page")), 1), max(-(-len(numbers) // ON_PAGE), 1))
    begin = (page - 1) * ON_PAGE
    rows = queries.read_articles(connection, numbers[begin : begin + ON_PAGE])
    outlets, known = Outlets.known_to(connection), Index(connection)
    newest = "q" not in chosen or "order" in chosen
    by_score = chosen.get("order") == "score"
    shown = {
        "chosen": chosen,
        "wrong": wrong,
        "note": found.note,
        "total": f"more than {MOST} articles" if more else count(len(numbers), "article"),
        "order": "most about the topic first" if by_score else "newest first" if newest else "best first",
        "by_score": None if by_score else address({**chosen, "order": "score"}),
        "other_order": ("best first" if newest else "newest first", _other_order(chosen)) if "q" in chosen else None,
        "hits": [_hit(row, words, outlets, queries.fuller(connection, row["id"])) for row in rows],
        "first": begin + 1,
        "facets": facets(facet_rows(connection, numbers, chosen.get("topic")), chosen, asked.reader),
        "counted": MOST if more else None,
        "page": page,
        "previous": address(chosen, page - 1) if page > 1 else None,
        "next": address(chosen, page + 1) if begin + ON_PAGE < len(numbers) else None,
        "topics": [(topic, site.title(topic)) for topic in topics(connection)],
        "removable": removable(chosen, site, asked.reader),
        "inflected": _named(known.languages, asked.reader),
        "as_written": _named(known.as_written, asked.reader),
    }
    sql, values = _sql(chosen)
    title = f"Search: {chosen['q']}" if "q" in chosen else "Search"
    return Page("search.html", title, shown, topic=chosen.get("topic"), sql=sql, values=values)


def _named(languages: Sequence[str], reader: str) -> str:
    return ", ".join(sorted(language_name(language, reader) for language in languages))


def _filters(chosen: Mapping[str, str]) -> Filters:
    return Filters(
        words=chosen.get("q", ""),
        topic=chosen.get("topic"),
        language=chosen.get("language"),
        source=chosen.get("source"),
        agency=chosen.get("agency"),
        role=chosen.get("role"),
        since=when(chosen.get("from"), "From"),
        until=_day_after(when(chosen.get("to"), "To")),
        copies="copies" in chosen,
        newest="order" in chosen,
        by_score=chosen.get("order") == "score",
        limit=MOST + 1,
    )


def _day_after(written: str | None) -> str | None:
    """A day means all of it: the search ends with the next one."""
    if written is None or len(written) > 10:
        return written
    try:
        return clock.text(clock.moment(written) + timedelta(days=1))[:10]
    except OverflowError:  # 9999-12-31
        return None


def _other_order(chosen: Mapping[str, str]) -> str:
    return address({**chosen, "order": "" if "order" in chosen else "newest"})


def _whole(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 9 else 1


def _hit(row: sqlite3.Row, words: Node | None, outlets: Outlets, fuller: sqlite3.Row | None) -> Hit:
    title, text = row["title"] or "(no title)", row["text"]
    in_title = spans(words, title, row["language"], title=True) if words else []
    in_text = spans(words, text, row["language"]) if words else []
    return Hit(row, outlets.of(row), _pieces(marked(title, in_title)), _pieces(snippet(text, in_text, SNIPPET)), fuller)


def _pieces(found: list[snippets.Piece]) -> list[Piece]:
    return [Piece(text, "hit" if hit else "") for text, hit in found]


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
    if "role" in chosen:
        where.append("articles.id in (select article_id from matches where coalesce(role, 'subject') = :role)")
        values["role"] = chosen["role"]
    if "copies" not in chosen:
        where.append("duplicate_of is null")
    condition = f" where {' and '.join(where)}" if where else ""
    return f"{columns} from {tables}{condition} order by time desc", values
