"""One outlet of the news web: what it publishes, at which paths, and what is wrong with it at the moment."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.newsweb import feeds
from tests.newsweb.page import Page
from tests.newsweb.pieces import Piece, read_pieces

FEEDS: dict[str, tuple[Callable[..., bytes], str]] = {
    "rss": (feeds.rss, "application/rss+xml; charset=UTF-8"),
    "atom": (feeds.atom, "application/atom+xml; charset=utf-8"),
    "rdf": (feeds.rdf, "application/rdf+xml"),
    "json": (feeds.json_feed, "application/feed+json"),
}


@dataclass(frozen=True)
class Imprint:
    """What stays the same about an outlet. Paths are made with year, month, day, section, slug and id."""

    key: str  # also the name of its file of articles
    name: str
    address: str  # in 127.0.0.0/8
    language: str
    render: Callable[[Page], str]
    article_path: str
    feed: str = ""  # rss, atom, rdf, json or "" for none
    feed_path: str = "/feed/"
    front: Callable[[Outlet], str] | None = None  # draws the section page
    front_path: str = "/"
    tracking: str = ""  # what the feed appends to each address, made with slug
    empty_pages: tuple[str, ...] = ()  # paths of pages that are no articles
    charset: str = "utf-8"
    header_charset: str = ""  # what the HTTP header says instead, where a server is wrong
    utc_offset: int = 0  # hours, of the newsroom's clock
    robots: str = "User-agent: *\nDisallow:\n"
    seed: Mapping[str, str] = field(default_factory=dict)  # further keys of its [[sources]] table
    source_path: str = ""  # where the source points; left out: the feed, or the front page


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None

    @property
    def etag(self) -> str:
        """Weak, so that it holds with and without gzip."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True)
class Fault:
    """What is wrong with an outlet: a status for every path below ``below``, or no answer for ``hang`` seconds."""

    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"temporarily out of order"
    hang: float = 0.0
    below: str = "/"


class Outlet:
    """A living outlet. Changes are seen by the next request; ``fault`` is None or a :class:`Fault`."""

    def __init__(self, imprint: Imprint, base: datetime):
        self.imprint = imprint
        self.base = base
        self.port = 0
        self.opening = tuple(read_pieces(imprint.key))  # what the boxes on its pages choose from
        self.pieces = {piece.slug: piece for piece in self.opening}
        self.files: dict[str, Answer] = {}  # path -> anything else a test wants served
        self.surfaces: Mapping[str, Callable[[Outlet], Answer]] = {}  # path -> what is drawn for each request
        self.fault: Fault | None = None

    def url(self, path: str = "/") -> str:
        """Absolute address of a path of this outlet."""
        return f"http://{self.imprint.address}:{self.port}{path}"

    def path_of(self, piece: Piece) -> str:
        """Canonical path of a piece."""
        moment = self.published(piece)
        return self.imprint.article_path.format(
            year=moment.year,
            month=moment.month,
            day=moment.day,
            section=_ascii(piece.section),
            slug=piece.slug,
            id=zlib.crc32(piece.slug.encode()) % 900_000 + 100_000,
        )

    def url_of(self, piece: Piece) -> str:
        """Canonical address of a piece."""
        return self.url(self.path_of(piece))

    def published(self, piece: Piece) -> datetime:
        """Aware UTC, whole minutes."""
        return self._hours_ago(piece.hours)

    def publish(self, slug: str, title: str, text: str, **details: Any) -> str:
        """Add an article (``details`` are fields of Piece) and return its address. It leads the feed."""
        self.pieces = {slug: Piece(slug, title, text, **details), **self.pieces}
        return self.url_of(self.pieces[slug])

    def revise(self, slug: str, **changes: Any) -> str:
        """Change fields of a piece (``title=``, ``text=``) and return its address; its path stays."""
        self.pieces = {**self.pieces, slug: replace(self.pieces[slug], **{"revised_hours": 0.0, **changes})}
        return self.url_of(self.pieces[slug])

    def withdraw(self, slug: str) -> str:
        """Take a piece off the web: its address answers 410 from now on."""
        address, path = self.url_of(self.pieces[slug]), self.path_of(self.pieces[slug])
        self.files = {**self.files, path: Answer(410, b"<h1>Gone</h1>")}
        self.pieces = {key: piece for key, piece in self.pieces.items() if key != slug}
        return address

    def draw(self, piece: Piece) -> Page:
        """The page of a piece, drawn: its ``html`` and what is planted in it."""
        page = Page(piece, self)
        page.html = self.imprint.render(page)
        return page

    def answer(self, path: str) -> Answer:
        """What the outlet says to GET ``path``; parameters that name no article are ignored, as most servers do."""
        whole, (path, _, query) = path, path.partition("?")
        for asked in (whole, path):
            if asked in self.files:
                return self.files[asked]
            if asked in self.surfaces:
                return self.surfaces[asked](self)
        if path == "/robots.txt":
            return Answer(200, self.imprint.robots.encode(), "text/plain")
        if self.imprint.feed and path == self.imprint.feed_path:
            return self._feed()
        if path in ("/", self.imprint.front_path) and self.imprint.front:
            return self._html(self.imprint.front(self), self._newest())
        for piece in self.pieces.values():
            if self._shows(piece, path, query):
                hours = piece.hours if piece.revised_hours is None else piece.revised_hours
                return self._html(self.draw(piece).html, self.base - timedelta(hours=hours))
        if path in self.imprint.empty_pages:
            return self._html(
                f"<!doctype html><title>{self.imprint.name}</title><h1>{self.imprint.name}</h1>", self.base
            )
        return Answer(404, b"<!doctype html><title>404</title><h1>Not found</h1>")

    def _shows(self, piece: Piece, path: str, query: str) -> bool:
        """Whether an address leads to this piece: its own, another one of it, or its AMP variant."""
        own, _, parameter = self.path_of(piece).partition("?")
        if path in (piece.announced_as, *piece.also_at):
            return True
        return path.removesuffix("amp/") == own and (not parameter or parameter in query.split("&"))

    def _html(self, text: str, modified: datetime) -> Answer:
        charset = self.imprint.charset
        header = f"text/html; charset={self.imprint.header_charset or charset}"
        return Answer(200, text.encode(charset, "xmlcharrefreplace"), header, modified=modified)

    def _newest(self) -> datetime:
        changes = [self.published(piece) for piece in self.pieces.values()]
        changes += [self._hours_ago(p.revised_hours) for p in self.pieces.values() if p.revised_hours is not None]
        return max(changes, default=self.base)

    def entries(self) -> list[feeds.Entry]:
        """What a feed says about each article, in its order."""
        clock = timezone(timedelta(hours=self.imprint.utc_offset))
        entries = []
        for piece in self.pieces.values():
            published = self.published(piece)
            for path in (piece.announced_as or self.path_of(piece), *piece.also_at):
                entries.append(
                    feeds.Entry(
                        self.url(path + self.imprint.tracking.format(slug=piece.slug)),
                        self.url(path),
                        piece.title,
                        piece.teaser,
                        published.astimezone(clock),
                        piece.authors,
                        published if piece.revised_hours is None else self._hours_ago(piece.revised_hours),
                    )
                )
        return entries

    def _hours_ago(self, hours: float) -> datetime:
        return self.base - timedelta(minutes=round(hours * 60))

    def _feed(self) -> Answer:
        write, content_type = FEEDS[self.imprint.feed]
        body = write(self.imprint.name, self.url(), self.imprint.language, self.entries())
        return Answer(200, body, content_type, modified=self._newest().astimezone(UTC))


def _ascii(section: str) -> str:
    """``Economía`` -> ``economia``, for paths."""
    letters = unicodedata.normalize("NFKD", section.lower()).replace(" ", "-")
    return letters.encode("ascii", "ignore").decode()
