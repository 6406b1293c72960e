"""Where a source is visited while the address in the seeds file does not answer, and when it answers again."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy.http import Response

from crawler.discovery import discover
from crawler.discovery.feed_finder import Discovered, find_again
from crawler.fetching.outcome import Outcome
from crawler.items import Claim, Found
from crawler.seeds import Source
from crawler.sources import rows, surfaces
from crawler.sources.verdicts import is_gone
from crawler.urls import page_key

if TYPE_CHECKING:
    from crawler.sources.visits import SourceVisits

logger = logging.getLogger(__name__)

FIND_AGAIN = 8  # failures in a row after which a list that is gone is looked for once more; visits until it is tried


@dataclass(frozen=True)
class Replacement:
    """Another place of a source, what it announces there, and why it is visited there."""

    found: Discovered
    response: Response
    why: str


class Healing:
    """Looks for another place of the sources of a topic, with the requests and the pool of ``visits``."""

    def __init__(self, visits: SourceVisits):
        self.visits = visits
        self.connection, self.topic = visits.connection, visits.topic
        self.answers: dict[str, Response] = {}

    async def replacement(self, source: Source, claim: Claim, ended: Outcome) -> Replacement | None:
        """Another place for a source whose visit ended so; None when it is not time to look, or nothing is found."""
        row = rows.read(self.connection, self.topic, source.url)
        if row is None or row["address"] or claim.url != source.url or source.kind == "page":
            return None  # what is visited elsewhere goes back to the address in the seeds file first
        if row["failures"] != 1 and row["failures"] % FIND_AGAIN:
            return None
        better = await self._of_urls(source)
        why = "it is one of its urls"
        if better is None and is_gone(ended):
            again = await find_again(
                source.url, self._asking(source), self.visits.robots, source.timezone, self.visits.pool.ask
            )
            better, why = again or (None, "")
        if better is None:
            return None
        if other := self._followed(source, better.address):
            logger.info("%s: what was found in place of %s is followed as %s", source.name, source.url, other)
            return None
        said = f"{ended.reason}: visited at {better.address} ({why})"
        logger.warning("%s: %s", source.name, said)
        return Replacement(better, self.answers[better.address], said)

    async def returned(self, source: Source, row: sqlite3.Row, claim: Claim) -> str | None:
        """The kind of what is at the address in the seeds file again; None when nothing is, or it is not asked yet.

        It is asked for at the first, second, fourth and eighth visit to the other place, then at each eighth.
        """
        if not row["healed"] or claim.url != row["address"]:
            return None
        (hints,) = self.connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
        visits = surfaces.Brought.of(hints).visits + 1
        if visits & (visits - 1) and visits % FIND_AGAIN:
            return None
        listed = await self._read(source, source.url, source.kind)
        if listed is None or page_key(listed.address) == page_key(claim.url):
            return None
        if listed.kind not in ("feed", "sitemap") and "section" not in (source.kind, row["kind"]):
            return None  # a front page in the place of what was a feed
        logger.info("%s: %s answers again", source.name, source.url)
        return listed.kind

    async def _of_urls(self, source: Source) -> Discovered | None:
        """The best of ``urls``: with the newest day among those that announce anything, the earlier of two equal."""
        listed = [await self._read(source, url, None) for url in source.urls]
        return max(filter(None, listed), key=lambda place: _newest_day(place.found), default=None)

    async def _read(self, source: Source, url: str, kind: str | None) -> Discovered | None:
        """What ``url`` announces; None when it announces nothing."""
        if (response := await self._asking(source)(url)) is None:
            return None
        try:
            is_kind, found = await self.visits.pool.ask(
                discover, response.body, response.url, kind=kind, timezone=source.timezone
            )
        except ValueError:
            return None
        return Discovered(response.url, is_kind, found, url) if found and is_kind != "page" else None

    def _asking(self, source: Source):  # type: ignore[no-untyped-def]
        async def ask(url: str) -> Response | None:
            response = await self.visits.ask(source, url)
            if response is not None:
                self.answers[response.url] = response
            return response

        return ask

    def _followed(self, source: Source, address: str) -> str | None:
        """The other source of the topic that is visited at ``address``."""
        others = self.connection.execute(
            "SELECT name, coalesce(address, url) AS place FROM sources"
            " WHERE topic = ? AND url <> ? AND state <> 'disabled'",
            (self.topic.name, source.url),
        )
        key = page_key(address)
        return next((other["name"] for other in others if page_key(other["place"]) == key), None)


def _newest_day(found: Sequence[Found]) -> str:
    return max((item.published or item.modified or "" for item in found), default="")[:10]
