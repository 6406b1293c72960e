"""Whether two texts are one article, or one of them a locked part of the other: pure functions."""

from __future__ import annotations

from pipelines.dedupe.shape import containment, shape_of, tokens

SAME = 0.6  # of the shorter text's shingles that the longer one has, under nearly the same headline
PART, SHARED = 0.6, 0.8  # of the words of the whole at most, of the part's shingles at least
TITLE = 0.6  # of the words of two headlines that both have
BEGINNING = 20  # words that a part shares with the whole


def is_same(title: str | None, text: str, other_title: str | None, other_text: str) -> bool:
    """Whether two texts are those of one article: word for word, or nearly under nearly the same headline."""
    shape, other = shape_of(text), shape_of(other_text)
    if shape.hash == other.hash:
        return bool(shape.words) or title == other_title
    if not (shape.shingles and other.shingles):
        return False
    return _is_same_title(title or "", other_title or "") and containment(shape, other) >= SAME


def _is_same_title(title: str, other: str) -> bool:
    words, others = set(tokens(title)), set(tokens(other))
    return len(words & others) >= TITLE * len(words | others)


def is_locked_part(text: str, paywalled: bool, whole: str) -> bool:
    """Whether ``text`` is what a paywall leaves of ``whole``: much shorter, and marked as such or its beginning."""
    part, known = shape_of(text), shape_of(whole)
    if len(part.words) >= PART * len(known.words):
        return False
    begins_so = part.words[:BEGINNING] == known.words[:BEGINNING]
    return paywalled or (begins_so and containment(part, known) >= SHARED)
