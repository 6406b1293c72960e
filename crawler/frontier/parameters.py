"""Parameters of links that change with every visit, such as ``?sid=``: learnt for each host, and dropped.

A parameter is learnt when pages that differ in it alone turned out to be one article, three times, and no two articles
of the host differ in it alone. Call everything here in a transaction.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from urllib.parse import urlsplit

from crawler.urls import page_key

TIMES = 3
MOST_NAMES = 3  # that two addresses of one article may differ in
TELLS_ARTICLES_APART = -1_000_000
SAMPLE = 500  # articles of a path that are compared


class Parameters:
    """What is learnt in the table ``link_parameters``."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        self._learnt: dict[str, frozenset[str]] = {}

    def key(self, url: str) -> str:
        """``page_key`` of an address without the parameters that its host changes with every visit."""
        if "?" not in url or not (names := self._of(urlsplit(url).hostname or "")):
            return page_key(url)
        return page_key(_without(url, names))

    def learn(self, url: str, other: str) -> None:
        """Two addresses turned out to be one article."""
        names = _differing(url, other)
        host = urlsplit(url).hostname or ""
        if not names or len(names) > MOST_NAMES or names <= self._of(host):
            return
        told_apart = self._told_apart(url, names)
        for name in names:
            self.connection.execute(
                "INSERT INTO link_parameters (host, name, times) VALUES (:host, :name, :times)"
                " ON CONFLICT (host, name) DO UPDATE SET times = times + :times",
                {"host": host, "name": name, "times": TELLS_ARTICLES_APART if told_apart else 1},
            )
        self._learnt.pop(host, None)
        if names <= self._of(host):
            self._compare_anew(url, names)

    def _of(self, host: str) -> frozenset[str]:
        if host not in self._learnt:
            rows = self.connection.execute(
                "SELECT name FROM link_parameters WHERE host = ? AND times >= ?", (host, TIMES)
            )
            self._learnt[host] = frozenset(row["name"] for row in rows)
        return self._learnt[host]

    def _told_apart(self, url: str, names: frozenset[str]) -> bool:
        """Whether two articles at the path of ``url`` differ in these parameters alone."""
        articles = defaultdict(set)
        for row in self._pages(url.partition("?")[0] + "?"):
            articles[_without(row["url"], names)].add(row["article_id"])
        return any(len(numbers) > 1 for numbers in articles.values())

    def _compare_anew(self, url: str, names: frozenset[str]) -> None:
        """What is known of the host of ``url`` gets the key by which it is found from now on."""
        parts = urlsplit(url)
        rows = self._pages(f"{parts.scheme}://{parts.netloc}/", most=-1)
        keys = [(page_key(_without(row["url"], names)), row["id"]) for row in rows if "?" in row["url"]]
        self.connection.executemany("UPDATE pages SET key = ? WHERE id = ?", keys)

    def _pages(self, beginning: str, most: int = SAMPLE) -> list[sqlite3.Row]:
        """Stored pages whose address begins so, each article once."""
        return self.connection.execute(
            "SELECT id, url, article_id FROM pages WHERE url >= ? AND url < ? AND article_id IS NOT NULL"
            " AND alias_of IS NULL ORDER BY id DESC LIMIT ?",
            (beginning, beginning + "\U0010ffff", most),
        ).fetchall()


def _parts(url: str) -> list[str]:
    return urlsplit(url).query.split("&")


def _without(url: str, names: frozenset[str]) -> str:
    head, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in names]
    return f"{head}?{'&'.join(kept)}" if kept else head


def _differing(url: str, other: str) -> frozenset[str]:
    """Names of parameters in which two addresses differ that are otherwise the same; none when they are not."""
    if page_key(url.partition("?")[0]) != page_key(other.partition("?")[0]):
        return frozenset()
    return frozenset(part.partition("=")[0] for part in set(_parts(url)) ^ set(_parts(other)) if part)
