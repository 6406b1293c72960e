"""What another reading of a page changes, and how to say it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from crawler.items import Article, Match, Refusal
from pipelines.archive import COLUMNS, LISTS, REVISED, columns_of
from pipelines.reextract.selection import Again

KEPT = {"url", "canonical_url", "source", "site", "fetched", "content_hash", "extractor"}  # not read anew
OF_ANY_FETCH = tuple(column for column in REVISED if column not in KEPT)
OF_THE_FIRST = tuple(column for column in (*COLUMNS, *LISTS) if column not in KEPT)


@dataclass
class Progress:
    """How far it is, in pages; ``counts`` are outcomes: revised, facts, matches, left, stored, lost and so on."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    size: int = 0


@dataclass
class Change:
    """What becomes of a page that was read again; when nothing else is set it is as it was."""

    again: Again
    known: Article | None = field(default=None, repr=False)
    article: Article | None = field(default=None, repr=False)  # as it is read today
    columns: tuple[str, ...] = ()  # of ``articles`` that differ
    topics: tuple[str, ...] = ()  # of which the match differs
    refused: Refusal | None = None  # why it has no article today

    @property
    def outcome(self) -> str:
        """It in a word, for counts."""
        if self.refused:
            return "left" if self.known else "refused"
        if self.known is None:
            return "stored" if self.article else "unchanged"
        if not {"title", "text"}.isdisjoint(self.columns):
            return "revised"
        return "facts" if self.columns else "matches" if self.topics else "unchanged"


def differing(known: Article, article: Article, is_first: bool) -> tuple[str, ...]:
    """The columns that another reading has otherwise; ``is_first``: it is of the fetch that gave all facts."""
    columns = OF_THE_FIRST if is_first else OF_ANY_FETCH
    return tuple(column for column in columns if getattr(known, column) != getattr(article, column))


def topics_of(known: list[Match], matches: list[Match], judged: set[str]) -> tuple[str, ...]:
    """The topics of which the match is another one today; of those that were not ``judged`` it stays."""
    before = {match.topic: columns_of(match) for match in known}
    after = {match.topic: columns_of(match) for match in matches}
    return tuple(
        topic for topic in sorted(before.keys() | after.keys())
        if before.get(topic) != after.get(topic) and (topic in after or topic in judged)
    )  # fmt: skip
