"""Links to other articles inside of a paragraph ("... Lea también: HEADLINE ..."): they leave, the paragraph stays."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from pipelines.boilerplate import POINTER, RELATED
from pipelines.page.inline import before_of
from pipelines.page.tree import text_of

PARAGRAPHS = frozenset(("p", "li", "div", "td", "blockquote", "section", "article"))
WRAPPERS = frozenset(("b", "strong", "i", "em", "u", "span", "font", "small", "mark"))
LABEL = re.compile(r"(?:^|(?<=[.!?…»”)\]])\s)\s*([^.!?…]{4,40}?(?::|…|\.\.\.|»|>|►|👉|➡️?|—)\s*)$")
ENDS = tuple(":….»>►👉➡—\ufe0f")  # of a label
LONGEST = 250  # characters of a pointer
SHORTEST_REST = 60  # characters of the paragraph around it


def drop_pointers(root: HtmlElement) -> None:
    """Take out of paragraphs what points to another article: a label with its link. A break stays."""
    for link in list(root.iter("a")):
        if not link.get("href"):
            continue
        wrapper = link
        parent = link.getparent()
        while parent is not None and parent.tag in WRAPPERS:
            wrapper, parent = parent, parent.getparent()
        if parent is None or parent.tag not in PARAGRAPHS:
            continue
        label = _label(wrapper, link)
        if label is None or len(text_of(parent)) < len(text_of(wrapper)) + len(label) + SHORTEST_REST:
            continue
        _cut(before_of(wrapper), wrapper, label)


def _label(wrapper: HtmlElement, link: HtmlElement) -> str | None:
    """The label before a link that is to leave with it, "" when it stands in the wrapper; None for other links."""
    before = before_of(wrapper)
    match = LABEL.search(before) if before.rstrip()[-1:] in ENDS else None
    if match is None and wrapper is link:
        return None
    text = text_of(wrapper)
    if len(text) > LONGEST:
        return None
    if wrapper is not link and text_of(link) != text and _points(text):
        return ""
    return match[1] if match is not None and _points(match[1]) else None


def _points(text: str) -> bool:
    return bool(RELATED.match(text) or POINTER.match(text))


def _cut(before: str, element: HtmlElement, label: str) -> None:
    """Turn an element into a break, and take the label off the text before it."""
    left = before[: len(before) - len(label)] if label else before
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = left
    elif parent is not None:
        parent.text = left
    tail = element.tail
    element.clear()
    element.tag, element.tail = "br", tail
