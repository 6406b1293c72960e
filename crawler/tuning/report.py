"""All that can be told of a topic's terms, read once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.terms import Terms
from crawler.tuning import candidates, misses, yields
from crawler.tuning.candidates import Candidate
from crawler.tuning.misses import Miss, Titles
from crawler.tuning.yields import Yields


@dataclass(frozen=True)
class Report:
    """What the terms bring, and what they lack."""

    yields: Yields
    candidates: list[Candidate]  # the surest first
    misses: list[Miss]  # pages with a candidate in their title, the newest first
    mentions: list[Miss]  # articles that are nearly about the topic, the newest first
    others: int  # pages that lack one group and have no candidate in their title

    @property
    def dead(self) -> dict[str, list[str]]:
        """group -> terms that no article has."""
        found: dict[str, list[str]] = {}
        for each in self.yields.terms:
            if not each.articles:
                found.setdefault(each.group, []).append(each.term)
        return found

    def rows(self) -> Iterator[dict[str, Any]]:
        """Everything, each with the same keys: ``part`` is term, candidate, page or mention."""
        for each in self.yields.terms:
            about = {"group": each.group, "term": each.term, "list": each.list, "hits": each.hits}
            counts = {"articles": each.articles, "alone": each.alone, "subjects": each.subjects, "share": each.share}
            yield _row("term", **about, **counts, time=each.last)
        for word in self.candidates:
            counts = {"articles": word.subjects + word.others, "subjects": word.subjects, "odds": word.odds}
            yield _row("candidate", term=word.word, forms=list(word.forms), language=word.language, **counts)
        for part, found in (("page", self.misses), ("mention", self.mentions)):
            for miss in found:
                said = {"title": miss.title, "url": miss.url, "source": miss.source, "reason": miss.said}
                yield _row(part, group=miss.lacks or None, term=miss.term or None, time=miss.time, **said)


def _row(part: str, **values: Any) -> dict[str, Any]:
    keys = "group term list forms language hits articles alone subjects share odds time title url source reason"
    return {"part": part, **{key: values.get(key) for key in keys.split()}}


def read(connection: sqlite3.Connection, topic: str, terms: Terms, most: int) -> Report:
    """The report on a topic with at most so many candidates of a language, and near misses of each kind."""
    words = candidates.of_topic(connection, topic, terms)
    titles = Titles(words)
    found: list[Miss] = []
    others = 0
    for miss in misses.of_topic(connection, topic, terms, titles):
        if miss.term or not miss.lacks:
            found += [miss] if len(found) < most else []
        else:
            others += 1
    counted = yields.of_topic(connection, topic, terms)
    of_language: dict[str, int] = {}
    kept = []
    for word in words:
        of_language[word.language] = of_language.get(word.language, 0) + 1
        kept += [word] if of_language[word.language] <= most else []
    return Report(counted, kept, found, list(misses.mentions(connection, topic, titles, most)), others)
