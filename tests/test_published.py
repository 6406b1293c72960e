"""The date of publication: who is believed, and when nobody is."""

from __future__ import annotations

from crawler.items import Fetched, Hints
from pipelines.metadata import read_metadata
from pipelines.page.tree import parse

META = '<meta property="article:published_time" content="{}">'
H1 = "<h1>The harbour is closed until Thursday</h1>"


def when(head: str = "", body: str = H1, url: str = "https://amity.example/news/harbour", **fields) -> tuple:
    root = parse(f"<html><head>{head}</head><body>{body}<p>Text.</p></body></html>")
    assert root is not None
    about = read_metadata(Fetched(url, b"", "2024-07-02T10:00:00Z", **fields), root)
    return about.published, about.published_from


def test_the_feeds_time_wins_over_the_page():
    hints = Hints(published="2024-07-01T09:00:00Z")
    assert when(META.format("2024-07-01T12:00:00Z"), hints=hints) == ("2024-07-01T09:00:00Z", "feed")


def test_the_feeds_bare_date_leaves_the_pages_time_of_that_day():
    hints = Hints(published="2024-07-01")
    assert when(META.format("2024-07-01T23:30:00-04:00"), hints=hints) == ("2024-07-02T03:30:00Z", "meta")


def test_the_feeds_bare_date_wins_over_a_time_of_another_day():
    hints = Hints(published="2024-07-01")
    assert when(META.format("2024-06-20T12:00:00Z"), hints=hints) == ("2024-07-01", "feed")


def test_a_time_tag_gives_the_time_to_a_date_in_the_address():
    found = when(
        body=H1 + '<time datetime="2024-07-01T12:00:00Z">July 1</time>', url="https://amity.example/2024/07/01/x"
    )
    assert found == ("2024-07-01T12:00:00Z", "time")


def test_the_address_is_read_when_the_page_says_nothing():
    assert when(url="https://amity.example/2024/7/1/harbour-closed") == ("2024-07-01", "url")
    assert when(url="https://amity.example/news/20240701/harbour") == ("2024-07-01", "url")


def test_a_visible_date_below_the_headline_is_read_in_the_sources_zone():
    body = H1 + '<div class="fecha">1 de julio de 2024, 15:25</div>'
    assert when(body=body, timezone="America/Caracas") == ("2024-07-01T19:25:00Z", "text")
    assert when(body=body) == ("2024-07-01", "text")


def test_a_time_without_zone_never_takes_the_offset_of_another_date():
    head = (
        META.format("2024-07-01T08:30:00")
        + '<meta property="article:modified_time" content="2024-07-01T09:00:00+03:00">'
    )
    assert when(head) == ("2024-07-01", "meta")
    assert when(head, timezone="Europe/Moscow") == ("2024-07-01T05:30:00Z", "meta")


def test_a_date_after_the_fetch_is_not_believed():
    assert when(META.format("2024-09-01T12:00:00Z"), url="https://amity.example/2024/07/01/x") == ("2024-07-01", "url")


def test_a_page_without_any_date_has_none_and_never_the_day_of_the_fetch():
    assert when() == (None, None)
    assert when(body="<div>Tuesday, 2 July 2024</div>" + H1) == (None, None)


def test_the_clock_in_the_pages_header_is_not_its_date():
    body = '<header><time datetime="2024-07-02T09:59:00Z">2 July 2024, 09:59</time></header>' + H1
    assert when(body=body, url="https://amity.example/2024/06/30/x") == ("2024-06-30", "url")


SENTENCES = "<p>{}</p>" * 3
TEXT = SENTENCES.format(
    "El puerto volvió a abrir su muelle de granos después de once semanas de obras, informó la capitanía.",
    "Los pescadores habían pedido que el canal se dragara antes del invierno, por la marea baja.",
    "La obra costó cuatro millones y el ministerio prometió una segunda etapa para el próximo año.",
)


def shown(line: str, below: str = "", head: str = "", **fields) -> tuple:
    body = f"<main><article>{H1}<div class='meta'>{line}</div>{TEXT}</article>{below}</main>"
    return when(head, body, **fields)


def test_what_is_ambiguous_in_the_metadata_is_not_read_elsewhere_on_the_page():
    english = "<p>The men of the harbour say that the berth is open and the ships are back.</p>" * 3
    body = f"<main>{H1}<div class='date'>03/04/2024</div>{english}</main>"
    assert when('<meta name="date" content="03/04/2024">', body) == (None, None)


def test_the_date_of_a_later_version_is_never_that_of_publication():
    for line in (
        "Actualizado el 1 de julio de 2024",
        "Updated July 1, 2024",
        "<time class='updated'>2024-07-01</time>",
    ):
        assert shown(line, head='<meta property="article:modified_time" content="2024-07-01">') == (None, None), line
    assert shown("30/06/2024 10:15 | Actualizado a 01/07/2024 11:30", timezone="UTC") == (
        "2024-06-30T10:15:00Z",
        "text",
    )


def test_dates_of_cards_comments_and_sentences_are_not_the_articles():
    time = '<time datetime="2024-06-01T10:00:00Z">1 de junio</time>'
    for below in (
        f"<section class='comments'><p>Siempre lo mismo. {time}</p></section>",
        f"<div class='grid'><a href='/n/2'><h3>Un silo flotante llega a la isla del norte</h3>{time}</a></div>",
        f"<aside>{time}</aside>",
        f"<p>El muelle viejo se inauguró el {time}, con un buque que ya no existe, y nunca tuvo grúas.</p>",
    ):
        assert shown("", below) == (None, None), below


def test_a_relative_time_counts_from_the_fetch():
    assert shown("<span class='fecha'>hace 3 horas</span>") == ("2024-07-02", "relative")
    assert shown("Ana Luz · hace 15 minutos") == (None, None)  # a line of other things
