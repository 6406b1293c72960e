"""What an outlet is called: as the seeds file calls it, unless its articles came by way of somebody else's feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from crawler.urls import same_site


class Outlets:
    """The names of outlets; ``addresses`` are those of each source, ``publishers`` who publishes some of them."""

    def __init__(self, addresses: Mapping[str, Sequence[str]], publishers: Mapping[str, str] | None = None):
        self._addresses, self._publishers = addresses, publishers or {}
        self._known: dict[tuple[str | None, str | None], str] = {}

    @classmethod
    def known_to(cls, connection: sqlite3.Connection) -> Outlets:
        """As the sources of the database are called."""
        addresses: dict[str, list[str]] = {}
        publishers: dict[str, str] = {}
        for row in connection.execute("SELECT name, url, address, outlet FROM sources"):
            if row["outlet"]:
                publishers[row["name"]] = row["outlet"]
            addresses.setdefault(row["name"], []).extend(filter(None, (row["url"], row["address"])))
        return cls(addresses, publishers)

    def of(self, article: sqlite3.Row) -> str:
        """What the outlet of an article is called."""
        return self.name(article["source"], article["site"])

    def name(self, source: str | None, site: str | None) -> str:
        """The outlet of ``source`` when ``site`` is its own, else the site: a search service has articles of many."""
        key = (source, site)
        if key not in self._known:
            self._known[key] = self._name(source, site)
        return self._known[key]

    def _name(self, source: str | None, site: str | None) -> str:
        if not source or not site:
            return source or site or "unknown"
        addresses = self._addresses.get(source)
        if addresses is None or any(same_site(address, f"http://{site}/") for address in addresses):
            return self._publishers.get(source, source)
        return site
