"""What the index holds of a text: words that SQL reads as we do, and any part of a run without spaces."""

import sqlite3
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.database.migrations.search_index import TOKENIZER, plain
from crawler.search.tokens import MIXED, READABLE, grams, indexed, readable
from crawler.terms.folding import words


@pytest.fixture(scope="module")
def fts5():
    """What FTS5 makes of a text that SQL has read."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE texts USING fts5 (text, {TOKENIZER})")
    connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (texts, instance)")

    def read(text):
        connection.execute("DELETE FROM texts")
        connection.execute(f"INSERT INTO texts (text) SELECT {plain('?1')}", (text,))
        return [term for (term,) in connection.execute("SELECT term FROM terms ORDER BY offset")]

    yield read
    connection.close()


def test_every_character_of_readable_texts_is_read_by_sql_as_by_us(fts5):
    plain_characters = [c for c in map(chr, range(1, 0x3000)) if READABLE.fullmatch(c)]
    assert len(plain_characters) > 450
    for beside in ("xy", "ыю"):
        text = " ".join(
            f"{beside[0]}{c}{beside[1]} {c} {beside[0]}{c}"
            for c in plain_characters
            if not MIXED.search(beside[0] + c + beside[1])
        )
        assert readable(text)
        assert fts5(text) == words(text)


@given(st.text(st.sampled_from("aEñÑßłİıЁйЇж '’-_#.0\n\u00ad\u0301中カกิ")))
def test_any_text_is_read_by_sql_or_kept_with_its_words(fts5, text):
    kept = indexed(text, "und").words
    assert fts5(text if kept is None else kept) == grams(words(text))


@pytest.mark.parametrize("run", ["委内瑞拉总统", "プロシア", "ประเทศไทย", "ကမ္ဘာ"])
def test_a_run_without_spaces_is_kept_as_pairs_of_letters_and_the_last_alone(run):
    letters = [word.removeprefix("\u2060") for word in words(run)]
    kept = indexed(f"{string.ascii_lowercase} {run}", "und").words.split()[1:]
    assert kept == [a + b for a, b in zip(letters, [*letters[1:], ""], strict=True)]
