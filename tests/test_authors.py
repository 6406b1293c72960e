"""Author fields and bylines become names of persons: whole, each once, and nobody who is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Fetched
from pipelines.metadata import Metadata, read_metadata
from pipelines.metadata.authors import outlet_names, people
from pipelines.page.tree import parse

TEXT = (
    "<p>La cooperativa del valle venderá cada año cuarenta kilos de azafrán a un comprador de Osaka.</p>"
    "<p>El contrato dura tres años y los socios construirán un laboratorio para cumplir con las normas.</p>"
    "<p>La exportación saldrá por avión en diciembre, según explicó el presidente de la cooperativa.</p>"
)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("By Ines Duarte", ["Ines Duarte"]),
        ("porLucía Ferro", ["Lucía Ferro"]),
        ("Written by Ines Duarte in Harbours on 24 December 2024 at 05:29 AM EST. 12 Comments", ["Ines Duarte"]),
        ("Escrito por Lucía Ferro Prado", ["Lucía Ferro Prado"]),
        ("Lucía Ferro | 12 de marzo de 2024", ["Lucía Ferro"]),
        ("Ines Duarte, Senior Correspondent", ["Ines Duarte"]),
        ("Corresponsal Lucía Ferro", ["Lucía Ferro"]),
        ("Lucía Ferro, corresponsal en Moscú", ["Lucía Ferro"]),
        ("Ferro, Lucía", ["Lucía Ferro"]),
        ("José Ortuño y Gálvez", ["José Ortuño y Gálvez"]),
        ("Lucía Ferro y Marcos Vilar", ["Lucía Ferro", "Marcos Vilar"]),
        ("JULIA FERRO, GARA VILAR and MARTA PRADO", ["JULIA FERRO", "GARA VILAR", "MARTA PRADO"]),
        ("Ayşe Demir ve Can Yıldız", ["Ayşe Demir", "Can Yıldız"]),
        ("Иван Лодкин и Мария Волнова", ["Иван Лодкин", "Мария Волнова"]),
        ("Оксана Човнова та Іван Хвиля", ["Оксана Човнова", "Іван Хвиля"]),
        ("Ana Luntre și Ion Val", ["Ana Luntre", "Ion Val"]),
        ("王小明、李华", ["王小明", "李华"]),
        ("记者 王小明 李华", ["王小明 李华"]),
        ("أحمد سالم، ليلى نور", ["أحمد سالم", "ليلى نور"]),
        ("أحمد سالم وليلى نور", ["أحمد سالم", "ليلى نور"]),
        ("محمد أحمد وليد سالم", ["محمد أحمد وليد سالم"]),
        ("김철수 기자", ["김철수"]),
        ("João da Silva e Costa", ["João da Silva e Costa"]),
        ("Ana Silva e João Costa", ["Ana Silva", "João Costa"]),
        ("Sofia e Marta", ["Sofia", "Marta"]),
        ("van der Berg, Jan", ["Jan van der Berg"]),
        ("Jane Doe, MD", ["Jane Doe"]),
        ("By Jane Doe and staff", ["Jane Doe"]),
        ("Texto: Lucía Ferro Fotos: Marcos Vilar", ["Lucía Ferro"]),
        ("lucia.ferro", []),
        ("February 4", []),
        ("Jueves, 21 de abril de 2022", []),
        ("User Admin", []),
        ("admin2", []),
        ("newsengin", []),
        ("No Author", []),
        ("d.ferro@diario.example", []),
        ("Foto: Lucía Ferro", []),
        ("Redacción Diario del Estuario", []),
        ("diario DEL estuario", []),
    ],
)
def test_an_author_field_is_read_as_the_persons_it_names(field: str, names: list[str]):
    assert people([field], outlet_names(["Diario del Estuario"])) == names


def about(body: str, author: object = None, head: str = "") -> Metadata:
    node = {"@type": "NewsArticle", "headline": "El valle exportará azafrán", "author": author}
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>' if author else ""
    site = '<meta property="og:site_name" content="Diario del Estuario">'
    html = f"<html lang='es'><head>{site}{head}{script}</head><body><article><h1>El valle exportará azafrán</h1>{body}"
    root = parse(f"{html}</article></body></html>")
    assert root is not None
    return read_metadata(Fetched("https://diario.example/n/1", b"", "2026-11-20T18:00:00Z"), root)


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ({"@type": "Person", "givenName": "Lucía", "familyName": "Ferro"}, ["Lucía Ferro"]),
        ({"@list": [{"name": "Lucía Ferro"}, {"name": "Tomás Vilar"}]}, ["Lucía Ferro", "Tomás Vilar"]),
        ("Lucía Ferro, Tomás Vilar", ["Lucía Ferro", "Tomás Vilar"]),
    ],
)
def test_every_shape_of_a_person_in_json_ld_is_read(author: object, names: list[str]):
    found = about(TEXT, author)
    assert (found.authors, found.authors_from) == (names, "jsonld")


def test_an_author_that_json_ld_gives_twice_is_two_authors():
    first, second = '"author": {"name": "Lucía Ferro"}', '"author": {"name": "Tomás Vilar"}'
    node = f'{{"@type": "NewsArticle", "headline": "El valle", {first}, {second}}}'
    head = f'<script type="application/ld+json">{node}</script>'
    assert about(TEXT, head=head).authors == ["Lucía Ferro", "Tomás Vilar"]


@pytest.mark.parametrize(
    ("byline", "names", "origin"),
    [
        ("<div class='meta'>By<a class='article__author' href='/a'>Lucía Ferro</a></div>", ["Lucía Ferro"], "byline"),
        ("<dl><dd class='createdby'>Escrito por Lucía Ferro</dd></dl>", ["Lucía Ferro"], "byline"),
        (
            "<div class='author-name'>Lucía Ferro</div><div class='author-name'>Marcos Vilar</div>",
            ["Lucía Ferro", "Marcos Vilar"],
            "byline",
        ),
        ("<p>Por LUCÍA FERRO PRADO</p>", ["LUCÍA FERRO PRADO"], "text"),
        ("<div class='byline'>By Mikel Vilar / Agencia Costa</div>", ["Mikel Vilar"], "byline"),
        (
            "<figure><figcaption>Archivo / <span class='author'>Fotos Costa</span></figcaption></figure>"
            "<div class='article_author'><a href='/a/lf'>Lucía Ferro</a></div>",
            ["Lucía Ferro"],
            "byline",
        ),
    ],
)
def test_a_byline_in_the_articles_region_names_the_author(byline: str, names: list[str], origin: str):
    found = about(byline + TEXT)
    assert (found.authors, found.authors_from) == (names, origin)


def test_a_byline_completes_the_same_names_in_the_metadata_and_replaces_an_outlet():
    byline = "<div class='byline'>Por Lucía Ferro, Tomás Vilar y Marta Prado</div>"
    assert about(byline + TEXT, ["Lucía Ferro", "Tomás Vilar"]).authors == ["Lucía Ferro", "Tomás Vilar", "Marta Prado"]
    assert about(byline + TEXT, "Carla Luz").authors == ["Carla Luz"]
    assert about(byline + TEXT, "Diario del Estuario").authors == ["Lucía Ferro", "Tomás Vilar", "Marta Prado"]


def test_the_authors_of_cards_and_comments_are_not_the_articles():
    link = "<a href='/n/2'><h3>Un silo flotante llega a la isla</h3></a>"
    cards = f"<div class='grid'>{link}<span rel='author'>Carla Luz</span></div>"
    comments = "<section class='comments'><span class='author'>Iván Prado</span><p>Siempre lo mismo.</p></section>"
    assert about(f"<p class='firma'>Por Lucía Ferro</p>{TEXT}{cards}{comments}").authors == ["Lucía Ferro"]
    assert about(TEXT + comments).authors == []


def test_where_nobody_is_named_the_desk_stays_and_is_called_one():
    assert (about(TEXT, "Editor Web").authors, about(TEXT, "Editor Web").authors_from) == (["Editor Web"], "desk")
    assert about(TEXT, "admin").authors == []
    plugin = '<meta name="twitter:label1" content="Escrito por"><meta name="twitter:data1" content="Lucía Ferro">'
    found = about(TEXT, "Diario del Estuario", plugin)
    assert (found.authors, found.authors_from) == (["Lucía Ferro"], "meta")


@given(st.lists(st.text(max_size=80), max_size=4), st.lists(st.text(max_size=20), max_size=2))
def test_no_field_is_an_error_and_every_name_has_letters(given_names: list[str], sites: list[str]):
    for name in people(given_names, outlet_names(sites)):
        assert any(map(str.isalpha, name))
        assert len(name) <= 60
