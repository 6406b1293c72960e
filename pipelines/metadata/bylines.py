"""Where a page names its authors: JSON-LD, meta tags, marks in the article's region, lines that begin with "By"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pipelines.metadata import jsonld
from pipelines.metadata.authors import GLUED, LABEL, completed, desks, people
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
MOST_INSIDE = 6  # elements in one

Meta = dict[str, list[str]]


def authors_of(
    node: jsonld.Node, found: list[jsonld.Node], meta: Meta, region: Region, fed: tuple[str, ...], sites: list[str]
) -> tuple[list[str], str | None, list[str]]:
    """(names, where they stand: jsonld, meta, byline, text, feed or desk, all author fields as they are).

    The most trusted field that names a person counts, completed by a byline that has the same names and more. Where
    no field does, the first that names a desk, an agency or the outlet ("desk").
    """
    fields = list(_fields(node, found, meta))
    marked = list(_marked(region))
    spoken = [line for line in lines_near(region) if len(line) < LONGEST and (LABEL.match(line) or GLUED.match(line))]
    fields += [("byline", [line]) for line in marked]
    fields += [("text", [line]) for line in spoken[:1]]
    credits = [name for _, names in fields for name in names]
    ranked = [(origin, people(names, sites, origin in ("jsonld", "meta"))) for origin, names in fields]
    origin, names = next(((origin, names) for origin, names in ranked if names), (None, []))
    if names:
        for _, shown in ranked:
            names = completed(names, shown)
        return names, origin, credits
    if names := people(fed, sites):
        return names, "feed", credits
    names = desks([name for _, given in fields for name in given[:1]], sites)
    return names, "desk" if names else None, credits


def _fields(node: jsonld.Node, found: list[jsonld.Node], meta: Meta) -> Iterator[tuple[str, list[str]]]:
    """The contents of every author field of the metadata, the most trusted first."""
    for key in ("author", "creator"):
        yield "jsonld", [name for item in jsonld.resolve(node.get(key), found) if (name := jsonld.name_of(item))]
    for tag in FIELDS["author"]:
        yield "meta", [value for value in meta.get(tag, ()) if not value.startswith(("http", "/"))]
    for number in "12":  # "Written by" and its value, as plugins tell them to chat programs
        if any(LABEL.match(f"{label} x") for label in meta.get(f"twitter:label{number}", ())):
            yield "meta", meta.get(f"twitter:data{number}", [])
    yield "meta", meta.get("twitter:misc:written by", [])


def _marked(region: Region) -> Iterator[str]:
    """The author marks in the article's region: those of microdata and links first, then those of a class."""
    marked: list[str] = []
    classed: list[str] = []
    for element in region.element.iter(
        "a", "span", "div", "p", "address", "strong", "li", "dd", "cite", "h3", "h4", "h5"
    ):
        label = element.get("itemprop") or ""
        sure = "author" in label.split() or "author" in (element.get("rel") or "").split()
        if not sure and not BYLINE.search(element.get("class") or ""):
            continue
        if _of_picture(element) or element not in region:
            continue
        named = [inner for inner in element.iter() if "name" in (inner.get("itemprop") or "").split()]
        links = [
            link for link in element.iter("a") if link is not element and ABOUT_AUTHOR.search(link.get("href") or "")
        ]
        names = [tidy(inner.get("content")) or spaced(inner) for inner in named or links]
        line = ", ".join(filter(None, names)) if named or len(links) > 1 else spaced(element)
        if 3 < len(line) < LONGEST and len(list(element.iter())) <= 2 * MOST_INSIDE:
            (marked if sure else classed).append(line)
    if marked:
        yield ", ".join(dict.fromkeys(marked[:5]))
    yield from classed[:3]


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
