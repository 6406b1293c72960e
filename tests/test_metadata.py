"""Metadata comes from the most trusted place that has it."""

from __future__ import annotations

import json

import pytest

from crawler.items import Fetched, Hints
from pipelines.metadata import Metadata, read_metadata
from pipelines.page.tree import parse

URL = "https://www.amity.example/news/harbour-closed"
LD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Harbour closed after freighter loses rudder",
    "author": [{"@type": "Person", "name": "Ines Duarte"}, {"@type": "Person", "name": "By Tom Okoro"}],
    "publisher": {"@type": "Organization", "name": "Amity Post"},
    "datePublished": "2024-07-01T08:30:00-04:00",
    "dateModified": "2024-07-01T11:00:00-04:00",
    "description": "The channel stays closed until Thursday.",
    "articleSection": "Shipping",
    "keywords": ["harbour", "freighter"],
    "image": {"@type": "ImageObject", "url": "https://img.amity.example/ship.jpg"},
    "isAccessibleForFree": False,
}


def read(head: str = "", body: str = "", url: str = URL, lang: str = ' lang="en-GB"', **fields) -> Metadata:
    root = parse(f"<html{lang}><head>{head}</head><body>{body}<p>Text.</p></body></html>")
    assert root is not None
    return read_metadata(Fetched(url, b"", "2024-07-02T10:00:00Z", **fields), root)


def ld(*values: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)


def test_json_ld_gives_every_field():
    about = read(ld(LD))
    assert about.title == "Harbour closed after freighter loses rudder"
    assert about.authors == ["Ines Duarte", "Tom Okoro"]
    assert (about.published, about.published_from) == ("2024-07-01T12:30:00Z", "jsonld")
    assert about.modified == "2024-07-01T15:00:00Z"
    assert about.description == "The channel stays closed until Thursday."
    assert about.section == "Shipping"
    assert about.tags == ["harbour", "freighter"]
    assert about.image == "https://img.amity.example/ship.jpg"
    assert about.paywalled
    assert about.language_hint == "en"
    assert about.site == "amity.example"


@pytest.mark.parametrize(
    "block",
    [
        json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Amity Post"}, LD]}),
        json.dumps([{"@type": "BreadcrumbList", "itemListElement": []}, LD]),
        json.dumps({"@type": "WebPage", "mainEntity": LD}),
        "<!--\n" + json.dumps(LD) + "\n-->",
        "//<![CDATA[\n" + json.dumps(LD) + "\n//]]>",
        json.dumps(LD)[:-1] + ",}",
        json.dumps(LD) + json.dumps({"@type": "WebSite"}),
        json.dumps(LD).replace("The channel", "The\nchannel"),
        json.dumps(LD | {"@type": ["NewsArticle", "Article"]}),
    ],
)
def test_every_shape_of_json_ld_is_read_and_broken_blocks_are_repaired(block: str):
    about = read(f'<script type="application/ld+json">{block}</script>')
    assert about.authors == ["Ines Duarte", "Tom Okoro"]
    assert about.published == "2024-07-01T12:30:00Z"


def test_a_block_beyond_repair_still_gives_headline_and_date():
    about = read('<script type="application/ld+json">{"headline": "Harbour closed again", "datePublished":'
                 ' "2024-07-01T08:30:00Z", "author": {{name: Ines}}</script>')  # fmt: skip
    assert about.title == "Harbour closed again"
    assert about.published == "2024-07-01T08:30:00Z"


def test_an_author_that_is_a_reference_is_looked_up():
    graph = [
        {
            "@type": "NewsArticle",
            "headline": "Harbour closed",
            "author": {"@id": "#ines"},
            "datePublished": "2024-07-01",
        },
        {"@type": "Person", "@id": "#ines", "name": "Ines Duarte"},
    ]
    assert read(ld({"@graph": graph})).authors == ["Ines Duarte"]


def test_of_several_articles_in_json_ld_the_one_of_this_page_is_taken():
    other = LD | {"headline": "Another story", "url": "https://www.amity.example/news/other", "author": "Someone Else"}
    mine = LD | {"mainEntityOfPage": {"@id": URL}}
    assert read(ld(other, mine)).authors == ["Ines Duarte", "Tom Okoro"]


def test_meta_tags_stand_in_where_json_ld_is_silent():
    about = read(
        '<title>Harbour closed | Amity Post</title><meta property="og:site_name" content="Amity Post">'
        '<meta property="og:title" content="Harbour closed | Amity Post"><meta name="author" content="Ines Duarte">'
        '<meta property="article:published_time" content="2024-07-01T08:30:00+02:00">'
        '<meta name="dc.subject" content="Shipping"><meta property="og:image" content="/ship.jpg">'
    )
    assert about.title == "Harbour closed"
    assert about.authors == ["Ines Duarte"]
    assert (about.published, about.published_from) == ("2024-07-01T06:30:00Z", "meta")
    assert about.section == "Shipping"
    assert about.image == "https://www.amity.example/ship.jpg"


def test_microdata_and_bylines_name_the_author_when_nothing_else_does():
    micro = '<h1>Harbour closed</h1><span itemprop="author"><b itemprop="name">Ines Duarte</b>, reporter</span>'
    assert read(body=micro).authors == ["Ines Duarte"]
    assert read(body='<h1>Harbour closed</h1><p class="byline">By Ines Duarte</p>').authors == ["Ines Duarte"]


def test_the_outlet_beside_people_is_no_author():
    people = [{"@type": "Person", "name": "Ines Duarte"}, {"@type": "Organization", "name": "Amity Post"}]
    assert read(ld(LD | {"author": people})).authors == ["Ines Duarte"]


def test_a_page_that_credits_admin_credits_nobody():
    assert read('<meta name="author" content="admin">').authors == []


def test_the_feeds_title_and_author_stand_in_for_a_page_that_gives_none():
    about = read(hints=Hints(title="Harbour closed", authors=("Ines Duarte",)))
    assert about.title == "Harbour closed"
    assert about.authors == ["Ines Duarte"]


def test_the_pages_own_title_wins_over_the_feeds():
    assert read(ld(LD), hints=Hints(title="Harbour!")).title == "Harbour closed after freighter loses rudder"


def test_a_canonical_address_of_this_site_is_taken_and_cleaned():
    about = read('<link rel="canonical" href="/news/harbour-closed?utm_source=x">')
    assert about.canonical_url == URL
    assert about.canonical_elsewhere is None


def test_a_canonical_address_of_another_site_is_evidence_of_a_copy():
    about = read('<link rel="canonical" href="https://wire.example.org/a/1">')
    assert about.canonical_url is None
    assert about.canonical_elsewhere == "https://wire.example.org/a/1"


def test_the_home_page_as_canonical_address_is_not_believed():
    about = read('<link rel="canonical" href="https://www.amity.example/">')
    assert (about.canonical_url, about.canonical_elsewhere) == (None, None)


def test_a_script_address_as_canonical_or_image_is_ignored():
    about = read('<link rel="canonical" href="javascript:x()"><meta property="og:image" content="javascript:x()">')
    assert (about.canonical_url, about.image) == (None, None)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [(' lang="es-VE"', "es"), (' xml:lang="ru"', "ru"), (' lang="nb-NO"', "no"), (' lang="klingon"', None), ("", None)],
)
def test_the_language_hint_is_an_iso_code(lang: str, expected: str | None):
    assert read(lang=lang).language_hint == expected


SAID = "Amity Post, the best of the coast"
SLOGAN = f"<title>{SAID}</title><meta property='og:title' content='{SAID}'>"
STORY = (
    "<p>The harbour is closed until Thursday because a freighter lost its rudder in the channel, the port said.</p>"
    "<p>Two tugs hold the freighter in the channel, and the harbour master hopes for calm weather on Thursday.</p>"
)


def test_the_slogan_of_a_site_in_every_title_field_gives_way_to_the_headline_above_the_text():
    head = SLOGAN + "<meta property='og:site_name' content='Amity Post'>"
    about = read(head, f"<div><h2>Harbour closed until Thursday by a freighter</h2>{STORY}</div>")
    assert about.title == "Harbour closed until Thursday by a freighter"


def test_meta_tags_that_were_escaped_twice_are_read_as_their_readers_see_them():
    head = '<meta property="og:title" content="Fish &amp;amp; ships">'
    head += '<meta name="author" content="Ana &amp;#39;Luz&amp;#39; Ruiz">'
    assert (read(head).title, read(head).authors) == ("Fish & ships", ["Ana 'Luz' Ruiz"])


def test_of_several_nodes_the_one_that_is_part_of_this_page_is_taken():
    other = LD | {"headline": "Other", "url": "https://www.amity.example/news/other", "author": {"name": "Carla Luz"}}
    own = LD | {"headline": "In other words", "isPartOf": {"@id": f"{URL}#webpage"}}
    assert read(ld({"@graph": [other, own]})).authors == ["Ines Duarte", "Tom Okoro"]


def test_a_page_that_says_it_is_free_is():
    assert read(ld(LD | {"isAccessibleForFree": True})).free
    assert not read(ld({key: value for key, value in LD.items() if key != "isAccessibleForFree"})).free
