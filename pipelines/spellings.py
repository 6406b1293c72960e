"""Every way in which a page may spell the terms of a group, as one regular expression for RE2.

RE2 walks through a page once, however many terms there are (Python's own ``re`` tries one after the other). So each
letter may be any character that folds to it, and between two letters may stand what no reader sees: tags, comments,
soft hyphens, combining marks. Characters that are written as entities or escapes are resolved before.
"""

from __future__ import annotations

import functools
import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from crawler.terms import SPLITTING, Term, fold

CHARACTERS = (0x21, 0x3400), (0xF900, 0xFFF0), (0x1D400, 0x1D800), (0x1F100, 0x1F200)  # that fold to others
TAG = r"<[^<>]*>|<!--(?s:.)*?-->|<\w(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>"
# What folding drops, and controls; more than that, but no letter of a word in Latin, Greek or Cyrillic letters
MARK = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{ad}\x{300}-\x{36f}\x{483}-\x{489}\x{591}-\x{1dff}\x{2000}-\x{ffff}]"
EXACT_MARK = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\p{Mn}\p{Mc}\p{Me}\p{Cf}\p{Co}\x{fffd}-\x{ffff}]"  # in others
SIMPLE = 0x590  # letters of those have lower codes
NO_LETTER = rf"[^\pL\pN]|[{SPLITTING}\x{{37a}}\x{{ff9e}}\x{{ff9f}}]"
BEFORE, AFTER = rf"(?:^|{NO_LETTER}|\\[bfnrt])", rf"(?:$|{NO_LETTER})"
JAMO = range(0x1100, 0x1200)  # one Korean syllable folds to several letters: not looked for
ENTITY = re.compile(rb"&(?:amp;)?#?\w+;?")  # some are escaped twice
JSON_LD = re.compile(rb"<script\b[^>]*ld(?:\+|&[^;>]*;)json[^>]*>([^<]*(?:<(?!/script)[^<]*)*)", re.IGNORECASE)
ESCAPE = re.compile(rb"\\[u]")  # one letter to look for makes it fast, two would not
ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


def resolved(page: bytes) -> bytes:
    """``page``, in UTF-8, with its letters as themselves where they are written as entities or as escapes of JSON."""
    found = [page]
    if ESCAPE.search(page):
        for block in JSON_LD.findall(page):
            found.append(ESCAPES.sub(_characters, block.decode("utf-8", "replace")).encode("utf-8", "replace"))
    page = b"\n".join(found)
    if any(entity != _letter(entity) for entity in set(ENTITY.findall(page))):
        page = ENTITY.sub(lambda entity: _letter(entity[0]), page)
    return page


@functools.lru_cache(10_000)
def _letter(entity: bytes) -> bytes:
    """What an entity stands for when that is, or begins with, a letter or something that folding drops."""
    characters = html.unescape(html.unescape(entity.decode()))
    if fold(characters) and not characters[0].isalnum():
        return entity
    return characters.encode("utf-8", "replace")


def _characters(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("\\u", "")).decode("utf-16-be", "replace")


def finder(terms: Iterable[Term]) -> Callable[[bytes], bool] | None:
    """Tells whether a ``resolved`` page may have one of ``terms`` in its title or text: no only if it has none.

    None when any page may.
    """
    counting = [term for term in terms if not term.exception]
    if any(not term.words or any(ord(letter) in JAMO for letter in chain(*term.words)) for term in counting):
        return None
    beginnings, wholes = ({_spelling(term) for term in counting if term.prefix == prefix} for prefix in (True, False))
    ends = [f"(?:{'|'.join(sorted(found))}){end}" for found, end in ((beginnings, ""), (wholes, AFTER)) if found]
    return functools.partial(_found, _compiled(f"{BEFORE}(?:{'|'.join(ends)})"))


def _found(expression: Any, page: bytes) -> bool:
    return expression.search(page) is not None


def _compiled(expression: str) -> Any:
    import re2  # only a run that has downloaded a page needs it

    options = re2.Options()
    options.max_mem = 64 * 1024**2  # bytes
    options.never_capture = True
    options.log_errors = False
    return re2.compile(expression, options)


def _spelling(term: Term) -> str:
    """An expression for a term; between the words of a phrase may stand whole boxes that extraction takes out."""
    words = [*map(_word, term.words[:-1]), _word(term.words[-1], term.prefix)]
    return r"[^0-9A-Za-z](?s:.)*?".join(words)


def _word(word: str, prefix: bool = False) -> str:
    unseen = f"(?:{TAG}|{MARK if all(ord(letter) < SIMPLE for letter in word) else EXACT_MARK})*"
    variants, ligatures = _folding()
    letters = [_any([letter, *variants.get(letter, ())]) + unseen for letter in word]
    letters[-1] = letters[-1].removesuffix(unseen)
    for place in reversed(range(len(word))):
        for run, characters in ligatures.items():
            if word.startswith(run, place) or (prefix and run.startswith(word[place:])):
                end = min(place + len(run), len(word))
                one = _any(characters) + (unseen if end < len(word) else "")
                letters[place:end] = [f"(?:{''.join(letters[place:end])}|{one})", *[""] * (end - place - 1)]
    return "".join(letters)


def _any(characters: Iterable[str]) -> str:
    return f"[{''.join(rf'x{{{ord(character):x}}}' for character in characters)}]".replace("x{", r"\x{")


@functools.cache
def _folding() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Folded letter -> the characters that fold to it; several folded letters -> the characters that fold to them."""
    letters: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, chain.from_iterable(range(*block) for block in CHARACTERS)):
        if character.isalnum() and (folded := fold(character)).isalnum():
            letters[folded].append(character)
    single = {folded: found for folded, found in letters.items() if len(folded) == 1}
    return single, {folded: found for folded, found in letters.items() if len(folded) > 1}
