"""Headlines and dates that stand on the page but not in its markup."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement

from crawler.items import Fetched
from pipelines.metadata import Metadata, read_metadata
from pipelines.page.tree import parse

BODY = (
    "<p>La cooperativa del valle venderá cada año cuarenta kilos de azafrán a un comprador de Osaka.</p>"
    "<p>El contrato dura tres años y los socios construirán un laboratorio para cumplir con las normas.</p>"
    "<p>La exportación de azafrán saldrá por avión en diciembre, según explicó el presidente de la cooperativa.</p>"
)
HEADLINE = "La cooperativa del valle exportará azafrán a Osaka"


def about(html: str, timezone: str | None = None) -> Metadata:
    page = Fetched("https://voz.example/nota.php?id=7", b"", "2025-11-21T12:00:00Z", timezone=timezone)
    root = parse(html)
    assert isinstance(root, HtmlElement)
    return read_metadata(page, root)


def page(head: str, title: str = "Diario independiente de la comarca") -> str:
    menu = "<div class='barra'>Viernes, 21 de noviembre de 2025 | <a href='/rss'>RSS</a></div>"
    links = "".join(f"<a href='/s/{name}'>{name}</a>" for name in ("Deportes", "Sucesos", "Cultura", "Agenda"))
    return f"<title>{title}</title><body>{menu}<div>{links}</div><div id='c'>{head}<div>{BODY}</div></div></body>"


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='titular'>{}</div><div class='subtitulo'>El contrato dura tres años</div>",
        "<font size='4'><b>{}</b></font>",
        "<h3>{}</h3>",
    ],
)
def test_a_headline_in_any_element_wins_over_a_page_title_that_is_the_slogan_of_the_site(markup):
    assert about(page(markup.format(HEADLINE))).title == HEADLINE


def test_a_page_title_that_speaks_of_the_text_is_believed():
    assert about(page("<div class='titular'>Azafrán</div>", HEADLINE)).title == HEADLINE


def test_a_smaller_heading_tells_which_part_of_the_page_title_is_the_headline():
    html = page(f"<h2>{HEADLINE}</h2>", f"La Voz del Valle - Sociedad - {HEADLINE}")
    assert about(html).title == HEADLINE


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Redacción - Valdeguadiela - 05/11/2019", "2019-11-05"),
        ("Por Ana Ruiz, 12 de marzo de 2024 a las 10:20", "2024-03-12"),
        ("№ 31 (11806) от 22.03.2012 / Общество", "2012-03-22"),
        ("16:52, 4-10-2023", "2023-10-04"),
        ("5.nov.2025 às 13h40", "2025-11-05"),
    ],
)
def test_a_date_in_the_byline_is_found_and_read_with_the_day_first(line, day):
    found = about(page(f"<h1>{HEADLINE}</h1><div class='firma'>{line}</div>"))
    assert (found.published, found.published_from) == (day, "text")


def test_an_english_date_that_may_be_read_both_ways_is_none():
    english = BODY.replace("La cooperativa", "The men of the valley say the crop is the best of the decade")
    html = page(f"<h1>{HEADLINE}</h1><div class='by'>05/11/2019</div>").replace(BODY, english)
    assert about(html).published is None


def test_the_clock_of_the_site_is_not_the_date_of_the_article():
    assert about(page(f"<h1>{HEADLINE}</h1>")).published is None


def test_a_time_of_day_without_a_zone_is_read_in_the_zone_of_the_source():
    html = page(f"<h1>{HEADLINE}</h1><div class='firma'>12 de marzo de 2024, 10:20</div>")
    assert about(html, "America/Bogota").published == "2024-03-12T15:20:00Z"


def test_a_date_in_a_short_first_paragraph_is_not_the_date_of_the_article():
    html = page(f"<h1>{HEADLINE}</h1>").replace(
        "<p>La cooperativa",
        "<p>El 3 de mayo de 2019 llegó la primera carta a la cooperativa del valle, dijo.</p><p>La cooperativa",
        1,
    )
    assert about(html).published is None
