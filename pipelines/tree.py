"""One parse of a page, and how text is read out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

# huge_tree lifts libxml2's limit from 256 open tags to 2,048; the rest of a deeper page is dropped
PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
# one class for all tags: lxml.html's own lookup calls Python for every element that is touched
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
SILENT = (
    "script",
    "style",
    "svg",
    "template",
    "iframe",
    "object",
    "noscript",
    "button",
    "select",
    "canvas",
    "nav",
    "link",
    "meta",
    "input",
    "source",
)
CONTROL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")


def parse(html: str) -> HtmlElement | None:
    """The tree of a page, or None when there is nothing in it. Never raises."""
    body = html.encode("utf-8", "ignore").translate(None, CONTROL_BYTES)
    try:
        root = etree.fromstring(body, PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and len(root) else None


def drop_silent(root: HtmlElement) -> None:
    """Take out what is never shown as text: scripts, styles, drawings, templates."""
    for element in list(root.iter(*SILENT)):
        parent, before = element.getparent(), element.getprevious()
        if parent is None:
            continue
        if element.tail and before is not None:
            before.tail = (before.tail or "") + element.tail
        elif element.tail:
            parent.text = (parent.text or "") + element.tail
        parent.remove(element)


def tidy(text: str | None) -> str:
    """``text`` on one line: no control or direction characters, single spaces."""
    return BLANK.sub(" ", UNFIT.sub("", BLANK.sub(" ", text or ""))).strip()


def text_of(element: HtmlElement) -> str:
    """All text inside an element on one line; scripts and styles are left out."""
    return tidy("".join(_strings(element)))


def _strings(element: HtmlElement) -> Iterator[str]:
    for part in element.iter():
        silent = not isinstance(part.tag, str) or part.tag in ("script", "style", "noscript", "template")
        if part.text and not silent:
            yield part.text
        if part.tag in ("br", "p", "div", "li"):
            yield " "
        if part.tail and part is not element:
            yield part.tail
