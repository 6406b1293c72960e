"""Each phrase of the lists is read, sorted, and recognised in its role."""

from __future__ import annotations

import re
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from pipelines import boilerplate, tails
from pipelines.extract.blocks import SUBTITLE
from pipelines.extract.boxes import BOX, OF_LAYOUT, TOPICAL
from pipelines.extract.refusal import MISSING
from pipelines.page.phrases import expression, read_wording

PATTERNS = {
    "age": tails.AGE,
    "alone": boilerplate.ALONE,
    "box": BOX,
    "box_topical": TOPICAL,
    "click_here": boilerplate.CLICK_HERE,
    "closing": boilerplate.CLOSING,
    "contributed": boilerplate.CONTRIBUTED,
    "heading_marks": boilerplate.HEAD_MARK,
    "layout": OF_LAYOUT,
    "legal": boilerplate.LEGAL,
    "missing": MISSING,
    "paywall": boilerplate.PAYWALL,
    "pointer": boilerplate.POINTER,
    "promotion": boilerplate.PROMOTION,
    "related": boilerplate.RELATED,
    "subtitle": SUBTITLE,
}
WORDING = read_wording()
CATEGORIES = {ops.CATEGORY_DIGIT: "7", ops.CATEGORY_SPACE: " ", ops.CATEGORY_WORD: "x", ops.CATEGORY_NOT_WORD: "-"}


def example(parsed: Any) -> str:
    """The plainest text that a parsed expression matches."""
    written = []
    for kind, value in parsed:
        if kind is ops.LITERAL:
            written.append(chr(value))
        elif kind is ops.IN:
            first, inner = value[0]
            simple = {ops.NEGATE: "x", ops.CATEGORY: CATEGORIES.get(inner, "x")}
            written.append(simple.get(first) or chr(inner[0] if first is ops.RANGE else inner))
        elif kind is ops.BRANCH:
            written.append(example(value[1][0]))
        elif kind is ops.SUBPATTERN:
            written.append(example(value[3]))
        elif kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, ((inside, listed), *_) = value
            gap = inside is ops.NOT_LITERAL or (inside is ops.IN and listed[0][0] is ops.NEGATE)
            gap = gap and least == 0 and most > 1
            written.append(" " if gap else example(value[2]) * value[0])
        elif kind in (ops.ANY, ops.NOT_LITERAL):
            written.append("x")
    return "".join(written)


def test_every_list_has_its_use():
    assert WORDING.keys() == PATTERNS.keys()


@pytest.mark.parametrize("role", PATTERNS)
def test_each_phrase_is_recognised_in_its_role(role: str):
    for language, phrases in WORDING[role].items():
        for phrase in phrases:
            text = example(parser.parse(expression(phrase)))
            assert PATTERNS[role].search(text), f"{role}, {language}: {phrase}: {text}"


@pytest.mark.parametrize("role", PATTERNS)
def test_phrases_are_sorted_by_language_and_stand_once(role: str):
    assert list(WORDING[role]) == sorted(WORDING[role])
    for phrases in WORDING[role].values():
        assert phrases == sorted(set(phrases), key=str.casefold)
        assert all(re.compile(expression(phrase)) for phrase in phrases)
