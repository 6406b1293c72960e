"""Where a page names its authors: JSON-LD, meta tags, marks in the article's region, lines that begin with "By"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.metadata import jsonld
from pipelines.metadata.authors import begins_byline, completed, desks, outlet_names, people
from pipelines.metadata.visible import lines_near
from pipelines.page.phrases import FIELDS
from pipelines.page.region import Region
from pipelines.page.tree import tidy

BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|autor|firma|redactor|journalist|created-?by|submitted|writer|escritor|reporter)s?"
    r"(?:[\s_-]+(?:name|nombre|link|fn))?(?:$|[\s_])",
    re.I,
)
ABOUT_AUTHOR = re.compile(r"/(?:authors?|autor(?:es|as)?|profil[ei]s?|staff|firmas?|journalists?|columnistas?)/", re.I)
PICTURE = re.compile(r"caption|credit|photo|foto|figure|legend|image", re.I)
TAGS = ("a", "span", "div", "p", "address", "strong", "li", "dd", "cite", "h3", "h4", "h5")
LONGEST = 140  # characters of a byline
MOST_INSIDE = 12  # elements in one

Meta = dict[str, list[str]]


def authors_of(
    node: jsonld.Node, found: list[jsonld.Node], meta: Meta, region: Region, fed: tuple[str, ...], sites: list[str]
) -> tuple[list[str], str | None, list[str]]:
    """(names, where they stand: jsonld, meta, byline, text, feed or desk, all author fields as they are).

    The most trusted field that names a person counts, completed by a byline that has the same names and more. Where
    no field does, the first that names a desk, an agency or the outlet ("desk").
    """
    fields = list(_fields(node, found, meta))
    outlets = outlet_names(sites)
    named = ((origin, people(given, outlets, desks_too=True)) for origin, given in fields)
    origin, names = next((each for each in named if each[1]), ("byline", list[str]()))
    for element, line in _marked(region):
        shown = people([line], outlets)
        fuller = completed(names, shown) if names else shown
        if fuller != names and element in region:
            names = fuller
        if not names and element in region:
            fields.append(("byline", [line]))
    if not names:
        spoken = [line for line in lines_near(region) if len(line) < LONGEST and begins_byline(line)][:1]
        origin, names = "text", people(spoken, outlets)
        fields.append(("text", spoken))
    credits = [name for _, given in fields for name in given]
    if names:
        return names, origin, credits
    if names := people(fed, outlets):
        return names, "feed", credits
    names = desks([name for _, given in fields for name in given[:1]], outlets)
    return names, "desk" if names else None, credits


def _fields(node: jsonld.Node, found: list[jsonld.Node], meta: Meta) -> Iterator[tuple[str, list[str]]]:
    """The contents of every author field of the metadata, the most trusted first."""
    for key in ("author", "creator"):
        yield "jsonld", [name for item in jsonld.resolve(node.get(key), found) if (name := jsonld.name_of(item))]
    for tag in FIELDS["author"]:
        yield "meta", [value for value in meta.get(tag, ()) if not value.startswith(("http", "/"))]
    for number in "12":  # "Written by" and its value, as plugins tell them to chat programs
        if any(begins_byline(f"{label} x") for label in meta.get(f"twitter:label{number}", ())):
            yield "meta", meta.get(f"twitter:data{number}", [])
    yield "meta", meta.get("twitter:misc:written by", [])


def _marked(region: Region) -> Iterator[tuple[HtmlElement, str]]:
    """The author marks around the article: those of microdata and links first, then those of a class."""
    marked: list[tuple[HtmlElement, str]] = []
    classed: list[tuple[HtmlElement, str]] = []
    for element in region.element.iter(*TAGS):
        sure = any("author" in said.split() for name in ("itemprop", "rel") if (said := element.get(name)))
        if not sure and not ((label := element.get("class")) and _is_marked(label)):
            continue
        if _of_picture(element):
            continue
        named = [inner for inner in element.iter() if "name" in (inner.get("itemprop") or "").split()]
        links = [link for link in element.iterdescendants("a") if ABOUT_AUTHOR.search(link.get("href") or "")]
        names = [tidy(inner.get("content")) or spaced(inner) for inner in named or links]
        line = ", ".join(filter(None, names)) if named or len(links) > 1 else spaced(element)
        if 3 < len(line) < LONGEST and len(list(element.iter())) <= MOST_INSIDE:
            beside = classed[-1][0] if classed else element
            if not sure and (beside.getparent(), beside.get("class")) == (element.getparent(), element.get("class")):
                line = f"{classed.pop()[1]}, {line}" if classed else line
            (marked if sure else classed).append((element, line))
    own = [(element, line) for element, line in marked[:8] if len(marked) == 1 or element in region][:5]
    if own:
        yield own[0][0], ", ".join(dict.fromkeys(line for _, line in own))
    yield from classed[:5]


@lru_cache(maxsize=4_096)  # the same classes come again on every page of a site
def _is_marked(label: str) -> bool:
    return BYLINE.search(label) is not None


def _of_picture(element: HtmlElement) -> bool:
    return any(
        parent.tag in ("figure", "figcaption") or PICTURE.search(parent.get("class") or "")
        for parent in (element, *list(element.iterancestors())[:2])
    )


def spaced(element: HtmlElement) -> str:
    """The text of an element on one line; elements that a capital or a number begins are parted from what is before."""
    line = ""
    for part in element.itertext():
        glued = line[-1:].isalpha() and line[-1:].islower() and (part[:1].isupper() or part[:1].isdigit())
        line += f" {part}" if glued else part
    return tidy(line)
