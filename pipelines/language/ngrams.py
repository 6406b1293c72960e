"""langdetect's algorithm and profiles with its answers, to the last digit, in less time and half the memory.

langdetect walks over a text letter by letter, and for each n-gram over a list of all 55 languages, of which two have
it. Here each word is looked up once, and an n-gram knows the languages that have it. tests/test_ngrams.py holds the
two side by side.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

from langdetect.detector import Detector
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.utils.ngram import NGram

TRIALS = 7
LONGEST = 10_000  # characters that are read
WORDS = 32_768  # whose n-grams are remembered
WORD = re.compile("[^ ]+ ?")
LATIN = re.compile("[A-z]")  # as langdetect has it
NOT_LATIN = re.compile("[\u0300-\u1dff\u1f00-\U0010ffff]")


class Letters(dict[int, str]):
    """Letter -> the one that it counts as, for ``str.translate``."""

    def __missing__(self, code: int) -> str:
        self[code] = letter = NGram.normalize(chr(code))
        return letter


class Profiles:
    """The n-grams of all languages that langdetect knows."""

    def __init__(self) -> None:
        self.languages: list[str] = []
        shares: dict[str, list[Any]] = {}
        for path in sorted(Path(PROFILES_DIRECTORY).iterdir()):  # in one order on every file system
            profile = json.loads(path.read_text("utf-8"))
            for ngram, times in profile["freq"].items():
                if len(ngram) <= NGram.N_GRAM:
                    share = times / profile["n_words"][len(ngram) - 1]
                    shares.setdefault(ngram, []).extend((len(self.languages), share))
            self.languages.append(profile["name"])
        self.shares = {
            ngram: tuple(flat) for ngram, flat in shares.items()
        }  # n-gram -> (language, share, language ...)
        self._letters = Letters()
        self._of_word = functools.lru_cache(WORDS)(lambda word: tuple(self._known(word)))

    def probabilities(self, text: str) -> list[tuple[str, float]]:
        """The languages that ``text`` may be in with more than .1, best first; none when it has no known n-gram."""
        ngrams = [ngram for word in self._words(text) for ngram in self._of_word(word)]
        if not ngrams:
            return []
        total = [0.0] * len(self.languages)
        random = Random(0)
        for _ in range(TRIALS):
            trial = self._trial(ngrams, random)
            total = [chance + more / TRIALS for chance, more in zip(total, trial, strict=True)]
        likely = [pair for pair in zip(self.languages, total, strict=True) if pair[1] > Detector.PROB_THRESHOLD]
        return sorted(likely, key=itemgetter(1), reverse=True)

    def _trial(self, ngrams: list[str], random: Random) -> list[float]:
        """The chance of each language, by n-grams drawn until one of them is certain."""
        shares, draw = self.shares, random.choice
        weight = (Detector.ALPHA_DEFAULT + random.gauss(0.0, 1.0) * Detector.ALPHA_WIDTH) / Detector.BASE_FREQ
        chances = [1.0 / len(self.languages)] * len(self.languages)
        for number in range(Detector.ITERATION_LIMIT + 1):
            before, having = chances, shares[draw(ngrams)]
            chances = [chance * weight for chance in before]
            for place in range(0, len(having), 2):
                language = having[place]
                chances[language] = before[language] * (weight + having[place + 1])
            if number % 5 == 0:
                together = sum(chances)
                chances = [chance / together for chance in chances]
                if max(chances) > Detector.CONV_THRESHOLD:
                    break
        return chances

    def _words(self, text: str) -> list[str]:
        """The words of ``text`` in langdetect's letters, each with the space behind it if there is one."""
        text = Detector.URL_RE.sub(" ", text)
        text = Detector.MAIL_RE.sub(" ", text)
        text = NGram.normalize_vi(text)[:LONGEST]
        if NOT_LATIN.search(text) and 2 * len(LATIN.findall(text)) < len(NOT_LATIN.findall(text)):
            text = LATIN.sub("", text)  # a few names in another script say nothing
        return WORD.findall(text.translate(self._letters))

    def _known(self, word: str) -> Iterator[str]:
        """The n-grams of a word that some language has, in the order of their last letters."""
        shouted = False  # from the second capital letter on, until a small one comes
        padded = f" {word}"
        for end in range(1, len(padded)):
            shouted = padded[end].isupper() and (shouted or padded[end - 1].isupper())
            if shouted:
                continue
            for begin in range(end, max(end - 3, -1), -1):
                ngram = padded[begin : end + 1]
                if ngram != " " and ngram in self.shares:
                    yield ngram
