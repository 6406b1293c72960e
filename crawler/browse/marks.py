"""Texts in pieces: a topic's terms in an article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crawler.output.diff import Piece
from crawler.terms import Terms, Words
from crawler.terms.folding import located


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
