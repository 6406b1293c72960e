"""What tells one event from another: the names, numbers and words of an article's beginning, as keys.

The key of a word is the beginning of its skeleton, so it is the same in inflected forms and across alphabets; a
country has one key in the languages of ``LANGUAGES``. Names and numbers may be compared across languages and
scripts, long words across languages of one script (*coronavirus*, *presidente*), other words within one language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

from babel import localedata

from pipelines.stories.transliteration import skeletons

LANGUAGES = ("en", "es", "ru", "pt", "uk", "de", "fr", "it", "nl", "pl", "tr", "ar", "zh")  # of the countries' names
READ = 1_500  # letters; an event is told at the beginning
SCRIPT = 600  # letters that tell the script
LEAD, LEAD_COUNTS = 200, 2  # letters that count double
LONGEST_PLAIN = 4  # digits of a number that is taken as it is
KEY = 5  # letters of a skeleton
SHORT, LONG = 3, 5  # letters: shorter words are not looked at, words from LONG on resemble those of other languages
COUNTRY, LONGEST_COUNTRY = 4, 9  # letters of the beginnings that name a country

NO_SPACES = "\u0e00-\u0e7f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"  # Thai, kana, Han
NUMBER = r"\d+(?:[.,\u00a0\u202f]\d+)*"
TOKEN = re.compile(rf"{NUMBER}|[{NO_SPACES}]+|[^\W\d_{NO_SPACES}][^\W_{NO_SPACES}]*")
FIRST_UNSPACED = NO_SPACES[0]
UNSPACED = re.compile(f"[{NO_SPACES}]")
GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


class Kind(IntEnum):
    """How far a key may be compared."""

    WORD = 0
    LONG_WORD = 1
    NAME = 2  # numbers as well


class Trait(NamedTuple):
    """How a key occurs in an article."""

    times: int  # those in the lead twice
    kind: Kind
    written: str  # as it first stands there, as a name if it is one


def traits(title: str, text: str) -> dict[str, Trait]:
    """Key -> trait of an article's title and beginning."""
    text = f"{title}\n{text}".lstrip("\n")[:READ]
    found = [(match.start(), match[0]) for match in TOKEN.finditer(text)]
    times: Counter[str] = Counter()
    kinds: dict[str, Kind] = {}
    written: dict[str, str] = {}
    for (place, token), skeleton in zip(found, skeletons([token for _, token in found]), strict=True):
        for key, kind in keys(token, skeleton):
            times[key] += LEAD_COUNTS if place < LEAD else 1
            if kinds.get(key, -1) < kind:
                kinds[key], written[key] = kind, token
    return {key: Trait(n, kinds[key], written[key]) for key, n in times.items()}


def script(text: str) -> str:
    """The script of most words that begin a text, by its Unicode name: LATIN, CYRILLIC, CJK; "" for none."""
    words = [token for token in TOKEN.findall(text[:SCRIPT]) if not token[0].isdecimal()]
    names = Counter(unicodedata.name(word[0], "").partition(" ")[0] for word in words)
    return min(names, key=lambda name: (-names[name], name), default="")


def keys(token: str, skeleton: str) -> Sequence[tuple[str, Kind]]:
    """The keys of one token, each with its kind."""
    if token[0].isdecimal():
        value = number(token)
        return [(value, Kind.NAME)] if len(value) > 1 else []
    if token[0] >= FIRST_UNSPACED and UNSPACED.match(token):
        return _unspaced(token)
    is_name = not token[0].islower()  # in a script without capitals any word may be one
    return _of_word(skeleton[:LONGEST_COUNTRY], is_name)


@lru_cache(maxsize=32_768)
def _of_word(beginning: str, is_name: bool) -> tuple[tuple[str, Kind], ...]:
    if len(beginning) < SHORT:
        return ()
    if is_name:
        return ((_country(beginning) or beginning[:KEY], Kind.NAME),)
    return ((beginning[:KEY], Kind.LONG_WORD if len(beginning) >= LONG else Kind.WORD),)


def number(written: str) -> str:
    """A number as it is compared: 19,000 and the 19 of "19 thousand" are ``19``, 1.200.000 and 1,2 are ``1.2``."""
    digits = re.sub("[\u00a0\u202f]", ",", written)
    grouped = GROUPED.fullmatch(digits)
    if not grouped and len(digits) <= LONGEST_PLAIN:
        return digits.replace(",", ".")
    digits = re.sub("[.,]", "", digits) if grouped else digits
    return f"{digits[: len(digits) % 3 or 3]}.{digits[len(digits) % 3 or 3 :]}".rstrip("0").rstrip(".")


def _unspaced(token: str) -> list[tuple[str, Kind]]:
    """Pairs of letters, and the countries that stand among them."""
    pieces = {token[i : i + size] for size in range(2, 6) for i in range(len(token) - size + 1)}
    named = [(code, Kind.NAME) for piece in sorted(pieces) if (code := countries().get(piece))]
    return named + [(token[i : i + 2], Kind.WORD) for i in range(len(token) - 1)]


def _country(skeleton: str) -> str | None:
    known = countries()
    sizes = range(len(skeleton), COUNTRY - 1, -1)
    return next((known[skeleton[:size]] for size in sizes if skeleton[:size] in known), None)


@cache
def countries() -> dict[str, str]:
    """Beginning of a skeleton -> "@" and the country's code, for names of one word (Unicode CLDR)."""
    names = [
        (code, name)
        for language in LANGUAGES
        for code, name in localedata.load(language, merge_inherited=False)["territories"].items()
        if len(code) == 2 and code.isalpha() and len(TOKEN.findall(name)) == 1
    ]
    known: dict[str, str] = {}
    for (code, name), skeleton in zip(names, skeletons([name for _, name in names]), strict=True):
        stem = skeleton[:-1] if len(skeleton) > COUNTRY and skeleton[-1] in "aeiou" else skeleton
        if len(stem) >= COUNTRY or UNSPACED.match(name):
            known.setdefault(stem[:LONGEST_COUNTRY], f"@{code}")
    return known
