"""The words of a text in any script: where none are spaced, each character counts as one.

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words. A length in words, a
comparison word by word and a search for words need the same division, so it is here.
"""

from __future__ import annotations

import re
import unicodedata

SPACELESS = (  # for a character class: Thai and Lao, Burmese, Khmer, kana, Han
    "\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f\u1780-\u17ff\u19e0-\u19ff"
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
SPLITTING = "_\u02bb\u02bc"  # word characters for ``re`` that are none here: the last two are apostrophes
MARKS = "\u00ad\u200c\u200d" + "".join(  # they belong to the character before them
    character for character in map(chr, range(0x10000)) if unicodedata.category(character) in ("Mn", "Mc", "Me")
)
DENSE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
ALONE = re.compile(rf"(?=\w)[{SPACELESS}]")
LETTER = rf"[^\W{SPLITTING}{SPACELESS}]"
WORD = re.compile(rf"{LETTER}+(?:[{MARKS}]+{LETTER}*)*|(?=\w)[{SPACELESS}][{MARKS}]*")


def words(text: str) -> list[str]:
    """The words of ``text`` in their order, as written: apostrophes and hyphens split, marks stay with their letter."""
    return WORD.findall(text)


def count_words(text: str) -> int:
    """How many words ``text`` has: they are counted by spaces, and by characters where a script has none."""
    parts = text.split()
    return sum(max(1, len(ALONE.findall(part))) for part in parts) if ALONE.search(text) else len(parts)


def weight(text: str) -> int:
    """Characters of ``text``, each Chinese or Japanese one counted as three: as much is said in a third of them."""
    return len(text) + 2 * len(DENSE.findall(text))
