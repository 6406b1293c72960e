"""One page, several addresses: other spellings, redirects, and the doors of aggregators, in the table ``pages``.

What writes runs inside the caller's transaction. A row that is only another address says so in its ``reason`` and
shares the state of the row that it names.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from urllib.parse import urlsplit

from crawler import clock
from crawler.items import Claim
from crawler.urls import page_key

ALIAS = "another address of"
COLUMNS = (
    "pages.id, url, pages.key, kind, host, state, reason, first_seen, fetched, due, hints, article_id, alias_of, again,"
    " source_id"
)


def known(connection: sqlite3.Connection, urls: Mapping[str, str]) -> dict[str, sqlite3.Row]:
    """key -> row, for pages (key -> address) that are known: the row of the address, else the first of its page."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM json_each(?) AS wanted CROSS JOIN pages ON pages.key = wanted.value",
        (json.dumps(list(urls)),),
    )
    found: dict[str, sqlite3.Row] = {}
    for row in rows:
        key = row["key"]
        other = found.get(key)
        if other is None or _rank(row, urls[key]) < _rank(other, urls[key]):
            found[key] = row
    return found


def known_as(connection: sqlite3.Connection, url: str) -> sqlite3.Row | None:
    """The row of ``url``, else the first one of its page under another spelling."""
    key = page_key(url)
    return known(connection, {key: url}).get(key)


def of(row: sqlite3.Row) -> tuple[int, str]:
    """What an address has in ``alias_of`` and ``reason`` that is another one of the page in ``row``."""
    if _is_another(row):
        return row["alias_of"] or row["id"], row["reason"]
    return row["id"], f"{ALIAS} {row['url']}"


def _rank(row: sqlite3.Row, url: str) -> tuple[bool, bool, int]:
    return row["url"] != url, _is_another(row), row["id"]


def _is_another(row: sqlite3.Row) -> bool:
    return (row["reason"] or "").startswith(ALIAS)


def share_fate(connection: sqlite3.Connection, page_id: int, state: str, article_id: int | None) -> None:
    """The other addresses of a page end as it did."""
    connection.execute("UPDATE pages SET state = ?, article_id = ? WHERE alias_of = ?", (state, article_id, page_id))


def page_of(connection: sqlite3.Connection, row: sqlite3.Row) -> sqlite3.Row:
    """The row of the page of which ``row`` is only another address; ``row`` itself when it is none."""
    if row["alias_of"] is None:
        return row
    own = connection.execute(f"SELECT {COLUMNS} FROM pages WHERE id = ?", (row["alias_of"],)).fetchone()
    return own or row


def take_over(connection: sqlite3.Connection, page_id: int, url: str) -> int:
    """The page of ``page_id``, which was given up, is asked for at ``url`` from now on, a known address of it; its id.

    What it was known by before becomes another address of that.
    """
    (number,) = connection.execute("SELECT id FROM pages WHERE url = ?", (url,)).fetchone()
    connection.execute(
        "UPDATE pages SET alias_of = :number, reason = :reason, due = NULL WHERE id = :page OR alias_of = :page",
        {"number": number, "reason": f"{ALIAS} {url}", "page": page_id},
    )
    connection.execute("UPDATE pages SET alias_of = NULL, reason = NULL WHERE id = ?", (number,))
    return int(number)


def depth(connection: sqlite3.Connection, url: str, kind: str) -> int:
    """How many addresses of ``kind`` led to ``url``, one after the other: sitemaps of sitemaps, redirects."""
    (depth,) = connection.execute(
        "WITH RECURSIVE chain (url, depth) AS ("
        " SELECT :url, 0"
        " UNION ALL"
        " SELECT page.found_on, depth + 1 FROM chain JOIN pages AS page ON page.url = chain.url"
        " JOIN pages AS parent ON parent.url = page.found_on AND parent.kind = :kind WHERE depth < 20)"
        " SELECT max(depth) FROM chain",
        {"url": url, "kind": kind},
    ).fetchone()
    return depth


def is_alias(connection: sqlite3.Connection, claim: Claim, url: str, status: int) -> None:
    """``claim`` turned out to be another address of ``url``, which is known: it shares its fate."""
    row = known_as(connection, url)
    assert row
    alias_of, reason = of(row)
    connection.execute(
        "UPDATE pages SET state = ?, reason = ?, alias_of = ?, article_id = ?, status = ?, fetched = ?, due = NULL,"
        " attempts = 0 WHERE id = ?",
        (
            row["state"],
            reason,
            alias_of,
            row["article_id"],
            status,
            clock.stamp(),
            claim.id,
        ),
    )


def redirected(connection: sqlite3.Connection, claim: Claim, url: str, article_id: int) -> None:
    """``url`` is where ``claim`` was redirected to: it need not be asked for again."""
    now = clock.stamp()
    connection.execute(
        "INSERT INTO pages"
        " (url, key, kind, topic, source_id, source, host, state, found_on, first_seen, fetched, article_id)"
        " VALUES (?, ?, 'article', (SELECT topic FROM pages WHERE id = ?), (SELECT source_id FROM pages WHERE id = ?),"
        " ?, ?, 'stored', ?, ?, ?, ?)"
        " ON CONFLICT (url) DO UPDATE SET state = 'stored', due = NULL, fetched = excluded.fetched,"
        " article_id = excluded.article_id WHERE article_id IS NULL",
        (
            url,
            page_key(url),
            claim.id,
            claim.id,
            claim.source,
            urlsplit(url).hostname or "",
            claim.url,
            now,
            now,
            article_id,
        ),
    )


def moved(connection: sqlite3.Connection, before: str, after: str, due: str | None = None) -> None:
    """The article of ``before`` is found at ``after`` from now on: that is the one to ask again, at ``due``."""
    connection.execute("UPDATE pages SET due = coalesce(due, ?) WHERE url = ?", (due, after))
    connection.execute(
        "UPDATE pages SET reason = :reason, alias_of = (SELECT id FROM pages WHERE url = :after), due = NULL"
        " WHERE url = :before OR alias_of = (SELECT id FROM pages WHERE url = :before)",
        {"reason": f"{ALIAS} {after}", "before": before, "after": after},
    )
