"""Where the paragraphs of a page are densest: a second opinion on the text that trafilatura found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from heapq import nlargest

from lxml import etree
from lxml.html import HtmlElement

from pipelines.titles import squash
from pipelines.tree import tidy

SHORTEST = 60  # characters outside links that make a paragraph
KEY = 48  # squashed characters that identify a paragraph
LEVELS = 3  # ancestors that a paragraph speaks for
FADING = 0.6  # of its weight for each further level
CANDIDATES = 12  # containers of the most weight that are looked at closely
NEAR = 1.6  # factor for containers that share a part of the page with the headline
FAR = 0.3  # factor for containers whose class says that they hold something else
APART = frozenset(("nav", "footer", "aside", "form", "figcaption", "button", "select", "textarea"))
INNER = frozenset(("p", "div", "ul", "ol", "table", "section", "article", "h1", "h2", "h3")) | APART
PLACES = etree.XPath(  # in the page's order: what may hold a paragraph, chosen in C
    "//p | //*[self::div or self::td or self::li or self::blockquote or self::section or self::article or self::font]"
    "[text()[string-length(normalize-space()) > 20]]"
)
ELSE = re.compile(r"comment|footer|sidebar|related|cookie|consent|privacy|disclaimer|modal|popup|newsletter", re.I)


@dataclass(frozen=True)
class Core:
    """The container that holds most paragraph text: its paragraphs in order, all its text squashed."""

    paragraphs: list[str]
    everything: str = ""
    headlines: int = 0  # headings in the container that are links to other pages
    region: HtmlElement | None = None  # the smallest element with both the container and the page's headline

    def __len__(self) -> int:
        return sum(map(len, self.paragraphs))


def core_of(root: HtmlElement, heading: HtmlElement | None = None) -> Core:
    """The densest part of a page without scripts; an empty one if it has no paragraphs."""
    weights: dict[HtmlElement, float] = {}
    found: list[tuple[HtmlElement, str]] = []
    for element in PLACES(root):
        text = _paragraph(element)
        if text is None or _apart(element):
            continue
        found.append((element, text))
        parent = element.getparent() if element.tag in ("p", "li", "blockquote") else element
        share = 1.0
        for _ in range(LEVELS):
            if parent is None or parent.tag in ("body", "html"):
                break
            weights[parent] = weights.get(parent, 0.0) + share * len(text)
            parent, share = parent.getparent(), share * FADING
    if not weights:
        return Core([text for _, text in found], squash("".join(text for _, text in found)))
    around = set(heading.iterancestors()) if heading is not None else set()
    likely = nlargest(CANDIDATES, weights, key=lambda element: weights[element])
    best = max(likely, key=lambda element: weights[element] * _belief(element, around))
    inside = [text for element, text in found if element is best or best in element.iterancestors()]
    headlines = sum(1 for heading in best.iter("h2", "h3", "h4") if _linked(heading))
    region = next((parent for parent in (best, *best.iterancestors()) if parent in around), None)
    return Core(inside, squash("".join(best.itertext())), headlines, region)


def covered(paragraphs: list[str], lines: list[str]) -> float:
    """Share of the paragraphs' characters that occur in the lines."""
    total = sum(map(len, paragraphs))
    everything = squash("".join(lines))
    return sum(len(text) for text in paragraphs if squash(text)[:KEY] in everything) / total if total else 1.0


def _belief(element: HtmlElement, around: set[HtmlElement]) -> float:
    """How likely a container is to be the article's, apart from how much text it has."""
    belief = 1.0
    for parent in (element, *element.iterancestors()):
        if parent.tag in ("body", "html"):
            break
        if parent in around:
            return belief * NEAR
        if ELSE.search(f"{parent.get('class') or ''} {parent.get('id') or ''}"):
            belief = FAR
    return belief


def _paragraph(element: HtmlElement) -> str | None:
    """The text of a paragraph, or the loose text between line breaks; None when there is too little outside links."""
    if element.tag == "p":
        text = " ".join("".join(element.itertext()).split())
        if len(text) < SHORTEST:
            return None
        linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
        return text if len(text) - linked >= SHORTEST else None
    own = len(element.text or "")
    for child in element:
        own += len(child.tail or "")
    if own < SHORTEST:
        return None
    loose = [element.text or ""]
    for child in element:
        if child.tag not in INNER:
            loose.extend(child.itertext())
        loose.append(child.tail or "")
    own = sum(len(part.strip()) for part in (element.text or "", *(child.tail or "" for child in element)))
    return tidy(" ".join(loose)) if own >= SHORTEST else None


def _linked(heading: HtmlElement) -> bool:
    parent = heading.getparent()
    return next(heading.iter("a"), None) is not None or (parent is not None and parent.tag == "a")


def _apart(element: HtmlElement) -> bool:
    return any(parent.tag in APART for parent in element.iterancestors())
