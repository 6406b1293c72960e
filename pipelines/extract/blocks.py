"""What the page's markup tells about a line of text that the extracted text alone does not show.

Each function walks the tree before trafilatura takes it apart. Lines are compared by their letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from lxml.html import HtmlElement

from pipelines.page.blocks import Block
from pipelines.page.paragraphs import KEY
from pipelines.page.phrases import PHRASES
from pipelines.page.titles import squash
from pipelines.page.tree import text_of

BLOCKS = frozenset(
    (
        "p",
        "li",
        "div",
        "td",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "figcaption",
        "blockquote",
        "article",
        "section",
        "dd",
        "aside",
    )
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
LINKED_SHARE = 0.85  # of a block's characters inside links: such a line leads elsewhere
LINKING_SHARE = 0.3  # of a block with a link of some length
SHORTEST_PARAGRAPH = 60  # characters
LABEL = re.compile(r"\s*[^.!?:|]{2,28}[:|>»]\s*")
LABELLED_SHARE = 0.95  # of what follows the label
OPENING_SHARE = 0.2  # of a block that begins with a linked headline
LONGEST_LINK_LINE = 400  # characters
# where the summary is the first paragraph (Vorspann, ingress, лид); elsewhere it is a second headline
LEDE_LANGUAGES = frozenset(("de", "no", "sv", "da", "is", "fi", "nl", "fr", "it", "pl", "vi", "ru", "uk", "be"))
SUBTITLE_LANGUAGES = frozenset(("es", "pt", "ca", "gl"))  # elsewhere readers of pages do not tell it from the text
SHORTEST_HEADLINE, LONGEST_CARD, LONGEST_TEASER = 15, 350, 600  # characters without white space
SUBTITLE = re.compile(rf"(?:^|\s|_|(?<!with)-)(?:{'|'.join(PHRASES['subtitle'])})(?=$|[\s_-])", re.I)
NEAR_SUBTITLE = 40  # elements after the headline among which a second headline stands
NEAR_HEADING = 120  # elements after the headline among which a standfirst may stand
NEARLY = 0.8
SHORTEST_STANDFIRST, LONGEST_STANDFIRST = 40, 900  # characters


def linked_lines(blocks: list[Block]) -> frozenset[str]:
    """Squashed texts of the blocks that are nothing but links; of headings only those of cards."""
    return frozenset(
        block.plain
        for block in blocks
        if 8 < block.linked <= LONGEST_LINK_LINE
        and (block.is_link or _labelled(block))
        and (not block.is_heading or _in_card(block))
    )


def linking_lines(blocks: list[Block]) -> frozenset[str]:
    """Squashed texts of the blocks that have a link of some length, or stand in one element with a linked one."""
    found = {block.plain for block in blocks if block.linked >= LINKING_SHARE * len(block.plain)}
    for block, below in pairwise(blocks):
        if below.is_link and (block.element is below.element or block.element.getparent() is below.element.getparent()):
            found.add(block.plain)
    return frozenset(found)


def share_of_links(lines: list[str], blocks: list[Block]) -> float:
    """Share of the lines' letters and digits that are inside of links."""
    linked = {block.plain: block.linked for block in blocks}
    plains = list(map(squash, lines))
    return sum(linked.get(plain, 0) for plain in plains) / max(1, sum(map(len, plains)))


def _labelled(block: Block) -> bool:
    """Whether a block is a label ("In context:") with a link behind it and no more."""
    label = LABEL.match(block.text)
    rest = squash(block.text[label.end() :]) if label is not None else ""
    return block.linked >= max(SHORTEST_HEADLINE, LABELLED_SHARE * len(rest)) and bool(rest)


def _in_card(heading: Block) -> bool:
    """Whether a linked heading stands in an element without a paragraph: no subheading of a text."""
    parent = heading.element.getparent()
    while parent is not None and parent.tag == "a":
        parent = parent.getparent()
    return parent is not None and not any(len(text_of(part)) > SHORTEST_PARAGRAPH for part in parent.iter("p"))


def teasers(root: HtmlElement) -> frozenset[str]:
    """Squashed texts of the cards that announce other pages: a linked headline with a few words around it.

    Below a text they are its end; in a list of recommended things they may be the text itself. So the
    caller looks at where they stand. A single one is none.
    """
    found: set[str] = set()
    cards = 0
    for link in root.iter("a"):
        headline = squash("".join(link.itertext()))
        if len(headline) < SHORTEST_HEADLINE:
            continue
        block = next((parent for parent in link.iterancestors() if parent.tag in BLOCKS), None)
        length = _size("".join(link.itertext()))
        if block is None or length < SHORTEST_HEADLINE or not _opens(link, length, block):
            continue
        card = _card(block, root)
        cards += 1
        found.update(squash("".join(part.itertext())) for part in card.iter(*BLOCKS))
        whole = squash("".join(block.itertext()))
        found.update(part for part in (headline, whole.removeprefix(headline)) if part)  # as a line break divides them
        beside = card.getnext()
        if card is block and beside is not None and size_up_to(beside, LONGEST_TEASER) <= LONGEST_TEASER:
            found.add(squash("".join(beside.itertext())))
    return frozenset(found) if cards > 1 else frozenset()


def _opens(link: HtmlElement, length: int, block: HtmlElement) -> bool:
    """Whether a link is all of a short block, or its opening words and a good part of it."""
    whole = "".join(block.itertext())
    size = _size(whole)
    if length >= LINKED_SHARE * size:
        return True
    return (
        size <= LONGEST_CARD
        and length >= OPENING_SHARE * size
        and squash(whole).startswith(squash("".join(link.itertext())))
    )


def _card(block: HtmlElement, root: HtmlElement) -> HtmlElement:
    """The largest element around a headline that is no longer than a card."""
    for parent in block.iterancestors():
        if parent is root or size_up_to(parent, LONGEST_CARD) > LONGEST_CARD:
            return block
        block = parent
    return block


def size_up_to(element: HtmlElement, limit: int) -> int:
    """Characters of an element's text without white space, counted no further than just above a limit."""
    size = 0
    for part in element.itertext():
        size += _size(part)
        if size > limit:
            break
    return size


def _size(text: str) -> int:
    """Characters without white space."""
    return len("".join(text.split()))


def subtitles(root: HtmlElement, heading: HtmlElement | None, descriptions: Iterable[str]) -> frozenset[str]:
    """Squashed texts of what stands as a second headline between headline and text.

    Such a block is a heading right after the headline, has the class of one, or shows the page's description
    outside the container of the paragraphs.
    """
    if heading is None:
        return frozenset()
    known = [plain for text in descriptions if len(plain := squash(text.rstrip(". …"))) >= SHORTEST_STANDFIRST]
    found, seen, passed = set(), 0, False
    for element in root.iter("h1", "h2", "h3", "h4", "p", "div", "span", "strong", "li", "section"):
        if not passed:
            passed = element is heading
            continue
        seen += 1
        if seen > NEAR_SUBTITLE:
            break
        if size_up_to(element, LONGEST_STANDFIRST) > LONGEST_STANDFIRST:
            continue
        label = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        parent = element.getparent()
        small = parent is not None and size_up_to(parent, LONGEST_STANDFIRST) <= LONGEST_STANDFIRST
        above = (parent.get("class") or "") if parent is not None and small else ""
        plain = squash("".join(element.itertext()))
        if len(plain) < 12:
            continue
        if (
            SUBTITLE.search(label)
            or (element.tag == "p" and SUBTITLE.search(above))
            or (element.tag in HEADINGS and len(plain) >= SHORTEST_STANDFIRST and _shows(plain, known))
        ):
            found.add(plain)
    return frozenset(found)


def standfirst(root: HtmlElement, heading: HtmlElement | None, descriptions: Iterable[str]) -> str | None:
    """The block between headline and text that shows the page's description, which trafilatura often leaves out."""
    known = [plain for text in descriptions if len(plain := squash(text.rstrip(". …"))) >= SHORTEST_STANDFIRST]
    passed, seen = heading is None, 0
    for element in root.iter("h1", "h2", "h3", "h4", "p", "div", "span", "strong", "b", "li", "section"):
        if element is heading:
            passed = True
        if not passed or not known:
            continue
        seen += 1
        if seen > NEAR_HEADING:
            return None
        if any(child.tag in BLOCKS or child.tag == "figure" for child in element) or _captions(element):
            continue
        text = text_of(element)
        if SHORTEST_STANDFIRST <= len(text) <= LONGEST_STANDFIRST and _shows(squash(text), known):
            return text
    return None


def _captions(element: HtmlElement) -> bool:
    return next(element.iterancestors("figure", "figcaption"), None) is not None


def with_standfirst(lines: list[str], summary: str | None) -> list[str]:
    """The lines with the summary in front, unless they have it."""
    return [summary, *lines] if summary and squash(summary)[:KEY] not in squash("".join(lines)) else lines


def _shows(plain: str, known: list[str]) -> bool:
    """Whether a block begins with a description, or is nearly all of one (which may name the site at its end)."""
    return any(plain.startswith(one) or (one.startswith(plain) and len(plain) > NEARLY * len(one)) for one in known)
