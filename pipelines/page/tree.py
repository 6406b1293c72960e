"""One parse of a page, and how text is read out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from pipelines.page.inline import keep_words

PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
DEEP_PARSER = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
)  # up to 2,048 open tags instead of 256
# one class for all tags: lxml.html's own lookup calls Python for every element that is touched
for parser in (PARSER, DEEP_PARSER):
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
DEEPEST = 200  # levels of elements that are kept; further ones become text, or some extractors take minutes
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
    "input",
    "source",
)
CONTROL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
UNFIT = re.compile(  # controls, zero-width and direction characters, halves of surrogate pairs
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\ufffe": "", "\uffff": ""}
LIGATURES_BEGIN = (b"\xef\xac", b"\xef\xbf")  # in UTF-8
UNFIT_REFERENCE = re.compile(  # character references that no XML library takes
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])|x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef]))(?![\da-f]);?",
    re.I,
)


def parse(html: str | bytes) -> HtmlElement | None:
    """The tree of a page, as text or in UTF-8, or None when there is nothing in it. Never raises."""
    body = html if isinstance(html, bytes) else html.encode("utf-8", "ignore")
    if b"\xef" in body and any(begin in body for begin in LIGATURES_BEGIN):
        for ligature, letters in LIGATURES.items():
            body = body.replace(ligature.encode(), letters.encode())
    body = UNFIT_REFERENCE.sub(b"", body).translate(None, CONTROL_BYTES)
    try:
        root = etree.fromstring(body, PARSER)
        if any("depth" in error.message for error in PARSER.error_log):  # the parser gave up
            root = etree.fromstring(body, DEEP_PARSER)
            _flatten(root)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and len(root) else None


def _flatten(root: HtmlElement) -> None:
    """Turn what lies deeper than ``DEEPEST`` into the text of its ancestor."""
    level, edge = 0, []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        if event == "start" and level == DEEPEST:
            edge.append(element)
    for element in edge:
        text = " ".join(part for part in element.itertext() if part.strip())
        for child in list(element):
            element.remove(child)
        element.text = text


EMBEDDED = frozenset(  # the classes that networks ask for in their own embed codes
    (
        "twitter-tweet",
        "twitter-video",
        "instagram-media",
        "tiktok-embed",
        "bluesky-embed",
        "mastodon-embed",
        "text-post-media",
        "reddit-embed-bq",
        "reddit-card",
        "telegram-post",
        "fb-post",
    )
)


def drop_silent(root: HtmlElement) -> None:
    """Take out what is no text of the page: scripts, styles, drawings, controls, navigation, foreign posts."""
    keep_words(root)
    etree.strip_elements(root, *SILENT, with_tail=False)
    own = _language(root)
    for quote in list(root.iter("blockquote")):
        if not EMBEDDED.intersection((quote.get("class") or "").split()):
            continue
        # What a network says of its post's language: on English pages readers count a post in English as a
        # quotation, part of the article.
        said = next((language for part in quote.iter("p", "div") if (language := _language(part))), None)
        if (own or said or "en") != "en" or (own and said and said != own):
            quote.drop_tree()


def _language(element: HtmlElement) -> str | None:
    return (element.get("lang") or "").split("-")[0].split("_")[0].lower() or None


def tidy(text: str | None) -> str:
    """``text`` on one line: no control or direction characters, single spaces."""
    if not text:
        return ""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(UNFIT.sub("", text).split())  # nothing unfit is printable


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
