"""Headings, list items, cells and short paragraphs of a text are in it, wherever the page keeps them."""

from __future__ import annotations

import pytest

from crawler.items import Article, Fetched
from pipelines.extract import extract

STORY = [
    "The lock at Tern Weir stayed shut on Monday because its lower gate had jammed on a sunken barrow in the night.",
    "Divers from the canal board lifted the barrow out before noon and found that the gate itself had taken no harm.",
    "Forty narrowboats were waiting by then, and the café on the towpath had sold every pie that it had in the house.",
    "The board said that the lock would open an hour earlier than usual on Tuesday until the queue had gone down.",
]


def p(*places: int) -> str:
    return "".join(f"<p>{STORY[place]}</p>" for place in places)


def lines(body: str) -> list[str]:
    html = f"<html lang='en'><body><header><a href='/'>The Towpath</a></header>{body}<footer>Weir Lane</footer></body>"
    article = extract(Fetched("https://towpath.example/lock", html.encode(), "2026-11-20T10:00:00Z"))
    assert isinstance(article, Article)
    return [line.removeprefix("- ") for line in article.text.split("\n")]


def article(inner: str) -> str:
    return f"<article><h1>Lock shut</h1>{inner}</article>"


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            "<div class='entry'>"
            + p(0)
            + "</div><div class='ad'></div><div class='entry'><h2>The queue</h2>"
            + p(1, 2)
            + "<p>Nobody grumbled.</p><ul><li>forty boats</li><li>two swans</li></ul></div>"
            "<div class='ad'></div><div class='entry'><h2>What next</h2>" + p(3) + "</div>",
            ["The queue", "Nobody grumbled.", "forty boats", "two swans", "What next"],
        ),
        (
            p(0) + "<table><tr><th>Gate</th><th>Hours</th></tr><tr><td>Upper</td><td><ul><li>Monday from six</li>"
            "<li>Friday from nine</li></ul></td></tr><tr><td>Lower</td><td><ol><li>daily from four</li></ol></td></tr>"
            "</table>" + p(1, 2, 3),
            ["Monday from six", "Friday from nine", "daily from four"],
        ),
        (
            "".join(
                f"<div class='e'><time>{hour} h ago</time><h3>{name}</h3>{p(hour)}</div>"
                for hour, name in enumerate(("Gate opens", "Barrow found", "Queue grows", "Gate jams"))
            ),
            ["Gate opens", "Barrow found", "Queue grows", "Gate jams"],
        ),
        (
            p(0, 1) + "<h2>In figures</h2><ul><li>Boats 40</li><li>Pies 112</li><li>Swans 2</li></ul>"
            "<h2>The full count</h2><p>1. BOATS</p><p>Narrow: 38</p><p>Broad: 2</p>",
            ["In figures", "Boats 40", "Swans 2", "The full count", "1. BOATS", "Narrow: 38", "Broad: 2"],
        ),
        (
            p(0, 1) + "<dl><dt>What jammed it?</dt><dd>A barrow from the allotments.</dd><dt>Who pays?</dt>"
            "<dd>The allotments do.</dd></dl>" + p(2, 3),
            ["What jammed it?", "A barrow from the allotments.", "Who pays?", "The allotments do."],
        ),
    ],
)
def test_what_stands_between_and_below_is_kept_in_order(body: str, parts: list[str]):
    found = lines(article(body))
    assert [line for line in found if line in parts] == parts
    assert [line for line in found if line in STORY] == STORY[: len([line for line in found if line in STORY])]


@pytest.mark.parametrize(
    "box",
    [
        "<ul><li><a href='/2'>Swans return to Tern Weir</a></li><li><a href='/3'>A pie for every boat</a></li></ul>",
        "<aside><h3>Swans return</h3><p>They nest below the weir again.</p></aside>",
        "<div class='comments'><p>A pity about the pies.</p></div>",
        "<div><b>Read also</b><h3><a href='/2'>Swans return to Tern Weir</a></h3></div>",
    ],
)
def test_links_asides_and_comments_are_not_put_back(box: str):
    found = lines(article(p(0, 1) + box + p(2, 3)))
    assert found == STORY
