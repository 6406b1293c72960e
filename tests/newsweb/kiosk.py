"""An aggregator: it has no articles, its feeds lead to those of others, through a door that counts the readers."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, quote

from tests.newsweb import feeds
from tests.newsweb.outlet import Answer, Fault, Imprint, Outlet
from tests.newsweb.page import Page

HINTS = 3  # entries of the feed whose links lead nowhere without a browser


def _none(page: Page) -> str:
    raise AssertionError("the kiosk has no pages of its own")


class Kiosk:
    """Serves ``/feed/`` (links through ``/go``), ``/hints.rss`` (links of Google News) and ``/doc`` (a query)."""

    imprint = Imprint("kiosk", "El Kiosco", "127.0.0.21", "es", _none, "", feed="rss")

    def __init__(self, outlets: Sequence[Outlet]):
        self.outlets = outlets
        self.port = 0
        self.fault: Fault | None = None
        self.files: dict[str, Answer] = {}

    def url(self, path: str = "/") -> str:
        """Absolute address of a path."""
        return f"http://{self.imprint.address}:{self.port}{path}"

    def answer(self, path: str) -> Answer:
        """What the kiosk says to GET ``path``."""
        name, _, query = path.partition("?")
        if path in self.files:
            return self.files[path]
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        if name == "/go":
            address = asked.get("to", "")
            return Answer(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}utm_source=kiosk"})
        if name == "/feed/":
            return self._feed(
                [entry._replace(url=self.url(f"/go?to={quote(entry.guid)}")) for entry in self._entries()]
            )
        if name == "/hints.rss":
            hints = self._entries()[:HINTS]
            return self._feed(
                [e._replace(url=f"https://news.google.com/rss/articles/CBMi{n}x") for n, e in enumerate(hints)]
            )
        if name == "/doc":
            return self._feed([e._replace(url=e.guid) for e in self._entries()[: int(asked.get("maxrecords", 75))]])
        if name == "/robots.txt":
            return Answer(404, b"none")
        return Answer(404, b"<!doctype html><title>404</title>")

    def _entries(self) -> list[feeds.Entry]:
        entries = [entry for outlet in self.outlets for entry in outlet.entries()]
        return sorted(entries, key=lambda entry: entry.published, reverse=True)

    def _feed(self, entries: list[feeds.Entry]) -> Answer:
        body = feeds.rss(self.imprint.name, self.url(), self.imprint.language, entries)
        return Answer(200, body, "application/rss+xml")
