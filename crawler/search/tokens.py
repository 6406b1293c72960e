"""How the full-text index writes words and stems: it holds them so, and a search has to ask for them so.

- Words are folded (``crawler.terms.folding``), in their order. Phrases and beginnings are looked for in them.
- Where a script writes no spaces, each letter is written together with the one right behind it (``委内 内瑞 瑞拉 拉``),
  so that any part of a run is a phrase, and a letter alone the beginning of a word.
- Stems have columns of their own, each with its language: ``0es0sancion``. Only those are there that are not the word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from crawler.search.stems import STEMMERS, stems
from crawler.terms.folding import GLUE, PIECE, is_unspaced, located, parts, words

KEPT = 100_000  # words whose tokens are kept
# Letters of Latin and Cyrillic whose words SQL reads from a text as they are folded here; no marks, no hashtags
READABLE = re.compile(
    '[\\x01-"$-\x7f\xa0-\xa9\xab\xac\xae-\xb1\xb4-\xb8\xbb\xbf-\xcf\xd1-\xdd\xdf-\xef\xf1-\xfd\xff-\u0125\u0128-\u0131'
    "\u0134-\u013e\u0141-\u0148\u014a-\u0165\u0168-\u017f\u0401\u0402\u0404-\u040b\u040e-\u044f\u0451\u0452\u0454-\u045b"
    "\u045e\u045f\u0490\u0491\u2010-\u2027\u2030-\u203a\u20ac]*"
)
MIXED = re.compile("[A-Za-z\u00c0-\u017f][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z\u00c0-\u017f]")


class Token(NamedTuple):
    """A word of a text and where it stands there."""

    begin: int
    end: int
    word: str  # folded, with GLUE
    written: str


class Indexed(NamedTuple):
    """What one column of the index holds of a text, and the column beside it."""

    words: str | None  # folded, in order; None when SQL reads them from the text
    stems: str  # of those words that have another stem


def indexed(text: str, language: str) -> Indexed:
    """The words of ``text`` and their stems in its ``language``."""
    kept = None if readable(text) else " ".join(grams(words(text)))
    if language not in STEMMERS:
        return Indexed(kept, "")
    known = _known(language)
    return Indexed(kept, " ".join(filter(None, [known[piece] for piece in PIECE.findall(text)])))


def readable(text: str) -> bool:
    """Whether the words of ``text`` can be read by SQL (crawler/database/migrations/search_index.py)."""
    return READABLE.fullmatch(text) is not None and MIXED.search(text) is None


def grams(folded: Sequence[str]) -> list[str]:
    """Words as the index has them."""
    found = []
    for word, behind in zip_longest(folded, folded[1:], fillvalue=""):
        bare = word.removeprefix(GLUE)
        found.append(bare + behind[1:] if behind[:1] == GLUE and is_unspaced(bare) else bare)
    return found


def phrase(folded: Sequence[str]) -> tuple[list[str], bool]:
    """The tokens of words one after another; whether the last may be the beginning of one."""
    found = grams(folded)
    if not is_unspaced(folded[-1].removeprefix(GLUE)):
        return found, False
    if folded[-1][:1] == GLUE and is_unspaced(folded[-2].removeprefix(GLUE)):
        return found[:-1], False  # the token before has it
    return found, True


def stem_token(stem: str, language: str) -> str:
    return f"0{language}0{stem}"


class _Known(dict[str, str]):
    """Word as written -> the tokens of its stems that are not the word itself."""

    def __init__(self, language: str):
        super().__init__()
        self._language = language

    def __missing__(self, written: str) -> str:
        if len(self) >= KEPT:
            self.clear()
        folded = words(written)
        found = [
            stem_token(stem, self._language)
            for part in (parts(written) if written[0] == "#" else [written])
            for stem in stems(part, self._language)
            if stem not in folded
        ]
        self[written] = tokens = " ".join(found)
        return tokens


_known = cache(_Known)


def tokens(text: str) -> list[Token]:
    """The words of ``text`` in order with their places."""
    return [Token(begin, end, word, text[begin:end]) for word, begin, end in located(text)]
