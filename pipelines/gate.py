"""The first stage: a page on which some side of every topic is never named is turned away before it is parsed.

Parsing costs fifty times as much. So the bytes of the page are searched for every spelling of every term, wherever
they stand: menus, sidebars and scripts count. The gate may let too much pass, but never drops what relevance would
keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol, Self

from scrapy.crawler import Crawler

from crawler.charset import broken, decode
from crawler.entities import unescaped
from crawler.exceptions import Irrelevant
from crawler.fetching.walls import TITLE, wall_at
from crawler.frontier.effort import Effort
from crawler.items import Fetched, Page
from crawler.run import Run
from crawler.terms import Terms, parse_term
from pipelines import spellings
from pipelines.spellings import Finder

SMALL = 100_000  # bytes of a page of which it is looked at how much it says
SHORTEST = 3_000  # bytes of text, menus included; less may be a wall or a player, and extraction tells
SILENT = re.compile(rb"<(script|style)\b.*?(?:</\1|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)


class Judge(Protocol):
    """What is asked of a topic."""

    @property
    def name(self) -> str: ...
    @property
    def terms(self) -> Terms: ...


class Pieces:
    """What is searched of a page: its bytes, and only for what these have not, what they hide."""

    def __init__(self, page: Fetched):
        self.page = page

    def __iter__(self) -> Iterator[bytes]:
        yield self.page.body
        yield from self._title
        yield from (piece for piece in self.resolved if piece is not self.page.body)

    @cached_property
    def _title(self) -> list[bytes]:
        return spellings.resolved((self.page.hints.title or "").encode("utf-8", "replace"))

    @cached_property
    def _decoded(self) -> tuple[str, str]:
        return decode(self.page.body, self.page.charset)

    @property
    def text(self) -> str:
        return self._decoded[0]

    @cached_property
    def resolved(self) -> list[bytes]:
        """The page in UTF-8 as ``spellings.resolved`` has it."""
        clean = self._decoded[1] in ("utf-8", "ascii") and "\ufffd" not in self.text
        return spellings.resolved(self.page.body if clean else self.text.encode("utf-8", "replace"))


class Gate:
    """Hand on the pages on which an article about one of ``topics`` may be found."""

    def __init__(self, topics: Iterable[Judge], effort: Effort | None = None):
        self.effort = effort or Effort()
        self.topics = [(topic.name, topic.terms.groups) for topic in topics]  # not empty
        self._finders: dict[tuple[str, ...], Finder | None] = {}  # terms of a group -> what finds them

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)
        return cls(run.topics, run.frontier.effort)

    def process_item(self, page: Page) -> Page:
        """``page``; Irrelevant when it lacks a side of every topic, unless it is stored already."""
        with self.effort.of(page.claim):
            gap = self.gap(page.fetched) if page.claim.article_id is None else None
        if gap:
            raise Irrelevant(f"no mention of {gap} anywhere on the page")
        return page

    def gap(self, page: Fetched) -> str | None:
        """The first group that ``page`` lacks of the first topic; None when extraction should have a look at it."""
        if any(not any(map(self._finder, topic.values())) for _, topic in self.topics):
            return None  # it takes everything
        pieces = Pieces(page)
        gaps = []
        given = page.hints.given or {}
        for name, topic in self.topics:
            asked = ((group, terms) for group, terms in topic.items() if group not in given.get(name, ()))
            gaps.append(next((group for group, terms in asked if not self._has(pieces, terms)), None))
            if gaps[-1] is None:
                return None
        text, body = pieces.text, pieces.resolved[0]
        doubtful = ("\ufffd" in text and broken(text)) or says_little(body) or is_wall(body)
        return None if doubtful else gaps[0]

    def _has(self, pieces: Iterable[bytes], terms: tuple[str, ...]) -> bool:
        find = self._finder(terms)
        return find is None or find(pieces)

    def _finder(self, terms: tuple[str, ...]) -> Finder | None:
        if terms not in self._finders:
            self._finders[terms] = spellings.finder(map(parse_term, terms))
        return self._finders[terms]


def says_little(body: bytes) -> bool:
    """Whether a page has so little text that it may be no article."""
    if len(body) >= SMALL:
        return False
    said, end = 0, 0
    for silent in SILENT.finditer(body):
        if silent.start() > end and (written := body[end : silent.start()].split()):
            said += sum(map(len, written)) + len(written)
            if said > SHORTEST:
                return False
        end = silent.end()
    rest = body[end:].split()
    return said + sum(map(len, rest)) + len(rest) <= SHORTEST


def is_wall(body: bytes) -> bool:
    """Whether the title of a page says that it stands in front of another page."""
    title = TITLE.search(body)
    return title is not None and wall_at([unescaped(title[1].decode("utf-8", "replace"))]) is not None
