"""Headlines lose the name of the site and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.metadata.authors import clean_name, outlet_names, people
from pipelines.page.titles import headline, is_slogan, plain

SITES = ["Amity Post", "amity.example"]


@pytest.mark.parametrize(
    "page_title",
    [
        "Harbour closed until Thursday - Amity Post",
        "Harbour closed until Thursday | Amity Post",
        "Harbour closed until Thursday | Shipping | Amity Post",
        "Harbour closed until Thursday :: Amity Post",
        "Amity Post: Harbour closed until Thursday",
        "Harbour closed until Thursday — Amity Post",
    ],
)
def test_the_sites_name_leaves_the_page_title(page_title: str):
    assert headline("", [], ["Harbour closed until Thursday"], page_title, SITES) == "Harbour closed until Thursday"


def test_a_title_keeps_its_own_dashes_and_colons():
    title = "Venezuela - Rusia: un acuerdo, dos lecturas"
    assert headline(title, [], [], f"{title} - Amity Post", SITES) == title
    assert headline("", [], [], f"{title} - Amity Post", SITES) == title


def test_of_two_wordings_the_shorter_wins():
    assert headline("Shipping: Harbour closed until Thursday", ["Harbour closed until Thursday"], [], "", SITES) == (
        "Harbour closed until Thursday"
    )


def test_a_title_that_was_cut_is_completed_by_the_heading():
    whole = 'Gabriel, the one of "Jenny", sails again'
    assert headline("", ["Gabriel, the one of"], [whole], "", SITES) == whole
    assert headline("Gabriel, the one of...", [], [whole], "", SITES) == whole


def test_a_logo_in_an_h1_is_no_headline():
    assert (
        headline("", [], ["Amity Post", "Harbour closed until Thursday"], "", SITES) == "Harbour closed until Thursday"
    )


def test_a_page_without_words_has_no_title():
    assert headline("", [], [], "", SITES) is None


@given(
    st.text(max_size=80),
    st.lists(st.text(max_size=80), max_size=3),
    st.lists(st.text(max_size=80), max_size=3),
    st.text(),
)
def test_any_texts_give_a_bounded_title_or_none(
    announced: str, social: list[str], headings: list[str], page_title: str
):
    title = headline(announced, social, headings, page_title, SITES)
    assert title is None or 0 < len(title) <= 500


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("By Ines Duarte", "Ines Duarte"),
        ("Por: Ines Duarte", "Ines Duarte"),
        ("Автор: Инес Дуарте", "Инес Дуарте"),
        ("Ines Duarte, Staff Writer", "Ines Duarte"),
        ("Ines Duarte - Amity Post", "Ines Duarte"),
        ("Mary-Jane O’Neill", "Mary-Jane O’Neill"),
        ("admin", None),
        ("Redacción", None),
        ("Редакция", None),
        ("Staff Writer", None),
        ("https://amity.example/author/7", None),
        ("Foto: Rui Matos", None),
    ],
)
def test_names_are_cleaned(given_name: str, name: str | None):
    assert clean_name(given_name) == name


@pytest.mark.parametrize(
    "field",
    ["Ines Duarte and Tom Okoro", "Ines Duarte, Tom Okoro", "Ines Duarte y Tom Okoro", "Ines Duarte; Tom Okoro"],
)
def test_several_names_in_one_field_are_told_apart(field: str):
    assert people([field], outlet_names(SITES)) == ["Ines Duarte", "Tom Okoro"]


def test_each_name_comes_once_and_the_outlet_not_at_all():
    assert people(["Ines Duarte", "INES DUARTE", "Amity Post"], outlet_names(SITES)) == ["Ines Duarte"]


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_author_field_gives_short_names(fields: list[str]):
    assert all(0 < len(name) <= 60 for name in people(fields, outlet_names(SITES)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Tom &amp;amp; Ana &amp;quot;vuelven&amp;quot;", 'Tom & Ana "vuelven"'),
        ("El &lt;em&gt;plan&lt;/em&gt; llega al puerto", "El plan llega al puerto"),
        ("Dos líneas<br>de titular", "Dos líneas de titular"),
        ("Etiqueta <b> obsoleta", "Etiqueta <b> obsoleta"),
        ("Investigación y desarrollo: R&D", "Investigación y desarrollo: R&D"),
    ],
)
def test_references_that_were_escaped_twice_and_tags_leave_a_title(written: str, shown: str):
    assert plain(written) == shown


def test_a_slogan_that_names_the_site_is_no_headline():
    assert is_slogan("Diario Costa, lo mejor", "", [], "Diario Costa, lo mejor", ["Diario Costa"])
    assert not is_slogan("Diario Costa, lo mejor", "Reabre el puerto", [], "Diario Costa, lo mejor", ["Diario Costa"])
    assert not is_slogan("El puerto reabre", "", [], "El puerto reabre", ["Diario Costa"])
