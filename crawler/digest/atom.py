"""A digest as an Atom feed (RFC 4287): an entry for each story, under an id that stays when the story grows."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from crawler import clock
from crawler.digest import wording
from crawler.digest.entry import Digest, Entry

ATOM = "http://www.w3.org/2005/Atom"
ElementTree.register_namespace("", ATOM)


def as_atom(digest: Digest, database: str) -> str:
    """Everything, the newest first; ``database`` tells the stories of one database from another's.

    When a story grows its entry has another ``updated`` and the same id, so that readers show it again or mark it.
    """
    feed = Element(f"{{{ATOM}}}feed")
    _add(feed, "id", identity(database, digest.topic))
    _add(feed, "title", wording.line(digest.title))
    if digest.muted:
        _add(feed, "subtitle", wording.left_out(digest))
    newest = sorted(digest.entries, key=lambda entry: entry.last_appeared, reverse=True)
    _add(feed, "updated", newest[0].last_appeared if newest else clock.text(clock.moment(digest.until)))
    _add(_add(feed, "author"), "name", wording.line(digest.title))
    _add(feed, "generator", "newscrawler")
    for entry in newest:
        _entry(_add(feed, "entry"), entry, identity(database, digest.topic, entry))
    ElementTree.indent(feed)
    return ElementTree.tostring(feed, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="utf-8"?>\n', "\n")
    )


def identity(database: str, topic: str, entry: Entry | None = None) -> str:
    """The id of a topic's feed, or of a story in it: a UUID of their names, the same at every call."""
    thing = "" if entry is None else f"story {entry.story}" if entry.story else f"article {entry.first.id}"
    return uuid.uuid5(uuid.NAMESPACE_URL, f"newscrawler {database} {topic} {thing}").urn


def _entry(element: Element, entry: Entry, name: str) -> None:
    _add(element, "id", name)
    _add(element, "title", entry.title)
    _add(element, "published", entry.first.appeared)
    _add(element, "updated", entry.last_appeared)
    if url := wording.address(entry.head.url):
        _add(element, "link", rel="alternate", href=url)
    for report in wording.others(entry)[0]:
        if url := wording.address(report.url):
            _add(element, "link", rel="related", href=url, title=f"{wording.by(report)}: {report.title}")
    _add(_add(element, "author"), "name", wording.by(entry.head))
    for language in sorted({report.language for report in entry.articles}):
        _add(element, "category", term=language, label="language")
    facts = [wording.outlets(entry), *wording.facts(entry), *entry.labels]
    _add(element, "summary", "\n".join(filter(None, [entry.excerpt, *facts])))


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    child.text = text
    return child
