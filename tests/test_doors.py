"""Addresses that only pass on to another one, which stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import clean_url

TARGET = "https://www.tepuy.example/mundo/2026/nota-1.shtml"
CODED = "https%3A%2F%2Fwww.tepuy.example%2Fmundo%2F2026%2Fnota-1.shtml"


@pytest.mark.parametrize(
    "door",
    [
        f"http://redir.tepuy.example/redir/online/mundo/rss091/*{TARGET}",
        f"http://redir.tepuy.example/redir/online/mundo/rss091/*{CODED}",
        "http://redir.tepuy.example/online/*https:/www.tepuy.example/mundo/2026/nota-1.shtml",
        f"https://news.example/goto/{TARGET}",
        f"https://news.example/goto/{CODED}",
        f"https://news.example/goto/{CODED}?src=rss",
        f"https://news.example/redirect.php/{TARGET}",
        f"https://news.example/?url={CODED}",
        f"https://news.example/news/apiclick.aspx?ref=FexRss&aid=&url={CODED}&c=1",
        f"https://news.example/out?target={TARGET}",
        f"https://news.example/redirect?to={CODED}&utm_source=rss",
        f"https://click.news.example/x?u={CODED}",
        f"https://www.google.com/url?rct=j&sa=t&q={CODED}",
        f"https://news.example/goto/https%3A%2F%2Fnews.example%2F%3Furl%3D{CODED.replace('%', '%25')}",
    ],
)
def test_a_door_is_opened_without_asking(door):
    assert clean_url(door) == TARGET
    assert clean_url(clean_url(door)) == TARGET


def test_what_follows_a_target_that_is_written_plainly_is_its_own():
    assert clean_url(f"https://news.example/goto/{TARGET}?id=7&utm_source=rss") == f"{TARGET}?id=7"


@pytest.mark.parametrize(
    "address",
    [
        f"https://web.archive.org/web/20260101000000/{TARGET}",
        f"https://news.example/share?url={CODED}",
        f"https://www.facebook.com/sharer/sharer.php?u={CODED}",
        f"https://news.example/login?url={CODED}",
        f"https://news.example/_next/image?url={CODED}",
        f"https://news.example/oembed?url={CODED}",
        f"https://news.example/story?source={CODED}",
        "https://news.example/?url=nota-1",
        "https://news.example/go/https-is-everywhere",
        "https://news.example/2026/why-*http*-matters",
    ],
)
def test_what_is_no_door_stays(address):
    assert clean_url(address) == address


@given(st.text("ab/*:?&=%2Fhtpsurlgo.", max_size=60))
def test_any_address_is_cleaned_once_and_for_all(rest):
    cleaned = clean_url(f"https://news.example/{rest}")
    assert cleaned is None or clean_url(cleaned) == cleaned
