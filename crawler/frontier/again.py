"""What is known is asked again: what was given up as long as it is announced, what has changed if that is true.

Call everything here in a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from crawler import clock
from crawler.frontier import aliases, removals
from crawler.items import Found
from crawler.urls import page_key

GIVEN_UP = ("failed", "gone", "blocked", "not_article")
PAUSE, LONGEST_PAUSE = timedelta(hours=6), timedelta(days=64)  # before it is asked again; doubled each time
PAUSE_OF_NO_ARTICLE = timedelta(days=7)  # most are menus, and stay what they are
MISLED = 3  # re-reads in a row that brought nothing, after which a list's "modified" is not believed
PROBE = timedelta(days=3)  # after a page was last read, such a list may have it read once more
AT_THIS_MOMENT, MOST = timedelta(minutes=5), 0.8  # a list of which so many say that they changed just now

OF_LIST = (
    f"{aliases.COLUMNS} FROM pages WHERE found_on = ? AND unlisted IS NULL AND due IS NULL AND alias_of IS NULL"
    f" AND state IN {GIVEN_UP} AND fetched IS NOT NULL"
)


def is_given_up(row: sqlite3.Row) -> bool:
    """Whether a page ended without an article, or its article is gone, and nothing is to be asked any more."""
    return row["state"] in GIVEN_UP and row["due"] is None and row["fetched"] is not None


def ask(
    connection: sqlite3.Connection, row: sqlite3.Row, found_on: str, url: str | None = None, at_once: bool = False
) -> bool:
    """Ask again for the page of ``row``, which was given up and is announced: whether its pause is over.

    It is asked for at ``url``, if that is another spelling of its address; ``at_once`` when nobody asked there yet.
    """
    connection.execute(
        "UPDATE pages SET found_on = ?, unlisted = NULL WHERE id = ? AND unlisted = 1", (found_on, row["id"])
    )
    pause = PAUSE_OF_NO_ARTICLE if row["state"] == "not_article" else PAUSE
    asked = clock.moment(row["fetched"])
    over = asked + min(pause * 2 ** min(row["again"], 20), LONGEST_PAUSE) <= clock.now()
    if not (at_once or over or asked > clock.now()):  # in the future: our clock was wrong
        return False
    if removals.why(connection, url or row["url"]):
        return False
    number, url = row["id"], url or _untried(connection, row)
    if url and url != row["url"] and page_key(url) == page_key(row["url"]):
        number = aliases.take_over(connection, row["id"], url)
    connection.execute(
        "UPDATE pages SET due = ?, again = ?, attempts = 0 WHERE id = ?", (clock.stamp(), row["again"] + 1, number)
    )
    return True


def _untried(connection: sqlite3.Connection, row: sqlite3.Row) -> str | None:
    """Another spelling of the address of ``row`` that was announced, too, and that nobody asked for yet."""
    other = connection.execute(
        "SELECT url FROM pages WHERE alias_of = ? AND key = ? AND fetched IS NULL ORDER BY id LIMIT 1",
        (row["id"], row["key"]),
    ).fetchone()
    return other["url"] if other else None


def still_listed(connection: sqlite3.Connection, found_on: str) -> list[str]:
    """A list is as it was: what it announces and was given up is asked again after its pause; the hosts of these."""
    rows = connection.execute(f"SELECT {OF_LIST}", (found_on,)).fetchall()
    return [row["host"] for row in rows if ask(connection, row, found_on)]


def no_longer_listed(connection: sqlite3.Connection, found_on: str, found: Iterable[Found]) -> None:
    """A list has changed: what was given up and is not announced any more is left alone."""
    rows = connection.execute(f"SELECT {OF_LIST}", (found_on,)).fetchall()
    if rows:
        keys = {page_key(item.url) for item in found}
        gone = [(row["id"],) for row in rows if row["key"] not in keys]
        connection.executemany("UPDATE pages SET unlisted = 1 WHERE id = ?", gone)


class Credit:
    """Whether lists tell the truth about what has changed since we read it."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        self._reading: dict[int, tuple[str, int | None]] = {}  # page -> list that had it read again, revision before

    def of(self, found_on: str, found: Collection[Found]) -> timedelta | None:
        """How long ago a page has to have been read so that ``found_on`` is believed; None for never."""
        now = clock.now()
        times = [time for item in found if (time := item.modified or item.published) and len(time) > 10]
        just_now = sum(abs(clock.moment(time) - now) < AT_THIS_MOMENT for time in times)
        if len(times) >= MISLED and just_now >= MOST * len(found):
            return None
        row = self.connection.execute("SELECT misled FROM pages WHERE url = ?", (found_on,)).fetchone()
        return PROBE if row and row["misled"] >= MISLED else timedelta()

    def taken(self, page: sqlite3.Row, found_on: str) -> None:
        """``page`` will be read again since ``found_on`` says that it has changed."""
        self._reading[page["id"]] = found_on, self._revision(page["article_id"])

    def settle(self, page_id: int, article_id: int | None) -> None:
        """``page_id`` was read: if it was for a list, was the list right?"""
        found_on, before = self._reading.pop(page_id, (None, None))
        if found_on:
            right = self._revision(article_id) != before
            self.connection.execute("UPDATE pages SET misled = iif(?, 0, misled + 1) WHERE url = ?", (right, found_on))

    def _revision(self, article_id: int | None) -> int | None:
        row = self.connection.execute("SELECT revision FROM articles WHERE id = ?", (article_id,)).fetchone()
        return row["revision"] if row else None


def said_to_have_changed(row: sqlite3.Row, item: Found) -> str | None:
    """When a page that was read is said to have changed since; None when nothing is said, or it was read later.

    A later date of publication than was announced before means that the address is used for another text.
    """
    said = [item.modified] if item.modified and (_is_young(row) or row["kind"] == "sitemap") else []
    before = json.loads(row["hints"] or "{}").get("published")
    if item.published and before and item.published > before and row["kind"] == "article":
        said.append(item.published)
    latest = max(said, default="")
    read_later = latest <= (row["fetched"] or "z") <= clock.stamp()  # not in the future: our clock was wrong
    return latest if row["fetched"] and latest and not read_later else None


def _is_young(row: sqlite3.Row) -> bool:
    return row["article_id"] is not None and row["due"] is not None


def read_before(row: sqlite3.Row, age: timedelta, now: datetime) -> bool:
    """Whether a page was last read at least ``age`` ago."""
    return not age or clock.moment(row["fetched"]) + age <= now
