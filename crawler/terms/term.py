"""One term of a topic, from how it is written to how it is looked for.

- ``rusia`` is a word; ``venezuel*`` a beginning, which any ending may follow;
- ``nicolas maduro``, ``совет* федерации`` are phrases: these words one after another, each may be a beginning;
- ``=Maduro`` is written with these capitals, or all in capitals;
- ``"su-30 maracay"~20``: both, in any order, within so many words;
- ``-montaña rusa`` is an exception: where its words stand together, other terms of its group do not count;
- ``*`` hits every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crawler.terms.folding import GLUE, KEPT, fold, is_unspaced, words

TOGETHER = re.compile(r'"([^"]*)"\s*~(.*)', re.DOTALL)
FARTHEST = 1_000  # words
ZWNJ = "\u200c"
ARABIC = re.compile("[\u0600-\u06ff]")


class Word(NamedTuple):
    """A word of a term."""

    text: str  # folded
    cased: str = ""  # folded but for its case, where that counts
    is_beginning: bool = False

    def hits(self, word: str) -> bool:
        """Whether it is the folded ``word`` of a text; its case is not looked at."""
        if word[:1] == GLUE != self.text[:1]:
            word = word[1:]
        return word.startswith(self.text) if self.is_beginning else word == self.text

    def hits_cased(self, word: str) -> bool:
        """Whether its capitals are those of ``word``, or all letters of that are capitals and some of it."""
        if not self.cased:
            return True
        own = word[: len(self.cased)] if self.is_beginning else word
        return own == self.cased or (own.isupper() and not self.cased.islower())


@dataclass(frozen=True, eq=False)
class Term:
    """One term as it is looked for; each is its own key, so that equal terms of two groups stay apart."""

    written: str
    phrases: tuple[tuple[Word, ...], ...] = ()  # any of them hits, all of them where ``within`` is given; none for "*"
    within: int | None = None  # words
    exception: bool = False

    @property
    def is_cased(self) -> bool:
        return any(word.cased for phrase in self.phrases for word in phrase)


def parse_term(written: str) -> Term:
    """The term that ``written`` means; ValueError with fault and remedy when it means none."""
    body = written.strip()
    if body == "*":
        return Term(written)
    exception = body.startswith("-")
    body = body[exception:].lstrip()
    is_cased = body.startswith("=")
    body = body[is_cased:].lstrip()
    if together := TOGETHER.fullmatch(body):
        return Term(written, *_together(together[1], together[2].strip(), is_cased, exception))
    return Term(written, tuple(_phrase(spelling, is_cased) for spelling in _spellings(body)), exception=exception)


def _together(inside: str, within: str, is_cased: bool, exception: bool) -> tuple[tuple[tuple[Word, ...], ...], int]:
    if exception:
        raise ValueError('is an exception with a distance: write a phrase, as in "-montaña rusa"')
    if not (within.isascii() and within.isdigit() and 0 < int(within[:9]) <= FARTHEST):
        raise ValueError(f'has no distance behind its "~": write 1 to {FARTHEST} words, as in "\\"a b\\"~20"')
    phrases = tuple(_phrase(piece, is_cased) for piece in inside.split())
    if len(phrases) < 2:
        raise ValueError('has a distance and less than two words: name two, as in "\\"a b\\"~20"')
    return phrases, int(within)


def _spellings(body: str) -> Iterator[str]:
    """``body`` and how else it is written: in Arabic letters a space, a zero-width non-joiner and nothing are one."""
    yield body
    if ARABIC.search(body):
        if ZWNJ in body:
            yield body.replace(ZWNJ, " ")
        for space in re.finditer(r"(?<=[\u0600-\u06ff])\s+(?=[\u0600-\u06ff])", body):
            yield body[: space.start()] + body[space.end() :]


def _phrase(body: str, is_cased: bool) -> tuple[Word, ...]:
    if not words(body):
        raise ValueError("has no letter or digit: name a word")
    return tuple(word for piece in body.split() for word in _of_piece(piece, is_cased))


def _of_piece(piece: str, is_cased: bool) -> Iterator[Word]:
    bare = piece.removesuffix("*")
    is_beginning = bare != piece
    if "*" in bare:
        raise ValueError('has a "*" before its end: only the end of a word can be left open, as in "venezuel*"')
    last = fold(bare)[-1:]
    if is_beginning and not (words(last) or last in KEPT):
        raise ValueError('has no letter right before its "*": write it as in "venezuel*"')
    folded = words(bare)
    cased = words(bare, keep_case=True) if is_cased else [""] * len(folded)
    for place, (word, own) in enumerate(zip(folded, cased, strict=True), 1):
        yield Word(word, own, is_beginning and place == len(folded) and not is_unspaced(word.lstrip(GLUE)))


def begins_at(phrase: Sequence[Word], run: Sequence[str], place: int) -> bool:
    """Whether the words of ``run`` from ``place`` on, the first of which is looked at already, are ``phrase``."""
    if len(phrase) == 1:
        return True
    if place + len(phrase) > len(run):
        return False
    return all(word.hits(run[place + ahead]) for ahead, word in enumerate(phrase) if ahead)
