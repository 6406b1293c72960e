"""Where the further pages of a list are, as most sites number them."""

from __future__ import annotations

from urllib.parse import urlsplit

WAYS = {"feed": ("?paged=", "?page="), "section": ("/page/", "?page=")}  # the likeliest first


def page_at(url: str, way: str, number: int) -> str:
    """The address of page ``number`` of the list at ``url``, numbered in one of ``WAYS``."""
    parts = urlsplit(url)
    if way.startswith("/"):
        return parts._replace(path=f"{parts.path.rstrip('/')}{way}{number}/").geturl()
    name = way.strip("?=")
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != name]
    return parts._replace(query="&".join([*kept, f"{name}={number}"])).geturl()
