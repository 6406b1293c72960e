"""Words that articles about a topic have more often than others, and that are no terms of it yet.

Titles are compared with titles and first sentences with first sentences: those of subjects with those of mentions, and
with titles of pages that were found irrelevant. The measure is the log of the odds ratio, smoothed by the words of all
of them, and how many times its own standard error that is.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

from crawler.search.stems import stems
from crawler.terms import Terms, Words, about
from crawler.terms.folding import fold, is_unspaced
from crawler.words import words

SAMPLE = 20_000  # articles, and pages that were found irrelevant: the newest
LEAD = 800  # characters among which the first sentences are looked for
SHORTEST = 3  # letters of a word; two where there are no spaces
PRIOR = 10  # words that are thought to have been seen before
TWICE = log(2)  # so much more often at least
SURE = 1.0  # standard errors
COMMON = 1 / 8  # of the other texts: a word that so many have says nothing
FORMS = 3  # of a word that are told

ARTICLES = (
    "SELECT language, title, substr(text, 1, :lead) AS text, source, coalesce(role, 'subject') = 'subject' AS subject"
    " FROM matches CROSS JOIN articles ON articles.id = article_id"
    " WHERE topic = :topic AND duplicate_of IS NULL ORDER BY article_id DESC LIMIT :most"
)
IRRELEVANT = (
    "SELECT coalesce(hints ->> 'language', 'und') AS language, hints ->> 'title' AS title, source"
    " FROM outcomes CROSS JOIN pages ON pages.id = page_id WHERE outcomes.topic = :topic"
    " AND outcomes.state = 'irrelevant' AND hints IS NOT NULL ORDER BY page_id DESC LIMIT :most"
)


class Candidate(NamedTuple):
    """A word that might be a term."""

    language: str
    forms: tuple[str, ...]  # as texts have it, the most frequent first
    subjects: int  # articles about the topic that have it in title or first sentences
    others: int  # mentions that have it there, and irrelevant pages in their title
    odds: float  # log of the odds ratio
    sure: float  # the same in standard errors

    @property
    def word(self) -> str:
        return self.forms[0]


@dataclass
class _Seen:
    """Texts of one language: in how many of each kind a word is, by the place where it stands."""

    subjects: dict[str, Counter[str]] = field(default_factory=lambda: {"title": Counter(), "lead": Counter()})
    others: dict[str, Counter[str]] = field(default_factory=lambda: {"title": Counter(), "lead": Counter()})
    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    about: Counter[str] = field(default_factory=Counter)  # word -> articles about the topic that have it
    beside: Counter[str] = field(default_factory=Counter)  # word -> other texts
    sources: dict[str, str | None] = field(default_factory=dict)  # word -> its only source, None for several
    texts: int = 0  # of the others

    def add(self, is_subject: bool, source: str, places: Mapping[str, Mapping[str, str]]) -> None:
        """``places``: title or lead -> word -> how it is written there."""
        every = {word for found in places.values() for word in found}
        kinds = self.subjects if is_subject else self.others
        for place, found in places.items():
            kinds[place].update(found.keys())
        (self.about if is_subject else self.beside).update(every)
        self.texts += not is_subject
        if is_subject:
            for found in places.values():
                for word, written in found.items():
                    self.forms[word][written] += 1
            for word in every:
                self.sources[word] = source if self.sources.get(word, source) == source else None

    def candidates(self, language: str) -> Iterator[Candidate]:
        totals = {place: (self.subjects[place].total(), self.others[place].total()) for place in self.subjects}
        for word, times in self.about.items():
            if self.sources[word] is not None or self.beside[word] > max(COMMON * self.texts, 1 + times):
                continue
            parts = [_odds(self.subjects[p][word], self.others[p][word], *totals[p]) for p in totals]
            weights = [1 / variance for _, variance in parts]
            odds = sum(value * weight for (value, _), weight in zip(parts, weights, strict=True)) / sum(weights)
            sure = odds * sqrt(sum(weights))
            if odds >= TWICE and sure >= SURE:
                forms = tuple(form for form, _ in sorted(self.forms[word].items(), key=lambda f: (-f[1], f[0]))[:FORMS])
                yield Candidate(language, forms, times, self.beside[word], round(odds, 2), round(sure, 2))


def _odds(own: int, other: int, all_own: int, all_other: int) -> tuple[float, float]:
    """Log of the odds ratio of a word and its variance."""
    prior = PRIOR * (own + other) / max(all_own + all_other, 1) + 0.01
    first, second = own + prior, other + prior
    odds = log(first / (all_own + PRIOR - own + 1)) - log(second / (all_other + PRIOR - other + 1))
    return odds, 1 / first + 1 / second


def of_topic(connection: sqlite3.Connection, topic: str, terms: Terms) -> list[Candidate]:
    """The candidates of all languages, the surest first."""
    seen: dict[str, _Seen] = defaultdict(_Seen)
    asked = {"topic": topic, "lead": LEAD, "most": SAMPLE}
    for row in connection.execute(ARTICLES, asked):
        places = {"title": row["title"] or "", "lead": about.lead_of(row["text"]) or row["text"]}
        language = row["language"]
        found = {place: stems_of(text, language) for place, text in places.items()}
        seen[language].add(bool(row["subject"]), row["source"] or "", found)
    for row in connection.execute(IRRELEVANT, asked):
        if row["title"] and row["language"] in seen:
            seen[row["language"]].add(False, row["source"] or "", {"title": stems_of(row["title"], row["language"])})
    every = (each for language, those in seen.items() for each in those.candidates(language))
    new = [each for each in every if not _is_term(each.forms, terms)]
    return sorted(new, key=lambda each: (-each.sure, each.forms))


def _is_term(forms: Iterable[str], terms: Terms) -> bool:
    return any(any(terms.occurrences(Words(form))) for form in forms)


def stems_of(text: str, language: str) -> dict[str, str]:
    """The stems of the words of ``text`` that may be terms -> one of them as it is written.

    Where words are not spaced they are the pairs of letters.
    """
    found: dict[str, str] = {}
    stops = stop_words(language)
    before = ""
    for written in words(text):
        folded = fold(written)
        if is_unspaced(folded):
            if before:
                found.setdefault(before + folded, before + folded)
            before = folded
            continue
        before = ""
        if len(folded) >= SHORTEST and not folded.isdigit() and folded not in stops:
            stem = next(iter(stems(written, language)), folded)
            found.setdefault(stem, written.lower())
    return found


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words of a language (ISO 639-1) that say nothing of a topic, folded; none for a language without a list."""
    listed = tomllib.loads((Path(__file__).parent / "stop_words.toml").read_text(encoding="utf-8"))
    return frozenset(map(fold, words(listed.get(language, ""))))
