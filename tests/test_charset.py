"""Bytes become the right characters whatever header and meta tag claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.page.charset import broken, decode

RUSSIAN = (
    "Паром снова ходит из Нового порта с понедельника, сообщили в пятницу в управлении гавани. Билеты подорожали. "
)
SPANISH = (
    "El transbordador volverá a salir el lunes según informó la capitanía; habrá más plazas y el niño irá gratis. "
)


def html(text: str, meta: str = "") -> str:
    return f"<html><head>{meta}<title>Порт</title></head><body><p>{text * 4}</p></body></html>"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
@pytest.mark.parametrize("header", [None, "iso-8859-1", "utf-8", "no such charset"])
def test_russian_is_read_without_a_declaration_and_under_a_wrong_header(charset: str, header: str | None):
    text, _ = decode(html(RUSSIAN).encode(charset), header)
    assert RUSSIAN in text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252"])
@pytest.mark.parametrize("header", [None, "utf-8"])
def test_spanish_is_read_without_a_declaration_and_under_a_wrong_header(charset: str, header: str | None):
    page = f"<html><body><p>{SPANISH * 4}</p></body></html>"
    text, _ = decode(page.encode(charset), header)
    assert SPANISH in text


def test_the_meta_tag_wins_over_a_header_that_decodes_to_garbage():
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
    text, name = decode(html(RUSSIAN, meta).encode("windows-1251"), "iso-8859-1")
    assert RUSSIAN in text
    assert name == "cp1251"


def test_a_right_header_wins_over_a_wrong_meta_tag():
    text, name = decode(html(RUSSIAN, '<meta charset="iso-8859-1">').encode("koi8-r"), "koi8-r")
    assert RUSSIAN in text
    assert name == "koi8-r"


def test_a_byte_order_mark_wins_and_leaves():
    text, _ = decode(b"\xef\xbb\xbf" + html(RUSSIAN).encode(), "windows-1251")
    assert text.startswith("<html>")


def test_utf8_with_a_cut_end_stays_utf8():
    text, name = decode(html(RUSSIAN).encode()[:-60][:-1], "utf-8")
    assert name == "utf-8"
    assert RUSSIAN in text


def test_english_with_windows_quotes_and_no_declaration_keeps_them():
    text, _ = decode("<p>“The ferry”, he said, “sails again” – on Monday.</p>".encode("cp1252"))
    assert "“The ferry”, he said, “sails again” – on Monday." in text


def test_a_charset_that_reads_no_text_is_passed_over():
    for declared in ("base64", "idna", "hex", "rot13"):
        text, _ = decode(html(RUSSIAN).encode(), declared)
        assert RUSSIAN in text


def test_a_text_is_broken_from_one_lost_character_in_a_hundred_on():
    assert not broken("abc " * 200 + "\ufffd")
    assert broken("abc \ufffd" * 20)


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=12)))
def test_any_bytes_under_any_header_give_text(body: bytes, declared: str | None):
    text, name = decode(body, declared)
    assert isinstance(text, str)
    assert name
