"""What two texts are to each other: the same text, one with the other in it, a passage in common, or nothing.

Texts are compared by how much of the shorter one the longer contains, not by how alike they are: a wire story runs
under forty headlines, shortened here, with a new top there. Containing is not yet being the same, and sharing all but
the names and the figures is to be another text from the same form.
"""

from __future__ import annotations

from typing import NamedTuple

from pipelines.dedupe.alignment import Alignment, align
from pipelines.dedupe.shape import Shape, resemblance

CONTAINED = 0.52  # of the shorter text's shingles
BRIEF, BRIEF_CONTAINED = 40, 0.75  # words; of a shorter text chance and form are a greater part
LEDE, LEDE_SHARED = 100, 0.5  # of the shorter text's first shingles (the first third if it is short): boilerplate
# and quotations that two stories share stand further down
MUCH, LEDE_OF_MUCH = 0.6, 0.4  # with so much contained, less of the first will do: heavy editing is evenly spread
NEW_TOP = 20  # shingles

MOST = 0.55  # of the longer text: what covers so much of it is it, wherever it stands
NEARLY_ALL = 0.85  # of a text that holds another article as well
END, AT_END = 0.08, 0.4  # what runs to the end of the longer text has its own top there; covers at least
MOSTLY = 0.7  # of a shorter text's shingles, when it covers less than that
MIDDLE = 0.44  # of the longer text: a part whose middle is above stands at its head, a later one is embedded

FORM_NAMES = 0.15  # of the names
FORM_FIGURES = 0.3  # of the figures
FORM_ONLY = 0.12  # of the figures, when every other word is the same
CORRECTED = 8  # hours after which other figures under the same headline are a new report, not a correction
CORRECTED_ELSEWHERE = 0.7  # of the figures; another outlet has taken over some corrections, not all
SENTENCE, REWORDED = 12, 0.14  # words; share of a text in sentences that were written anew between those that were not

KINDRED = 0.3  # of the shorter text's shingles, when a third text is the same as both

WHOLE = 0.8  # of the shorter text's shingles: it is in the other
PASSAGE = 40  # words in a row that two texts share

ALIKE = 0.7  # Jaccard similarity of a copy
SHORTENED, GROWN = 0.7, 1.25  # length against the original


class Occasion(NamedTuple):
    """What else is known of two articles."""

    same_site: bool = False
    same_title: bool = False
    hours: float = 1000.0  # between the two


UNKNOWN = Occasion()


class Relation(NamedTuple):
    """What two texts are to each other; ``kind`` is same, contains, passage or form."""

    kind: str
    share: float  # of the shorter text's shingles, 0..1
    begin: int  # first and last word in the longer text
    end: int
    covered: float  # share of the longer text, 0..1


def relation(a: Shape, b: Shape, occasion: Occasion = UNKNOWN) -> Relation | None:
    """What two texts are to each other, None if nothing; which comes first makes no difference."""
    if a.words == b.words:
        return Relation("same", 1.0, 0, len(a.words) - 1, 1.0)
    alignment = align(a, b)
    if not alignment.runs:
        return None
    kind = _kind(alignment)
    if form(alignment, occasion):
        kind = "form" if alignment.contained >= KINDRED else None
    return Relation(kind, round(alignment.contained, 4), *alignment.region, alignment.covered) if kind else None


def kindred(a: Shape, b: Shape, occasion: Occasion = UNKNOWN) -> Relation | None:
    """What two texts are to each other when a third is the same as both: the same with much less in common."""
    if a.words == b.words:
        return relation(a, b)
    alignment = align(a, b)
    if alignment.contained < KINDRED or not alignment.runs or form(alignment, occasion):
        return None
    return Relation("same", round(alignment.contained, 4), *alignment.region, alignment.covered)


def _kind(alignment: Alignment) -> str | None:
    if made_from(alignment):
        if stands_for(alignment):
            return "same"
        return "contains" if alignment.contained >= WHOLE else "passage"
    if alignment.contained >= WHOLE and len(alignment.shorter.words) >= PASSAGE:
        return "contains"
    return "passage" if max(run.words for run in alignment.runs) >= PASSAGE else None


def form(alignment: Alignment, occasion: Occasion) -> bool:
    """Whether the two are one form filled in twice: a bulletin, a notice, a market report.

    They agree but for names or figures. Other figures within hours, under the same headline and with the same names,
    are a correction.
    """
    changed, kept = alignment.filled_otherwise, alignment.kept
    if changed.others > changed.names + changed.figures:
        return False
    if changed.names and changed.names >= FORM_NAMES * (changed.names + kept.names):
        return True
    limit = FORM_FIGURES
    if occasion.same_title and occasion.hours <= CORRECTED and not changed.names:
        limit = 2.0 if occasion.same_site else CORRECTED_ELSEWHERE
    elif len(alignment.shorter.words) == len(alignment.longer.words) and not changed.others:
        limit = FORM_ONLY
    return changed.figures > 0 and changed.figures >= limit * (changed.figures + kept.figures)


def made_from(alignment: Alignment) -> bool:
    """Whether the longer text has the shorter one's beginning and most of the rest, in its sentences."""
    shorter, longer, contained = alignment.shorter, alignment.longer, alignment.contained
    if contained < (BRIEF_CONTAINED if len(shorter.words) < BRIEF else CONTAINED):
        return False
    if contained >= WHOLE and alignment.covered >= WHOLE:
        return True
    length = len(shorter.shingles)
    lede = set(shorter.sequence[: LEDE if length >= LEDE else max(NEW_TOP, length // 3)])
    if len(lede & longer.shingles) < (LEDE_OF_MUCH if contained >= MUCH else LEDE_SHARED) * len(lede):
        return False
    return contained >= ALIKE or alignment.reworded(SENTENCE) < REWORDED


def stands_for(alignment: Alignment) -> bool:
    """Whether the shorter text is the longer one in short, not a part of something else.

    It covers most of it, runs to its end under another top, or stands at its head.
    """
    if alignment.covered >= MOST:
        return True
    if alignment.covered < AT_END and alignment.contained < MOSTLY:
        return False
    begin, end = (at / len(alignment.longer.words) for at in alignment.region)
    if alignment.covered >= AT_END and end >= 1 - END:
        return True
    return (begin + end) / 2 <= MIDDLE


def kind_of(article: Shape, original: Shape, same_site: bool) -> str:
    """What ``article`` is to ``original``, given that they are the same text: exact, copy, excerpt or update."""
    if article.words == original.words:
        return "exact"
    if same_site:
        return "update"
    if resemblance(article, original) >= ALIKE:
        return "copy"
    if len(article.words) < SHORTENED * len(original.words):
        return "excerpt"
    return "update" if len(article.words) > GROWN * len(original.words) else "copy"
