"""Every way in which a page may spell the terms of a group, as one regular expression for RE2.

RE2 walks through a page once, however many terms there are (Python's own ``re`` tries one after the other). So each
letter may be any character that folds to it, and between two letters may stand what no reader sees: tags, comments,
soft hyphens, combining marks. Characters that are written as entities or escapes are resolved before, and hashtags
fall into words.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from crawler.entities import unescaped
from crawler.terms.folding import (
    DROPPED,
    GLUE,
    KEPT,
    TWINS,
    UNSPACED_CLASS,
    WHOLE_AM,
    fold,
    is_unspaced,
    parts,
    ranges,
)
from crawler.terms.term import Term, Word
from crawler.words import SPLITTING

CHARACTERS: tuple[tuple[int, int], ...]
CHARACTERS = (0x21, 0x3400), (0xAC00, 0xD7A4), (0xF900, 0xFFF0), (0x1D400, 0x1D800), (0x1F100, 0x1F200)
CHARACTERS += ((0x2F800, 0x2FA20),)  # that fold to others
OBSOLETE = range(0xFBEA, 0xFDF0)  # Arabic ligatures that no page is written with
TAG = r"<[^<>]*>|<!--(?s:.)*?-->|<\w(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>"
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}"
# What folding drops, and controls; more than that, but no letter of a word in Latin, Greek or Cyrillic letters
MARK = rf"[{CONTROLS}\x{{ad}}\x{{300}}-\x{{36f}}\x{{483}}-\x{{489}}\x{{591}}-\x{{1dff}}\x{{2000}}-\x{{ffff}}]"
SIMPLE = 0x590  # letters of those have lower codes


def _of_re2(characters: Iterable[str]) -> str:
    """``characters`` as they stand between the brackets of a class."""
    return "".join(rf"\x{{{ord(first):x}}}-\x{{{ord(last):x}}}" for first, last in ranges(characters))


EXACT_MARK = rf"[{CONTROLS}{_of_re2(DROPPED)}\p{{Cf}}\p{{Co}}\x{{fffd}}-\x{{ffff}}]"  # in other letters
MARKS = rf"{_of_re2(KEPT)}\x{{ff9e}}\x{{ff9f}}"
ENDING = r"\x{149}\x{640}\x{2474}-\x{249b}\x{3038}-\x{303a}"  # letters and digits that fold to what ends a word
NO_LETTER = rf"[^\pL\pN]|[{SPLITTING}{ENDING}\x{{37a}}\x{{ff9e}}\x{{ff9f}}{UNSPACED_CLASS}]"
BEFORE, AFTER = rf"(?:^|{NO_LETTER}|\\[bfnrt])", rf"(?:$|{NO_LETTER})"
BORDERS = (0, BEFORE), (-1, AFTER)
UNSEEN_MARKS = f"(?:{TAG}|{EXACT_MARK})*"  # between letters of a script without spaces
OPEN, APART = r"(?s:.)*?", r"[^0-9A-Za-z](?s:.)*?"  # between the words of a phrase
HASHTAG = re.compile(  # in a text: no part of an address, and no colour
    rb"#(?<!=[\"']#)(?!(?:[0-9a-f]{3,8}|[0-9A-F]{3,8})\b)(?:<[^<>]*>|[^\x00-/:-@[-^`{-\x7f])+"
)
ENTITY = re.compile(rb"&(?:amp;)?#?\w{1,40};?")  # some are escaped twice
JSON_LD = r"(?i)<script\b[^>]*ld(?:\+|&[^;>]*;)json[^>]*>"  # for RE2: Python's needs the square of unclosed tags
ESCAPE = re.compile(rb"\\[u]")  # one letter to look for makes it fast, two would not
ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
UNSEEN = re.compile(r"<[^<>]*>|[\x00-\x1f\x7f-\x9f]")


def resolved(page: bytes) -> list[bytes]:
    """``page``, in UTF-8, with its letters as themselves where they are written as entities: itself where none is.

    Behind it each script of JSON-LD that has escapes, without them, and the words of the hashtags, if there are any.
    """
    pieces = [page]
    if ESCAPE.search(page):
        blocks = (block.decode("utf-8", "replace") for block in _json_ld(page) if ESCAPE.search(block))
        pieces += [ESCAPES.sub(_characters, block).encode("utf-8", "replace") for block in blocks]
    pieces = [_lettered(piece) for piece in pieces]
    tags = [tag for piece in pieces for tag in map(_hashtag, HASHTAG.findall(piece)) if tag]
    return [*pieces, b"\n".join(tags)] if tags else pieces


def _lettered(piece: bytes) -> bytes:
    if all(entity == _letter(entity) for entity in set(ENTITY.findall(piece))):
        return piece
    return ENTITY.sub(lambda entity: _letter(entity[0]), piece)


@functools.lru_cache(10_000)
def _hashtag(found: bytes) -> bytes | None:
    """The words of a hashtag; None when it is one word."""
    tag = UNSEEN.sub("", found.decode("utf-8", "replace"))
    words = parts(tag)
    return " ".join(words).encode("utf-8", "replace") if len(words) > 1 else None


def _json_ld(page: bytes) -> Iterator[bytes]:
    """What is in each script with JSON-LD; to the end of the page when it does not end."""
    opening, closing = _script_ends()
    place = 0
    while begin := opening.search(page, place):
        end = closing.search(page, begin.end())
        place = end.start() if end else len(page)
        yield page[begin.end() : place]


@functools.cache
def _script_ends() -> tuple[Any, Any]:
    return _compiled(JSON_LD), _compiled("(?i)</script")


@functools.lru_cache(10_000)
def _letter(entity: bytes) -> bytes:
    """What an entity stands for when that is, or begins with, a letter or something that folding drops."""
    characters = unescaped(unescaped(entity.decode()))
    if fold(characters) and not characters[0].isalnum() and characters[0] not in KEPT and characters != "#":
        return entity
    return characters.encode("utf-8", "replace")


def _characters(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("\\u", "")).decode("utf-16-be", "replace")


def finder(terms: Iterable[Term]) -> Finder | None:
    """Tells whether a ``resolved`` page may have one of ``terms`` in its title or text: no only if it has none.

    None when any page may.
    """
    counting = [term for term in terms if not term.exception]
    if not all(term.phrases for term in counting):
        return None
    return Finder(chain.from_iterable(map(_sought, counting)))


class Finder:
    """Tells whether one of some phrases may stand in pieces of a page.

    An expression that holds many phrases with gaps has more states than RE2 can keep. So the single words and the
    longest word of each phrase are looked for first; most pages have none.
    """

    def __init__(self, phrases: Iterable[tuple[Word, ...]]):
        self.phrases = list(phrases)

    def __call__(self, pieces: Iterable[bytes]) -> bool:
        return any(map(self._is_in, pieces))

    def _is_in(self, piece: bytes) -> bool:
        if self.longest.search(piece) is None:
            return False
        return any(found.search(piece) is not None for found in self._each)

    @functools.cached_property
    def longest(self) -> Any:
        return _either(self.phrases, longest=True)

    @functools.cached_property
    def _each(self) -> list[Any]:
        words = [phrase for phrase in self.phrases if len(phrase) == 1]
        longer = [phrase for phrase in self.phrases if len(phrase) > 1]
        if not longer:
            return [self.longest]
        return [_either(some) for some in (words, longer) if some]


def _either(phrases: Iterable[tuple[Word, ...]], longest: bool = False) -> Any:
    """The compiled expression for one of ``phrases``, or only for the ``longest`` word of one."""
    ends: dict[tuple[str, str], set[str]] = defaultdict(set)  # what stands before and behind -> spellings
    for phrase in phrases:
        glued = False  # to the word behind it
        if longest and len(phrase) > 1:
            at = max(range(len(phrase)), key=lambda place: len(phrase[place].text))
            glued = at + 1 < len(phrase) and phrase[at + 1].text[0] == GLUE
            phrase = phrase[at : at + 1]
        before, after = ("" if is_unspaced(phrase[place].text.lstrip(GLUE)) else border for place, border in BORDERS)
        before = "" if longest and phrase[0].text[0] == GLUE else before
        after = "" if glued or phrase[-1].is_beginning else after
        ends[before, after].add(_spelling(phrase))
    found = [f"{before}(?:{'|'.join(sorted(spellings))}){after}" for (before, after), spellings in ends.items()]
    return _compiled("|".join(found))


def _sought(term: Term) -> list[tuple[Word, ...]]:
    """The phrases of ``term`` of which a page that has it has one: of several that it needs, the longest alone."""
    if term.within is None:
        return list(term.phrases)
    return [max(term.phrases, key=lambda phrase: sum(len(word.text) for word in phrase))]


def _compiled(expression: str) -> Any:
    import re2  # only a run that has downloaded a page needs it

    options = re2.Options()
    options.max_mem = 96 * 1024**2  # bytes at most; with 64 MB, RE2 gives up its fast search of long lists
    options.never_capture = True
    options.log_errors = False
    return re2.compile(expression, options)


def _spelling(phrase: tuple[Word, ...]) -> str:
    """An expression for a phrase; between its words may stand whole boxes that extraction takes out."""
    spelt, unspaced = "", False
    for word in phrase:
        open_before, unspaced = unspaced, is_unspaced(word.text.lstrip(GLUE))
        if spelt:
            spelt += UNSEEN_MARKS if word.text[0] == GLUE else OPEN if unspaced or open_before else APART
        spelt += _word(word.text.lstrip(GLUE), word.is_beginning)
    return spelt


def _word(word: str, prefix: bool = False) -> str:
    """An expression for a word: its letters, or wherever several may be one character, either."""
    word = unicodedata.normalize("NFD", word)
    unseen = f"(?:{TAG}|{MARK if all(ord(letter) < SIMPLE for letter in word) else EXACT_MARK})*"
    ligatures, longest = _folding()[1:]
    joined: list[list[tuple[int, str]]] = []  # by place: where what begins there as one character ends, and which it is
    for place in range(len(word)):
        joined.append([])
        for end in range(place + 1, min(place + longest, len(word)) + 1):
            characters = list(ligatures.get(word[place:end], ()))
            if prefix and end == len(word):
                characters += [c for whole in _longer(word[place:end]) for c in ligatures[whole]]
            if characters:
                joined[place].append((end, _any(characters)))

    def rest(place: int, end: int) -> str:
        if place == end:
            return ""
        ways = [(place + 1, _letter_of(word[place], unseen)), *joined[place]]
        spelt = [one + (unseen if after < len(word) else "") + rest(after, end) for after, one in ways]
        return spelt[0] if len(spelt) == 1 else f"(?:{'|'.join(spelt)})"

    spelt, begin, reach = "", 0, 0
    for place in range(1, len(word) + 1):
        reach = max([reach, *(end for end, _ in joined[place - 1])])
        if reach <= place:  # no character goes on
            spelt, begin = spelt + rest(begin, place), place
    return spelt


def _letter_of(letter: str, unseen: str) -> str:
    """Any character that folds to ``letter``, or the two that it is made of."""
    one = _any([letter, *_folding()[0].get(letter, ())])
    apart = [unseen.join(map(re.escape, two)) for two, whole in WHOLE_AM.items() if whole == letter]
    return f"(?:{'|'.join([one, *apart])})" if apart else one


@functools.cache
def _longer(run: str) -> list[str]:
    """The ligatures that begin with ``run`` and go on."""
    return [whole for whole in _folding()[1] if whole.startswith(run) and whole != run and whole.isalnum()]


def _any(characters: Iterable[str]) -> str:
    return f"[{''.join(rf'x{{{ord(character):x}}}' for character in characters)}]".replace("x{", r"\x{")


@functools.cache
def _folding() -> tuple[dict[str, list[str]], dict[str, list[str]], int]:
    """Folded letter -> the characters that fold to it, or look like it; several -> the same; most letters of those."""
    letters: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, chain.from_iterable(range(*block) for block in CHARACTERS)):
        if (character.isalnum() or character in KEPT) and ord(character) not in OBSOLETE:
            folded = unicodedata.normalize("NFD", fold(character))
            if folded != character and all(letter.isalnum() or letter in KEPT for letter in folded):
                letters[folded].append(character)
    single = {folded: found for folded, found in letters.items() if len(folded) == 1}
    for one, other in [pair for twins in TWINS.items() if twins[0].islower() for pair in (twins, twins[::-1])]:
        single[one] = [*single.get(one, ()), other, *(c for c in letters.get(other, ()) if c not in letters[one])]
    ligatures = {folded: found for folded, found in letters.items() if len(folded) > 1}
    return single, ligatures, max(map(len, ligatures))
