"""Lists of subscriptions (OPML), which feed readers exchange: read into addresses and names, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from lxml import etree

from crawler.discovery.bodies import OF_STRANGERS, bearable_xml, decoded, unpacked
from crawler.discovery.feeds import plain
from crawler.urls import clean_url, page_key

MOST = 5_000  # subscriptions of a list
ROOT = re.compile(r"<(?:\w+:)?(?:opml|outline)[\s>]", re.IGNORECASE)
FEED_SCHEME = re.compile(r"feed:(?://)?(?:(?=https?:)|)", re.IGNORECASE)


class Subscription(NamedTuple):
    """A line of a list that is written: a feed, or another page to visit."""

    name: str
    url: str
    is_feed: bool
    language: str | None = None


def subscribed(body: bytes) -> dict[str, str]:
    """address -> name of everything that an OPML file subscribes to, in its order, each once, whatever its folder.

    What is no web address is left out; ValueError when nothing is left.
    """
    text = decoded(unpacked(body))
    root = ROOT.search(text)
    if root is None:
        raise ValueError("is no OPML: export the subscriptions of your feed reader as OPML")
    parser = etree.iterparse(
        BytesIO(bearable_xml(text[root.start() :]).encode()),
        events=("start",),
        **OF_STRANGERS,
    )
    found: dict[str, tuple[str, str]] = {}
    try:
        for _, element in islice(parser, 10 * MOST):
            said = {str(name).lower(): str(value) for name, value in element.attrib.items()}
            linked = said.get("url") if said.get("type", "").lower() == "link" else None
            url = _address(said.get("xmlurl") or linked or "")
            if url:
                found.setdefault(page_key(url), (url, plain(said.get("title") or said.get("text") or "") or ""))
    except etree.XMLSyntaxError:  # what is broken ends there
        pass
    if not found:
        raise ValueError("subscribes to nothing: export the feeds, not the folders alone")
    return dict(islice(found.values(), MOST))


def _address(written: str) -> str | None:
    """A web address, also one that is written as ``feed://``."""
    written = written.strip()
    if scheme := FEED_SCHEME.match(written):
        written = written[scheme.end() :]
        written = written if re.match("https?:", written, re.IGNORECASE) else f"http://{written}"
    return clean_url(written)


def opml(title: str, topics: Mapping[str, Iterable[Subscription]]) -> str:
    """OPML 2.0 with a folder for each of ``topics``; what is no feed is a link."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    lines += [f"    <title>{_text(title)}</title>", "  </head>", "  <body>"]
    for topic, subscriptions in topics.items():
        lines.append(f"    <outline text={quoteattr(topic)}>")
        for name, url, is_feed, language in subscriptions:
            about = f"text={quoteattr(name)} title={quoteattr(name)}"
            where = (
                f'type="rss" {about} xmlUrl={quoteattr(url)}'
                if is_feed
                else f'type="link" {about} url={quoteattr(url)}'
            )
            lines.append(f"      <outline {where}{f' language={quoteattr(language)}' if language else ''}/>")
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _text(written: str) -> str:
    return quoteattr(written, {'"': "&quot;"})[1:-1]
