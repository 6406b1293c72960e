"""A page becomes a clean article, or a refusal with its reason."""

from __future__ import annotations

from crawler.items import Article, Fetched, Refusal
from pipelines.extract import extract

PARAGRAPHS = [
    "The harbour of Port Amity was closed on Tuesday after a freighter lost its rudder there, the coast guard said.",
    "Tugs held the ship against the current for six hours while divers looked for damage below the waterline.",
    "“We have seen worse, but never on a Tuesday,” said harbour master Ines Duarte, who has worked there since 1998.",
    "The company that owns the freighter said that it would pay for the tugs and that nobody had been hurt.",
]


def page(head: str = "", body: str = "", url: str = "https://amity.example/news/harbour-closed", **fields) -> Fetched:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f"""<html lang="en"><head><title>Harbour closed - Amity Post</title>{head}</head><body>
    <article><h1>Harbour closed</h1>{paragraphs}{body}</article></body></html>"""
    return Fetched(url, html.encode(), "2024-07-02T10:00:00Z", **fields)


def test_the_text_is_the_paragraphs_without_headline_and_closing_lines():
    article = extract(page(body="<p>© 2024 Amity Post. All rights reserved.</p>"))
    assert isinstance(article, Article)
    assert article.text.split("\n") == PARAGRAPHS
    assert article.title == "Harbour closed"
    assert article.language_hint == "en"
    assert article.site == "amity.example"
    assert article.extractor.startswith("newscrawler ")


def test_an_empty_page_is_no_article():
    for body in (b"", b"   ", b"\x00\x00\x00", b"<html></html>"):
        refusal = extract(Fetched("https://amity.example/x", body, "2024-07-02T10:00:00Z"))
        assert isinstance(refusal, Refusal)
        assert refusal.state == "not_article"
