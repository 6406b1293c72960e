"""Pages: every address that a machine found, what became of it for each topic, and the raw pages that were kept."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from crawler.captures import Captures, Located
from crawler.frontier import aliases
from crawler.warc.capture import Capture
from pipelines.merge.part import Part, change, insert

OURS = ("id", "source_id", "article_id", "alias_of")  # numbers, which are others in each database
FIRST = ("url", "topic", "source", "found_on", "first_seen")  # kept as whoever found it first has it
OUTCOME = (
    "ON CONFLICT (page_id, topic) DO UPDATE SET state = excluded.state, reason = excluded.reason"
    " WHERE outcomes.state <> 'stored' AND excluded.state <> 'queued'"
)


class PageMerge:
    """Merges the pages of ``part``, whose sources and articles have been merged."""

    def __init__(self, connection: sqlite3.Connection, part: Part, captures: Captures, counts: Counter[str]):
        self.connection = connection
        self.part = part
        self.captures = captures
        self.counts = counts

    def batches(self) -> Iterator[Callable[[], None]]:
        """Work for one transaction each; pages come before those that are only another address of theirs."""
        columns = "pages.*, own.url AS own_url"
        sql = f"SELECT {columns} FROM pages LEFT JOIN pages AS own ON own.id = pages.alias_of"
        for rows in self.part.batches(f"{sql} ORDER BY pages.alias_of IS NOT NULL, pages.id"):
            yield partial(self._pages, rows)

    def _pages(self, rows: list[sqlite3.Row]) -> None:
        numbers: dict[int, int] = {}  # there -> here
        for row in rows:
            page = dict(row)
            own = self._of(page.pop("own_url"))
            if (number := self._page(page, own)) is not None:
                numbers[row["id"]] = number
        self._outcomes(numbers)
        self._captures(numbers)

    def _row(self, number: int) -> sqlite3.Row:
        return self.connection.execute("SELECT * FROM pages WHERE id = ?", (number,)).fetchone()

    def _of(self, url: str | None) -> sqlite3.Row | None:
        return self.connection.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone() if url else None

    def _page(self, page: dict[str, Any], own: sqlite3.Row | None) -> int | None:
        """The number of a page here, once its row knows what either database does; None when it was removed here."""
        article = self.part.articles.get(page["article_id"])
        known = self._of(page["url"])
        if page["article_id"] is not None and article is None:
            return None
        values = {name: value for name, value in page.items() if name not in OURS}
        values |= {
            "source_id": self.part.sources.get(page["source_id"]),
            "article_id": article,
            "alias_of": own["id"] if own else None,
        }
        if known is not None and known["alias_of"] is not None and own is None:
            self._meet(values, self._row(known["alias_of"]))
        if known is None:
            twin = aliases.known_as(self.connection, page["url"]) if own is None else None
            if twin is not None and page["kind"] == "article":
                self._meet(values, twin)
            self.counts["pages"] += 1
            return insert(self.connection, "pages", values)
        if _knows_more(values, known):
            change(self.connection, "pages", {"id": known["id"]}, _without(values, FIRST))
        return int(known["id"])

    def _meet(self, values: dict[str, Any], twin: sqlite3.Row) -> None:
        """Another machine found the page under another spelling: it has one state, and is asked for once."""
        alias_of, reason = aliases.of(twin)
        if values["article_id"] is not None and twin["article_id"] is None:
            state = {"state": values["state"], "article_id": values["article_id"], "due": None}
            change(self.connection, "pages", {"id": alias_of}, state)
        else:
            values |= {"state": twin["state"], "article_id": twin["article_id"]}
        values |= {"alias_of": alias_of, "reason": reason, "due": None}

    def _outcomes(self, numbers: dict[int, int]) -> None:
        rows = self.part.connection.execute(
            "SELECT page_id, topic, state, reason FROM outcomes WHERE page_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(numbers)),),
        )
        for row in rows:
            outcome = dict(row) | {"page_id": self._own(numbers[row["page_id"]])}
            insert(self.connection, "outcomes", outcome, OUTCOME)

    def _own(self, number: int) -> int:
        """The page of which a page is another address, or itself."""
        row = self.connection.execute("SELECT coalesce(alias_of, id) FROM pages WHERE id = ?", (number,)).fetchone()
        return int(row[0])

    def _captures(self, numbers: dict[int, int]) -> None:
        """Copy the raw pages that our archive does not have into it."""
        if self.captures.policy == "none":
            return
        rows = self.part.connection.execute(
            "SELECT page_id, fetched, file, offset, length, digest, before FROM archived"
            " WHERE page_id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
            (json.dumps(list(numbers)),),
        )
        for located in (Located(*row) for row in rows):
            number = numbers[located.page_id]
            known = "SELECT 1 FROM archived WHERE page_id = ? AND fetched = ? AND digest = ?"
            if self.connection.execute(known, (number, located.fetched, located.digest)).fetchone():
                continue
            if self.part.captures.read(located) is None:
                self.counts["raw pages missing"] += 1
                continue
            capture = Capture(self.part.captures.members(located), located.length, located.digest)
            self.captures.keep(number, located.fetched, capture)
            self.counts["raw pages"] += 1


def _knows_more(page: dict[str, Any], known: sqlite3.Row) -> bool:
    """Whether what a machine has of a page says more than, or other than, what is known here of the same visit."""
    new, old = _rank(page), _rank(known)
    return new > old or (new == old and any(page[name] != known[name] for name in page if name not in FIRST))


def _rank(page: dict[str, Any] | sqlite3.Row) -> tuple[bool, str]:
    return page["article_id"] is not None, page["fetched"] or ""


def _without(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
