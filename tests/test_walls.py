"""Walls are known by their titles, by who made them, and by how little they show; news pages are no walls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import discover
from crawler.fetching.walls import LONGEST, WALLS, wall_at, wall_in
from crawler.items import Fetched, Refusal
from pipelines.extract import extract

SENTENCE = "The ferry to Port Amity sails again from Monday, the harbour office said on Friday. "
STORY = "".join(f"<p>{SENTENCE} It was said for the {n}th time.</p>" for n in range(20))
LINKS = "".join(
    f'<h2><a href="/2024/07/0{n}/ferry-{n}">The ferry sails again, part {n} of it</a></h2>' for n in range(9)
)


def page(title: str = "Amity Post", body: str = "", head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Just a moment...", "challenge page"),
        ("Making sure you're not a bot!", "challenge page"),
        ("Making sure you’re not a bot!", "challenge page"),
        ("  Access to this page has been denied", "challenge page"),
        ("Un momento…", "challenge page"),
        ("Один момент…", "challenge page"),
        ("Nur einen Moment…", "challenge page"),
        ("Before you continue", "consent wall"),
        ("Valoramos tu privacidad", "consent wall"),
    ],
)
def test_a_title_tells(title: str, kind: str):
    assert wall_at([title]) == kind
    assert wall_in(page(title, "<p>Please wait</p>")) == f"{kind}: {title.strip()}"


@pytest.mark.parametrize(
    ("markup", "who"),
    [
        ('<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>', "Cloudflare"),
        (
            '<div class="cf-turnstile"></div><script src="https://challenges.cloudflare.com/x.js"></script>',
            "Cloudflare",
        ),
        ('<iframe src="/_Incapsula_Resource?SWUDNSAI=31"></iframe>', "Imperva"),
        ('<script src="https://geo.captcha-delivery.com/captcha/"></script>', "DataDome"),
        ('<div id="px-captcha"></div>', "HUMAN"),
        ('<script src="https://x.token.awswaf.com/x/challenge.js"></script>', "AWS"),
        ('<form action="/showcaptcha?d=1"></form>', "Yandex"),
        ('<div class="g-recaptcha"></div>', "a captcha"),
        ('<div class="h-captcha"></div>', "a captcha"),
        ("<script>document.cookie='a=1';window.location.reload()</script>", "it sets a cookie and loads itself again"),
    ],
)
def test_the_markup_of_an_almost_empty_page_tells(markup: str, who: str):
    assert wall_in(page("amity.example", markup)) == f"challenge page: {who}"


@pytest.mark.parametrize(
    "guard",
    [
        '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>',
        '<form id="comment"><div class="g-recaptcha"></div></form>',
        "<script>document.cookie='seen=1';if(0)location.reload()</script>",
    ],
)
def test_a_page_with_a_guard_beside_its_text_is_no_wall(guard: str):
    assert wall_in(page("The ferry sails", STORY + guard)) is None
    kind, links = discover(page("Amity Post", LINKS * 4 + guard), "https://amity.example/")
    assert kind == "section" and len(links) == 9
    article = extract(
        Fetched("https://amity.example/a", page("The ferry sails", STORY + guard), "2026-01-01T00:00:00Z")
    )
    assert not isinstance(article, Refusal)


def test_what_scripts_and_comments_hold_is_not_shown():
    hidden = f"<script>{'x' * LONGEST}</script><style>{'y' * LONGEST}</style><!-- {'z' * LONGEST} -->"
    assert wall_in(page("Just a moment...", hidden)) == "challenge page: Just a moment..."


def test_a_story_about_captchas_is_no_wall():
    assert wall_in(page("Captcha: a short history of proving that you are human", STORY)) is None


@pytest.mark.parametrize("unclosed", ["<!-- ", "<script>", "<", "<a <a ", "</p "])
def test_markup_that_never_ends_is_looked_at_once(unclosed: str):
    assert wall_in(unclosed.encode() * 60_000) is None


@given(st.text(max_size=300), st.binary(max_size=300))
def test_any_page_gets_an_answer(title: str, noise: bytes):
    for body in (noise, page(title), page(title).replace(b"<body>", noise)):
        found = wall_in(body, WALLS)
        assert found is None or found.partition(":")[0] in WALLS
