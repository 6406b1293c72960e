"""Bytes become the right characters whatever header and meta tag claim."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.charset import SAMPLE, SCANNED, _sample, broken, decode
from crawler.discovery.bodies import decoded

RUSSIAN = (
    "Паром снова ходит из Нового порта с понедельника, сообщили в пятницу в управлении гавани. Билеты подорожали. "
)
SPANISH = (
    "El transbordador volverá a salir el lunes según informó la capitanía; habrá más plazas y el niño irá gratis. "
)


def page_text(body: bytes) -> str:
    page = b"<html><body><h1>Port</h1><article><p>" + body + b"</p></article></body></html>"
    return decode(page)[0].split("<p>")[1].split("</p>")[0]


def feed_title(body: bytes) -> str:
    return decoded(b"<rss><channel><item><title>" + body + b"</title></item></channel></rss>")[27:].split("<")[0]


def robots_text(body: bytes) -> str:
    return decoded(b"# " + body + b"\nUser-agent: *\nDisallow: /a\n")[2:].split("\n")[0]


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


TEXTS = {  # a few lines of news in each language
    "ru": RUSSIAN,
    "uk": "Пором знову їздить із Нового порту з понеділка, повідомили в п'ятницю в управлінні "
    "гавані. Її мешканці чекали цілу зиму, і квитки подешевшали. ",
    "es": SPANISH,
    "fr": "Le bac reprendra lundi après une année d'arrêt ; les élèves voyageront à moitié prix. ",
    "pl": "Prom znów pływa od poniedziałku; żegluga będzie tańsza, mówią władze portu w Gdyni. ",
    "cs": "Přívoz začne jezdit v pondělí, řekl ředitel přístavu; děti zaplatí méně než loni. ",
    "hu": "A komp hétfőtől újra közlekedik, közölte a kikötő; a jegyek ára csökkent, a diákok ingyen utaznak. ",
    "tr": "Feribot pazartesi günü yeniden çalışmaya başlayacak, dedi liman müdürü; öğrenciler ücretsiz taşınacak. ",
    "lt": "Keltas vėl plaukios nuo pirmadienio, pranešė uosto valdžia; bilietai bus pigesni, žiemą ilgės pertraukos. ",
    "el": "Το πορθμείο ξεκινά πάλι τη Δευτέρα, είπε η λιμενική αρχή· τα εισιτήρια έγιναν φθηνότερα. ",
    "he": "המעבורת תחזור לפעול ביום שני, הודיעה רשות הנמל, והכרטיסים יהיו זולים יותר. ",
    "ar": "تعود العبارة إلى العمل يوم الاثنين كما أعلنت سلطة الميناء، وستكون التذاكر أرخص من قبل. ",
    "vi": "Phà sẽ chạy lại từ thứ hai, ban quản lý cảng cho biết, và giá vé sẽ rẻ hơn trước. ",
    "th": "เรือข้ามฟากจะกลับมาให้บริการในวันจันทร์ เจ้าหน้าที่ท่าเรือกล่าว และค่าโดยสารจะถูกลง ",
    "zh": "渡轮星期一恢复航行，港口管理处说，这是今年第一次，学生可以不用买票，大家都说这个决定很好。",
    "zh-TW": "渡輪星期一恢復航行，港口管理處說，這是今年第一次，學生可以不用買票，大家都說這個決定很好。",
    "ja": "フェリーは月曜日から再び運航すると港の管理局が発表した。学生の運賃は無料になるという。",
    "ko": "여객선이 월요일부터 다시 운항한다고 항만 당국이 밝혔다. 학생들은 무료로 탈 수 있다. ",
}
OLD = {  # what they were written in before UTF-8
    "ru": "windows-1251 koi8-r iso-8859-5",
    "uk": "windows-1251 koi8-u iso-8859-5",
    "es": "windows-1252 iso-8859-15",
    "fr": "windows-1252",
    "pl": "windows-1250 iso-8859-2",
    "cs": "windows-1250 iso-8859-2",
    "hu": "windows-1250",
    "tr": "windows-1254",
    "lt": "windows-1257",
    "el": "windows-1253 iso-8859-7",
    "he": "windows-1255",
    "ar": "windows-1256 iso-8859-6",
    "vi": "windows-1258",
    "th": "cp874",
    "zh": "gbk",
    "zh-TW": "big5",
    "ja": "shift_jis euc-jp",
    "ko": "euc-kr",
}
WRITTEN = [(language, charset) for language, charsets in OLD.items() for charset in charsets.split()]


def old(text: str, charset: str) -> bytes:
    """``text`` in an older charset; windows-1258 has the tones of Vietnamese behind their letters."""
    if charset == "windows-1258":
        text = re.sub("[\u1ea0-\u1ef9]", lambda letter: apart(letter[0]), text)
    return text.encode(charset, "replace")


def apart(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    marks = sorted(parts[1:], key=lambda mark: mark in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", parts[0] + "".join(marks[:-1])) + marks[-1]


@pytest.mark.parametrize(("language", "charset"), WRITTEN)
@pytest.mark.parametrize("header", [None, "utf-8", "iso-8859-1"])
def test_each_language_is_read_in_its_old_charsets_without_a_right_declaration(
    language: str, charset: str, header: str | None
):
    body = b"<html><body><p>" + old(TEXTS[language] * 2, charset) + b"</p></body></html>"
    assert decode(body, header)[0] == body.decode({"windows-1252": "cp1252"}.get(charset, charset))


@pytest.mark.parametrize("reader", [page_text, feed_title, robots_text])
def test_pages_feeds_and_robots_txt_are_decoded_alike(reader: Callable[[bytes], str]):
    for language, charset in WRITTEN:
        body = old(TEXTS[language].strip(), charset)
        assert reader(body) == body.decode(charset), charset


def test_few_accents_under_a_header_that_says_utf8_are_kept():
    page = '<html><head><meta charset="iso-8859-1"></head><body>' + "<p>The ferry sails again on Monday.</p>" * 90
    text, name = decode((page + "<p>Señora Ibáñez.</p>").encode("latin-1"), "utf-8")
    assert ("Señora Ibáñez" in text, name) == (True, "cp1252")


def test_ukrainian_declared_as_the_russian_charset_keeps_its_letters():
    text, name = decode(html(TEXTS["uk"]).encode("koi8-u"), "koi8-r")
    assert ("її" in text.casefold(), name) == (True, "koi8-u")


def test_icelandic_under_its_declaration_is_not_taken_for_turkish():
    text = "Ferjan siglir aftur á mánudag, sagði hafnarstjórinn; það þýðir að ferðir verða ódýrari og fleiri. " * 4
    assert decode(html(text).encode("iso-8859-1", "replace"), "iso-8859-1")[1] == "cp1252"


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_characters_are_known_by_their_mark_or_their_first_tag(charset: str):
    assert "Порт" in decode(html(RUSSIAN).encode(charset), None)[0]


def test_japanese_in_seven_bits_is_read_where_it_is_declared():
    body = '<meta charset="iso-2022-jp"><p>フェリー</p>'.encode("iso-2022-jp")
    assert "フェリー" in decode(body)[0]


def test_bytes_that_no_charset_explains_are_lost_characters_rather_than_other_letters():
    noise = bytes(range(128, 256)) * 40
    assert broken(decode(b"<p>" + noise)[0])


def test_the_time_for_a_guess_does_not_grow_with_the_page():
    words = re.compile(rb"[\x40-\xff]+")
    body = b"a" * 400_000 + "привет ".encode("cp1251") * 200_000
    assert len(_sample(body)) <= 4 * SAMPLE
    assert len(words.findall(body[:SCANNED])) < len(words.findall(body)) / 10
