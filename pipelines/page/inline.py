"""Elements inside of running text: what is taken out leaves a break, what belongs to a sentence stays in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from crawler.words import words

BREAKING = ("iframe", "object", "nav", "template", "select", "canvas")
SPOKEN = ("noindex", "time", "label", "output", "ins", "data", "meter")  # extractors leave them out
LONGEST_WORD = 40  # characters of a button inside of a sentence
LOOSE = 60  # characters of text beside an element in a ``div`` that is a paragraph
ENDED = re.compile(r"[.!?…:;»”\"]\s*$")
INITIAL = re.compile(r"drop|cap(?:$|[\s_-]|ital|itular)|initial|inicial|letr|буквиц|first[-_]?letter|float", re.I)
AFTER_INITIAL = re.compile(r"\s+([^\W\d_]+)")
PARAGRAPHS = frozenset(("p", "li", "blockquote", "dd", "td", "h2", "h3", "h4"))


def keep_words(root: HtmlElement) -> None:
    """Buttons in sentences become their words, readings of characters leave, and blocks give way to a break."""
    for button in list(root.iter("button")):
        if len(button) < 3 and _in_sentence(button) and len("".join(button.itertext())) <= LONGEST_WORD:
            button.drop_tag()
    if next(root.iter("ruby"), None) is not None:
        etree.strip_elements(root, "rt", "rp", "rtc", with_tail=False)
        etree.strip_tags(root, "ruby", "rb")
    for element in list(root.iter(*BREAKING, "script", "style", "svg", "noscript")):
        if not (element.tail and element.tail.strip() and (before := before_of(element).strip())):
            continue
        if element.tag in BREAKING:
            tail = element.tail
            element.clear()
            element.tag, element.tail = "br", tail
        elif ENDED.search(before) and element.tail[0].isalnum():
            element.tail = " " + element.tail


def settle(root: HtmlElement) -> None:
    """Dates, labels and initials become plain parts of the sentences that they stand in."""
    for element in list(root.iter(*SPOKEN)):
        if _in_sentence(element) and not any(child.tag in PARAGRAPHS for child in element):
            element.drop_tag()
    for element, initial in list(_initials(root)):
        _join(root, element, initial)


def before_of(element: HtmlElement) -> str:
    """The text right before an element, in the same parent."""
    beside = element.getprevious()
    if beside is not None:
        return beside.tail or ""
    parent = element.getparent()
    return "" if parent is None else parent.text or ""


def _in_sentence(element: HtmlElement) -> bool:
    """Whether an element stands between the words of a paragraph."""
    parent = element.getparent()
    if parent is None:
        return False
    before, after = before_of(element).strip(), (element.tail or "").strip()
    if not any(map(str.isalpha, before + after)) or (ENDED.search(before) and not after):
        return False
    while parent is not None and parent.tag in ("b", "strong", "i", "em", "span", "font", "a"):
        parent = parent.getparent()
    if parent is None or parent.tag in PARAGRAPHS:
        return parent is not None
    return len(before) + len(after) >= LOOSE


def _initials(root: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Elements at the beginning of a paragraph that are one large letter, with a gap behind it."""
    for element in root.iter("span", "font", "b", "strong", "big"):
        label = element.get("class") or element.get("style") or element.get("size") or ""
        if not element.tail or not element.tail[0].isspace() or before_of(element).strip():
            continue
        text = "".join(element.itertext()).strip()
        if len(text) == 1 and text.isalpha() and (INITIAL.search(label) or element.tag in ("big", "font")):
            yield element, text


def _join(root: HtmlElement, element: HtmlElement, initial: str) -> None:
    """Put an initial before the rest of its word, unless it is a word itself, by what else the page says."""
    match = AFTER_INITIAL.match(element.tail or "")
    if match is None or not match[1][0].islower():
        return
    known = words("".join(root.itertext()).casefold())
    if known.count((initial + match[1]).casefold()) >= known.count(match[1].casefold()) - 1:
        element.tail = (element.tail or "").lstrip()
