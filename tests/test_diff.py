"""What changed between two texts: nothing is lost, few things are marked, and the effort is bounded as a whole."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.output.diff import MOST, Effort, changed_words, changes, compared

TEXTS = st.lists(st.sampled_from(["a", "b", "quay", "\n", " ", "  "]), max_size=40).map("".join) | st.text(max_size=60)


@given(TEXTS, TEXTS, st.integers(0, 200))
def test_a_comparison_holds_both_texts_whatever_it_may_cost(before, after, steps):
    pieces = changed_words(before, after, Effort(steps))
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == after
    assert all(piece.text for piece in pieces)


@given(TEXTS, TEXTS)
def test_paragraphs_that_stayed_are_counted_and_the_others_are_all_there(before, after):
    passages = changes(before, after)
    kept = sum(passage.unchanged for passage in passages)
    assert kept <= min(before.count("\n"), after.count("\n")) + 1
    if before == after or all(passage.unchanged for passage in passages):  # an empty paragraph is not shown
        assert before.replace("\n", "") == after.replace("\n", "")
    for kind, text in (("ins", after), ("del", before)):
        shown = "\n".join(piece.text for passage in passages for piece in passage.pieces if piece.kind == kind)
        assert set(shown.split()) <= set(text.split()) or not shown.strip()


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_no_comparison_has_fewer_edits(old, new):
    edits = compared(old, new, Effort())
    kept = [token for same, a, b, _, _ in edits if same for token in old[a:b]]
    assert len(kept) == longest_common(old, new)
    assert [edit.same for edit in edits] == [place % 2 == (not edits[0].same) for place in range(len(edits))]


def longest_common(old, new):
    row = [0] * (len(new) + 1)
    for one in old:
        row = [0, *row_of(row, one, new)]
    return row[-1]


def row_of(above, one, new):
    left = 0
    for place, other in enumerate(new):
        left = above[place] + 1 if one == other else max(left, above[place + 1])
        yield left


def test_a_word_is_marked_with_its_white_space_and_nothing_else():
    pieces = changed_words("The quay was closed at noon.", "The old quay was shut at noon.")
    assert [tuple(piece) for piece in pieces] == [
        ("The ", ""), ("old ", "ins"), ("quay was ", ""), ("closed ", "del"), ("shut ", "ins"), ("at noon.", ""),
    ]  # fmt: skip


def words(count, seed):
    chance = random.Random(seed)
    return " ".join(chance.choices(["quay", "pier", "rada", "dock", "ship", "oil", "a", "the", "of"], k=count))


@pytest.mark.parametrize(
    ("paragraphs", "length"), [(60, 2_000), (1, 1_500), (1, 200_000), (20_000, 1), (2, 3_000), (300, 300)]
)
def test_the_steps_of_a_whole_answer_are_bounded(paragraphs, length):
    before, after = ("\n".join(words(length, (seed, n).__repr__()) for n in range(paragraphs)) for seed in (1, 2))
    effort = Effort()
    for _ in range(5):  # revisions of one page
        pieces = changed_words(before, after, effort)
        assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
        changes(before, after, effort)
    assert effort.left > -(paragraphs + length) * 20, "not much more than the last rounds took"


def test_beyond_the_bound_paragraphs_are_still_told_apart():
    same = [words(400, f"same {number}") for number in range(10)]
    old, new = ([*same[:5], words(3_000, name), *same[5:]] for name in ("old", "new"))
    old, new = [*old, "an old end"], ["a new begin", *new]  # or the ends that are alike would tell
    pieces = changed_words("\n".join(old), "\n".join(new), Effort(20_000))
    kept = "".join(piece.text for piece in pieces if not piece.kind)
    assert all(line in kept for line in same[:-1]), "the last one has no line behind it in one of the texts"


def test_few_changes_in_a_long_text_are_found_word_by_word():
    text = words(30_000, "long").split()
    for place in range(0, 30_000, 1_000):
        text[place] = f"changed{place}"
    pieces = changed_words(words(30_000, "long"), " ".join(text), Effort(MOST))
    assert sum(len(piece.text.split()) for piece in pieces if piece.kind == "ins") == 30
