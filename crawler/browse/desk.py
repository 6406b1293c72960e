"""The desk in the web page: marks and saved searches, and what a form of ours may change on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crawler import clock
from crawler.browse.facets import address
from crawler.browse.find import KEYS, search_filters
from crawler.browse.page import Asked, NotThere, Page, Site
from crawler.database import queries
from crawler.desk import LONGEST, MUTED, Desk, Mark, Saved, address_of, muted, news
from crawler.search.filters import Filters

LARGEST = 4 * LONGEST + 4_000  # bytes of a form
LONGEST_NAME = 60  # characters of a tag or a search's name
MARKS = ("star", "unstar", "read", "unread", "note", "tag", "untag")


@dataclass(frozen=True)
class Marked:
    """What is on an article."""

    star: bool
    read: bool
    note: str
    tags: list[str]
    muted: bool  # its story


def marks_on(desk: Desk, article: sqlite3.Row) -> Marked:
    """The marks of an article."""
    marks = desk.marks(address_of(article))
    kinds = {mark.kind: mark.value for mark in marks}
    tags = sorted(mark.value for mark in marks if mark.kind == "tag")
    is_muted = any((mute.kind, mute.value) == ("story", address_of(article)) for mute in desk.mutes())
    return Marked("star" in kinds, "read" in kinds, kinds.get("note", ""), tags, is_muted)


def desk_page(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """Everything that is on the desk."""
    if site.desk is None:
        raise NotThere('There is no desk here: "scrapy browse --writable" opens it.')
    articles: dict[str, list[Mark]] = {}
    for mark in site.desk.marks():
        articles.setdefault(mark.url, []).append(mark)
    shown: dict[str, Any] = {
        "articles": [_article(connection, marks) for marks in articles.values()],
        "searches": [
            {"name": saved.name, "new": news.count_new(connection, saved), "href": href, "feed": _feed(href)}
            for saved in site.desk.searches()
            for href in (_where(saved),)
        ],
    }
    shown["mutes"] = site.desk.mutes()
    return Page("desk.html", "Desk", shown)


def _article(connection: sqlite3.Connection, marks: list[Mark]) -> dict[str, Any]:
    first = marks[0]
    row = queries.article(connection, first.url)
    return {
        "id": row["id"] if row else None,
        "url": first.url,
        "title": (row["title"] if row else first.title) or first.url,
        "language": row["language"] if row else "",
        "source": first.source or "",
        "star": any(mark.kind == "star" for mark in marks),
        "read": any(mark.kind == "read" for mark in marks),
        "notes": [mark.value for mark in marks if mark.kind == "note"],
        "tags": sorted(mark.value for mark in marks if mark.kind == "tag"),
        "made": first.made,
    }


def _where(saved: Saved) -> str:
    """The search page's address of a saved search."""
    filters = saved.filters
    until = filters.until
    if until and len(until) == 10:  # the page's last day is the day before
        until = clock.text(clock.moment(until) - timedelta(days=1))[:10]
    chosen = {
        "q": filters.words,
        "topic": filters.topic or "",
        "language": filters.language or "",
        "source": filters.source or "",
        "agency": filters.agency or "",
        "role": filters.role or "",
        "from": filters.since or "",
        "to": until or "",
        "copies": "1" if filters.copies else "",
    }
    return address(chosen)


def _feed(href: str) -> str:
    return href.replace("/search?", "/search.atom?", 1)


def change(connection: sqlite3.Connection, desk: Desk, form: Mapping[str, str]) -> str:
    """Do what a form asks for; the address to show then. ValueError when it cannot be done."""
    do, value = form.get("do", ""), form.get("value", "").strip()
    if do in MARKS:
        return _mark(connection, desk, do, value, form.get("article", ""))
    if do in ("mute", "unmute"):
        return _mute(connection, desk, do, value, form)
    name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
    if do == "forget":
        desk.forget(name)
    elif do == "seen":
        desk.looked_at(name)
    elif do == "save":
        filters = search_filters({key: form[key] for key in KEYS if form.get(key)})
        if not name or filters == Filters(limit=filters.limit):
            raise ValueError("name the search, and search for something")
        desk.save(name, filters)
    else:
        raise ValueError("the form asks for something that there is not")
    return "/desk"


def _mark(connection: sqlite3.Connection, desk: Desk, do: str, value: str, article: str) -> str:
    kind = do.removeprefix("un")
    row = queries.article(connection, article) if len(article) < 4_000 else None
    value = value[:LONGEST_NAME] if kind == "tag" else value if kind == "note" else ""
    if do.startswith("un") or (kind == "note" and not value):
        desk.unmark(address_of(row) if row else article, kind, value if kind == "tag" else None)
    elif row is None:
        raise ValueError("there is no such article")
    elif kind != "tag" or value:
        desk.mark(row, kind, value)
    return f"/article/{row['id']}" if row else "/desk"


def _mute(connection: sqlite3.Connection, desk: Desk, do: str, value: str, form: Mapping[str, str]) -> str:
    kind, article = form.get("kind", ""), form.get("article", "")
    row = queries.article(connection, article) if article and len(article) < 4_000 else None
    value = address_of(row) if row else value
    if kind not in MUTED or not value or (do == "mute" and kind == "story" and row is None):
        raise ValueError("there is no such thing to mute")
    if do == "unmute":
        desk.unmute(kind, value)
    elif kind == "source" and not muted.is_source(connection, value):
        raise ValueError("there is no such source")
    else:
        desk.mute(kind, value, row["title"] if row else None)
    return f"/article/{row['id']}" if row else "/desk"
