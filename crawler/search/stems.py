"""The stems of words, in each language that the installed stemmer knows.

Words are stemmed as they are written, for some stemmers need the marks (Turkish ı, Russian й), and folded then. Latin
letters are often typed without their marks: such words are stemmed without them as well.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import Stemmer

from crawler.terms.folding import fold

KEPT = 50_000  # words whose stems are kept
NAMES = {
    **{"ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english"},
    **{"eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish"},
    **{"fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian"},
    **{"it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish"},
    **{"pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish"},
    **{"ta": "tamil", "tr": "turkish", "yi": "yiddish"},
}
STEMMERS = {code: name for code, name in NAMES.items() if name in Stemmer.algorithms()}
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
TURKISH = str.maketrans("Iİ", "ıi")


class Stems(dict[str, tuple[str, ...]]):
    """Word as written -> its folded stems in a language; kept for the words that come again and again."""

    def __init__(self, language: str):
        super().__init__()
        self._stem = Stemmer.Stemmer(STEMMERS[language], 0).stemWord  # its own cache is slower than none
        self._capitals = TURKISH if language == "tr" else {}

    def __missing__(self, written: str) -> tuple[str, ...]:
        if len(self) >= KEPT:
            self.clear()
        word = UNSEEN.sub("", unicodedata.normalize("NFC", written)).translate(self._capitals).lower()
        found, folded = {fold(self._stem(word)): None}, fold(word)
        if folded.isascii() and folded != word:
            found[self._stem(folded)] = None
        self[written] = stems = tuple(stem for stem in found if stem)
        return stems


_stems = cache(Stems)


def stems(written: str, language: str) -> tuple[str, ...]:
    """The folded stems of a word in ``language``; none where there is no stemmer for it."""
    return _stems(language)[written] if language in STEMMERS else ()
