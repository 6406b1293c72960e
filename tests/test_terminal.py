"""Foreign text cannot play with a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.output.terminal import safe, safe_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x9b31mred", "\ufffd31mred"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("a\rb\x08c", "a\ufffdb\ufffdc"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("\u2066a\u2069 \u200fb \ufeffc so\u00adft", "a b c soft"),
        ("a\u2028b", "a\ufffdb"),
        ("Санкции, sanción 制裁 👩‍🚀", "Санкции, sanción 制裁 👩‍🚀"),
        ("one\r\ntwo\tthree", "one\ntwo\tthree"),
    ],
)
def test_controls_become_visible_and_turned_directions_go(text, shown):
    assert safe(text) == shown


@given(st.text(st.characters()))
def test_nothing_is_left_that_a_terminal_obeys(text):
    assert not [c for c in safe(text) if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert all(
        unicodedata.bidirectional(c) not in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI") for c in safe(text)
    )
    assert len(safe_line(text).splitlines()) <= 1
    safe(text).encode()
