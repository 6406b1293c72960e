"""The words of a text, also in scripts that write none apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.words import count_words, words


@pytest.mark.parametrize(
    ("text", "division"),
    [
        ("The harbour’s well-known pier, 2026", "The harbour s well known pier 2026"),
        ("паром_«Заря» ё", "паром Заря ё"),
        ("港口2026年开放", "港 口 2026 年 开 放"),
        ("カモメ号、々", "カ モ メ 号 々"),
        ("ท่าเรือ 12", "ท่ า เ รื อ 12"),
        ("ທ່າເຮືອ", "ທ່ າ ເ ຮື ອ"),
        ("កំពង់ផែ", "កំ ព ង់ ផែ"),
        ("ဆိပ်ကမ်း", "ဆိ ပ် က မ်း"),
        ("हिन्दी में", "हिन्दी में"),
        ("항구가 열렸다", "항구가 열렸다"),
        ("Ve\u00adne\u00adzue\u00adla", "Ve\u00adne\u00adzue\u00adla"),
        ("", ""),
    ],
)
def test_words_are_runs_of_letters_and_single_characters_of_scripts_without_spaces(text: str, division: str):
    assert words(text) == division.split()


@given(st.text(st.characters(max_codepoint=0x2AF, categories=("L", "N", "P", "Zs"))))
def test_in_latin_script_they_are_what_a_regular_expression_finds(text: str):
    assert words(text) == re.findall(r"[^\W_\u02bb\u02bc]+", text)


@given(st.text(), st.text())
def test_a_space_divides_and_nothing_is_lost(left: str, right: str):
    assert words(f"{left} {right}") == words(left) + words(right)
    letters = [character for character in left if character.isalnum() and character not in "\u02bb\u02bc"]
    assert [character for word in words(left) for character in word if character.isalnum()] == letters


@pytest.mark.parametrize(
    ("text", "count"),
    [("It's well-known: a.b@example.org", 3), ("港口重新开放了。", 7), ("ท่าเรือ 12", 6), ("паром пошёл", 2), ("", 0)],
)
def test_a_count_goes_by_spaces_where_a_script_has_them(text: str, count: int):
    assert count_words(text) == count
