"""What a topic missed by a hair: pages that lack one group of its terms, and articles that nearly are about it.

Of a page that was found irrelevant its title is known, and the reason. The text of it was read when the reason does not
say that nothing was found ``anywhere on the page``.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.database.queries import NEWEST
from crawler.terms import Terms, about
from crawler.tuning.candidates import Candidate, stems_of

PAGES = 50_000  # irrelevant ones that are looked at: the newest
NEARLY = about.SUBJECT - 1  # points from which on a mention is one by a hair
LACKS = re.compile(r"no mention of (.+?)( anywhere on the page)?")

IRRELEVANT = (
    "SELECT url, pages.source, hints, first_seen, outcomes.reason FROM outcomes CROSS JOIN pages ON pages.id = page_id"
    " WHERE outcomes.topic = :topic AND outcomes.state = 'irrelevant' AND hints IS NOT NULL AND alias_of IS NULL"
    " ORDER BY page_id DESC LIMIT :most"
)
MENTIONS = (
    f"SELECT articles.id, url, source, title, language, {NEWEST} AS time, parts FROM matches"
    " CROSS JOIN articles ON articles.id = article_id WHERE topic = :topic AND role = 'mention' AND score >= :nearly"
    " AND duplicate_of IS NULL ORDER BY article_id DESC LIMIT :most"
)


@dataclass(frozen=True)
class Miss:
    """A page or an article that a term would have brought, or made a subject."""

    title: str
    url: str
    source: str
    time: str  # when it was published, or else found
    lacks: str  # the group; empty for an article, which has all of them
    said: str  # why it was missed
    term: str  # the candidate in its title that would have brought it; empty for none


class Titles:
    """Looks for ``candidates`` in titles."""

    def __init__(self, candidates: Iterable[Candidate]):
        self._candidates: dict[tuple[str, str], Candidate] = {}
        for each in candidates:
            for stem in stems_of(" ".join(each.forms), each.language):
                self._candidates.setdefault((each.language, stem), each)
        self._languages = sorted({language for language, _ in self._candidates})

    def best(self, title: str, language: str | None) -> str:
        """The surest candidate that is in ``title``, as it is written there; empty for none."""
        found = []
        for code in [language] if language in self._languages else self._languages:
            for stem, written in stems_of(title, code).items():
                if each := self._candidates.get((code, stem)):
                    found.append((each.sure, written))
        return max(found, default=(0.0, ""))[1]


def of_topic(connection: sqlite3.Connection, topic: str, terms: Terms, titles: Titles) -> Iterator[Miss]:
    """Pages, the newest first, that lack one group of the topic's ``terms``, or none any more."""
    groups = [name for name, terms_of in terms.groups.items() if "*" not in terms_of]
    for row in connection.execute(IRRELEVANT, {"topic": topic, "most": PAGES}):
        hints = json.loads(row["hints"])
        title = hints.get("title")
        if not title:
            continue
        named = terms.hits(title, language=hints.get("language"))
        lacking = [group for group in groups if group not in named]
        read = lacking_in_text(row["reason"], groups)
        if len(read) == 1 and read[0] not in named:
            lacking, said = read, f"its text lacks {read[0]}"
        elif len(lacking) == 1:
            said = f"its title lacks {lacking[0]}" if len(groups) > 1 else "its title names nothing"
        elif not lacking:
            said = f"its title names all groups; it was turned away: {row['reason']}"
        else:
            continue
        term = titles.best(title, hints.get("language")) if lacking else ""
        time = hints.get("published") or row["first_seen"]
        yield Miss(title, row["url"], row["source"] or "", time, "".join(lacking), said, term)


def lacking_in_text(reason: str | None, groups: Sequence[str]) -> list[str]:
    """The groups that a page lacked whose text was read; none when it was not."""
    found = LACKS.fullmatch(reason or "")
    if found is None or found[2]:
        return []
    lacking = found[1].split(" or ")
    return lacking if set(lacking) <= set(groups) else []


def mentions(connection: sqlite3.Connection, topic: str, titles: Titles, most: int) -> Iterator[Miss]:
    """Stored articles, the newest first, that would be about the topic with one point more."""
    asked = {"topic": topic, "nearly": NEARLY / about.MOST, "most": most}
    for row in connection.execute(MENTIONS, asked):
        parts: dict[str, Any] = json.loads(row["parts"] or "{}")
        title = row["title"] or ""
        said = about.said("mention", None, parts)
        yield Miss(title, row["url"], row["source"] or "", row["time"], "", said, titles.best(title, row["language"]))
