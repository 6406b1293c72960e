"""The benchmark's own scorer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.text_score import intervals, score_date, score_page, score_text, summary

TEXT = "one two three four five six"


def test_the_same_words_are_perfect_whatever_stands_between_them():
    assert score_text(TEXT, "one, two – three\nfour: five six!") == {"precision": 1.0, "recall": 1.0, "accuracy": 1.0}


def test_a_word_too_many_costs_precision_and_a_word_too_few_recall():
    assert score_text(TEXT, f"{TEXT} seven") == {"precision": 0.75, "recall": 1.0, "accuracy": 0.0}
    assert score_text(TEXT, "one two three four five") == {
        "precision": 1.0,
        "recall": pytest.approx(2 / 3),
        "accuracy": 0.0,
    }


def test_a_text_of_fewer_than_four_words_is_one_shingle():
    assert score_text("one two", "one two") == {"precision": 1.0, "recall": 1.0, "accuracy": 1.0}
    assert score_text("one two", "one three")["recall"] == 0.0


def test_nothing_found_says_nothing_about_precision():
    assert score_text(TEXT, "") == {"recall": 0.0, "accuracy": 0.0}
    assert score_text("", "") == {"precision": 1.0, "accuracy": 1.0}
    assert score_text("", TEXT) == {"precision": 0.0, "accuracy": 0.0}


def test_soft_hyphens_and_composed_letters_do_not_count():
    assert score_text("Präsident sagte gestern wenig", "Pra\u0308si\u00addent sagte gestern wenig")["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("truth", "found", "day", "minute"),
    [
        ("2024-07-01T08:30:00+02:00", "2024-07-01T06:30:00Z", 1.0, 1.0),
        ("2024-07-01T08:30:40+02:00", "2024-07-01T06:30:00Z", 1.0, 1.0),
        ("2024-07-01T00:30:00+02:00", "2024-06-30T22:30:00Z", 1.0, 1.0),
        ("2024-07-01T08:30:00+02:00", "2024-07-01", 1.0, 0.0),
        ("2024-07-01T08:30:00+02:00", "2024-07-01T09:00:00Z", 1.0, 0.0),
        ("2024-07-01T08:30:00+02:00", "2024-07-02", 0.0, 0.0),
        ("2024-07-01", "2024-07-01T09:00:00Z", 1.0, 0.0),
        ("2024-07-01", None, 0.0, 0.0),
        ("2024-07-01", "yesterday", 0.0, 0.0),
    ],
)
def test_days_and_minutes_are_compared_across_zones(truth: str, found: str | None, day: float, minute: float):
    assert score_date(truth, found) == {"day": day, "minute": minute}


def test_metadata_counts_only_where_there_is_a_truth():
    assert set(score_page({"text": TEXT, "title": None, "authors": []}, {"text": TEXT, "title": "x"})) == {
        "precision",
        "recall",
        "accuracy",
    }


def test_titles_and_names_are_compared_without_case_quotes_and_order():
    truth = {"text": TEXT, "title": "“Closed” – again", "authors": ["Ines Duarte", "Tom Okoro"]}
    scores = score_page(truth, {"text": TEXT, "title": '"closed" - Again', "authors": ["tom okoro", "Ines  Duarte"]})
    assert (scores["title"], scores["authors"]) == (1.0, 1.0)


def test_f1_is_made_of_the_means_over_pages():
    pages = [{"precision": 1.0, "recall": 0.5, "accuracy": 0.0}, {"recall": 0.5, "accuracy": 0.0}]
    assert summary(pages)["f1"] == pytest.approx(2 * 1.0 * 0.5 / 1.5)


def test_an_interval_holds_the_mean():
    pages = [{"precision": 1.0, "recall": value / 10, "accuracy": 0.0} for value in range(11)]
    low, high = intervals(pages, draws=200)["recall"]
    assert low < 0.5 < high


@given(st.text(max_size=200), st.text(max_size=200))
def test_measures_lie_between_none_and_all(truth: str, found: str):
    assert all(0.0 <= value <= 1.0 for value in score_text(truth, found).values())
