"""Claims about pipelines/stories/names.py and transliteration.py, and the likeness that is made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.stories.likeness import likeness, vector
from pipelines.stories.names import Kind, countries, number, script, traits
from pipelines.stories.transliteration import skeletons


@pytest.mark.parametrize(
    "spellings",
    [
        "Путин Putin",
        "Венесуэла Venezuela",
        "Чавес Chávez",
        "Егор Yegor",
        "Талызин Talyzin",
        "Гарсия García",
        "Родригес Rodríguez",
        "Кондратьева Kondratyeva",
        "Кито Quito",
        "Moscú Moscou",
        "Жуков Zhukov",
        "Шевченко Schewtschenko",
        "Хрущёв Khrushchev",
    ],
)
def test_a_name_has_one_skeleton_in_several_spellings(spellings):
    first, *others = [skeleton[:5] for skeleton in skeletons(spellings.split())]
    assert others == [first] * len(others)


@given(st.lists(st.from_regex(r"\w+", fullmatch=True)))
def test_there_is_a_skeleton_for_each_word(words):
    assert len(skeletons(words)) == len(words)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("340", "340"),
        ("19,000", "19"),
        ("19.000", "19"),
        ("900\u00a0000", "900"),
        ("1,200,000", "1.2"),
        ("1,2", "1.2"),
        ("2024", "2024"),
        ("12500", "12.5"),
        ("0,000", "0"),
    ],
)
def test_a_number_is_the_same_in_several_notations(written, value):
    assert number(written) == value


@given(st.integers(min_value=10_000))
def test_a_great_number_is_the_same_however_its_thousands_are_parted(value):
    notations = [f"{value:,}", f"{value:,}".replace(",", "."), f"{value:,}".replace(",", "\u202f"), f"{value}"]
    assert len({number(written) for written in notations}) == 1


def test_a_country_is_the_same_in_all_languages():
    texts = ("Germany", "Alemania", "Германия", "Alemanha", "Deutschland", "Germania", "德国")
    assert [set(traits("", text)) & {"@DE"} for text in texts] == [{"@DE"}] * len(texts)
    assert len(countries()) > 500


def test_names_reach_further_than_long_words_and_these_further_than_others():
    found = traits("", "the Margarita terminal for Зоя and then 214 for them")
    kinds = {trait.written: trait.kind for trait in found.values()}
    assert kinds["Margarita"] == kinds["Зоя"] == kinds["214"] == Kind.NAME
    assert kinds["terminal"] == Kind.LONG_WORD
    assert kinds["then"] == Kind.WORD
    assert "for" in kinds
    assert "7" not in traits("", "7 8 9")


def test_what_stands_first_counts_double():
    assert traits("Margarita", "").popitem()[1].times == 2
    assert traits("", "la " * 200 + "Margarita").popitem()[1].times == 1


@pytest.mark.parametrize(
    ("text", "name"), [("Москва Moscow Киев", "CYRILLIC"), ("Moscow", "LATIN"), ("北京市", "CJK"), ("12 34", "")]
)
def test_the_script_is_that_of_most_words(text, name):
    assert script(text) == name


@given(st.text(), st.text())
def test_likeness_is_between_nothing_and_one_and_the_same_both_ways(first, second):
    a, b = (vector("en", script(text), traits("", text), {}, 0) for text in (first, second))
    assert 0 <= likeness(a, b) < 1
    assert likeness(a, b) == pytest.approx(likeness(b, a))
    c = vector("es", script(second), traits("", second), {}, 0)
    assert 0 <= likeness(a, c) < 1
