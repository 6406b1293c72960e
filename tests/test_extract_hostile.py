"""Whatever bytes a page sends, ``extract`` gives an article or a reason, and never raises."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.items import Article, Fetched, Refusal
from pipelines.extract import extract

WHEN = "2024-07-02T10:00:00Z"
TEXT = (
    "<p>The ferry to Port Amity sails again from Monday, the harbour office said on Friday evening in a short note.</p>"
)
FRAGMENTS = [
    *(
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<",
        ">",
        '"',
        "'",
        "<!--",
        "-->",
        "<h1>",
        "<table><tr><td>",
        "<ul><li>",
        "\x00",
    ),
    *(
        "&#0;",
        "&#xD800;",
        "&#x202E;",
        "&#65535;",
        "</script>",
        "<base href='http://['>",
        "<html lang='zz-'>",
        TEXT,
        TEXT,
    ),
    '<script type="application/ld+json">',
    '{"@type":"NewsArticle","author":[[[{"@id":["x"]}]]],"image":[[]],"keywords":{"a":[1]},"headline":["a",{"b":null}]}',
    '{"@graph":[{"@id":1,"@type":{"a":2},"datePublished":20240101,"author":{"@id":{"a":1}},"isAccessibleForFree":[]}]}',
    '<link rel="canonical" href="http://[::1">',
    '<meta property="og:url" content="http://[bad/">',
    '<meta property="og:image" content="//[x">',
    '<meta name="date" content="99999-99-99T99:99">',
    '<time datetime="0000-00-00">',
    '<meta charset="idna">',
    f'<section\uffff! class="\ufffe">{TEXT}<h1>',
    f"<x{{}}:y>{TEXT * 3}",
    '<meta http-equiv="content-type" content="text/html; charset=utf-7">',
]


def fit_to_store(result: Article | Refusal) -> bool:
    """Whether every text can be written as UTF-8 and holds no null byte."""
    if isinstance(result, Refusal):
        return bool(result.state in ("not_article", "blocked") and result.reason)
    texts = [result.text, result.title or "", result.description or "", *result.authors, *result.tags]
    return all("\x00" not in text and text.encode() is not None for text in texts)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=40),
    st.binary(max_size=60),
    st.sampled_from([None, "utf-8", "utf-16", "windows-1251", "idna", "base64", "no such charset"]),
)
def test_any_soup_of_fragments_is_read_or_refused(fragments: list[str], noise: bytes, charset: str | None):
    body = "".join(fragments).encode() + noise
    assert fit_to_store(extract(Fetched("https://amity.example/news/ferry", body, WHEN, charset)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_a_page_with_random_damage_is_read_or_refused(seed: int):
    chance = random.Random(seed)
    body = bytearray(
        f"<html><head><title>Ferry</title></head><body><h1>Ferry sails</h1>{TEXT * 5}</body></html>".encode()
    )
    for _ in range(chance.randint(1, 20)):
        start = chance.randrange(len(body) + 1)
        body[start : start + chance.randint(0, 8)] = chance.randbytes(chance.randint(0, 8))
    assert fit_to_store(extract(Fetched("https://amity.example/news/ferry", bytes(body), WHEN)))


@pytest.mark.parametrize("tag", ["div", "b", "span", "table", "ul", "blockquote", "font"])
def test_a_hundred_thousand_nested_tags_are_survived(tag: str):
    body = f"<html><body><h1>Ferry sails</h1>{TEXT * 3}{f'<{tag}>' * 100_000}deep{TEXT}".encode()
    assert fit_to_store(extract(Fetched("https://amity.example/news/ferry", body, WHEN)))


def test_deeply_nested_structured_data_is_survived():
    body = (
        f'<html><head><script type="application/ld+json">{"[" * 100_000}</script></head><body>{TEXT * 4}</body></html>'
    )
    assert isinstance(extract(Fetched("https://amity.example/news/ferry", body.encode(), WHEN)), Article)


def test_null_bytes_and_lone_surrogates_leave_title_and_text():
    body = f"<html><body><h1>Fer\x00ry &#xD800;sails&#0;</h1>{TEXT * 4}</body></html>".encode() + b"\xed\xa0\x80"
    article = extract(Fetched("https://amity.example/news/ferry", body, WHEN))
    assert isinstance(article, Article)
    assert fit_to_store(article)


def test_direction_overrides_leave_the_title():
    body = f"<html><body><h1>Ferry \u202esails\u202c again on Monday</h1>{TEXT * 4}</body></html>".encode()
    article = extract(Fetched("https://amity.example/news/ferry", body, WHEN))
    assert isinstance(article, Article)
    assert article.title == "Ferry sails again on Monday"


def test_a_page_of_undecodable_bytes_is_refused():
    noise = random.Random(7).randbytes(6_000).replace(b"<", b"").replace(b"&", b"")
    body = b"<html><body><h1>Ferry</h1><p>" + noise + b"</p></body></html>"
    refusal = extract(Fetched("https://amity.example/news/ferry", body, WHEN))
    assert isinstance(refusal, Refusal)
    assert "does not decode" in refusal.reason


def test_a_text_full_of_replacement_characters_is_refused():
    body = f"<html><body><h1>Ferry</h1>{'<p>The f�rry s�ils ag�in fr�m M�nday �n</p>' * 20}</body></html>".encode()
    refusal = extract(Fetched("https://amity.example/news/ferry", body, WHEN))
    assert isinstance(refusal, Refusal)
    assert "does not decode" in refusal.reason


def test_a_text_that_grows_when_it_is_normalised_is_bounded():
    def read(*paragraphs):
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        html = f"<html><body><article><h1>Ferry</h1>{body}</article></body></html>"
        return extract(Fetched("https://quay.example/ferry", html.encode(), "2026-11-30T10:00:00Z", "utf-8"))

    said = [
        f"The ferry left quay {n} of Puerto Sereno at noon with two hundred people, the mayor said." for n in range(9)
    ]
    grown = [f"The ferry left quay {n}. {chr(0xFDFA) * 400} It came back at noon, the mayor said." for n in range(90)]
    assert isinstance(read(*said), Article)
    refused = read(*said, *grown)
    assert isinstance(refused, Refusal) and "more than 500,000 characters" in refused.reason
