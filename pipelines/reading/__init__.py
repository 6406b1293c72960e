"""What becomes of a page: its article is found and judged, and no more handed back than is needed.

It runs in worker processes, so nothing here loads Scrapy, which takes longer than a dozen pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from crawler.items import Page, Reading, Refusal
from crawler.terms import Terms

if TYPE_CHECKING:
    from crawler.warc.capture import Capture, Exchange

SOCKET_FOLDER = "NEWSCRAWLER_SOCKET_FOLDER"  # environment of the nursery: what it takes along when it ends


class Watched(NamedTuple):
    """What is asked of a topic here."""

    name: str
    terms: Terms
    languages: tuple[str, ...]  # none: all


class Reader:
    """Reads pages for ``topics``; which language a text has is told by ``detector``.

    ``kept`` is ARCHIVE_PAGES: which pages come with what the web archive keeps of them.
    """

    def __init__(self, topics: Iterable[Watched], detector: str = "langdetect", kept: str = "none"):
        self.topics = list(topics)
        self.languages = {topic.name: topic.languages for topic in self.topics}
        self.detector = detector
        self.kept = kept

    def load(self) -> None:
        """Load now what reading needs."""
        from pipelines import extract, relevance, repeated  # noqa: F401
        from pipelines.language import classifier

        classifier(self.detector)

    def __call__(self, page: Page) -> Reading | Refusal:
        """The article of a page, or why it is none of ours, with what else is to be kept of it; why there is none."""
        read = self._read(page)
        stored = isinstance(read, Reading) and not isinstance(read.result, Refusal)
        if page.fetched.exchange and (self.kept == "read" or (self.kept == "stored" and stored)):
            return replace(read, capture=_capture(page, page.fetched.exchange))
        return read

    def _read(self, page: Page) -> Reading | Refusal:
        from pipelines.extract import extract  # only who reads pages loads what that needs
        from pipelines.language import why_unread
        from pipelines.relevance import why_irrelevant
        from pipelines.repeated import ends

        article = extract(page.fetched)
        if isinstance(article, Refusal):
            return article
        article.claim, article.source = page.claim, page.claim.source
        blocks = tuple(ends(article.text))
        if why := why_irrelevant(article, self.topics, self.detector):
            return Reading(page.claim, article.site, blocks, Refusal("irrelevant", why))
        if why := why_unread(article, self.languages, self.detector):
            return Reading(page.claim, article.site, blocks, Refusal("language", why))
        return Reading(page.claim, article.site, blocks, article)


def _capture(page: Page, exchange: Exchange) -> Capture:
    from crawler.warc.capture import capture

    hints = page.claim.hints
    about = {
        "source": page.claim.source,
        "timezone": page.fetched.timezone,
        "title": hints.title,
        "published": hints.published,
        "language": hints.language,
        "authors": json.dumps(hints.authors, ensure_ascii=False) if hints.authors else None,
    }
    return capture(exchange, page.fetched.fetched, about)
