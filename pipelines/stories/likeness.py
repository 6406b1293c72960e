"""How like two articles are, as reports of one event.

An article is a vector: a weight for each of its traits, TF-IDF with the frequencies of the articles of the last days.
Which traits are compared depends on what the two have in common: a language, a script or neither. The limits were set
on one half of rated pairs of articles (benchmarks/stories.py), where four of five above them report one event.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter, mul
from typing import NamedTuple

from pipelines.stories.names import Trait

STORY, RELATED = 0.5, 0.4  # likeness
READ = frozenset({"LATIN", "CYRILLIC"})  # scripts whose names we can compare with those of the others
ENOUGH = 3  # traits that articles of one story share; with fewer, those of short ones may be alike by chance
PRIOR = 20  # articles that we seem to have seen before the first one
FEW = 6  # articles; before there are many more, what all of them have is not yet what everybody says
FADE = 0.7  # power of the rarity
GREATEST = 65_535  # thousandths
LEAST_RARITY = 0.05  # of a term that every article has


class Terms(NamedTuple):
    """Weights of terms, and the length of the vector that they are."""

    weights: dict[int, int]
    length: float


@dataclass(frozen=True, eq=False)
class Vector:
    """An article as it is compared: names come first, then long words, then the others."""

    language: str
    script: str
    terms: array[int]  # signed 32-bit integers that stand for traits
    weights: array[int]  # of the terms, in thousandths
    names: int  # so many of the terms are names
    long_words: int  # and so many are names or long words
    sense: bytes | None = None  # sentence embedding: signed bytes, if there is an encoder

    @cached_property
    def all_terms(self) -> Terms:
        return self._first(len(self.terms))

    @cached_property
    def from_long_words(self) -> Terms:
        return self._first(self.long_words)

    @cached_property
    def from_names(self) -> Terms:
        return self._first(self.names)

    def _first(self, count: int) -> Terms:
        weights = dict(zip(self.terms[:count], self.weights[:count], strict=True))
        return Terms(weights, math.hypot(*weights.values()))


class Comparison(NamedTuple):
    """What of two articles is compared, and the cosine from which on they are of one story."""

    terms: Callable[[Vector], Terms]
    limit: float
    limit_with_sense: float  # of the mean of this cosine and that of the sentence embeddings


SAME_LANGUAGE = Comparison(attrgetter("all_terms"), 0.27, 0.38)
SAME_SCRIPT = Comparison(attrgetter("from_long_words"), 0.15, 0.3)
READ_SCRIPTS = Comparison(attrgetter("from_names"), 0.15, 0.26)
OTHER_SCRIPTS = Comparison(attrgetter("from_names"), 0.07, 0.26)  # countries, numbers and what is in Latin letters


@lru_cache(maxsize=32_768)
def term(key: str) -> int:
    """A signed 32-bit integer that stands for a trait in the database."""
    value = zlib.crc32(key.encode("utf-8", "surrogatepass"))
    return value - 2**32 if value >= 2**31 else value


def vector(
    language: str,
    script: str,
    traits: Mapping[str, Trait],
    frequencies: Mapping[int, int],
    articles: int,
    sense: bytes | None = None,
) -> Vector:
    """The vector of an article, when each term was in so many of ``articles``."""
    seen = articles + PRIOR
    weights: tuple[dict[int, int], ...] = ({}, {}, {})
    known: dict[tuple[int, int], int] = {}  # most traits of an article are there once, and rare
    for key, (times, kind, _) in traits.items():
        number = term(key)
        frequency = frequencies.get(number, 0)
        weight = known.get((times, frequency))
        if weight is None:
            rarity = math.log(seen / (frequency * seen / (articles + FEW) + 1))
            exact = (1 + math.log(times)) * max(rarity, LEAST_RARITY) ** FADE
            weight = known[times, frequency] = min(GREATEST, round(1000 * exact))
        weights[kind][number] = weight
    words, long_words, names = weights
    ordered = names | long_words | words
    reach = len(names), len(names | long_words)
    return Vector(language, script, array("i", ordered), array("H", ordered.values()), *reach, sense)


def comparison(a: Vector, b: Vector) -> Comparison:
    """How two articles are to be compared."""
    if a.language == b.language != "und":
        return SAME_LANGUAGE
    if a.script == b.script:
        return SAME_SCRIPT
    return READ_SCRIPTS if {a.script, b.script} <= READ else OTHER_SCRIPTS


def common_terms(a: Vector, b: Vector) -> set[int]:
    """The terms that two articles share, of those that can be compared between them."""
    terms = comparison(a, b).terms
    return terms(a).weights.keys() & terms(b).weights.keys()


def likeness(a: Vector, b: Vector) -> float:
    """How like two articles are, 0..1; it is STORY where four of five pairs are of one story."""
    terms, limit, limit_with_sense = comparison(a, b)
    first, second = terms(a), terms(b)
    common = first.weights.keys() & second.weights.keys()
    product = sum(first.weights[t] * second.weights[t] for t in common)
    cosine = product / (first.length * second.length or 1.0) * min(1.0, len(common) / ENOUGH)
    if a.sense and b.sense:
        cosine, limit = (cosine + max(0.0, same_sense(a.sense, b.sense))) / 2, limit_with_sense
    return cosine / (cosine + limit)


def same_sense(a: bytes, b: bytes) -> float:
    """Cosine of two embeddings."""
    first, second = array("b", a), array("b", b)
    squares = sum(map(mul, first, first)) * sum(map(mul, second, second))
    return sum(map(mul, first, second)) / math.sqrt(squares) if squares else 0.0
