"""Snippets: the part of a text with the most of what was looked for, in one line, every hit marked."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.search.parser import parse
from crawler.search.snippets import Piece, marked, snippet
from crawler.search.tree import spans

FILLER = "One word follows another here, and nothing of it matters. " * 10


def shown(query, text, width=80, language="en"):
    return snippet(text, spans(parse(query), text, language), width)


def hits(pieces):
    return [piece.text for piece in pieces if piece.hit]


def test_the_part_with_most_different_words_is_shown():
    text = f"Tankers. {FILLER}Tanker, tanker. {FILLER}A tanker is attacked. {FILLER}Tankers."
    assert hits(shown("tankers attack", text)) == ["tanker", "attacked"]


def test_a_snippet_begins_and_ends_with_whole_words_and_says_that_it_is_a_part():
    pieces = shown("tanker", f"{FILLER}The tanker left. {FILLER}")
    text = "".join(piece.text for piece in pieces)
    assert text.startswith("…") and text.endswith("…")
    whole = f"{FILLER}The tanker left. {FILLER}"
    assert f" {text.strip('…')} " in whole
    assert hits(pieces) == ["tanker"]


def test_without_a_hit_it_is_the_beginning_and_a_short_text_is_shown_whole():
    assert shown("title:tanker", FILLER)[0].text.startswith("One word")
    assert shown("tanker", "A\nshort  text") == [Piece("A short text")]


@given(text=st.text("ab \n", max_size=300), width=st.integers(10, 60))
def test_a_snippet_is_one_line_of_the_text_about_as_long_as_asked(text, width):
    pieces = snippet(text, spans(parse("aa OR ab OR bb OR ba"), text, "en"), width)
    said = "".join(piece.text for piece in pieces)
    assert "\n" not in said and len(said) <= width + 2
    assert " ".join(said.strip("…").split()) in " ".join(text.split())


def test_pieces_put_together_are_the_text():
    assert marked("abcdef", [(0, 1), (1, 2), (4, 6)]) == [
        Piece("a", True), Piece("b", True), Piece("cd"), Piece("ef", True)
    ]  # fmt: skip
