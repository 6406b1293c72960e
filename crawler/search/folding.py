"""How the full-text index writes words: it holds them so, and a search has to ask for them so.

Unlike ``crawler.terms.folding`` it drops the marks of every script and cuts no run of Chinese or Thai. To change it is
to index every stored text again.
"""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = frozenset({"Mn", "Mc", "Me", "Cf"})  # combining marks; soft hyphen, zero-width, direction signs
DROPPED = re.compile(f"[{''.join(c for c in map(chr, range(0x10000)) if unicodedata.category(c) in INVISIBLE)}]+")
WORD = re.compile(r"\w+")
SPLITTING = "_\u02bb\u02bc"  # word characters for ``re`` that are none here: the last two are apostrophes


def fold(text: str) -> str:
    """``text`` in compatibility form (NFKD), casefolded, without combining marks and invisible characters."""
    if text.isascii():
        return text.lower()
    return DROPPED.sub("", unicodedata.normalize("NFKD", text)).casefold()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in their order."""
    folded = fold(text)
    for character in SPLITTING:
        folded = folded.replace(character, " ")
    return WORD.findall(folded)
