"""What a host repeats on its pages leaves their texts once three pages have shown it."""

from __future__ import annotations

from collections import Counter

from crawler.items import Article, Fetched
from pipelines.boilerplate import fingerprints
from pipelines.extract import extract

TOWNS = ["Amity", "Brine", "Cove", "Dune", "Eddy", "Fjord", "Gulf", "Haven", "Isle", "Jetty", "Kelp", "Lagoon"]
ABOVE = "The voice of the coast since 1923, printed daily except on holidays"
BELOW = ["Weather at sea: moderate, visibility good", "Our pilots know the way, ask them at window four"]


def page(town: str, boilerplate: frozenset[int] = frozenset()) -> Fetched:
    story = [
        f"The ferry to {town} sails again from Monday, the harbour office said on Friday evening in a short note.",
        f"It had been out of service since a storm broke the landing stage of {town} in the night before last Sunday.",
        f"People in {town} had to take the bus around the bay, which takes three hours and runs twice a day.",
    ]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in [ABOVE, *story, *BELOW])
    title = f"Ferry to {town}"
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"
    return Fetched(
        f"https://coast.example/news/ferry-{town.lower()}",
        html.encode(),
        "2024-07-02T10:00:00Z",
        boilerplate=boilerplate,
    )


def read(town: str, boilerplate: frozenset[int] = frozenset()) -> Article:
    article = extract(page(town, boilerplate))
    assert isinstance(article, Article)
    return article


def test_without_memory_the_frame_stays_on_all_pages():
    assert all(ABOVE in read(town).text and BELOW[0] in read(town).text for town in TOWNS)


def test_with_memory_the_frame_leaves_from_the_fourth_page_on_and_nothing_else():
    seen: Counter[int] = Counter()
    for number, town in enumerate(TOWNS):
        article = read(town, frozenset(block for block, pages in seen.items() if pages >= 3))
        seen.update(set(article.blocks))
        lines = article.text.split("\n")
        assert (ABOVE in lines, BELOW[0] in lines, BELOW[1] in lines) == (number < 3,) * 3
        assert [line for line in lines if town in line] == [
            line for line in read(town).text.split("\n") if town in line
        ]
        assert len(lines) == (6 if number < 3 else 3)


def test_the_blocks_of_a_page_do_not_depend_on_what_is_remembered():
    blocks = read("Amity").blocks
    assert read("Amity", frozenset(blocks)).blocks == blocks


def test_a_first_paragraph_that_other_pages_show_as_a_teaser_stays():
    lede = "Amity has a ferry again: it sails from Monday, the harbour office said on Friday evening in a short note."
    assert len(lede) > 90
    story = [lede, *(line for line in read("Brine").text.split("\n") if "Brine" in line)]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in story)
    html = f"<html><body><article><h1>A ferry again</h1>{text}</article></body></html>"
    remembered = frozenset(fingerprints([lede]))
    url = "https://coast.example/news/a-ferry-again"
    article = extract(Fetched(url, html.encode(), "2024-07-02T10:00:00Z", boilerplate=remembered))
    assert isinstance(article, Article)
    assert article.text.split("\n") == story
