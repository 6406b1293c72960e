"""The posts of a WordPress site as its REST API lists them (``wp-json/wp/v2/posts``): a feed where none is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from crawler.dates import utc_text
from crawler.discovery.announced import Announced, announce
from crawler.discovery.autodiscovery import MOST_LINKS_READ
from crawler.discovery.bodies import base_of, decoded, page_of
from crawler.discovery.feeds import LONGEST_JSON, plain, whole
from crawler.items import Found
from crawler.urls import clean_url

POSTS = "wp/v2/posts"
ASKED = "per_page=50&_fields=link,title,date_gmt,modified_gmt"
MOST_POSTS = 500
RELATION = "https://api.w.org/"


def posts_address(body: bytes, url: str) -> str | None:
    """Where the WordPress site of the page at ``url`` lists its posts; None when it is none."""
    page = page_of(decoded(body))
    links = islice(page.iter("link"), MOST_LINKS_READ) if page is not None else ()
    api = next((link.get("href") for link in links if (link.get("rel") or "").strip() == RELATION), None)
    if page is None or not (api or b"/wp-content/" in body):
        return None
    address = urljoin(base_of(page, url), api or "/wp-json/") + POSTS
    return clean_url(f"{address}{'&' if '?' in address else '?'}{ASKED}")


def read_posts(text: str, url: str) -> Announced:
    """The articles of a list of posts; ValueError when ``text`` is none."""
    if len(text) > LONGEST_JSON:
        raise ValueError(f"JSON of more than {LONGEST_JSON // 1024**2} MB")
    try:
        posts = json.loads(text, parse_int=whole)
    except (ValueError, RecursionError):
        raise ValueError("broken JSON") from None
    if not all(isinstance(post, dict) and "link" in post for post in posts):
        raise ValueError("JSON, but no list of posts")
    return announce(_found(posts, url), len(posts), MOST_POSTS)


def _found(posts: list[dict[str, Any]], url: str) -> Iterator[Found]:
    for post in posts:
        address = _text(post["link"]).strip()
        if address and (link := clean_url(address, url)):
            yield Found(
                link,
                title=plain(_text(post.get("title"))),
                published=_moment(post, "date"),
                modified=_moment(post, "modified"),
            )


def _moment(post: dict[str, Any], name: str) -> str | None:
    """A time in UTC; ``date`` is that of the site's own clock, whose zone is not told."""
    utc = _text(post.get(f"{name}_gmt"))
    return utc_text(f"{utc}Z" if utc and not utc.endswith("Z") else utc or _text(post.get(name)), None)


def _text(value: object) -> str:
    """A field that should be text, or has it in ``rendered``; "" when there is something else."""
    value = value.get("rendered") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""
