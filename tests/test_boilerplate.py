"""Boilerplate leaves the text as whole lines, and sentences stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.boilerplate import Surroundings, asks_for_payment, without_frame
from pipelines.page.titles import squash

TEXT = [
    "The harbour of Port Amity was closed on Tuesday after a freighter lost its rudder there, the coast guard said.",
    "Tugs held the ship against the current for six hours while divers looked for damage below the waterline.",
    "The company that owns the freighter said that it would pay for the tugs and that nobody had been hurt.",
]


def around(titles: list[str] | None = None, names: list[str] | None = None, **fields) -> Surroundings:
    return Surroundings(frozenset(map(squash, titles or [])), frozenset(map(squash, names or [])), **fields)


@pytest.mark.parametrize(
    "head",
    [
        ["Harbour closed"],
        ["Harbour closed", "By Ines Duarte", "July 1, 2024"],
        ["SHIPPING", "Harbour closed", "3 min read", "Ines Duarte"],
        ["Por Ines Duarte", "1 de julio de 2024, 15:25", "Compartir"],
        ["Автор: Инес Дуарте", "1 июля 2024, 15:25", "Время чтения: 3 минуты"],
        ["Publicado em 01/07/2024 15:25", "Compartilhe"],
    ],
)
def test_headline_byline_and_date_above_the_text_leave(head: list[str]):
    known = around(["Harbour closed"], ["Ines Duarte", "Shipping"])
    assert without_frame(head + TEXT, known) == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Freighter owner fined in 2019",
        "RELATED: Freighter owner fined in 2019",
        "Lea también: Multan al dueño del carguero",
        "Te puede interesar: Multan al dueño del carguero",
        "Читайте также: Владельца сухогруза оштрафовали",
        "Leia mais: Dono do cargueiro é multado",
        "Lesen Sie auch: Reederei muss zahlen",
        "ADVERTISEMENT",
        "Publicidad",
        "The freighter on Tuesday — Foto: Rui Matos/Agência Cais",
    ],
)
def test_lines_that_lead_elsewhere_leave_the_middle(line: str):
    assert without_frame([TEXT[0], line, *TEXT[1:]], around()) == TEXT


@pytest.mark.parametrize(
    "tail",
    [
        ["© 2024 Amity Post. All rights reserved."],
        ["Sign up for our newsletter", "Follow us on Facebook", "Tags: harbour, freighter"],
        ["Síguenos en Instagram y WhatsApp", "Todos los derechos reservados"],
        ["Подписывайтесь на наш канал в Telegram", "Нашли ошибку? Выделите её и нажмите Ctrl + Enter"],
        ["Siga o jornal no Instagram", "Compartilhe esta notícia"],
        ["Tom Okoro contributed to this report."],
        ["Ines Duarte"],
        ["___", "(ido)"],
        ["This material may not be published, broadcast or rewritten.", "Terms", "Contact the editor at once"],
    ],
)
def test_closing_lines_leave(tail: list[str]):
    assert without_frame(TEXT + tail, around(names=["Ines Duarte"])) == TEXT


@pytest.mark.parametrize(
    "sentence",
    [
        "Read more than one report about the harbour and you will find that nobody agrees on when the rudder broke, "
        "who saw it first, or why the pilots had been sent home that morning; the inquiry will have to decide, and it "
        "has asked for the logs of three ships and the recordings of the tower, the clerk of the court said.",
        "By the time the tugs came, the ship had drifted for an hour.",
        "“Follow me,” said the harbour master, and we did.",
        "Por la noche, el carguero seguía a la deriva frente al puerto.",
        "Related charges against the owner were dropped in 2019, according to the court.",
    ],
)
def test_sentences_that_begin_like_boilerplate_stay_in_the_middle(sentence: str):
    text = [TEXT[0], sentence, *TEXT[1:]]
    assert without_frame(text, around(["Harbour closed"], ["Ines Duarte"])) == text


def test_links_leave_with_the_label_above_them():
    links = ["Freighter owner fined in 2019", "Harbour gets new tugs"]
    text = [TEXT[0], "More on the harbour:", *links, *TEXT[1:]]
    assert without_frame(text, around(linked=frozenset(map(squash, links)))) == TEXT


def test_a_text_that_is_links_for_the_most_part_keeps_them():
    assert without_frame(TEXT, around(linked=frozenset(map(squash, TEXT[:2])))) == TEXT


def test_a_copyright_line_in_the_middle_leaves_alone():
    assert without_frame([TEXT[0], "© 2024 AMITY POST. Do not reproduce.", *TEXT[1:]], around()) == TEXT


def test_a_prompt_to_pay_below_the_text_is_noticed():
    assert asks_for_payment([*TEXT, "Subscribe to continue reading"])
    assert asks_for_payment([*TEXT, "Este contenido es exclusivo para suscriptores"])
    assert asks_for_payment([*TEXT, "Il vous reste 57.09% de cet article à lire."])
    assert not asks_for_payment(TEXT)
    assert not asks_for_payment([])


@given(st.lists(st.sampled_from([*TEXT, "Share", "©", "Read more", "By X", "", "Harbour closed"]), max_size=12))
def test_what_stays_is_a_part_of_the_lines_in_their_order(lines: list[str]):
    remaining = iter(lines)
    assert all(line in remaining for line in without_frame(lines, around(["Harbour closed"])))


def test_a_label_above_a_link_asks_for_the_payment_of_another_page():
    card = "El silo que nadie quiso"
    assert not asks_for_payment([*TEXT, "Contenido exclusivo para suscriptores", card], frozenset([squash(card)]))
    assert asks_for_payment([*TEXT, "Contenido exclusivo para suscriptores", card])
