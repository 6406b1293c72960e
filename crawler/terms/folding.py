"""Words as terms compare them: without accents, case and what no reader sees, by the rules of each script.

- Latin, Greek and Cyrillic letters lose their marks, Arabic and Hebrew their points: ``Moscú`` is ``moscu``, ``ё`` is
  ``е``. Marks of other scripts are letters: without its vowel signs दिन would be दान.
- ``ł ø đ æ œ ß ı`` are ``l o d ae oe ss i``; Arabic letters and digits have one form whatever the language (ي ی ى, ك ک,
  ة ه, alef with and without hamza); wide, narrow and decomposed characters are the plain ones.
- Latin letters that look like Cyrillic ones fold in a word of both scripts, and the other way round.
- A word is a run of letters, digits and marks. Where a script writes no spaces (``UNSPACED``), each letter is a word of
  its own; ``GLUE`` before it says that it stands right behind another letter or digit.
- A hashtag falls into words by its capitals: ``#RusiaVenezuela``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from crawler.words import SPLITTING

LAST = "\uffff"
GLUE = "\u2060"  # no folded text has it


def _characters(*blocks: tuple[int, int]) -> Iterator[str]:
    return (chr(code) for begin, end in blocks for code in range(begin, end))


def ranges(characters: Iterable[str]) -> list[tuple[str, str]]:
    """First and last of each run of ``characters`` that follow each other."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return [(chr(first), chr(last)) for first, last in runs]


def _class(characters: Iterable[str]) -> str:
    return "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges(characters))


# Marks of Latin, Greek and Cyrillic letters, and signs around them; points of Hebrew, Arabic and Syriac; variants
POINTED: tuple[tuple[int, int], ...]
POINTED = ((0x300, 0x370), (0x483, 0x48A), (0x591, 0x5C8), (0x610, 0x61B), (0x64B, 0x660), (0x670, 0x671))
POINTED += ((0x6D6, 0x6EE), (0x711, 0x712), (0x730, 0x74B), (0x898, 0x8A0), (0x8CA, 0x900), (0x180B, 0x1810))
POINTED += ((0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0x2DE0, 0x2E00), (0xA66F, 0xA67E))
POINTED += ((0xFE00, 0xFE10), (0xFE20, 0xFE30), (0xE0100, 0xE01F0))
WITH_MARKS: tuple[tuple[int, int], ...]
WITH_MARKS = ((0x300, 0x3400), (0xA600, 0xAC00), (0xFB00, 0xFE30), (0x10000, 0x12000), (0x16AF0, 0x16FF5))
WITH_MARKS += ((0x1D165, 0x1D245), (0x1E000, 0x1E950), (0xE0100, 0xE01F0))
WITH_FORMATS = ((0xAD, 0xAE), (0x600, 0x920), (0x1800, 0x1810), (0x2000, 0x2070), (0xFEFF, 0xFFFC), (0xE0000, 0xE0080))
NO_SPACES: tuple[tuple[int, int], ...]
NO_SPACES = ((0xE00, 0xF00), (0x1000, 0x10A0), (0x1780, 0x17E0), (0xA9E0, 0xAA00), (0xAA60, 0xAA80))  # Thai ... Khmer
NO_SPACES += ((0x2E80, 0x2FE0), (0x3005, 0x3130), (0x31A0, 0x3200), (0xFF66, 0xFF9E))  # kana and signs beside Han
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"

_marks = {c for c in _characters(*WITH_MARKS) if unicodedata.category(c) in ("Mn", "Mc", "Me")}
_points = {c for c in _characters(*POINTED) if c in _marks}
_formats = {c for c in _characters(*WITH_FORMATS) if unicodedata.category(c) == "Cf"}
DROPPED = _points | _formats | {c for c in _marks if unicodedata.category(c) == "Me"} | {"\u0640"}  # the tatweel
KEPT = _marks - DROPPED
UNSPACED_CLASS = _class(c for c in _characters(*NO_SPACES) if c.isalpha()) + HAN
KEPT_CLASS = _class(KEPT)

PLAIN = {
    **{"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ı": "i"},
    **{"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH", "ŧ": "t", "Ŧ": "T"},
    **{"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ہ": "ه", "ۃ": "ه", "ە": "ه", "ٱ": "ا"},
    **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
}
TWINS = dict(zip("abcehijkmopstxy", "авсеніјкморѕтху", strict=True))  # as they look in small letters or in capitals
TWINS |= {latin.upper(): cyrillic.upper() for latin, cyrillic in TWINS.items()}
TO_CYRILLIC, TO_LATIN = str.maketrans(TWINS), str.maketrans({cyrillic: latin for latin, cyrillic in TWINS.items()})

WHOLE_AM = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}  # a vowel of Thai and Lao, which NFKD takes apart
AM = re.compile("|".join(WHOLE_AM))
# Below U+10000 alone: ``re`` looks them up in a table, others one after another
_DROPPED = re.compile(f"[{_class(c for c in DROPPED if c < LAST)}]+")
_PLAIN = re.compile(f"[{_class(PLAIN)}]")
_DROPPED_BEYOND = re.compile("[\U000e0000-\U000e0fff]+")
_LATIN, _CYRILLIC = "[A-Za-z]", "[\u0400-\u04ff]"
_FIRST_LATIN, _FIRST_CYRILLIC = re.compile(_LATIN), re.compile(_CYRILLIC)
_MIXED = re.compile(f"{_LATIN}{_CYRILLIC}|{_CYRILLIC}{_LATIN}")
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(f"[{UNSPACED_CLASS}]")
_OF_MANY_SCRIPTS = re.compile("[\u0700-\u1fff\u2e80-\U0010ffff]")  # and little else
_STRAY = re.compile(rf"(?<![\w{KEPT_CLASS}])[{KEPT_CLASS}]+")  # marks of no letter
_BEHIND_A_LETTER = re.compile(rf"(?<=[\w{KEPT_CLASS}])(?=[{UNSPACED_CLASS}])")
_OF_SPACED = rf"[^\W_{UNSPACED_CLASS}]"
_WORD_OF_MANY = re.compile(rf"{GLUE}?[{UNSPACED_CLASS}][{KEPT_CLASS}]*|{_OF_SPACED}+(?:[{KEPT_CLASS}]+{_OF_SPACED}*)*")
_UNSEEN_CLASS = _class(DROPPED) + KEPT_CLASS + "\uff9e\uff9f"  # the last two are marks of narrow kana
_HASHTAG = re.compile(rf"#[\w{_UNSEEN_CLASS}]+")
PIECE = re.compile(  # words as they are written; a letter where none are spaced, a whole hashtag
    rf"{_HASHTAG.pattern}|[{UNSPACED_CLASS}][{_UNSEEN_CLASS}]*"
    rf"|[^\W{UNSPACED_CLASS}](?:[^\W{UNSPACED_CLASS}]|[{_UNSEEN_CLASS}])*"
)


def fold(text: str, keep_case: bool = False) -> str:
    """``text`` in the one form that is compared."""
    if text.isascii():
        return text if keep_case else text.lower()
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    if _PLAIN.search(plain):
        plain = _PLAIN.sub(lambda letter: PLAIN[letter[0]], plain)
    plain = plain if keep_case else plain.casefold()
    if _OF_MANY_SCRIPTS.search(plain):
        plain = _DROPPED_BEYOND.sub("", AM.sub(lambda am: WHOLE_AM[am[0]], unicodedata.normalize("NFC", plain)))
    return plain


def words(text: str, keep_case: bool = False) -> list[str]:
    """The folded words of ``text`` in their order."""
    if "#" in text:
        text = _HASHTAG.sub(lambda tag: " ".join(parts(tag[0])), text)
    folded = fold(text, keep_case)
    for character in SPLITTING:
        folded = folded.replace(character, " ")
    if folded.isascii():
        return _WORD.findall(folded)
    if _OF_MANY_SCRIPTS.search(folded):
        found = _WORD_OF_MANY.findall(_BEHIND_A_LETTER.sub(GLUE, _STRAY.sub("", folded)))
    else:
        found = _WORD.findall(folded)
    if _FIRST_CYRILLIC.search(folded) and _FIRST_LATIN.search(folded) and _MIXED.search(folded):
        return [_of_one_script(word) if _MIXED.search(word) else word for word in found]
    return found


def parts(hashtag: str) -> list[str]:
    """``hashtag`` cut before its capitals; joined they are all of it."""
    letters = [(place, letter) for place, letter in enumerate(hashtag) if letter.isalnum()]
    cuts = [0]
    for (_, before), (place, letter), (_, after) in zip(letters, letters[1:], [*letters[2:], (0, "")], strict=False):
        if letter.isupper() and (not before.isupper() or after.islower()):
            cuts.append(place)
    return [hashtag[begin:end] for begin, end in zip(cuts, [*cuts[1:], len(hashtag)], strict=True)]


def _of_one_script(word: str) -> str:
    """``word`` without letters of another script that only look as if they belonged to it."""
    cyrillic = word.translate(TO_CYRILLIC)
    if not _FIRST_LATIN.search(cyrillic):
        return cyrillic
    latin = word.translate(TO_LATIN)
    return word if _FIRST_CYRILLIC.search(latin) else latin


def is_unspaced(word: str) -> bool:
    """Whether a folded word is a letter of a script that writes no spaces, and does not stand behind another."""
    return _UNSPACED.match(word) is not None


@lru_cache(maxsize=20_000)
def _read(part: str) -> tuple[str, ...]:
    """The words of texts that are shown together are mostly the same."""
    return tuple(words(part))


class Located(NamedTuple):
    """A folded word and where it stands."""

    word: str
    begin: int
    end: int


def located(text: str) -> list[Located]:
    """The ``words`` of ``text`` with their places in it."""
    found: list[Located] = []
    for match in PIECE.finditer(text):
        begin = match.start()
        for part in parts(match[0]) if match[0][0] == "#" else [match[0]]:
            for word in _read(part):
                glued = is_unspaced(word) and found and found[-1].end == begin
                found.append(Located(GLUE + word if glued else word, begin, begin + len(part)))
            begin += len(part)
    return found
