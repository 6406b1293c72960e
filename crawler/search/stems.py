"""What the full-text index holds of a text: its folded words in order, and apart from them their stems.

Phrases and prefixes need the words as they follow each other, inflected forms need the stems. Snowball has no stemmer
that knows й folded to и, so Russian is stemmed before it is folded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import Stemmer

from crawler.search.folding import DROPPED, fold, words

KEPT = 50_000  # words whose stems are kept
STEMMERS = {"en": "english", "es": "spanish", "pt": "portuguese", "ru": "russian"}
CYRILLIC = re.compile("[\u0400-\u04ff]")
RUN = re.compile(rf"(?:\w|{DROPPED.pattern})+")  # a word as it is written, with its marks and soft hyphens


class Indexed(NamedTuple):
    """What one column of the index holds of a text, and the column beside it."""

    words: str  # folded, in order
    stems: str  # of those words that have another stem


class Token(NamedTuple):
    """A word of a text and where it stands there."""

    begin: int
    end: int
    word: str  # folded
    stem: str


class Stems(dict[str, str]):
    """Word -> its folded stem in a language; kept for the words that come again and again."""

    def __init__(self, language: str):
        super().__init__()
        self._stemmer = Stemmer.Stemmer(STEMMERS[language], 0)  # its own cache is slower than none

    def __missing__(self, word: str) -> str:
        if len(self) >= KEPT:
            self.clear()
        self[word] = stem = fold(self._stemmer.stemWord(word))
        return stem


_stems = cache(Stems)


def indexed(text: str, language: str) -> Indexed:
    """The words of ``text`` and their stems in its ``language``."""
    folded, stems = _read(text, language)
    return Indexed(" ".join(folded), " ".join(stem for word, stem in zip(folded, stems, strict=True) if stem != word))


def tokens(text: str, language: str) -> list[Token]:
    """The words of ``text`` in order, as ``indexed`` reads them, with their places."""
    found = []
    for run in RUN.finditer(text):
        for word, stem in zip(*_read_run(run.group(), language), strict=True):
            found.append(Token(*run.span(), word, stem))
    return found


def _read(text: str, language: str) -> tuple[list[str], list[str]]:
    """The folded words of ``text``, and the stem of each."""
    if language not in STEMMERS:
        folded = words(text)
        return folded, folded
    plain = _unfolded_words(text) if language == "ru" else words(text)
    stems = _stems(language)
    return _fold_each(plain) if language == "ru" else plain, [stems[word] for word in plain]


_read_run = lru_cache(maxsize=10_000)(_read)  # the words of texts that are shown together are mostly the same


def _fold_each(plain: Iterable[str]) -> list[str]:
    joined = "\n".join(plain)
    return fold(joined).split("\n") if joined else []  # one call: ten times faster than a call for each word


def _unfolded_words(text: str) -> list[str]:
    lowered = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return re.findall(r"[^\W_]+", lowered.replace("\u00ad", ""))


def forms(word: str) -> list[str]:
    """What the index may hold for ``word``: it and its stems in each language, folded, each once."""
    folded = fold(word)
    if CYRILLIC.search(word):
        return list(dict.fromkeys([folded, *(_stems("ru")[plain] for plain in _unfolded_words(word))]))
    return list(dict.fromkeys([folded, *(_stems(language)[folded] for language in ("en", "es", "pt"))]))
