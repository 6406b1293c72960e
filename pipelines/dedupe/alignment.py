"""How two texts lie upon each other: the runs of words that they share, and what stands between these."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipelines.dedupe.shape import Shape

NEAR = 12  # words; so far a single shingle may stand from where the last run ended
DATELINE = 3  # words before the first that two texts share
SLOT = 8  # words that may stand where another text has others
FIRST = 0.05  # of the shared words that may stand far from the rest by chance


def by_length(shape: Shape) -> tuple[int, list[str]]:
    """What orders two texts; of texts of one length always the same is the longer."""
    return len(shape.words), shape.words


class Run(NamedTuple):
    """Words that both texts have in the same order."""

    shorter: int  # index of the first word
    longer: int
    words: int


class Slots(NamedTuple):
    """Places where both texts have a few words, and other ones; how many names and figures stand in these."""

    figures: int = 0
    names: int = 0
    others: int = 0  # places with neither


class Alignment:
    """The shared runs of two texts; the one with fewer words is the shorter."""

    def __init__(self, a: Shape, b: Shape):
        self.shorter, self.longer = sorted((a, b), key=by_length)
        self.contained = len(a.shingles & b.shingles) / min(len(a.shingles), len(b.shingles))
        self.runs = _runs(self.shorter.sequence, self.longer.sequence)

    @cached_property
    def gaps(self) -> list[tuple[list[str], list[str]]]:
        """What the shorter and the longer text have between two shared runs."""
        return [
            (
                self.shorter.words[one.shorter + one.words : other.shorter],
                self.longer.words[one.longer + one.words : other.longer],
            )
            for one, other in pairwise(self.runs)
        ]

    @cached_property
    def shared(self) -> list[int]:
        """Which words of the longer text the shorter one has, in order."""
        return sorted({i for run in self.runs for i in range(run.longer, run.longer + run.words)})

    @cached_property
    def region(self) -> tuple[int, int]:
        """First and last of the longer text's words that the shorter one has, without a few that stand far off."""
        few = int(FIRST * len(self.shared))
        return (self.shared[few], self.shared[-1 - few]) if self.shared else (0, 0)

    @cached_property
    def covered(self) -> float:
        """Share of the longer text that the shorter one has, 0..1; a few words changed in between count as had."""
        edited = sum(len(theirs) for mine, theirs in self.gaps if mine and len(theirs) <= SLOT)
        return min(1.0, (len(self.shared) + edited) / len(self.longer.words))

    @cached_property
    def filled_otherwise(self) -> Slots:
        """Names and figures that differ where the words around them do not."""
        figures = names = others = 0
        mine, theirs = (self.shorter.words[: self.runs[0].shorter], self.longer.words[: self.runs[0].longer])
        if 0 < len(mine) <= DATELINE and 0 < len(theirs) <= DATELINE and not any(map(_is_figure, (*mine, *theirs))):
            names += 1  # "Vale: ..." and "Torre: ..."; at the beginning of a sentence no capital letter tells
        for mine, theirs in self.gaps:
            if 0 < len(mine) <= SLOT and 0 < len(theirs) <= SLOT and mine != theirs:
                # digit groups joined: "1.250" is "1 250" and "1250"
                digits, other_digits = ("".join(filter(_is_figure, words)) for words in (mine, theirs))
                figure = bool(digits and other_digits and digits != other_digits)
                name = len(self._names & set(mine) - set(theirs)) if self._names & set(theirs) - set(mine) else 0
                figures += figure
                names += name
                others += not figure and not name and digits == other_digits == ""
        return Slots(figures, names, others)

    @cached_property
    def kept(self) -> Slots:
        """Names and figures of the shorter text that the longer one has in the same words."""
        words = [word for run in self.runs for word in self.shorter.words[run.shorter : run.shorter + run.words]]
        return Slots(sum(map(_is_figure, words)), sum(word in self._names for word in words))

    @cached_property
    def _names(self) -> set[str]:
        return self.shorter.names | self.longer.names

    def reworded(self, least: int) -> float:
        """Share of the shorter text in gaps of at least so many words in both, between words that they share."""
        solid = [run for run in self.runs if run.words > 3]
        words = 0
        for one, other in pairwise(solid):
            mine = other.shorter - one.shorter - one.words
            theirs = other.longer - one.longer - one.words
            if mine >= least and theirs >= least:
                words += min(mine, theirs)
        return words / len(self.shorter.words)


@lru_cache(maxsize=64)
def align(a: Shape, b: Shape) -> Alignment:
    """The alignment of two shapes; one pair is looked at several times while an article is placed."""
    return Alignment(a, b)


def _is_figure(word: str) -> bool:
    return word[0].isdecimal()


def _runs(shorter: list[int], longer: list[int]) -> list[Run]:
    """Shared runs of shingles as runs of words; a single shingle that stands anywhere else is chance."""
    places: dict[int, int] = {}
    for index, h in enumerate(longer):
        places.setdefault(h, index)
    runs: list[Run] = []
    first = (-1, -1)  # shingles at which the open run began
    length = 0
    for index, place in enumerate([*(places.get(h, -1) for h in shorter), -1]):
        if length and place == first[1] + length:
            length += 1
            continue
        if length:
            begin, there = first
            last = runs[-1] if runs else None
            if length > 1 or last is None or abs((there - begin) - (last.longer - last.shorter)) <= NEAR:
                runs.append(Run(begin, there, length + 2))
            length = 0
        if place >= 0:
            first, length = (index, place), 1
    return runs
