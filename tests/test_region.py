"""Where on a page its article is: cards, comments, asides and a second article are no part of it."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement

from pipelines.page.region import Region
from pipelines.page.tree import parse

STORY = [
    "The lock at Tern Weir stayed shut on Monday because its lower gate had jammed on a sunken barrow in the night.",
    "Divers from the canal board lifted the barrow out before noon and found that the gate itself had taken no harm.",
    "Forty narrowboats were waiting by then, and the café on the towpath had sold every pie that it had in the house.",
    "The board said that the lock would open an hour earlier than usual on Tuesday until the queue had gone down.",
]
TEXT = "".join(f"<p>{text}</p>" for text in STORY)
BYLINE = '<p class="by"><a id="mine" rel="author" href="/w/ada">Ada Pemberton</a></p>'
MARK = '<time id="theirs" datetime="2020-01-02">2 January 2020</time>'


def region(body: str) -> tuple[HtmlElement, Region]:
    root = parse(f"<html><body><header>The Towpath</header>{body}<footer>The Towpath, Weir Lane</footer></body></html>")
    assert root is not None
    return root, Region(root, next(root.iter("h1"), None))


def has(root: HtmlElement, found: Region, name: str) -> bool:
    return next(element for element in root.iter() if element.get("id") == name) in found


@pytest.mark.parametrize(
    "body",
    [
        f"<article><h1>Lock shut</h1>{BYLINE}{TEXT}</article><section>{MARK}</section>",
        f"<main><h1>Lock shut</h1>{BYLINE}<div>{TEXT}</div><aside>{MARK}</aside></main>",
        f"<main><h1>Lock shut</h1>{TEXT}{BYLINE}<div class='comments'><p>Bob {MARK} A pity.</p></div></main>",
        f"<main><h1>Lock shut</h1>{TEXT}{BYLINE}<h3>Your say</h3><div><b>Bob</b> {MARK}<p>A pity.</p></div></main>",
        f"<main><h1>Lock shut</h1>{BYLINE}{TEXT}<div><a href='/2'><h3>Swans come to Tern</h3></a>{MARK}</div></main>",
        f"<main><h1>Lock shut</h1>{BYLINE}{TEXT}<ul><li><a href='/2'>Swans come to the weir</a>{MARK}</li></ul></main>",
        f"<main><h1>Lock shut</h1><div><a href='/2'>Swans return to Tern Weir</a> {MARK}</div>{BYLINE}{TEXT}</main>",
        f"<main><article><h1>Shut</h1>{BYLINE}{TEXT}</article><article><h2>Eel</h2>{MARK}{TEXT * 2}</article></main>",
        f"<div class='n'><h1>Lock shut</h1>{BYLINE}{TEXT}</div><div class='n'><h1>Swans</h1>{MARK}{TEXT * 2}</div>",
    ],
)
def test_the_byline_is_inside_and_the_mark_of_another_page_is_not(body: str):
    root, found = region(body)
    assert has(root, found, "mine")
    assert not has(root, found, "theirs")


def test_sections_of_one_article_are_all_inside():
    parts = "".join(f"<section><h2>Part {n}</h2>{TEXT}<b id='s{n}'>Noon</b></section>" for n in (1, 2))
    root, found = region(f"<main><section><h1>Lock shut</h1>{BYLINE}{TEXT}</section>{parts}</main>")
    assert all(has(root, found, name) for name in ("mine", "s1", "s2"))


def test_a_page_without_headline_and_paragraphs_is_its_own_region():
    root, found = region("<div id='all'>Nothing here</div>")
    assert found.element is root and has(root, found, "all")
