"""Captions and boxes inside an article's container: what their names, or the pictures beside them, tell.

Lines of text are compared with these sets by their letters and digits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.blocks import BLOCKS, size_up_to
from pipelines.page.blocks import Block
from pipelines.page.phrases import PHRASES
from pipelines.page.titles import squash

BOXES = ("div", "section", "aside", "ul", "ol", "p", "table", "td", "span", "figcaption", "dl", "small", "footer")
BOX = re.compile(rf"(?:^|[\s_-])(?:{'|'.join(PHRASES['box'])})(?=$|[\s_-])", re.I)
TOPICAL = re.compile(rf"(?:^|[\s_-])(?:{'|'.join(PHRASES['box_topical'])})(?=$|[\s_-])", re.I)
PART = re.compile(r"[^\W\d_]+")
OF_LAYOUT = re.compile(rf"(?:{'|'.join(PHRASES['layout'])})s?", re.I)
LONGEST_SYLLABLE = 4  # letters of a name's part that says nothing
SHORTEST_QUOTED = 60  # squashed characters
INLINE_END = re.compile(r"\w{3}[.!?…»”\")]+\s*$")
LONGEST_CAPTION, CAPTION_LEVELS = 200, 4  # characters without white space; ancestors of the picture
LONGEST_NAME = 32  # characters of an id
BOX_SHARE = 0.25  # of the text; a larger element is not one of its boxes
LONGEST_CAPTION_TEXT = 900  # characters of what has the class of a caption


def pictured(root: HtmlElement, text: int) -> frozenset[str]:
    """Squashed texts that share a small element with a picture: captions without a name, in tables and ``div`` s."""
    longest = min(LONGEST_CAPTION, int(BOX_SHARE * text))
    found: set[str] = set()
    for picture in root.iter("img", "amp-img"):
        around = None
        host = picture.getparent()
        while host is not None and host.tag in ("a", "span", "picture", "source", "b", "strong", "em"):
            host = host.getparent()
        if host is not None and INLINE_END.search("".join(host.itertext())):
            continue  # a paragraph with a picture at its side
        for parent in islice(picture.iterancestors(), CAPTION_LEVELS):
            if parent is root or parent.tag in ("body", "article", "main") or size_up_to(parent, longest) > longest:
                break
            around = parent
        if around is not None:
            found.add(squash("".join(around.itertext())))
            found.update(squash("".join(part.itertext())) for part in around.iter(*BLOCKS, "span"))
    return frozenset(text for text in found if len(text) > 3)


def boxes(root: HtmlElement, text: int, blocks: list[Block]) -> frozenset[str]:
    """Squashed texts of the blocks in boxes that are named as something else than a text of ``text`` characters.

    What is among the ``blocks`` outside of boxes as well is a part of the text that a box quotes.
    """
    found: set[str] = set()
    inside: set[HtmlElement] = set()
    last: HtmlElement | None = None
    for element in root.iter(*BOXES):
        if not is_box(element) or element is root:
            continue
        if size_up_to(element, limit := int(BOX_SHARE * text)) > limit:
            continue
        if last is not None and last in element.iterancestors():
            continue  # a box in a box
        last = element
        inside.add(element)
        found.add(squash("".join(element.itertext())))
        found.update(squash("".join(part.itertext())) for part in element.iter(*BLOCKS))
    outside = (block for block in blocks if len(block.plain) >= SHORTEST_QUOTED and block.plain in found)
    found -= {block.plain for block in outside if not inside.intersection(block.path)}
    return frozenset(text for text in found if len(text) > 3)


def is_box(element: HtmlElement) -> bool:
    """Whether an element's class or id names it as something else than text."""
    kind, name = element.get("class"), element.get("id")
    if kind is not None and _names_box(kind):
        return True
    return name is not None and len(name) < LONGEST_NAME and _names_box(name)  # longer ones: the headline's words


@lru_cache(maxsize=20_000)
def _names_box(label: str) -> bool:
    """Whether one of the names is that of a box: "social-links" is one, "social-issues" is none."""
    if BOX.search(label):
        return True
    for name in label.split():
        if TOPICAL.search(name):
            rest = PART.findall(TOPICAL.sub(" ", name))
            if all(len(part) < LONGEST_SYLLABLE or OF_LAYOUT.fullmatch(part) for part in rest):
                return True
    return False


def captions(root: HtmlElement) -> frozenset[str]:
    """Squashed texts of the captions of pictures."""
    found = {squash("".join(element.itertext())) for element in root.iter("figcaption")}
    for element in root.iter("p", "div", "span", "td", "th"):
        if "caption" in (element.get("class") or "").lower() and len(element) < 8:
            found.add(squash("".join(element.itertext())[:LONGEST_CAPTION_TEXT]))
    return frozenset(text for text in found if len(text) > 8)
