"""What was sent to whom, so that nothing is sent twice; the table ``deliveries``.

What is to be sent is written down first, as ``sending``. If the program is killed before it could write down whether
that worked, nobody knows: it becomes ``unknown``, is reported, and is not sent again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from crawler import clock
from crawler.database import transaction
from crawler.digest.entry import Entry

DIGEST = "digest"  # the rule by which every story is told


class Event(NamedTuple):
    """Something that is told once to an address."""

    rule: str
    subject: str
    story: int | None = None
    article: int | None = None


def of_story(rule: str, entry: Entry) -> Event:
    """That a story is told by a rule."""
    subject = f"story {entry.story}" if entry.story else f"article {entry.first.id}"
    return Event(rule, subject, entry.story, entry.first.id)


def address_hash(address: str) -> str:
    """32 hexadecimal digits for an address; slow to compute, since an address may hold a password to be guessed."""
    return hashlib.scrypt(address.encode(), salt=b"newscrawler deliveries", n=2**14, r=8, p=1, dklen=16).hex()


class Deliveries:
    """What one address was told about one topic."""

    def __init__(self, connection: sqlite3.Connection, topic: str, address: str):
        self.connection = connection
        self.topic = topic
        self.address = address_hash(address)

    def rules_that_told(self, entry: Entry) -> set[str]:
        """By which rules a story was told; also when it has become part of another one since."""
        told = [self._told.get(("article", article.id), set()) for article in entry.articles]
        return set().union(*told, self._told.get(("story", entry.story), set()) if entry.story else ())

    @cached_property
    def _told(self) -> dict[tuple[str, int], set[str]]:
        """The rules that told each story, under its own number and under that of its first report."""
        told: dict[tuple[str, int], set[str]] = {}
        for row in self.connection.execute(
            "SELECT rule, story_id, article_id FROM deliveries WHERE topic = ? AND address = ?",
            (self.topic, self.address),
        ):
            for kind in ("story", "article"):
                if number := row[f"{kind}_id"]:
                    told.setdefault((kind, number), set()).add(row["rule"])
        return told

    def has_told(self, rule: str, subject: str, within: timedelta | None = None) -> bool:
        """Whether the rule has told this, or, ``within`` that time, anything."""
        since = "9999" if within is None else clock.text(clock.now() - within)
        row = self.connection.execute(
            "SELECT 1 FROM deliveries WHERE topic = ? AND address = ? AND rule = ? AND (subject = ? OR at > ?)",
            (self.topic, self.address, rule, subject, since),
        ).fetchone()
        return row is not None

    def claim(self, events: Iterable[Event]) -> list[int]:
        """Write down what is about to be sent; the numbers are for ``confirm`` or ``release``."""
        now = clock.text(clock.now())
        with transaction(self.connection):
            return [
                self.connection.execute(
                    "INSERT INTO deliveries (topic, address, rule, subject, story_id, article_id, at, state)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 'sending') RETURNING id",
                    (self.topic, self.address, *event, now),
                ).fetchone()["id"]
                for event in events
            ]

    def confirm(self, claimed: Iterable[int]) -> None:
        """It was sent."""
        with transaction(self.connection):
            numbers = [(number,) for number in claimed]
            self.connection.executemany("UPDATE deliveries SET state = 'sent' WHERE id = ?", numbers)

    def release(self, claimed: Iterable[int]) -> None:
        """It was not sent: another run will try again."""
        with transaction(self.connection):
            self.connection.executemany("DELETE FROM deliveries WHERE id = ?", [(number,) for number in claimed])

    def interrupted(self) -> int:
        """How many events of earlier runs may have been sent or not; from now on they count as sent."""
        with transaction(self.connection):
            return self.connection.execute(
                "UPDATE deliveries SET state = 'unknown' WHERE topic = ? AND address = ? AND state = 'sending'",
                (self.topic, self.address),
            ).rowcount
