"""A page as its blocks: each run of text between two edges, with what the markup around it tells.

What the extracted text does not show (links, headings, lists, where a line stands) is asked here, once for a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from pipelines.page.titles import squash
from pipelines.page.tree import tidy

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
INLINE = frozenset(
    (
        *(
            "a",
            "abbr",
            "acronym",
            "b",
            "bdi",
            "bdo",
            "big",
            "cite",
            "code",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "img",
        ),
        *("ins", "kbd", "label", "mark", "meter", "noindex", "output", "picture", "q", "s", "samp", "small", "source"),
        *("span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    )
)
LINKED = 0.85  # of a block's characters inside links: such a block leads elsewhere


@dataclass(eq=False, slots=True)
class Block:
    """A run of text, the element that it stands in, and how much of it is linked."""

    element: HtmlElement
    text: str
    plain: str  # its letters and digits (``squash``)
    linked: int  # letters and digits inside of links

    @property
    def is_link(self) -> bool:
        """Whether it is nothing but links."""
        return self.linked >= LINKED * max(1, len(self.plain))

    @property
    def path(self) -> list[HtmlElement]:
        """Its element and the ancestors of that."""
        return [self.element, *self.element.iterancestors()]

    def inside(self, *tags: str) -> HtmlElement | None:
        """The nearest element with one of the tags that it stands in."""
        return self.element if self.element.tag in tags else next(self.element.iterancestors(*tags), None)

    @property
    def is_heading(self) -> bool:
        """Whether it stands in a heading."""
        element = self.element
        return element.tag in HEADINGS or any(parent.tag in HEADINGS for parent in islice(element.iterancestors(), 2))


def blocks_of(root: HtmlElement) -> list[Block]:
    """The blocks of an element in the page's order; those without a letter or digit are left out."""
    return list(_divided(root))


def _divided(root: HtmlElement) -> Iterator[Block]:
    runs: list[tuple[HtmlElement, str | None, int]] = []
    _collect(root, root, 0, runs)
    host, parts, linked = root, [], 0
    for element, text, links in (*runs, (root, None, 0)):
        if text is not None:
            parts.append(text)
            linked += len(squash(text)) if links else 0
            continue
        if parts and (plain := squash(whole := "".join(parts))):
            yield Block(host, tidy(whole), plain, linked)
        host, parts, linked = element, [], 0


def _collect(
    element: HtmlElement, host: HtmlElement, links: int, runs: list[tuple[HtmlElement, str | None, int]]
) -> None:
    """Add (host, text or None for an edge, whether it is linked) of an element to ``runs``, in order."""
    if element.text:
        runs.append((host, element.text, links))
    for child in element:
        tag = child.tag
        if tag in INLINE:
            _collect(child, host, links + (tag == "a" and child.get("href") is not None), runs)
        elif tag == "br":
            runs.append((host, None, 0))
        else:
            runs.append((child, None, 0))
            _collect(child, child, links, runs)
            runs.append((host, None, 0))
        if child.tail:
            runs.append((host, child.tail, links))
