"""Where the paragraphs of a page are densest: a second opinion on the text that trafilatura found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from pipelines.page.titles import squash
from pipelines.page.tree import tidy

SHORTEST = 60  # characters outside links that make a paragraph
KEY = 48  # squashed characters that identify a paragraph
LEVELS = 3  # ancestors that a paragraph speaks for
FADING = 0.6  # of its weight for each further level
LONG, WORTH = 80, 0.15  # characters of a lost paragraph, share of the text that is worth a rescue
SAME_LEVELS = 2  # ancestors whose class must be the same
EMPTY_SIBLINGS = 5  # elements without text between two blocks
MOST_ITEMS = 40  # of a list that is part of a text
FEWEST_WORDS = 3  # of a short paragraph
ENDS = re.compile(r"[.!?…»”\"]$")
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


@dataclass(frozen=True)
class Core:
    """The container that holds most paragraph text: its paragraphs in order, all its text squashed."""

    paragraphs: list[str]
    everything: str = ""
    headlines: int = 0  # headings in the container that are links to other pages
    blocks: tuple[tuple[HtmlElement, str], ...] = ()  # all paragraphs of the page and where they stand
    container: HtmlElement | None = None
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
    best = _first_story(best, heading, found)
    inside = [text for element, text in found if element is best or best in element.iterancestors()]
    headlines = sum(1 for heading in best.iter("h2", "h3", "h4") if _linked(heading))
    region = next((parent for parent in (best, *best.iterancestors()) if parent in around), None)
    return Core(inside, squash("".join(best.itertext())), headlines, tuple(found), best, region)


def covered(paragraphs: list[str], lines: list[str]) -> float:
    """Share of the paragraphs' characters that occur in the lines."""
    total = sum(map(len, paragraphs))
    everything = squash("".join(lines))
    return sum(len(text) for text in paragraphs if squash(text)[:KEY] in everything) / total if total else 1.0


def own_lines(core: Core) -> list[str]:
    """The paragraphs of the container with the headings, list items and short paragraphs among them."""
    if core.container is None:
        return [tidy(text) for text in core.paragraphs]
    known = dict(core.blocks)
    parents = {element.getparent() for element in known}
    lines = []
    for element in core.container.iter():
        if element in known:
            lines.append(tidy(known[element]))
        elif element.tag in ("p", "h2", "h3", "h4") and element.getparent() in parents and not _apart(element):
            text = tidy("".join(element.itertext()))
            if text and not _links(element) and (element.tag != "p" or ENDS.search(text)):
                lines.append(text)
    return lines


def with_split_parts(core: Core, lines: list[str]) -> list[str]:
    """The lines with the paragraphs of further containers of the same kind as theirs, in the page's order.

    Features are split over several containers by pictures and boxes, and an extractor may take one of
    them. Only parts that are worth it are added.
    """
    everything = squash("".join(lines))
    worth = WORTH * sum(map(len, lines))
    keys = [squash(text)[:KEY] for _, text in core.blocks]
    lost = {place for place, key in enumerate(keys) if key not in everything and len(core.blocks[place][1]) >= LONG}
    if _length(core, lost) < worth:
        return lines
    kinds = {_kind(element) for (element, _), key in zip(core.blocks, keys, strict=True) if key in everything}
    lost = {place for place in lost if _kind(core.blocks[place][0]) in kinds - {None}}
    if _length(core, lost) < worth:
        return lines
    result, found, after = list(lines), [squash(line) for line in lines], 0
    for place, key in enumerate(keys):
        if place in lost:
            result.insert(after, tidy(core.blocks[place][1]))
            found.insert(after, key)
            after += 1
        else:
            after = next((spot + 1 for spot, line in enumerate(found) if key in line), after)
    return result


def with_lost_lists(core: Core, lines: list[str]) -> list[str]:
    """The lines with the lists and short paragraphs that an extractor left out between two blocks of its text."""
    if core.container is None:
        return lines
    found = {squash(line): place for place, line in enumerate(lines)}
    everything = "\n".join(found)
    result, added = list(lines), 0
    for element in core.container.iter("ul", "ol", "p"):
        place = found.get(_neighbour(element, -1))
        if place is None or found.get(_neighbour(element, 1), -1) <= place:
            continue
        parts = [element] if element.tag == "p" else [item for item in element if item.tag == "li"]
        items = [tidy("".join(part.itertext())) for part in parts]
        if element.tag == "p" and (not ENDS.search(items[0]) or len(items[0].split()) < FEWEST_WORDS):
            continue
        if not 0 < len(items) <= MOST_ITEMS or _links(element):
            continue
        if any(not item or squash(item)[:KEY] in everything for item in items):
            continue
        mark = "" if element.tag == "p" else "- "
        result[place + 1 + added : place + 1 + added] = [mark + item for item in items]
        added += len(items)
    return result


def _neighbour(element: HtmlElement, step: int) -> str:
    """The squashed text of the next block before or after an element."""
    for beside in islice(element.itersiblings(preceding=step < 0), EMPTY_SIBLINGS):
        if text := squash("".join(beside.itertext())):
            return text
    return ""


def _links(element: HtmlElement) -> bool:
    """Whether most of an element is links."""
    linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
    return linked > 0.5 * len("".join(element.itertext()))


def _length(core: Core, places: set[int]) -> int:
    return sum(len(core.blocks[place][1]) for place in places)


def _kind(element: HtmlElement) -> tuple[object, ...] | None:
    """The classes of a paragraph's containers and the article they are in; None in comments, sidebars and bare ones."""
    chain = [parent for parent in element.iterancestors() if parent.tag not in ("body", "html")]
    if not chain or not chain[0].get("class"):
        return None
    if any(ELSE.search(f"{parent.get('class') or ''} {parent.get('id') or ''}") for parent in chain):
        return None
    classes = [(parent.tag, parent.get("class")) for parent in chain[:SAME_LEVELS]]
    return (element.tag, *classes, next((parent for parent in chain if parent.tag == "article"), None))


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


def _first_story(best: HtmlElement, heading: HtmlElement | None, found: list[tuple[HtmlElement, str]]) -> HtmlElement:
    """The story under the headline when the container holds several of the same build, as endless pages do."""
    if heading is None:
        return best
    holding = {best, *best.iterancestors()}
    for parent in heading.iterancestors():
        if parent in holding:
            break
        beside = (*parent.itersiblings(), *parent.itersiblings(preceding=True))
        if any(_is_story(other, parent) for other in beside if best in heading.iterancestors() or other in holding):
            length = sum(len(text) for element, text in found if parent in element.iterancestors())
            return parent if length >= SHORTEST_STORY else best
    return best


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
