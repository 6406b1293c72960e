"""Where the paragraphs of a page are densest: a second opinion on the text that trafilatura found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from heapq import nlargest

from lxml import etree
from lxml.html import HtmlElement

from pipelines.page.titles import squash
from pipelines.page.tree import tidy

SHORTEST = 60  # characters outside links that make a paragraph
KEY = 48  # squashed characters that identify a paragraph
LEVELS = 3  # ancestors that a paragraph speaks for
FADING = 0.6  # of its weight for each further level
LONG = 80  # characters of a paragraph in a further container
SAME_LEVELS = 2  # ancestors whose class must be the same
CANDIDATES = 12  # containers of the most weight that are looked at closely
NEAR = 1.6  # factor for containers that share a part of the page with the headline
SHORTEST_STORY = 300  # characters of paragraphs under a headline that are a story
FAR = 0.3  # factor for containers whose class says that they hold something else
APART = frozenset(("nav", "footer", "aside", "form", "figcaption", "button", "select", "textarea"))
INNER = frozenset(("p", "div", "ul", "ol", "table", "section", "article", "h1", "h2", "h3")) | APART
PLACES = etree.XPath(  # in the page's order: what may hold a paragraph, chosen in C
    "//p | //*[self::div or self::td or self::li or self::blockquote or self::section or self::article or self::font]"
    "[text()[string-length(normalize-space()) > 20]]"
)
ELSE = re.compile(r"comment|footer|sidebar|related|cookie|consent|privacy|disclaimer|modal|popup|newsletter", re.I)


Kind = tuple[object, ...] | None  # how a paragraph is held, equal in the containers of one feature


@dataclass(frozen=True)
class Core:
    """The container that holds most paragraph text: its paragraphs in order, all its text squashed."""

    paragraphs: list[str]
    everything: str = ""
    headlines: int = 0  # headings in the container that are links to other pages
    blocks: tuple[tuple[HtmlElement, str], ...] = ()  # all paragraphs of the page and where they stand
    container: HtmlElement | None = None
    region: HtmlElement | None = None  # the smallest element with the container, its parts and the page's headline
    parts: dict[HtmlElement, Kind] = field(default_factory=dict)  # paragraphs of the container and of its like

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
    others = _other_stories(heading, found)
    found = [one for one in found if not others.intersection(one[0].iterancestors())] if others else found
    for element, text in found:
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
    parts = _parts(best, found)
    holding = [parent for parent in (best, *best.iterancestors()) if parent in around]
    region = next((parent for parent in holding if all(_holds(parent, part) for part in parts)), None)
    return Core(inside, squash("".join(best.itertext())), headlines, tuple(found), best, region, parts)


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


def _parts(best: HtmlElement, found: list[tuple[HtmlElement, str]]) -> dict[HtmlElement, Kind]:
    """The paragraphs of a container, and those of further ones: pictures and boxes divide a feature."""
    around: dict[HtmlElement | None, Kind] = {}  # by parent
    parts: dict[HtmlElement, Kind] = {}
    lengths: dict[Kind, int] = {}
    for element, text in found:
        parent = element.getparent()
        if parent not in around:
            around[parent] = _kind_inside(element)
        inside = around[parent]
        kind = None if inside is None else (element.tag, *inside)
        parts[element] = kind
        if _holds(best, element):
            lengths[kind] = lengths.get(kind, 0) + len(text)
    main = max(lengths, key=lambda kind: lengths[kind], default=None)
    return {
        element: parts[element]
        for element, text in found
        if _holds(best, element) or (main and parts[element] == main and len(text) >= LONG and not _apart(element))
    }


def _holds(outer: HtmlElement, element: HtmlElement) -> bool:
    return outer is element or outer in element.iterancestors()


def _kind_inside(element: HtmlElement) -> Kind:
    """The classes of a paragraph's containers and the article they are in; None in comments, sidebars and bare ones."""
    chain = [parent for parent in element.iterancestors() if parent.tag not in ("body", "html")]
    if not chain or not chain[0].get("class"):
        return None
    if any(ELSE.search(f"{parent.get('class') or ''} {parent.get('id') or ''}") for parent in chain):
        return None
    classes = [(parent.tag, parent.get("class")) for parent in chain[:SAME_LEVELS]]
    return (*classes, next((parent for parent in chain if parent.tag == "article"), None))


def _other_stories(heading: HtmlElement | None, found: list[tuple[HtmlElement, str]]) -> set[HtmlElement]:
    """The stories beside the one under the headline, on endless pages."""
    for parent in () if heading is None else heading.iterancestors():
        beside = (*parent.itersiblings(), *parent.itersiblings(preceding=True))
        if others := {other for other in beside if _is_story(other, parent)}:
            length = sum(len(text) for element, text in found if parent in element.iterancestors())
            return others if length >= SHORTEST_STORY else set()
    return set()


def _is_story(element: HtmlElement, like: HtmlElement) -> bool:
    """Whether an element beside a story is another one: an article with a heading, or the same build with an h1."""
    if element.tag != like.tag or element.get("class") != like.get("class"):
        return False
    headings = ("h1", "h2", "h3") if element.tag == "article" else ("h1",)
    return next(element.iter(*headings), None) is not None


def _linked(heading: HtmlElement) -> bool:
    parent = heading.getparent()
    return next(heading.iter("a"), None) is not None or (parent is not None and parent.tag == "a")


def _apart(element: HtmlElement) -> bool:
    return any(parent.tag in APART for parent in element.iterancestors())
