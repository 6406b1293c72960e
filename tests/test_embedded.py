"""Texts that a page keeps beside its visible ones are read when they hold more of the article."""

from __future__ import annotations

import json

import pytest

from crawler.items import Article, Fetched, Refusal
from pipelines.extract import extract

STORY = [
    "Замок шлюза у Журавлиной плотины заклинило в понедельник: ночью под нижние ворота попала затонувшая тачка.",
    "Водолазы управления канала подняли тачку до полудня и убедились, что сами ворота остались совершенно целы.",
    "К тому времени у шлюза ждали сорок лодок, а в кафе на бечевнике кончились все пироги, какие были в доме.",
    "«Пироги мы ещё напечём, — сказала хозяйка кафе Зоя Пестрякова, — а вот тачку пусть больше никто не топит».",
    "Управление обещает во вторник открыть шлюз на час раньше обычного, пока очередь из лодок не разойдётся.",
    "Тачка, как выяснилось, пропала с соседних огородов ещё весной, и хозяин её уже не надеялся увидеть снова.",
]
TITLE = "У Журавлиной плотины заклинило шлюз"
P = [f"<p>{text}</p>" for text in STORY]


def devalue(body: str) -> list[object]:
    return [{"data": 1}, {"note": 2}, {"title": 3, "body": 4}, TITLE, body]


LD, NEXT = "type='application/ld+json'", "id='__NEXT_DATA__' type='application/json'"
NOTE = {"title": TITLE, "html": "".join(P)}


def script(attributes: str, before: str, after: str, value: object) -> str:
    return f"<script {attributes}>{before}{json.dumps(value, ensure_ascii=len(before) < 30)}{after}</script>"


STATES = {
    "next": lambda: script(
        "id='__NEXT_DATA__' type='application/json'",
        "",
        "",
        {"props": {"pageProps": {"article": {"title": TITLE, "body": "".join(P)}}}},
    ),
    "blocks": lambda: script(
        "id='__NEXT_DATA__' type='application/json'",
        "",
        "",
        {"props": {"note": {"headline": TITLE, "blocks": [{"type": "paragraph", "data": {"text": t}} for t in STORY]}}},
    ),
    "fusion": lambda: script(
        "",
        "window.Fusion=window.Fusion||{};Fusion.arcSite='x';Fusion.globalContent=",
        ";",
        {
            "headlines": {"basic": TITLE},
            "content_elements": [
                *({"type": "text", "content": text} for text in STORY[:3]),
                {"type": "interstitial_link", "content": "Другая новость о пирогах и лодках", "url": "/2"},
                {"type": "image", "caption": "Шлюз. Снимок читателя", "url": "/a.jpg"},
                *({"type": "text", "content": text} for text in STORY[3:]),
            ],
        },
    ),
    "nuxt": lambda: script("type='application/json' id='__NUXT_DATA__'", "", "", devalue("".join(P))),
    "apollo": lambda: script(
        "",
        "window.__APOLLO_STATE__ = ",
        ";",
        {
            "Note:1": {"title": TITLE, "parts": [{"__ref": f"Part:{place}"} for place in range(len(STORY))]},
            **{f"Part:{place}": {"__typename": "Text", "body": text} for place, text in enumerate(STORY)},
        },
    ),
    "parsed": lambda: script("", "window.__INITIAL_STATE__ = JSON.parse(", ");", json.dumps({"note": NOTE})),
    "stream": lambda: script(
        "",
        "self.__next_f.push(",
        ")",
        [1, "5:" + json.dumps(["$", "div", None, NOTE]) + "\n"],
    ),
    "shadow": lambda: f"<story-body><template shadowrootmode='open'><slot></slot>{''.join(P)}</template></story-body>",
    "noscript": lambda: f"<noscript>{''.join(P)}</noscript>",
    "template": lambda: f"<script type='text/template'>{''.join(P)}</script>",
    "json-ld": lambda: script(
        "type='application/ld+json'",
        "",
        "",
        {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(STORY)},
    ),
}


def read(inner: str) -> Article | Refusal:
    html = f"<html lang='ru'><head><meta charset='utf-8'><title>{TITLE}</title></head><body>{inner}</body></html>"
    return extract(Fetched("https://kanal.example/shlyuz", html.encode(), "2026-11-20T10:00:00Z"))


@pytest.mark.parametrize("shown", [0, 2])
@pytest.mark.parametrize("kind", STATES)
def test_a_text_that_the_page_keeps_elsewhere_is_read_whole(kind: str, shown: int):
    visible = "" if kind in ("shadow", "noscript", "template") else "".join(P[:shown])
    article = read(f"<article><h1>{TITLE}</h1>{visible}{STATES[kind]()}</article>")
    assert isinstance(article, Article)
    assert article.text.split("\n") == STORY


def test_the_state_of_another_article_is_not_read():
    other = [f"<p>{text.replace('шлюз', 'мост')} Так было и раньше, говорят тут.</p>" for text in STORY]
    state = STATES["next"]().replace(json.dumps(TITLE)[1:-1], "Bridge shut at the weir")
    article = read(f"<article><h1>{TITLE}</h1>{''.join(other[:4])}</article>{state}")
    assert isinstance(article, Article)
    assert STORY[4] not in article.text


def test_a_live_blog_that_exists_in_json_ld_alone_is_read():
    entries = [{"@type": "BlogPosting", "headline": f"Запись {n}", "articleBody": text} for n, text in enumerate(STORY)]
    blog = {"@type": "LiveBlogPosting", "headline": TITLE, "datePublished": "2026-11-20", "liveBlogUpdate": entries}
    article = read(f"<h1>{TITLE}</h1><script type='application/ld+json'>{json.dumps(blog)}</script>")
    assert isinstance(article, Article)
    assert article.text.split("\n") == [line for n, text in enumerate(STORY) for line in (f"Запись {n}", text)]


def test_what_is_for_subscribers_is_not_taken_from_the_state():
    locked = {"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False, "articleBody": "\n".join(STORY)}
    article = read(f"<article><h1>{TITLE}</h1>{P[0]}{P[1]}</article>{script(LD, '', '', locked)}")
    assert isinstance(article, Article)
    assert article.paywalled and article.text.split("\n") == STORY[:2]


def test_a_state_that_refers_to_itself_is_read_in_bounded_work():
    parts = [{"__ref": f"Part:{place}"} for place in range(60)]
    cache = {f"Part:{place}": {"title": TITLE, "parts": parts, "text": STORY[place % 6]} for place in range(60)}
    article = read(f"<article><h1>{TITLE}</h1>{P[0]}{P[1]}</article>{script('', '__APOLLO_STATE__=', '', cache)}")
    assert isinstance(article, Article)
    assert article.text.split("\n")[:2] == STORY[:2]
