"""Pages that list other pages are no articles, in any language and build, whatever date their head gives."""

from __future__ import annotations

import pytest

from crawler.items import Article, Fetched, Refusal
from pipelines.extract import extract

HEADLINES = {
    "es": "El faro nuevo alumbra desde el lunes|La lonja vende más merluza que nunca|Un carguero encalla en la bocana"
    "|Los remeros ganan la final de la ría|La biblioteca reabre su sala de mapas|Cortan la luz en el barrio alto",
    "ru": "Новый маяк зажгли в понедельник вечером|Рыбный рынок продаёт больше обычного|Сухогруз сел на мель у входа"
    "|Гребцы выиграли финал на реке Тихой|Библиотека открыла зал старых карт|В верхнем квартале отключат свет",
    "de": "Neuer Leuchtturm brennt seit Montag|Fischmarkt verkauft so viel wie nie|Frachter läuft im Hafen auf Grund"
    "|Ruderer gewinnen das Finale am Fluss|Bücherei öffnet den Saal der Karten|Im Oberviertel fällt der Strom aus",
    "pt": "Farol novo acende na noite de segunda|Mercado de peixe vende como nunca|Cargueiro encalha diante do porto"
    "|Remadores vencem a final do rio|Biblioteca reabre a sala dos mapas|Bairro alto ficará sem luz hoje",
}
TEASER = "{}, según contó a este diario quien lo vio desde el muelle, y hoy se espera más gente que ayer en el puerto."
DATED = (
    "",
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-19">',
    '<script type="application/ld+json">{"@type":"CollectionPage","datePublished":"2026-11-19"}</script>',
)
BUILDS = {
    "modules": "<div class='m'><a class='cat' href='/n'>Noticias</a><h2><a href='/n/{n}'>{h}</a></h2></div>",
    "teasers": "<article><h3><a href='/n/{n}'>{h}</a></h3><time>19/11/2026</time><p>{t}</p></article>",
    "wrapped": "<a href='/n/{n}'><div><h2>{h}</h2></div></a>",
    "items": "<li><a href='/n/{n}'>{h}</a> <span>19.11.2026</span></li>",
    "rows": "<tr><td><a href='/n/{n}'>{h}</a></td></tr>",
    "cards": "<div><div><a href='/n/{n}'>{h}</a></div><div>{t}</div></div>",
}


def read(body: str, head: str = "", url: str = "https://faro.example/tag/puerto") -> Article | Refusal:
    html = f"<html><head><meta charset='utf-8'>{head}</head><body><main>{body}</main></body></html>"
    return extract(Fetched(url, html.encode(), "2026-11-20T10:00:00Z"))


@pytest.mark.parametrize("head", DATED)
@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("language", HEADLINES)
def test_a_list_of_headlines_is_no_article(language: str, build: str, head: str):
    cards = "".join(
        BUILDS[build].format(n=n, h=headline, t=TEASER.format(headline))
        for n, headline in enumerate(HEADLINES[language].split("|"))
    )
    wrapped = f"<table>{cards}</table>" if build == "rows" else f"<ul>{cards}</ul>" if build == "items" else cards
    found = read(f"<h1>Puerto</h1><div>{wrapped}</div>", head)
    assert isinstance(found, Refusal), found.text
    assert found.state == "not_article"


@pytest.mark.parametrize("head", DATED[:2])
def test_an_article_with_a_box_of_headlines_among_its_paragraphs_is_one(head: str):
    paragraphs = [f"<p>{TEASER.format(headline)}</p>" for headline in HEADLINES["es"].split("|")]
    box = "".join(f"<li><a href='/n/{n}'>{headline}</a></li>" for n, headline in enumerate(HEADLINES["es"].split("|")))
    found = read(
        f"<article><h1>Puerto</h1>{''.join(paragraphs[:2])}<ul>{box}</ul>{''.join(paragraphs[2:])}{''.join(paragraphs)}"
        f"</article><section>{box}</section>",
        head,
        "https://faro.example/n/77-puerto",
    )
    assert isinstance(found, Article)


def test_an_article_whose_subheads_link_elsewhere_is_one():
    parts = "".join(
        f"<h2><a href='https://museo{n}.example/'>{headline}</a></h2><p>{TEASER.format(headline)}</p>"
        for n, headline in enumerate(HEADLINES["es"].split("|"))
    )
    assert isinstance(
        read(f"<article><h1>Seis museos</h1>{parts}</article>", DATED[1], "https://faro.example/n/78"), Article
    )
