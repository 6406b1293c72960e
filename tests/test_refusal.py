"""Pages that are no article are refused with their reason, and short articles are not."""

from __future__ import annotations

import pytest

from crawler.items import Article, Fetched, Refusal
from pipelines.extract import extract

SENTENCE = "The ferry to Port Amity sails again from Monday, the harbour office said on Friday. "
LD = '<script type="application/ld+json">{}</script>'
ARTICLE = '<meta property="og:type" content="article">'


def read(body: str, head: str = "", url: str = "https://amity.example/news/ferry-sails-again") -> Article | Refusal:
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    return extract(Fetched(url, html.encode(), "2024-07-02T10:00:00Z"))


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Just a moment...", "challenge page"),
        ("Attention Required! | Shield", "challenge page"),
        ("Доступ ограничен", "challenge page"),
        ("Verifica que eres humano", "challenge page"),
        ("We value your privacy", "consent wall"),
        ("Wir verwenden Cookies", "consent wall"),
        ("Log in to your account", "login wall"),
        ("Iniciar sesión", "login wall"),
    ],
)
def test_walls_in_front_of_the_text_are_blocked(title: str, reason: str):
    refusal = read(f"<h1>{title}</h1><p>{SENTENCE * 3}</p>", f"<title>{title}</title>")
    assert refusal == Refusal("blocked", reason)


@pytest.mark.parametrize(
    "title",
    [
        "404 - Not found",
        "Page not found",
        "Oops! That page can’t be found.",
        "Página no encontrada",
        "Lo sentimos, la página que buscas no existe",
        "Страница не найдена",
        "Página não encontrada - Jornal do Cais",
    ],
)
def test_a_missing_page_with_status_200_is_no_article(title: str):
    refusal = read(f"<h1>{title}</h1><p>{SENTENCE * 2}</p>", f"<title>{title}</title>")
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("page not found")


def test_a_section_page_is_no_article():
    teasers = "".join(
        f'<article><h2><a href="/n/{n}">Ferry story number {n}</a></h2><p>{SENTENCE}</p></article>' for n in range(9)
    )
    refusal = read(
        f"<h1>Shipping</h1><div>{teasers}</div>",
        "<title>Shipping - Amity Post</title>",
        "https://amity.example/shipping/",
    )
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("section page")


def test_a_home_page_is_no_article():
    refusal = read(f"<h1>Amity Post</h1><p>{SENTENCE * 5}</p>", url="https://amity.example/")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "section page: the home page"


def test_a_video_page_without_text_is_no_article():
    refusal = read(f"<h1>Watch the ferry</h1><p>{SENTENCE * 2}</p>", '<meta property="og:type" content="video.other">')
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("video page without text")


def test_an_empty_shell_is_no_article():
    refusal = read('<div id="root"></div><script>start()</script>', "<title>Amity Post</title>")
    assert refusal == Refusal("not_article", "no text")


def test_an_empty_shell_with_the_article_in_its_structured_data_is_read():
    data = '{"@type":"NewsArticle","headline":"Ferry sails","articleBody":"%s"}' % (SENTENCE * 5)
    article = read('<div id="root"></div>', LD.format(data))
    assert isinstance(article, Article)
    assert article.text == (SENTENCE * 5).strip()


def test_a_paywalled_teaser_is_stored_with_its_flag():
    free = LD.format('{"@type":"NewsArticle","headline":"Ferry","isAccessibleForFree":"False"}')
    article = read(f"<h1>Ferry sails again</h1><p>{SENTENCE}</p>", free)
    assert isinstance(article, Article)
    assert article.paywalled


def test_a_prompt_to_pay_sets_the_flag_and_leaves_the_text():
    prompt = "<p>Subscribe to continue reading</p>"
    article = read(
        f"<h1>Ferry sails again</h1><article><p>{SENTENCE * 2}</p><p>{SENTENCE * 3}</p>{prompt}</article>", ARTICLE
    )
    assert isinstance(article, Article)
    assert article.paywalled
    assert "Subscribe" not in article.text


def test_a_short_article_is_an_article():
    article = read(f"<h1>Ferry sails again</h1><p>{SENTENCE * 2}</p>", "<title>Ferry sails again</title>")
    assert isinstance(article, Article)
    assert article.text == (SENTENCE * 2).strip()


def test_an_article_about_cookies_and_robots_is_an_article():
    title = "Are you a robot? The test that asks everyone"
    article = read(f"<h1>{title}</h1><p>{SENTENCE * 4}</p>", ARTICLE + f"<title>{title}</title>")
    assert isinstance(article, Article)


def test_a_long_article_whose_headline_begins_like_a_missing_page_is_an_article():
    title = "Not found: the ship that nobody missed for forty years"
    article = read(
        f"<h1>{title}</h1>" + "".join(f"<p>Day {n}: {SENTENCE * 3}</p>" for n in range(8)), f"<title>{title}</title>"
    )
    assert isinstance(article, Article)
