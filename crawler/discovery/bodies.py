"""The body of a response, made safe to read: unpacked, decoded, and as XML elements one after another.

Nothing here trusts the publisher: sizes are bounded, document types are cut off, entities are never expanded, no
file and no address is opened, and every step takes time in proportion to the body.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html.entities import html5
from io import BytesIO
from itertools import islice
from typing import Any

from lxml import etree, html

from crawler.charset import decode
from crawler.fetching.unpacking import gunzip
from crawler.urls import absolute, clean_url

LARGEST = 50 * 1024**2  # bytes after unpacking; the sitemap protocol allows no more, and no feed needs it
READ_OF_XML, TAGS_OF_XML = 16 * 1024**2, 1_500_000  # bytes and tags that are read; 50,000 addresses have half
READ_OF_HTML, TAGS_OF_HTML = 4 * 1024**2, 200_000  # the largest front pages have a tenth
LONGEST_TAG, MOST_ATTRIBUTES = 4_000, 150  # libxml2 needs time in proportion to the square of a tag's attributes
HEAD = 64 * 1024  # characters in which the first element must begin: some servers print warnings before it

ROOT = re.compile(
    r"<(?:[\w.-]+:)?(rss|rdf|feed|urlset|sitemapindex|html|head|body)(?=[\s>/])|<!doctype\s+(html)(?:[^<>]*>)?", re.I
)
BEHIND_DOCTYPE = re.compile(r"\s*(?:<\?[^<>]*>\s*)?<(?:[\w.-]+:)?(?:rss|rdf|feed|urlset|sitemapindex)[\s>]", re.I)
LONG_TAG = re.compile(r"<[^<>]{500,}>?")
BETWEEN_ATTRIBUTES = re.compile(r"[\s/]+")
NOT_XML = re.compile(  # controls, halves of pairs and their references: lxml stops there, or cannot give them back
    "[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f])"
    r"|0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]|6553[45])(?!\d));?",
    re.IGNORECASE,
)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)(?:(\w{2,31});)?")
OF_STRANGERS: dict[str, Any] = {  # how XML is parsed: what is broken is passed over, and nothing is loaded
    "encoding": "utf-8",
    "recover": True,
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
}


def unpacked(body: bytes) -> bytes:
    """``body`` without its gzip wrapping, if it has one or two; ValueError when that gives more than 50 MB."""
    for _ in range(2):  # a .gz file that the server packs once more
        if body.startswith(b"\x1f\x8b"):
            body = gunzip(body, LARGEST)
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 1024**2} MB")
    return body


def cut(text: str, longest: int, tags: int) -> str:
    """The beginning of ``text`` with at most ``longest`` characters and ``tags`` tags; overlong tags are left out."""
    text = text[:longest]
    if text.count("<") > tags:
        last = deque(islice(re.finditer("<", text), tags + 1), maxlen=1)
        text = text[: last[0].start()]
    return LONG_TAG.sub(_bearable, text)


def _bearable(found: re.Match[str]) -> str:
    """A tag as it is, or nothing: a picture inside a tag may go, the attributes of no link are that many."""
    tag = found[0]
    return "" if len(tag) > LONGEST_TAG or len(BETWEEN_ATTRIBUTES.findall(tag)) > MOST_ATTRIBUTES else tag


def charset_of(content_type: str) -> str | None:
    """The charset that a Content-Type header names."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1] if found else None


def decoded(body: bytes, charset: str | None = None) -> str:
    """The first 16 MB of ``body`` as text; ``charset`` is the HTTP header's. Never raises.

    What lies behind is left out: a single rare character would make four times as much of 50 MB in memory.
    """
    return decode(body[:READ_OF_XML], charset)[0]


def root_of(text: str) -> str:
    """Name of the first element that tells what ``text`` is (rss, rdf, feed, urlset, sitemapindex, html), or ""."""
    found = _root(text)
    if not found:
        return ""
    name = (found[1] or found[2]).lower()
    return "html" if name in ("head", "body") else name


def root_tag(text: str) -> str:
    """That first element's start tag with its attributes, or ""."""
    found = _root(text)
    return text[found.start() : found.start() + 4096].partition(">")[0] if found else ""


def _root(text: str) -> re.Match[str] | None:
    head, position = text[:HEAD], 0
    while found := ROOT.search(head, position):
        if found[2] and BEHIND_DOCTYPE.match(head, found.end()):  # whatever writes it puts it before everything
            position = found.end()
            continue
        comment = head.find("<!--", position, found.start())
        if comment < 0:
            return found
        end = head.find("-->", comment)
        if end < 0:
            return None
        position = end + 3
    return None


def readable_xml(text: str) -> str:
    """The XML in ``text`` from its root on, within bounds and without what no parser takes; "" when there is none."""
    root = _root(text)
    return bearable_xml(text[root.start() :]) if root else ""


def bearable_xml(text: str) -> str:
    """``text``, which begins with its root, within bounds and without what no parser takes."""
    text = NOT_XML.sub("", cut(text, READ_OF_XML, TAGS_OF_XML))
    return ENTITY.sub(_named_character, text.replace("&#X", "&#x"))


def elements(text: str, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Each element of one of ``names`` (of any namespace), complete; it is emptied when the next one is asked for.

    Broken XML gives what can be read of it.
    """
    parser = etree.iterparse(
        BytesIO(readable_xml(text).encode()),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        **OF_STRANGERS,
    )
    try:
        for _, element in parser:
            yield element
            element.clear()
            while (earlier := element.getprevious()) is not None:
                element.getparent().remove(earlier)
    except etree.XMLSyntaxError:
        return


def _named_character(found: re.Match[str]) -> str:
    """``&nbsp;`` as its character, since only HTML declares it; any other ``&`` as itself."""
    character = html5.get(f"{found[1]};") if found[1] else None
    return character if character and character not in "<>&" else "&amp;" + found[0][1:]


def page_of(text: str) -> html.HtmlElement | None:
    """The tree of an HTML page, however broken; None when there is nothing in it."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        readable = NOT_XML.sub("", cut(text, READ_OF_HTML, TAGS_OF_HTML))
        return html.document_fromstring(readable.encode(), parser=parser)
    except etree.ParserError:  # an empty document
        return None


def base_of(page: html.HtmlElement, url: str) -> str:
    """What relative links on the page at ``url`` are relative to: its first ``<base>`` with an address.

    It is a place, not a page to fetch: nothing of it is cleaned away.
    """
    named = next((element.get("href") for element in page.iter("base") if (element.get("href") or "").strip()), "")
    base = absolute(named, url) if named else None
    return base if base and clean_url(base) else url


def local_name(element: etree._Element) -> str:
    """The name of ``element`` in lower case, without namespace."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
