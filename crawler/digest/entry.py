"""What a digest is made of: stories as entries, each with its reports, and notices of something else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from crawler.reader import ANYBODY, Reader
from crawler.urls import publisher


@dataclass(frozen=True)
class Report:
    """One outlet's article about a story."""

    id: int
    source: str
    site: str
    language: str  # ISO 639-1 or und
    title: str  # one line
    url: str
    published: str  # a date alone has no time; when it was fetched if nothing is known
    appeared: str  # with a time
    is_copy: bool
    outlet: str | None = None  # who publishes it, if the seeds file says so


@dataclass(frozen=True)
class Entry:
    """A story as a digest tells it; its articles of the topic, the first report first."""

    story: int | None  # None for an article that another tool put in, without a story
    articles: tuple[Report, ...]
    excerpt: str = ""
    wires: tuple[tuple[str, int], ...] = ()  # agency, by how many outlets its text is carried
    labels: tuple[str, ...] = ()  # what the alert rules say of it
    reader: Reader = ANYBODY
    gist: str = ""  # what a machine made of its headline and excerpt, and which one

    @cached_property
    def reports(self) -> list[Report]:
        """Its articles without the copies."""
        return [article for article in self.articles if not article.is_copy]

    @property
    def first(self) -> Report:
        """The report that was out first."""
        return self.reports[0]

    @cached_property
    def head(self) -> Report:
        """The report that stands for it: the first in the best language of the reader's, else the first."""
        return self.reader.best(self.reports, lambda report: report.language) or self.first

    @property
    def title(self) -> str:
        """Its headline."""
        return self.head.title

    @cached_property
    def outlets(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every outlet with the languages it writes in, in the order of their first articles.

        An outlet is a publisher, whatever hosts it has. Its name is the source's, or its domain when several publishers
        came by the same source.
        """
        sites: dict[str, dict[str, None]] = {}
        names: dict[str, str] = {}
        for article in self.articles:
            site = article.outlet or publisher(article.site)
            sites.setdefault(site, {})[article.language] = None
            names.setdefault(site, article.source)
        shared = Counter(names.values())
        return [
            (names[site] if names[site] and shared[names[site]] == 1 else site, tuple(languages))
            for site, languages in sites.items()
        ]

    @property
    def last_appeared(self) -> str:
        """When its last report appeared."""
        return max(report.appeared for report in self.reports)


@dataclass(frozen=True)
class Notice:
    """Something to tell that is no story: a spike, a source that has fallen silent."""

    title: str
    text: str


@dataclass(frozen=True)
class Digest:
    """What happened on a topic between two moments."""

    topic: str
    title: str
    since: str
    until: str
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    more: int = 0  # stories that were left out
    muted: int = 0  # stories that the reader has muted
    reader: Reader = ANYBODY
