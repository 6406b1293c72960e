"""The posts of a WordPress site, where its feed is gone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import discover
from crawler.discovery.wordpress import ASKED, posts_address, read_posts

URL = "https://tepuy.example/wp-json/wp/v2/posts"


def test_posts_are_a_feed():
    posts = [
        {
            "link": "https://tepuy.example/a/?utm_source=x",
            "title": {"rendered": "Puerto &amp; mar &#8211; hoy"},
            "date": "2026-11-30T06:00:00",
            "date_gmt": "2026-11-30T10:00:00",
            "modified_gmt": "2026-11-30T11:30:00",
        },
        {"link": "/b/", "title": {"rendered": "Dos"}, "date": "2026-11-29T06:00:00"},
        {"link": None},
    ]
    kind, found = discover(json.dumps(posts).encode(), URL, "application/json")
    assert kind == "feed" and found.short == "1 of 3 entries cannot be read"
    assert [(item.url, item.title, item.published, item.modified) for item in found] == [
        ("https://tepuy.example/a/", "Puerto & mar – hoy", "2026-11-30T10:00:00Z", "2026-11-30T11:30:00Z"),
        ("https://tepuy.example/b/", "Dos", "2026-11-29", None),
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<link rel="https://api.w.org/" href="https://api.tepuy.example/">', "https://api.tepuy.example/wp/v2/posts?"),
        ('<link rel="https://api.w.org/" href="/?rest_route=/">', "https://tepuy.example/?rest_route=/wp/v2/posts&"),
        ('<img src="/wp-content/uploads/x.png">', "https://tepuy.example/wp-json/wp/v2/posts?"),
        ("<p>wp</p>", None),
    ],
)
def test_where_the_posts_are(page, expected):
    address = posts_address(f"<html><body>{page}</body></html>".encode(), "https://tepuy.example/")
    assert address == (expected and expected + ASKED)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["link", "title", "date_gmt", "rendered"]), inner)
        ),
    )
)
def test_any_json_is_posts_or_a_value_error(value):
    text = json.dumps([value])
    try:
        assert all(item.url.startswith("http") for item in read_posts(text, URL))
    except ValueError as error:
        assert "\n" not in str(error)
