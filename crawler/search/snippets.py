"""The part of a text that shows best why a search found it, in pieces: what was looked for, and what stands around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from crawler.search.tree import Span

BEFORE = 3  # a third of the width at most stands before the first hit


class Piece(NamedTuple):
    """A stretch of text, and whether it is what was looked for."""

    text: str
    hit: bool = False


def marked(text: str, spans: Sequence[Span]) -> list[Piece]:
    """``text`` in pieces; ``spans`` are in order and apart."""
    pieces = []
    at = 0
    for begin, end in spans:
        pieces += [Piece(text[at:begin]), Piece(text[begin:end], True)]
        at = end
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]


def snippet(text: str, spans: Sequence[Span], width: int) -> list[Piece]:
    """About ``width`` letters of ``text`` in one line, from where most different words of the ``spans`` are.

    Without spans it is the beginning.
    """
    begin, end = _window(text, spans, width)
    inside = [(a - begin, b - begin) for a, b in spans if a >= begin and b <= end]
    pieces = [piece._replace(text=re.sub(r"\s+", " ", piece.text)) for piece in marked(text[begin:end], inside)]
    return [*[Piece("…")] * (begin > 0), *pieces, *[Piece("…")] * (end < len(text))]


def _window(text: str, spans: Sequence[Span], width: int) -> Span:
    if len(text) <= width:
        return 0, len(text)
    first, most = 0, 0
    for place, (begin, _) in enumerate(spans):
        near = {text[a:b].casefold() for a, b in spans[place : place + width] if b <= begin + width - width // BEFORE}
        if len(near) > most:
            first, most = begin, len(near)
    begin = max(0, min(first - width // BEFORE, len(text) - width))
    if begin:  # with a whole word, unless there are no spaces
        begin = next((at + 1 for at in range(begin, min(first, begin + width // BEFORE)) if text[at].isspace()), begin)
    end = min(len(text), begin + width)
    if end < len(text):
        last = max((b for _, b in spans if b <= end), default=begin)
        end = next((at for at in range(end, max(last, begin + width // 2), -1) if text[at].isspace()), end)
    return begin, end
