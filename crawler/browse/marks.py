"""Texts in pieces: a topic's terms in an article, what changed between two revisions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from crawler.terms import Terms, Words
from crawler.terms.folding import located

LONGEST = 3_000  # words of a passage that are still compared word by word: the effort grows with their square


class Piece(NamedTuple):
    """A stretch of text and what it is: a group of terms, ``hit``, ``ins`` or ``del``; "" for nothing special."""

    text: str
    kind: str = ""


def with_terms(text: str, groups: Mapping[str, Iterable[str]]) -> list[Piece]:
    """``text`` cut so that each occurrence of a term is a piece named after its group.

    ``groups`` has the terms as the seeds write them, exceptions included. Where two groups meet, the first one counts.
    """
    found = located(text)
    run = Words(text, [word.word for word in found])
    order = {group: place for place, group in enumerate(groups)}
    hits = [
        (found[hit.begin].begin, order[hit.entry.group], found[hit.end - 1].end, hit.entry.group)
        for hit in Terms({group: tuple(terms) for group, terms in groups.items()}).occurrences(run)
    ]
    return list(_cut(text, hits))


def _cut(text: str, hits: list[tuple[int, int, int, str]]) -> Iterator[Piece]:
    done = 0
    for begin, _, end, kind in sorted(hits):
        if begin < done:
            continue
        if begin > done:
            yield Piece(text[done:begin])
        yield Piece(text[begin:end], kind)
        done = end
    if done < len(text):
        yield Piece(text[done:])


class Passage(NamedTuple):
    """A paragraph of a comparison, or how many in a row were left as they were."""

    pieces: list[Piece]
    unchanged: int = 0


def changes(before: str, after: str) -> list[Passage]:
    """What became of ``before``, paragraph by paragraph, and word by word where a paragraph was changed."""
    old, new = before.split("\n"), after.split("\n")
    passages: list[Passage] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            passages.append(Passage([], b - a))
        else:
            passages += [Passage(pieces) for pieces in _rewritten(old[a:b], new[c:d])]
    return passages


def _rewritten(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Piece]]:
    for place in range(max(len(old), len(new))):
        before, after = (lines[place] if place < len(lines) else "" for lines in (old, new))
        yield list(changed_words(before, after))


def changed_words(before: str, after: str) -> Iterator[Piece]:
    """What was kept, taken out (``del``) and put in (``ins``)."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    if max(len(old), len(new)) > LONGEST:
        old, new = [before], [after]
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("".join(old[a:b]))
            continue
        if a < b:
            yield Piece("".join(old[a:b]), "del")
        if c < d:
            yield Piece("".join(new[c:d]), "ins")
