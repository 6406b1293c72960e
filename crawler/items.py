"""What crosses the pipeline: a page as it was fetched, the article in it, or why there is none.

Plain dataclasses without Scrapy, so that worker processes load them quickly. Times are text as the
database has them: UTC ``2024-07-01T12:00:00Z``, or ``2024-07-01`` when the time of day is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.warc.capture import Capture, Exchange


@dataclass(frozen=True)
class Found:
    """An address that a feed, sitemap or page announced, with what it said about it."""

    url: str
    kind: str = "article"  # article, feed, sitemap or section
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    given: Mapping[str, Sequence[str]] | None = None  # topic -> groups of its terms that the list covers by definition


@dataclass(frozen=True)
class Hints:
    """What a feed or news sitemap said about a page before it was fetched."""

    title: str | None = None
    published: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    given: Mapping[str, Sequence[str]] | None = None  # topic -> groups that count as named


@dataclass(frozen=True)
class Claim:
    """A row of ``pages`` that this run has taken on; whatever ends it is written back to that row."""

    id: int
    url: str
    kind: str  # article, feed, sitemap, section, or source while that is not known yet
    source: str  # name in the seeds file
    host: str
    attempts: int = 0  # before this one
    hints: Hints = Hints()
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    unchanged: int = 0  # visits in a row that brought nothing new
    article_id: int | None = None  # this is a re-visit of a stored article
    again: int = 0  # how often it was asked again since it was given up


@dataclass(frozen=True)
class Fetched:
    """One HTML page and all that a worker process needs to read it."""

    url: str  # where it was found after redirects
    body: bytes = field(repr=False)
    fetched: str  # UTC
    charset: str | None = None  # of the HTTP header
    hints: Hints = Hints()
    timezone: str | None = None  # IANA name, for times that give no zone
    exchange: Exchange | None = field(default=None, repr=False)  # what is to be kept of it in the web archive


@dataclass(frozen=True)
class Page:
    """What a spider hands over: a fetched page and the claim that it answers."""

    claim: Claim
    fetched: Fetched


@dataclass(frozen=True)
class Refusal:
    """Why a page is no article: ``state`` is one of the states of ``pages``."""

    state: str
    reason: str
    capture: Capture | None = field(default=None, repr=False)  # for the web archive


class Unread(ValueError):
    """Why what should read something gave no answer: it took too much time or memory, or crashed."""


@dataclass(frozen=True)
class Match:
    """Why an article belongs to a topic: what was found of each group of its terms."""

    topic: str
    score: float
    terms: dict[str, dict[str, int]]  # group -> {term as written in the seeds: count}
    role: str = "subject"  # or mention
    parts: dict[str, Any] = field(default_factory=dict)  # what the score is made of: crawler/terms/about.py


@dataclass
class Article:
    """One clean article; the fields are columns of ``articles`` unless said otherwise."""

    url: str
    title: str | None = None
    text: str = field(default="", repr=False)
    authors: list[str] = field(default_factory=list)
    authors_from: str | None = None  # jsonld, meta, byline, text, feed, or desk: no person
    published: str | None = None
    published_from: str | None = None  # feed, jsonld, meta, time, url, text or relative
    modified: str | None = None
    description: str | None = field(default=None, repr=False)
    image: str | None = field(default=None, repr=False)
    section: str | None = None
    tags: list[str] = field(default_factory=list, repr=False)
    agency: str | None = None
    paywalled: bool = False
    canonical_url: str | None = None
    canonical_elsewhere: str | None = None
    language_hint: str | None = None  # what the page's own markup says, not a column
    language: str = "und"
    language_confidence: float | None = None
    language_from: str = "none"  # text, script, hint or none
    extractor: str = ""
    source: str = ""
    site: str = ""
    fetched: str = ""
    content_hash: str = field(default="", repr=False)
    matches: list[Match] = field(default_factory=list, repr=False)  # rows of ``matches``, not a column
    claim: Claim | None = field(default=None, repr=False)  # the page it came from, not a column

    @property
    def is_revisit(self) -> bool:
        """Whether it is stored already and was looked at again."""
        return self.claim is not None and self.claim.article_id is not None


@dataclass(frozen=True)
class Reading:
    """What a worker process made of the page that answers ``claim``.

    ``ends`` are the hashes of the blocks at both ends of its text, which other pages of its ``site`` may have, too.
    """

    claim: Claim
    site: str
    ends: tuple[int, ...] = field(repr=False)
    result: Article | Refusal = field(repr=False)
    capture: Capture | None = field(default=None, repr=False)  # for the web archive
