"""What was removed on request, a page or a whole site: whoever announces it, it is neither fetched nor stored again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from crawler import clock
from crawler.urls import page_key, site_of


def remember_page(connection: sqlite3.Connection, url: str) -> None:
    """Never again the page at ``url``, however its address is spelled. In the caller's transaction."""
    _remember(connection, page_key(url), url)


def remember_site(connection: sqlite3.Connection, host: str) -> None:
    """Never again anything of ``host`` (as ``site_of`` gives it) or of a host below it. In the caller's transaction."""
    _remember(connection, host, host)


def why(connection: sqlite3.Connection, *urls: str | None) -> str | None:
    """Why nothing of these addresses may be fetched or stored; None when it may."""
    if connection.execute("SELECT 1 FROM removals LIMIT 1").fetchone() is None:
        return None
    keys = [key for url in urls if url for key in _keys(url)]
    row = connection.execute(
        "SELECT address, at FROM json_each(?) AS wanted CROSS JOIN removals ON removals.key = wanted.value LIMIT 1",
        (json.dumps(keys),),
    ).fetchone()
    return f"{row['address']} was removed on request on {row['at'][:10]}" if row else None


def _keys(url: str) -> Iterator[str]:
    """The page, its site, and the sites above that; ``removals`` has those of pages with a slash in them."""
    yield page_key(url)
    parts = site_of(url).split(".")
    yield from (".".join(parts[place:]) for place in range(len(parts)))


def _remember(connection: sqlite3.Connection, key: str, address: str) -> None:
    connection.execute(
        "INSERT INTO removals (key, address, at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (key, address, clock.text(clock.now())),
    )
