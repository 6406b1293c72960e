"""The main text: trafilatura's answer, corrected where the page's own paragraphs say otherwise."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.extract.blocks import linked_lines, standfirst, teasers, with_standfirst
from pipelines.extract.maintext import is_layout, is_menu, read_lines
from pipelines.page.blocks import blocks_of
from pipelines.page.paragraphs import core_of, covered
from pipelines.page.region import Region
from pipelines.page.titles import squash
from pipelines.page.tree import DEEPEST, drop_silent, parse, tidy

SUBJECTS = [
    "The harbour",
    "A tug",
    "The crew",
    "A diver",
    "The pilot",
    "The owner",
    "The mayor",
    "A clerk",
    "The tower",
]
STORY = [
    f"{who} waited on Tuesday for the tide to turn, and nobody in Port Amity knew how long that would be."
    for who in SUBJECTS
]
ASIDE = [
    f"{who} of another town was named in a report that has nothing to do with ships or weather." for who in SUBJECTS
]


def tree(body: str) -> HtmlElement:
    root = parse(f"<html><head><title>Tide</title></head><body>{body}</body></html>")
    assert root is not None
    drop_silent(root)
    return root


def read(body: str) -> list[str]:
    root = tree(body)
    return read_lines(root, Region(root, next(root.iter("h1"), None)), "https://amity.example/tide")


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def test_a_feature_split_over_several_containers_is_read_whole():
    parts = "".join(
        f'<div class="row"><div class="part-body">{paragraphs(STORY[start : start + 3])}</div></div><figure></figure>'
        for start in (0, 3, 6)
    )
    assert [line for line in read(f"<main><h1>Tide</h1>{parts}</main>") if line in STORY] == STORY


def test_text_from_another_part_of_the_page_is_left_out():
    more = f'<div class="more">{paragraphs(ASIDE[:2])}</div>'
    assert read(f'<main><h1>Tide</h1><div class="story">{paragraphs(STORY)}</div></main>{more}') == STORY


def test_a_page_laid_out_in_tables_gives_its_paragraphs_without_the_menus():
    links = "".join(f'<tr><td><a href="/{who}">{who}</a></td></tr>' for who in SUBJECTS)
    menu = f"<td><table>{links}</table></td>"
    story = "<br><br>".join(STORY)
    body = f"<table><tr>{menu}<td><b>Tide</b><br>{story}</td>{menu}</tr></table>"
    assert squash("".join(STORY)) in squash("".join(read(body)))
    assert len("".join(read(body))) < 1.1 * len(" ".join(STORY))


def test_a_page_without_paragraphs_has_no_text():
    assert read("<div></div><hr>") == []


def test_menus_and_layout_tables_are_told_from_texts():
    names = ["Home", "Shipping", "Sport"]
    core = core_of(tree(f"<div>{paragraphs(STORY)}<ul>{''.join(f'<li>{name}</li>' for name in names)}</ul></div>"))
    assert is_menu(["Weather", *names * 5], core)
    assert not is_menu(names * 5, core)
    assert not is_menu(STORY, core)
    assert not is_menu(names, core)
    assert is_layout(["| Home | Shipping |", "| Tide |"])
    assert not is_layout([*STORY, "| High | Low |"])


def test_the_densest_container_is_the_storys_and_not_the_comments():
    comments = f'<div class="comments">{paragraphs(ASIDE)}{paragraphs(ASIDE)}</div>'
    root = tree(f'<h1>Tide</h1><div class="story">{paragraphs(STORY[:5])}</div>{comments}')
    assert core_of(root).paragraphs == STORY[:5]


def test_linked_headlines_in_the_container_are_counted():
    teasers = "".join(f'<h3><a href="/{n}">{text[:40]}</a></h3><p>{text}</p>' for n, text in enumerate(STORY))
    assert core_of(tree(f"<div>{teasers}</div>")).headlines == len(STORY)


def test_coverage_is_the_share_of_the_paragraphs_that_occur():
    assert covered(STORY, STORY) == 1.0
    assert covered(STORY, ASIDE) == 0.0
    assert covered([], ASIDE) == 1.0


def test_blocks_that_are_nothing_but_links_are_known_and_sentences_with_links_are_not():
    fined = '<p><a href="/x">The owner was fined in 2019</a></p>'
    body = fined + '<p>The mayor <a href="/y">said on Tuesday</a> that it was late.</p>'
    assert linked_lines(blocks_of(tree(body))) == {squash("The owner was fined in 2019")}


def test_the_summary_below_the_headline_is_found_by_the_pages_description():
    summary = "Nobody in Port Amity knows how long the harbour will be closed."
    root = tree(f'<h1>Tide</h1><div class="x"><span>{summary}</span></div>{paragraphs(STORY)}')
    found = standfirst(root, next(root.iter("h1")), [summary])
    assert found == summary
    assert with_standfirst(STORY, found) == [summary, *STORY]
    assert with_standfirst([summary, *STORY], found) == [summary, *STORY]
    assert standfirst(root, next(root.iter("h1")), ["Something else that is long enough to be a description."]) is None


def test_deeper_tags_become_text():
    root = tree("<h1>Tide</h1>" + "<div>" * (5 * DEEPEST) + STORY[0] + "</div>" * (5 * DEEPEST) + f"<p>{STORY[1]}</p>")
    assert max(sum(1 for _ in element.iterancestors()) for element in root.iter()) <= DEEPEST
    assert STORY[0] in tidy("".join(root.itertext()))
    assert STORY[1] in tidy("".join(root.itertext()))


def test_cards_that_announce_other_pages_are_known_by_their_linked_headline():
    cards = "".join(
        f'<div class="card"><h4><a href="/{n}">{who} and the long night at sea</a></h4><p>{ASIDE[n]}</p></div>'
        for n, who in enumerate(SUBJECTS[:3])
    )
    found = teasers(tree(f'<h1>Tide</h1><div class="story">{paragraphs(STORY)}{cards}</div>'))
    assert {squash(text) for text in ASIDE[:3]} <= found
    assert not {squash(text) for text in STORY} & found


def test_a_single_linked_line_is_no_list_of_cards():
    root = tree(f'<div>{paragraphs(STORY)}<p><a href="/x">{ASIDE[0]}</a></p></div>')
    assert teasers(root) == frozenset()
