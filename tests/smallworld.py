"""A few sites of a handful of pages each, that do as a test tells them; watched with the real command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Self

from tests.newsweb.outlet import Answer
from tests.newsweb.server import OutletServer, Request, RequestLog, listen
from tests.watching import story

GONE = Answer(404, b"no such page", "text/plain")
ROBOTS = Answer(200, b"User-agent: *\nDisallow:\n", "text/plain")


class Site:
    """What one host answers: ``pages`` has path -> answer, or a function that gives it."""

    fault = None
    port = 0

    def __init__(self, address: str):
        self.imprint = SimpleNamespace(address=address)
        self.pages: dict[str, Answer | Callable[[], Answer]] = {"/robots.txt": ROBOTS}
        self.otherwise: Callable[[str], Answer] = lambda path: GONE

    def url(self, path: str = "/feed") -> str:
        return f"http://{self.imprint.address}:{self.port}{path}"

    def answer(self, path: str) -> Answer:
        found = self.pages.get(path) or self.pages.get(path.partition("?")[0]) or self.otherwise(path)
        return found() if callable(found) else found

    def article(self, path: str, seed: object, **more: object) -> None:
        """An article of its own at ``path``."""
        self.pages[path] = page(seed, **more)


class World:
    """Sites by name, each on an address of its own; a context."""

    def __init__(self, *names: str):
        self.sites = {name: Site(f"127.0.51.{number}") for number, name in enumerate(names, 1)}
        self._log = RequestLog()
        self._servers: list[OutletServer] = []

    def __enter__(self) -> Self:
        self._servers = listen(list(self.sites.values()), 0, self._log)
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()

    def __getitem__(self, name: str) -> Site:
        return self.sites[name]

    @property
    def requests(self) -> list[Request]:
        return self._log.lines()


def page(seed: object, paragraphs: int = 6, head: str = "", title: str | None = None) -> Answer:
    """The page of an article, always the same for a ``seed``."""
    headline, text = story(seed, 6)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n")[:paragraphs])
    headline = title or headline
    html = f"<html><head><title>{headline}</title>{head}</head><body><article><h1>{headline}</h1>{body}</article>"
    return Answer(200, html.encode())


def feed(*urls: str, published: Iterable[datetime] = ()) -> Answer:
    """An RSS feed of these addresses."""
    dates = [f"<pubDate>{format_datetime(date)}</pubDate>" for date in published] or [""] * len(urls)
    items = "".join(
        f"<item><link>{url.replace('&', '&amp;')}</link>{date}</item>" for url, date in zip(urls, dates, strict=True)
    )
    return Answer(200, f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode(), "text/xml")


def atom(*urls: str, updated: datetime) -> Answer:
    """An Atom feed of entries that were all changed at that moment."""
    entries = "".join(
        f"<entry><id>{url}</id><link href='{url}'/><updated>{updated.isoformat()}</updated></entry>" for url in urls
    )
    text = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>f</title>{entries}</feed>"
    return Answer(200, text.encode(), "application/atom+xml")


def to(url: str, status: int = 301) -> Answer:
    """A redirect."""
    return Answer(status, headers={"Location": url})


def ago(hours: float) -> datetime:
    """So many hours before now."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)
