"""The entries of an XML document, one after another; a fault in it costs the entry that it stands in and no other.

An XML parser that recovers from a fault (an unescaped ``<`` in a title, an unclosed ``<br>``) loses everything behind
it. So a document with a fault is read on from there entry by entry, each as a document of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from crawler.discovery.bodies import local_name, readable_xml

NAMESPACES = {  # that publishers forget to declare
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}
MOST_PREFIXES = 100
PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,30}):")
DECLARATION = re.compile(r"""\s((?:xmlns(?::[\w.-]+)?|xml:\w+)\s*=\s*(?:"[^"<]*"|'[^'<]*'))""")
END_OF_LIST = re.compile(r"</(?:[\w.-]+:)?(?:channel|rss|feed|rdf|urlset|sitemapindex)\s*>", re.IGNORECASE)
TEXT_FIELDS = re.compile(  # in which a < is no markup, whatever the publisher thinks
    r"<((?:[\w.-]+:)?(?:title|link|guid|id|description|summary|content|encoded|subtitle|creator|name|email|uri|category|"
    r"keywords|comments|pubdate|published|updated|modified|issued|created|date|origlink|loc|lastmod|language|"
    r"publication_date))(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
MOST_UNCLOSED = 20  # fields without an end, after which a fragment is taken as it is


OPTIONS: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
}


class Entries:
    """The elements of ``text`` that are called one of ``names``; each is emptied when the next one is asked for.

    ``listed`` is how many begin in ``text``, once all were asked for. Those whose end is missing are left out.
    """

    def __init__(self, text: str, names: tuple[str, ...]):
        self.text = readable_xml(text)
        self.names = names
        self.listed = 0
        self._root = self.text[: self.text.find(">") + 1]
        self._missing = _missing_namespaces(self._root, self.text)

    def __iter__(self) -> Iterator[etree._Element]:
        read = 0
        if self.text.count("<![CDATA[") == self.text.count("]]>"):  # else one may swallow its neighbours unnoticed
            try:
                for element in self._strictly():
                    if (parent := element.getparent()) is not None and parent.tag == element.tag:
                        break  # the one around it lacks its end
                    read += 1
                    yield element
                else:
                    self.listed = read
                    return
            except etree.XMLSyntaxError:
                pass
        begin = " ".join(("<list", *DECLARATION.findall(self._root), *self._missing)) + ">"
        for number, (fragment, end) in enumerate(_fragments(self.text, self.names)):
            self.listed = number + 1
            if number >= read and end is not None:
                mended = _alone(begin, fragment, end)
                if mended is not None and local_name(mended) in self.names:
                    yield mended

    def _strictly(self) -> Iterator[etree._Element]:
        tags = [f"{{*}}{spelt}" for name in self.names for spelt in (name, name.upper(), name.title())]
        name = re.match(r"<[^\s/>]*", self.text)
        end = name.end() if name else 0
        root = " ".join((self.text[:end], *self._missing))
        source = BytesIO(f"{root}{self.text[end:]}".encode())
        for _, element in etree.iterparse(source, events=("end",), tag=tags, **OPTIONS):
            yield element
            element.clear()
            while (earlier := element.getprevious()) is not None:
                element.getparent().remove(earlier)


class _Ahead:
    """Where a pattern is found next; asked for rising places, it reads its text once."""

    def __init__(self, pattern: str, text: str):
        self._found = re.compile(pattern, re.IGNORECASE).finditer(text)
        self._next = -1

    def after(self, place: int) -> int:
        while self._next < place:
            found = next(self._found, None)
            self._next = found.start() if found else sys.maxsize
        return self._next


def _missing_namespaces(root: str, text: str) -> list[str]:
    """Declarations for the prefixes that the ``root`` tag does not declare."""
    declared = {"xml", "xmlns", *re.findall(r"xmlns:([\w.-]+)", root)}
    missing = sorted(set(PREFIX.findall(text)) - declared)[:MOST_PREFIXES]
    return [f'xmlns:{prefix}="{NAMESPACES.get(prefix.lower(), f"urn:{prefix}")}"' for prefix in missing]


def _fragments(text: str, names: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """The text of each entry from its start tag to its end or to the next entry, and the end tag that is missing.

    It is "" when none is, None when the document breaks off inside the entry.
    """
    name = rf"(?:[\w.-]+:)?(?:{'|'.join(names)})"
    token = re.compile(rf"<!\[CDATA\[|<!--|<(/?)({name})(?=[\s/>])", re.IGNORECASE)
    ends = {"<![CDATA[": _Ahead(r"\]\]>", text), "<!--": _Ahead("-->", text)}
    neighbours = _Ahead(rf"</{name}\s{{0,9}}>\s{{0,99}}<{name}[\s/>]", text)
    start, called, at = -1, "", 0
    while found := token.search(text, at):
        at = found.end()
        if ahead := ends.get(found[0].upper()):
            closed = ahead.after(at)
            if closed < len(text) and (start < 0 or neighbours.after(at) > closed):  # else it was never closed
                at = closed + 3
        elif found[1] and start >= 0:
            at = text.find(">", at) + 1 or len(text)
            yield text[start:at], ""
            start = -1
        elif not found[1]:
            if start >= 0:
                yield text[start : found.start()], f"</{called}>"
            start, called = found.start(), found[2]
    if start >= 0:
        end = END_OF_LIST.search(text, start)
        yield text[start : end.start() if end else None], f"</{called}>" if end else None


def _alone(begin: str, fragment: str, end: str) -> etree._Element | None:
    """The element in ``fragment``, read as it is, else with the markup in its text fields taken for text."""
    for mend in (False, True):
        text = _without_markup(fragment) if mend else fragment
        try:
            tree = etree.fromstring(f"{begin}{text}{end}</list>".encode(), etree.XMLParser(recover=mend, **OPTIONS))
        except etree.XMLSyntaxError:
            continue
        if tree is not None and len(tree):
            return tree[0]
    return None


def _without_markup(fragment: str) -> str:
    """``fragment`` with each ``<`` in a text field escaped, and without the start tags of fields that never end."""
    pieces: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while (found := TEXT_FIELDS.search(fragment, at)) and len(unclosed) < MOST_UNCLOSED:
        name, begin = found[1], found.end()
        if found[0].endswith("/>"):
            pieces.append(fragment[at:begin])
            at = begin
            continue
        end = -1 if name in unclosed else fragment.find(f"</{name}", begin)
        if end < 0:
            unclosed.add(name)
            pieces.append(fragment[at : found.start()])
            at = begin
            continue
        inner = fragment[begin:end]
        if inner.count("<![CDATA[") != inner.count("]]>") or "<![CDATA[" not in inner:
            inner = inner.replace("<![CDATA[", "").replace("]]>", "").replace("<", "&lt;")
        pieces += (fragment[at:begin], inner)
        at = end
    return "".join((*pieces, fragment[at:]))
