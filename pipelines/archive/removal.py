"""What a publisher or a person wants removed leaves the database with all that was made of it, and does not come back.

Of an article go its text, words, matches, revisions, fingerprints and vectors, and what only its page taught us of its
site's blocks; its story and the group of its copies are brought up to date. Copies at other addresses are articles of
other publishers and stay. The rows of its addresses in ``pages`` stay, as ``gone``, without what a feed said of them.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from crawler import clock
from crawler.captures import removal as captures
from crawler.database import queries, transaction
from crawler.frontier import removals
from crawler.urls import clean_url, page_key
from pipelines.archive import Archive

AT_ONCE = 50  # articles in a transaction


class Copy(NamedTuple):
    """An article of another address that has the text of one that is to be removed."""

    id: int
    source: str
    url: str


class Removal:
    """Removes pages and sites from the articles of ``archive``, in transactions of its own."""

    def __init__(self, archive: Archive):
        self.archive = archive
        self.connection = archive.db.conn

    # What is there

    def at(self, url: str) -> list[int]:
        """The article at ``url``, however that is spelled; empty when there is none."""
        if row := queries.article(self.connection, url) or queries.article(self.connection, clean_url(url) or url):
            return [row["id"]]
        page = queries.page(self.connection, url)
        return [page["article_id"]] if page and page["article_id"] else []

    def of_site(self, host: str) -> list[int]:
        """The articles of ``host`` and of hosts below it, in the order in which they were stored."""
        rows = self.connection.execute(f"SELECT id FROM articles WHERE {_below('site')} ORDER BY id", {"host": host})
        return [row["id"] for row in rows]

    def copies_elsewhere(self, numbers: list[int]) -> list[Copy]:
        """The other articles of the groups of copies that these belong to."""
        going = set(numbers)
        found = {
            row["id"]: Copy(row["id"], row["source"] or "", row["url"])
            for number in numbers
            for row in queries.copies(self.connection, number)
            if row["id"] not in going
        }
        return sorted(found.values())

    # Remove

    def remove_page(self, url: str) -> int:
        """Remove the article at ``url``, if there is one, and refuse its address from now on; how many articles."""
        cleaned = clean_url(url) or url
        numbers = self.at(url)
        addresses = dict.fromkeys([cleaned, *(other for number in numbers for other in self._addresses(number))])
        with transaction(self.connection):
            for address in addresses:
                removals.remember_page(self.connection, address)
            reason = removals.why(self.connection, cleaned) or ""
            for number in numbers:
                self._remove(number, reason)
            for address in addresses:
                self._forget("key = :key", {"key": page_key(address), "reason": reason})
            self.connection.execute(
                "INSERT INTO pages (url, key, kind, host, state, reason, first_seen)"
                " VALUES (?, ?, 'article', ?, 'gone', ?, ?) ON CONFLICT (url) DO NOTHING",
                (cleaned, page_key(cleaned), urlsplit(cleaned).hostname or "", reason, clock.text(clock.now())),
            )
        return len(numbers)

    def remove_site(self, host: str) -> int:
        """Refuse everything of ``host`` from now on, then remove its articles, some at a time; how many."""
        with transaction(self.connection):
            removals.remember_site(self.connection, host)
            reason = removals.why(self.connection, f"https://{host}/") or ""
            self._forget(_below("host"), {"host": host, "reason": reason})
            self.connection.execute(f"DELETE FROM host_blocks WHERE {_below('site')}", {"host": host})
        numbers = self.of_site(host)
        for begin in range(0, len(numbers), AT_ONCE):
            with transaction(self.connection):
                for number in numbers[begin : begin + AT_ONCE]:
                    self._remove(number, reason)
        return len(numbers)

    def _remove(self, number: int, reason: str) -> None:
        """One article and what its page alone taught us of its site."""
        self.connection.execute(
            "DELETE FROM host_blocks WHERE pages = 1 AND site = (SELECT site FROM articles WHERE id = :id)"
            " AND first_page IN (SELECT id FROM pages WHERE article_id = :id)",
            {"id": number},
        )
        self._forget("article_id = :id", {"id": number, "reason": reason})
        self.archive.remove(number)

    def _addresses(self, number: int) -> list[str]:
        rows = self.connection.execute(
            "SELECT url FROM articles WHERE id = :id UNION SELECT url FROM pages WHERE article_id = :id",
            {"id": number},
        )
        (canonical,) = self.connection.execute("SELECT canonical_url FROM articles WHERE id = ?", (number,)).fetchone()
        # Sites exist whose every page names the front page: that is no address of this article.
        front = not canonical or urlsplit(canonical).path in ("", "/")
        return [row["url"] for row in rows] + ([] if front else [canonical])

    def _forget(self, which: str, values: dict[str, object]) -> None:
        captures.forget(self.connection, which, values)
        self.connection.execute(
            "UPDATE pages SET state = 'gone', reason = :reason, due = NULL, attempts = 0, hints = NULL, etag = NULL,"
            f" last_modified = NULL, body_hash = NULL, article_id = NULL WHERE {which}",
            values,
        )


def _below(column: str) -> str:
    """The condition that ``column`` is ``:host`` or a host below it."""
    return f"({column} = :host OR substr({column}, -length(:host) - 1) = '.' || :host)"
