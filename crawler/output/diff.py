"""What changed between two texts: word by word as long as that is affordable, else by paragraphs, else as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

TOKENS = re.compile(r"\S+\s*|\s+")  # a word goes with the white space behind it
MOST = 250_000  # steps of all comparisons that share an ``Effort``: a fifth of a second, and 20 MB meanwhile


class Piece(NamedTuple):
    """A stretch of text and what it is: ``ins``, ``del``, or whatever marks it; "" for nothing special."""

    text: str
    kind: str = ""


class Effort:
    """How many steps are left for one answer, however many texts it compares."""

    def __init__(self, steps: int = MOST):
        self.left = steps  # may end a little below 0


class Edit(NamedTuple):
    """``old[a:b]`` became ``new[c:d]``; ``same`` when they are equal."""

    same: bool
    a: int
    b: int
    c: int
    d: int


def changed_words(before: str, after: str, effort: Effort | None = None) -> list[Piece]:
    """What was kept, taken out (``del``) and put in (``ins``)."""
    effort = effort or Effort()
    old, new = TOKENS.findall(before), TOKENS.findall(after)
    edits = compared(old, new, effort)
    if edits is not None:
        return list(_pieces(old, new, edits))
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(map(len, lines)) < 2:
        return [*_piece("del", old), *_piece("ins", new)]
    return [piece for part in _by_paragraph(*lines, effort) for piece in part]


def _by_paragraph(old: list[str], new: list[str], effort: Effort) -> Iterator[list[Piece]]:
    for same, a, b, c, d in compared(old, new, effort) or [Edit(False, 0, len(old), 0, len(new))]:
        if same:
            yield [Piece("".join(old[a:b]))]
        elif b - a == d - c and effort.left > b - a:  # as many as before: each became the one in its place
            for place in range(b - a):
                yield changed_words(old[a + place], new[c + place], effort)
        else:
            yield [*_piece("del", old[a:b]), *_piece("ins", new[c:d])]


def _pieces(old: Sequence[str], new: Sequence[str], edits: list[Edit]) -> Iterator[Piece]:
    for same, a, b, c, d in edits:
        if same:
            yield from _piece("", old[a:b])
        else:
            yield from _piece("del", old[a:b])
            yield from _piece("ins", new[c:d])


def _piece(kind: str, tokens: Sequence[str]) -> list[Piece]:
    return [Piece("".join(tokens), kind)] if tokens else []


class Passage(NamedTuple):
    """A paragraph of a comparison, or how many in a row were left as they were."""

    pieces: list[Piece]
    unchanged: int = 0


def changes(before: str, after: str, effort: Effort | None = None) -> list[Passage]:
    """What became of ``before``, paragraph by paragraph."""
    effort = effort or Effort()
    old, new = before.split("\n"), after.split("\n")
    passages: list[Passage] = []
    for same, a, b, c, d in compared(old, new, effort) or [Edit(False, 0, len(old), 0, len(new))]:
        if same:
            passages.append(Passage([], b - a))
        else:
            pieces = changed_words("\n".join(old[a:b]), "\n".join(new[c:d]), effort)
            passages += [Passage(line) for line in _lines(pieces)]
    return passages


def _lines(pieces: list[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for text, kind in pieces:
        first, *others = text.split("\n")
        line += _piece(kind, first)
        for other in others:
            if line:
                yield line
            line = _piece(kind, other)
    if line:
        yield line


def compared(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Edit] | None:
    """The fewest edits from ``old`` to ``new``, in order; None when ``effort`` is used up before they are found.

    E. Myers, An O(ND) Difference Algorithm (1986): the effort grows with the length times the number of edits.
    """
    effort.left -= 1
    begin = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    most = min(len(old), len(new)) - begin
    ending = zip(old[: begin - 1 if begin else None : -1], new[: begin - 1 if begin else None : -1], strict=False)
    end = min(most, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ending)))
    middle = _matches(old[begin : len(old) - end], new[begin : len(new) - end], effort)
    if middle is None:
        return None
    runs = [(0, 0, begin), *((a + begin, c + begin, length) for a, c, length in middle)]
    runs.append((len(old) - end, len(new) - end, end))
    return list(_edits(runs))


def _edits(runs: list[tuple[int, int, int]]) -> Iterator[Edit]:
    """Edits from runs of equal tokens: where they begin in old and new, and their lengths."""
    at_old = at_new = 0
    equal: Edit | None = None
    for a, c, length in runs:
        if a > at_old or c > at_new:
            if equal:
                yield equal
            equal = None
            yield Edit(False, at_old, a, at_new, c)
        if length:
            equal = equal._replace(b=a + length, d=c + length) if equal else Edit(True, a, a + length, c, c + length)
        at_old, at_new = a + length, c + length
    if equal:
        yield equal


def _matches(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[int, int, int]] | None:
    """Runs of equal tokens that ``old`` and ``new`` share, as many tokens as can be."""
    if not old or not new:
        return []
    n, m = len(old), len(new)
    least = effort.left // 2  # what is coarser wants some of it, too
    furthest = {1: 0}  # diagonal (place in old less place in new) -> how far in old
    rounds: list[dict[int, int]] = []
    for edits in range(n + m + 1):
        rounds.append({})
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            begun = x
            while x < n and x - diagonal < m and old[x] == new[x - diagonal]:
                x += 1
            effort.left -= 1 + x - begun
            furthest[diagonal] = rounds[-1][diagonal] = x
            if x >= n and x - diagonal >= m:
                return _walked_back(rounds, n, m)
        if effort.left <= least:
            return None
    raise AssertionError("n + m edits make anything of anything")


def _walked_back(rounds: list[dict[int, int]], n: int, m: int) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    x, y = n, m
    for edits in range(len(rounds) - 1, 0, -1):
        diagonal = x - y
        before = rounds[edits - 1]
        down = diagonal == -edits or (diagonal != edits and before.get(diagonal - 1, -1) < before.get(diagonal + 1, -1))
        from_diagonal = diagonal + 1 if down else diagonal - 1
        old_x = before[from_diagonal]
        start = old_x if down else old_x + 1
        if x > start:
            runs.append((start, start - diagonal, x - start))
        x, y = old_x, old_x - from_diagonal
    if x:
        runs.append((0, 0, x))
    return runs[::-1]
