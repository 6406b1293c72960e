"""Captions and boxes inside an article's container leave; paragraphs that look like them stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article, Fetched
from pipelines.boilerplate import Surroundings, signature, without_frame
from pipelines.extract import extract
from pipelines.extract.maintext import kept
from pipelines.page.titles import squash

PARAGRAPHS = [
    "A prefeitura anunciou nesta terça-feira que a ponte velha ficará fechada por três meses para a troca dos cabos.",
    "Os moradores pediram uma passarela provisória, porque o desvio leva quarenta minutos e poucos têm carro.",
    "“Não pedimos uma ponte nova, pedimos chegar ao médico”, disse a presidente da associação durante a reunião.",
    "A secretária respondeu que um ônibus gratuito sairá a cada meia hora da praça e que a obra custará dois milhões.",
]
HEADLINE = "Ponte velha fecha por três meses para a troca dos cabos"


def text_of(middle: str = "", end: str = "", language: str = "pt", start: str = "") -> list[str]:
    first, *others = (f"<p>{text}</p>" for text in PARAGRAPHS)
    body = f"{first}{middle}{''.join(others)}{end}"
    html = (
        f"<html lang='{language}'><head><meta charset='utf-8'><title>{HEADLINE}</title></head>"
        f"<body><article><h1>{HEADLINE}</h1>{start}<div class='corpo'>{body}</div></article></body></html>"
    )
    article = extract(Fetched("https://ponte.example/ponte", html.encode(), "2025-11-21T12:00:00Z"))
    assert isinstance(article, Article)
    return article.text.split("\n")


@pytest.mark.parametrize(
    "box",
    [
        "<div class='leia-mais'><p>Escola de música abre inscrições para adultos</p></div>",
        "<div class='box-newsletter'><p>As reportagens da semana chegam todo domingo de manhã</p></div>",
        "<table><tr><td><img src='a.jpg'></td></tr><tr><td>A ponte velha vista da margem esquerda</td></tr></table>",
        "<div><img src='a.jpg'><p>A ponte velha vista da margem esquerda</p></div>",
        "<div class='content-media__description'>Mutirão trabalhou três noites na passarela</div>",
        "<p><em>Em contexto:</em> <a href='/x'>Escola de música abre inscrições para adultos</a></p>",
        "<p><em>Quer receber as notícias no celular? Entre no nosso canal do WhatsApp</em></p>",
        "<blockquote class='twitter-tweet'><p lang='pt'>Veja as fotos da ponte</p><a href='/t'>5 mai</a></blockquote>",
        "<blockquote><p>A secretária respondeu que um ônibus gratuito sairá a cada meia hora da praça</p></blockquote>",
    ],
)
def test_what_interrupts_a_text_is_no_part_of_it(box):
    assert text_of(middle=box) == PARAGRAPHS


@pytest.mark.parametrize(
    "line",
    [
        "Esta reportagem foi produzida com uma bolsa da Fundação Mar Aberto.",
        "O post Ponte velha fecha apareceu primeiro em Portal da Serra.",
        "O seu endereço de e-mail não será publicado. Campos obrigatórios são marcados com *",
        "Página 1 de 2",
        "Apoie o jornalismo independente. Faça uma doação.",
        "Encontrou algum erro na matéria? Fale com a gente",
    ],
)
def test_what_the_site_says_below_a_text_is_no_part_of_it(line):
    assert text_of(end=f"<p>{line}</p>") == PARAGRAPHS


def test_a_second_headline_is_told_from_the_text_in_spanish_and_portuguese():
    start = "<h2 class='subtitulo'>Moradores pedem uma passarela, e a secretaria promete um ônibus gratuito.</h2>"
    assert text_of(start=start) == PARAGRAPHS


def test_a_post_in_english_is_a_quotation_on_an_english_page():
    tweet = (
        "<blockquote class='twitter-tweet'><p lang='en'>The bridge closes on Monday, says the mayor.</p></blockquote>"
    )
    assert "The bridge closes on Monday, says the mayor." in text_of(middle=tweet, language="en")


def test_a_paragraph_with_a_picture_at_its_side_stays():
    line = "O ônibus passará também pela escola, disse ela."
    assert line in text_of(middle=f"<p><img src='a.jpg' align='left'>{line}</p>")


def test_the_same_text_for_phones_and_desktops_is_taken_once():
    copies = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert text_of(end=f"<div class='so-desktop'>{copies}</div>") == PARAGRAPHS


def test_a_list_that_begins_with_number_signs_is_part_of_the_text():
    items = ["№ 2 идёт через новую улицу.", "№ 9 ходит каждые шесть минут."]
    lines = text_of(middle=f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>", language="ru")
    assert lines[1:3] == [f"- {item}" for item in items]


def test_boxes_that_hold_much_of_the_text_are_no_boxes():
    around = Surroundings(boxes=frozenset(map(squash, PARAGRAPHS[:3])))
    assert without_frame(PARAGRAPHS, around) == PARAGRAPHS


def test_a_biography_below_the_text_leaves_with_the_name_of_the_author():
    line = "Ana Lima é repórter e escreve sobre transporte."
    assert without_frame([*PARAGRAPHS, line], Surroundings(names=frozenset({"analima"}))) == PARAGRAPHS
    assert without_frame([*PARAGRAPHS, line], Surroundings()) == [*PARAGRAPHS, line]


@pytest.mark.parametrize("name", ["Анна Вересова", "Ana de Souza", "J. P. O'Neill"])
def test_a_name_below_a_text_is_its_signature(name):
    assert signature([*PARAGRAPHS, name]) == name


@pytest.mark.parametrize("line", ["Os moradores esperam.", "A obra começa em maio", "Ana"])
def test_a_last_line_that_is_no_name_is_no_signature(line):
    assert signature([*PARAGRAPHS, line]) is None


@given(st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=8))
def test_no_long_line_comes_twice_and_none_is_lost(lines):
    found = without_frame(lines, Surroundings())
    assert sorted(found) == sorted(set(lines))


def test_a_promised_text_is_found_whatever_its_paragraphs_are():
    promised = " ".join(PARAGRAPHS)
    assert kept(promised, PARAGRAPHS) == 1
    assert kept(promised, PARAGRAPHS[:1]) <= 0.5
