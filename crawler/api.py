"""For other Python programs: the article of a page, and what a database has. docs/library.md explains all of it.

Nothing else of the project is promised to stay as it is.
"""

from __future__ import annotations

from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.command import WrongUsage
from crawler.database import DatabaseError, open_to_read, queries
from crawler.items import Article, Fetched, Refusal
from crawler.search import finding
from crawler.search.filters import Filters
from crawler.search.options import when

__all__ = ["Article", "DatabaseError", "extract", "open_database", "search"]

AT_ONCE = 500  # articles that are read together


def extract(html: str | bytes, url: str, *, charset: str | None = None) -> Article:
    """The article of a page that is at ``url``, its language told; ValueError with the reason when it has none.

    Bytes are decoded as ``charset`` (of the HTTP header), else as the page says. Nothing is fetched.
    """
    from pipelines.extract import extract as read
    from pipelines.language import LanguageTag

    body, charset = (html.encode("utf-8", "replace"), "utf-8") if isinstance(html, str) else (html, charset)
    found = read(Fetched(url, body, clock.text(clock.now()), charset))
    if isinstance(found, Refusal):
        raise ValueError(f"{url}: {found.reason}")
    return LanguageTag({}).process_item(found)


def open_database(path: str | PathLike[str]) -> Database:
    """The database at ``path``, which cannot be changed through it; DatabaseError when it cannot be read."""
    return open_to_read(Path(path))


def search(
    db: Database,
    words: str = "",
    *,
    topic: str | None = None,
    language: str | None = None,
    source: str | None = None,
    agency: str | None = None,
    since: str | date | None = None,
    until: str | date | None = None,
    role: str | None = None,
    min_score: float = 0.0,
    copies: bool = False,
    newest: bool = False,
    limit: int | None = 20,
) -> list[dict[str, Any]]:
    """Rows of ``articles``, as ``scrapy articles`` finds and orders them; ``limit`` None is all of them.

    ``since`` and ``until`` are dates or such as ``7d`` (ago). ValueError when words or a time cannot be meant.
    """
    try:
        begin, end = (when(None if at is None else str(at), name) for at, name in ((since, "since"), (until, "until")))
    except WrongUsage as error:
        raise ValueError(str(error)) from None
    wanted = Filters(
        words=words,
        topic=topic,
        language=language,
        source=source,
        agency=agency,
        since=begin,
        until=end,
        role=role,
        min_score=min_score,
        copies=copies,
        newest=newest,
        limit=limit,
    )
    numbers = list(finding.each(db.conn, wanted)) if limit is None else finding.find(db.conn, wanted).numbers
    rows: list[dict[str, Any]] = []
    for first in range(0, len(numbers), AT_ONCE):
        rows += map(queries.decoded, queries.read_articles(db.conn, numbers[first : first + AT_ONCE]))
    return rows
