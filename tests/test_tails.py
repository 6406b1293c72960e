"""A list of other articles below a text leaves without links, too; short true lines stay."""

from __future__ import annotations

import pytest

from crawler.items import Article, Fetched
from pipelines.extract import extract
from pipelines.tails import without_tail_lists

STORY = {
    "es": [
        "El puente giratorio de Villa Faro volvió a abrirse el martes después de cuatro meses de arreglos en su eje.",
        "Los pescadores de la otra orilla daban hasta ahora un rodeo de una hora, contó la patrona Irma Castellón.",
        "«Primero lo vimos girar y después lo creímos», dijo Castellón, que lleva treinta años vendiendo bonito.",
        "El ayuntamiento pagará la obra en diez años y promete engrasar el eje dos veces al mes desde ahora.",
    ],
    "ru": [
        "Разводной мост в Малой Гавани снова открыли во вторник после четырёх месяцев ремонта поворотного механизма.",
        "Рыбакам с другого берега до сих пор приходилось делать крюк в час, рассказала хозяйка баркаса Ирма Лосева.",
        "«Сначала увидели, как он крутится, потом поверили», — сказала Лосева, которая тридцать лет торгует рыбой.",
        "Городские власти расплатятся за ремонт за десять лет и обещают смазывать ось моста дважды в месяц.",
    ],
}
CARDS = {
    "es": [
        ("Roban las campanas de la ermita", "La guardia busca a tres hombres que se llevaron de noche las…"),
        ("Un delfín visita la dársena vieja", "Los niños de la escuela le han puesto nombre y los mayores…"),
        ("La banda ensaya en el muelle", "Treinta músicos tocarán el domingo a las doce si no llueve..."),
    ],
    "ru": [
        ("Из часовни украли колокола", "Полиция ищет троих мужчин, которые ночью вынесли из часовни…"),
        ("В старую гавань зашёл дельфин", "Дети из школы уже придумали ему имя, а взрослые спорят…"),
        ("Оркестр репетирует на причале", "Тридцать музыкантов сыграют в воскресенье в полдень, если..."),
    ],
}
LABELS = {
    "es": ["Recent Posts", "Más como esto", "Lo más leído", "Te puede interesar", "Entradas recientes",
           "Noticias relacionadas", "Fuente/Source link", "(TagstoTranslate)puente"],
    "ru": ["Читайте также", "Похожие новости", "Свежие записи", "Самое читаемое", "Материалы по теме"],
}  # fmt: skip
AGES = {"es": "hace 23 minutos", "ru": "23 минуты назад"}
BUILDS = {
    "p": lambda lines: "".join(f"<p>{line}</p>" for line in lines),
    "br": lambda lines: "<br><br>".join(lines),
    "div": lambda lines: "".join(f"<div>{line}</div>" for line in lines),
    "li": lambda lines: f"<p>{lines[0]}</p><ul>{''.join(f'<li>{line}</li>' for line in lines[1:])}</ul>",
    "table": lambda lines: (
        f"<p>{lines[0]}</p><table>{''.join(f'<tr><td>{line}</td></tr>' for line in lines[1:])}</table>"
    ),
    "h4": lambda lines: f"<h4>{lines[0]}</h4>" + "".join(f"<p>{line}</p>" for line in lines[1:]),
}


def read(language: str, tail: str, build: str = "p") -> list[str]:
    story = BUILDS["br" if build == "br" else "p"](STORY[language]) + ("<br><br>" if build == "br" else "")
    html = f"<html lang='{language}'><head><meta charset='utf-8'><title>Puente</title></head><body><h1>Puente</h1><div>"
    article = extract(
        Fetched("https://faro.example/puente", f"{html}{story}{tail}</div></body>".encode(), "2026-11-20T10:00:00Z")
    )
    assert isinstance(article, Article)
    return article.text.split("\n")


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("language", "label"), [(language, label) for language, labels in LABELS.items() for label in labels]
)
@pytest.mark.parametrize("shape", ["headlines", "excerpts", "ages"])
def test_a_labelled_list_without_links_ends_the_text(language: str, label: str, build: str, shape: str):
    lines = [label]
    for headline, excerpt in CARDS[language]:
        lines += [
            headline,
            *([excerpt] if shape != "headlines" else []),
            *([AGES[language]] if shape == "ages" else []),
        ]
    assert read(language, BUILDS[build](lines), build) == STORY[language]


@pytest.mark.parametrize("build", ["p", "br", "div"])
@pytest.mark.parametrize("label", ["Ostatnie doniesienia", "Lähikuvassa", ""])
def test_a_list_under_an_unknown_label_is_told_by_its_shape(label: str, build: str):
    lines = [label, *(line for card in CARDS["es"] for line in (*card, AGES["es"]))]
    assert read("es", BUILDS[build]([line for line in lines if line]), build) == STORY["es"]


@pytest.mark.parametrize(
    "tail",
    [
        ["Fecha: 19 de noviembre de 2026", "Twitter | Instagram"],
        ["Para contactarnos escriba a cartas@faro.example", "Por Irma Castellón", "Twitter | Instagram | Facebook"],
        ["Date: 2026-11-19", "By Irma Castellón", "Recent Posts", "Roban las campanas de la ermita"],
        ["Lo más leído", "Irma Castellón", "Tomás Ocampo", "Vera Lid"],
    ],
)
def test_what_else_a_page_puts_below_a_text_leaves(tail: list[str]):
    assert read("es", BUILDS["p"](tail)) == STORY["es"]


@pytest.mark.parametrize(
    "end",
    [
        ["Nadie se quejó.", "El puente giró.", "La banda tocó.", "Después llovió."],
        ["Lo más leído no es siempre lo mejor, dijo Castellón.", "Todos rieron."],
        ["Así quedan los turnos:", "- lunes, la orilla norte", "- martes, la orilla sur", "- domingo, nadie"],
        ["Mirá: yo no vine a pelear, vine a cruzar.", "Además: nadie del ayuntamiento cruzó ese día."],
        ["Hoy gira, mañana quién sabe…", "Eso dijo ella."],
    ],
)
def test_short_lines_that_are_the_text_stay(end: list[str]):
    lines = [*STORY["es"], *end]
    assert without_tail_lists(lines) == lines
    items = [line.removeprefix("- ") for line in end if line.startswith("- ")]
    plain = [line for line in end if not line.startswith("- ")]
    tail = BUILDS["p"](plain) + (f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else "")
    assert read("es", tail) == lines
