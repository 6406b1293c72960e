"""The search page: articles newest first, or best first when there are words, and how to narrow them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler import clock
from crawler.browse.chart import chart
from crawler.browse.download import FORMS
from crawler.browse.facets import address, facets, removable
from crawler.browse.marks import Piece
from crawler.browse.outlets import Outlets
from crawler.browse.page import Asked, Page, Site, count, language_name
from crawler.browse.queries import topics
from crawler.command import WrongUsage
from crawler.database import queries
from crawler.output import atom
from crawler.search import finding, snippets
from crawler.search.filters import Filters
from crawler.search.index import Index
from crawler.search.options import when
from crawler.search.parser import WrongQuery, parse
from crawler.search.snippets import marked, snippet
from crawler.search.totals import Totals, totals
from crawler.search.tree import Node, spans

ON_PAGE = 20
IN_FEED = 100
SNIPPET = 280  # letters
DOWNLOADS = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "parquet": "Parquet", "atom": "Atom"}
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
    wrong, found, words, counted, drawn = "", finding.Found([]), None, Totals(0, {}), None
    page = max(_whole(asked.query.get("page")), 1)
    try:
        words = parse(chosen["q"]) if "q" in chosen else None
        filters = search_filters(chosen)
        asked_for = finding.search(connection, filters)
        counted = totals(asked_for)
        page = min(page, max(-(-counted.total // ON_PAGE), 1))
        found = finding.find(connection, replace(filters, limit=page * ON_PAGE), asked_for)
        if chosen and page == 1:
            drawn = chart(connection, filters, counted.total, chosen, asked.query.get("vs", ""))
    except (WrongQuery, WrongUsage) as error:
        wrong = str(error)
    begin = (page - 1) * ON_PAGE
    rows = queries.read_articles(connection, found.numbers[begin:])
    outlets, known = Outlets.known_to(connection), Index(connection)
    newest = "q" not in chosen or "order" in chosen
    by_score = chosen.get("order") == "score"
    shown = {
        "chosen": chosen,
        "wrong": wrong,
        "note": found.note,
        "total": count(counted.total, "article"),
        "order": "most about the topic first" if by_score else "newest first" if newest else "best first",
        "by_score": None if by_score else address({**chosen, "order": "score"}),
        "other_order": ("best first" if newest else "newest first", _other_order(chosen)) if "q" in chosen else None,
        "hits": [_hit(row, words, outlets, queries.fuller(connection, row["id"])) for row in rows],
        "first": begin + 1,
        "facets": facets(counted, chosen, asked.reader),
        "chart": drawn,
        "within": f"{100 * counted.within:.0f} %" if counted.within else None,
        "page": page,
        "previous": address(chosen, page - 1) if page > 1 else None,
        "next": address(chosen, page + 1) if begin + ON_PAGE < counted.total else None,
        "topics": [(topic, site.title(topic)) for topic in topics(connection)],
        "removable": removable(chosen, site, asked.reader),
        "inflected": _named(known.languages, asked.reader),
        "as_written": _named(known.as_written, asked.reader),
    }
    sql, values = _sql(chosen)
    title = f"Search: {chosen['q']}" if "q" in chosen else "Search"
    downloads = [(said, address(chosen, form=form)) for form, said in DOWNLOADS.items() if form in (*FORMS, "atom")]
    return Page("search.html", title, shown, chosen.get("topic"), sql, values, () if wrong else downloads)


def newest_feed(connection: sqlite3.Connection, query: Mapping[str, str], place: str) -> str:
    """The newest articles of a search as an Atom feed, IN_FEED of them, and where it goes on; ``place``: of our site.

    WrongQuery and WrongUsage as for ``find``.
    """
    chosen = {key: query[key] for key in KEYS if key in query and key != "order"}
    page = max(_whole(query.get("page")), 1)
    end = page * IN_FEED
    numbers = finding.find(connection, replace(search_filters(chosen), newest=True, limit=end + 1)).numbers
    rows = queries.read_articles(connection, numbers[end - IN_FEED : end])
    here, following = (place + address(chosen, at, form="atom") for at in (page, page + 1))
    return atom.feed(
        map(dict, rows), f"Search: {chosen.get('q', 'all articles')}", here, following if len(numbers) > end else ""
    )


def _named(languages: Sequence[str], reader: str) -> str:
    return ", ".join(sorted(language_name(language, reader) for language in languages))


def search_filters(chosen: Mapping[str, str]) -> Filters:
    """What an address of the search page asks for; WrongUsage when a day is none."""
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
        limit=None,
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
