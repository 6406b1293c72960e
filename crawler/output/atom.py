"""Articles as an Atom feed (RFC 4287), for feed readers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from crawler import clock
from crawler.digest import wording

ATOM = "http://www.w3.org/2005/Atom"
ElementTree.register_namespace("", ATOM)


def feed(rows: Iterable[Mapping[str, Any]], title: str, address: str = "", following: str = "") -> str:
    """The articles in their order; ``address`` is where the feed is, ``following`` where it goes on."""
    root = Element(f"{{{ATOM}}}feed")
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"newscrawler search {address or title}").urn)
    _add(root, "title", wording.line(title))
    entries = [_entry(row) for row in rows]
    _add(root, "updated", max((entry[0] for entry in entries), default=clock.text(clock.now())))
    _add(_add(root, "author"), "name", "newscrawler")
    for relation, href in (("self", address), ("next", following)):
        if href:
            _add(root, "link", rel=relation, href=href)
    root.extend(entry for _, entry in entries)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _entry(row: Mapping[str, Any]) -> tuple[str, Element]:
    """When it was changed, and the entry."""
    url = row["canonical_url"] or row["url"]
    published, updated = (_moment(row["published"] or row["fetched"]), _moment(row["modified"] or row["fetched"]))
    entry = Element(f"{{{ATOM}}}entry")
    _add(entry, "id", uuid.uuid5(uuid.NAMESPACE_URL, url).urn)
    _add(entry, "title", wording.line(row["title"] or url))
    _add(entry, "published", published)
    _add(entry, "updated", updated)
    if href := wording.address(url):
        _add(entry, "link", rel="alternate", href=href)
    _add(_add(entry, "author"), "name", wording.line(row["source"] or row["site"] or "unknown"))
    _add(entry, "category", term=row["language"], label="language")
    _add(entry, "summary", wording.beginning(row["text"]))
    return updated, entry


def _moment(written: str) -> str:
    """A time that was written by another program and is none becomes the present."""
    try:
        return clock.text(clock.moment(written))
    except ValueError:
        return clock.text(clock.now())


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    child.text = text
    return child
