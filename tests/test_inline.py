"""Elements inside of a sentence neither join nor drop its words."""

from __future__ import annotations

import pytest

from crawler.items import Article, Fetched
from pipelines.extract import extract

BEFORE = (
    "The lock at Tern Weir stayed shut on Monday because its lower gate had jammed on a sunken barrow in the night."
)
AFTER = (
    "Forty narrowboats were waiting by then, and the café on the towpath had sold every pie that it had in the house."
)


def lines(part: str, language: str = "en") -> list[str]:
    html = f"<html lang='{language}'><body><article><h1>Lock shut</h1><p>{BEFORE}</p>{part}<p>{AFTER}</p></article>"
    article = extract(Fetched("https://towpath.example/lock", html.encode(), "2026-11-20T10:00:00Z"))
    assert isinstance(article, Article)
    return article.text.split("\n")


@pytest.mark.parametrize(
    ("markup", "sentence"),
    [
        ("<p>The <button class='term'>paddle</button> of the gate was bent.</p>", "The paddle of the gate was bent."),
        ("<p>It was bent at the <button>paddle</button>.</p>", "It was bent at the paddle."),
        ("<p>The next boat leaves on <time datetime='2027-03-04'>4 March</time> at noon.</p>", None),
        ("<p>The board will pay <noindex>two million crowns</noindex> for it.</p>", None),
        ("<p>The gauge showed <output>4.2</output> metres at noon.</p>", None),
        ("<p>The board said <ins>on Tuesday</ins> that it would open.</p>", None),
        ("<p>渡船は<ruby>岬<rp>(</rp><rt>みさき</rt><rp>)</rp></ruby>を正午に出て、夕方に港へ戻ったという。</p>", None),
        (
            "<p><span class='dropcap'>T</span>he gate was lifted out before noon.</p>",
            "The gate was lifted out before noon.",
        ),
        ("<p><span class='dropcap'>T</span> he gate was lifted before noon.</p>", "The gate was lifted before noon."),
        ("<p><b class='first-letter'>A</b> gate was lifted out before noon.</p>", "A gate was lifted out before noon."),
        ("<p>The oﬃce conﬁrmed that the ﬂood had gone.</p>", "The office confirmed that the flood had gone."),
        ("<p>The gate is well.<script>x()</script>The boats are not.</p>", "The gate is well. The boats are not."),
    ],
)
def test_a_sentence_keeps_its_words(markup: str, sentence: str | None):
    text = "\n".join(lines(markup))
    wanted = sentence or "".join(
        part.split(">")[-1] for part in markup.split("<") if not part.startswith(("rt", "rp>"))
    )
    assert wanted in text


@pytest.mark.parametrize("part", ["<time>4 March 2027</time>", "<noindex>on a dry morning</noindex>", "<b>at last</b>"])
def test_text_laid_out_by_line_breaks_keeps_them_too(part: str):
    rows = [BEFORE, f"The board opened the lock {part} and closed it again soon after that.", AFTER]
    plain = rows[1].replace(part, part.split(">")[1].split("<")[0])
    assert plain in lines(f"<div>{'<br><br>'.join(rows)}</div>")


@pytest.mark.parametrize(
    "block", ["<iframe src='/x'></iframe>", "<nav><a href='/'>Home</a></nav>", "<canvas></canvas>"]
)
def test_a_removed_block_leaves_a_break(block: str):
    text = "\n".join(lines(f"<div>{BEFORE[:60]} and so on.{block}{AFTER[:60]} and so forth.</div>"))
    assert "on.Forty" not in text and "and so forth." in text


@pytest.mark.parametrize("control", ["<button>Share</button>", "<p>They opened it.<button>Copy the link</button></p>"])
def test_buttons_that_are_controls_leave(control: str):
    text = "\n".join(lines(control))
    assert "Share" not in text and "Copy" not in text
