"""What an extractor left out between, beside and below the blocks of a text, put back in the page's order.

Headings, list items, table cells, short and long paragraphs, and the further containers of a divided feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from lxml.html import HtmlElement

from crawler.words import count_words
from pipelines.extract.boxes import is_box
from pipelines.page.blocks import Block, blocks_of
from pipelines.page.paragraphs import KEY
from pipelines.page.region import Region
from pipelines.page.titles import squash
from pipelines.tails import is_label

ENDS = re.compile(r"[.!?…»”\"。！？]$")
MOSTLY_LINKED = 0.3  # of a block's characters
LONG = 80  # characters of a paragraph
WORTH = 0.15  # share of the text that makes further containers worth a rescue
MOST_ITEMS = 40  # of a list that is part of a text
FEWEST_WORDS = 3  # of a short paragraph
ITEMS = ("li", "td", "th", "dt", "dd")
LISTS = ("ul", "ol", "table", "dl")
HOLDERS = frozenset(("p", "pre", "blockquote", "div", "section", "article"))


def completed(region: Region, lines: list[str]) -> list[str]:
    """The lines with the blocks of the same text that are not among them."""
    blocks = region.blocks
    have = _found(blocks, lines)
    wanted = [place for place, line in enumerate(have) if line is not None]
    if not wanted:
        return lines
    parts = region.core.parts
    kinds = {parts.get(blocks[place].element) for place in wanted} - {None}
    lost = [place for place, block in enumerate(blocks) if have[place] is None and parts.get(block.element) in kinds]
    if sum(len(blocks[place].text) for place in lost) >= WORTH * sum(map(len, lines)):
        wanted = sorted({*wanted, *lost})
    lost = [*_between(blocks, wanted), *_under_last_heading(blocks, wanted)]
    lost = [place for place in lost if blocks[place].element in region or is_label(blocks[place].text)]
    return _merged(blocks, have, sorted({*wanted, *lost}), lines)


def own_lines(region: Region) -> list[str]:
    """The paragraphs of the densest container with what belongs between them."""
    core = region.core
    blocks = region.blocks if core.container is None else blocks_of(core.container)
    texts = "\n".join(map(squash, core.paragraphs))
    wanted = [place for place, block in enumerate(blocks) if block.plain in texts]
    if not wanted:
        return []
    wanted = sorted({*wanted, *_between(blocks, wanted)})
    layout = _layout([blocks[place] for place in wanted])
    homes = {home for place in wanted for home in _homes(blocks[place], layout)}
    below = takewhile(
        lambda place: _is_sentence(blocks[place]) and homes.intersection(_homes(blocks[place], layout)),
        range(wanted[-1] + 1, len(blocks)),
    )
    return _merged(blocks, [None] * len(blocks), [*wanted, *below], [])


def _found(blocks: list[Block], lines: list[str]) -> list[int | None]:
    """The line that has each block: the same, one with its first or last characters, or the row of its cell."""
    plains = list(map(squash, lines))
    places = {plain: place for place, plain in reversed([*enumerate(plains)])}
    everything = "\n".join(plains)
    return [_line_of(block, places, everything) for block in blocks]


def _line_of(block: Block, places: dict[str, int], everything: str) -> int | None:
    plain = block.plain
    if plain in places:
        return places[plain]
    if len(plain) >= KEY:
        for part in (plain[:KEY], plain[-KEY:]):
            if (start := everything.find(part)) >= 0:
                return everything.count("\n", 0, start)
    row = block.inside("tr")
    return None if row is None else places.get(squash("".join(row.itertext())))


def _merged(blocks: list[Block], have: list[int | None], wanted: list[int], lines: list[str]) -> list[str]:
    """The lines with each lost block behind the line of the block before it."""
    added: dict[int, list[str]] = {}
    after = -1
    for place in wanted:
        if (found := have[place]) is not None:
            after = found
        else:
            mark = "- " if blocks[place].inside("li") is not None else ""
            added.setdefault(after, []).append(mark + blocks[place].text)
    result = added.get(-1, [])
    for place, line in enumerate(lines):
        result.extend((line, *added.get(place, ())))
    return result


def _between(blocks: list[Block], wanted: list[int]) -> Iterator[int]:
    """Places of lost blocks that stand among the wanted ones and in the same element as one of them."""
    taken = set(wanted)
    layout = _layout([blocks[place] for place in wanted])
    homes = {home for place in wanted for home in _homes(blocks[place], layout)}
    tables = {_holder(blocks[place], layout) for place in wanted}
    for place in range(wanted[0], wanted[-1]):
        block = blocks[place]
        if (
            place in taken
            or block.is_link
            or not (homes.intersection(_homes(block, layout)) or _is_wrapped(block, homes))
        ):
            continue
        if block.is_heading:
            if place + 1 in taken or blocks[place + 1].is_heading:
                yield place
        elif (holder := _holder(block, layout)) is not None and block.inside(*ITEMS) is not None:
            if holder in tables if holder.tag == "table" else place - 1 in taken and not _is_menu(holder):
                taken.add(place)
                yield place
        elif block.element.tag in HOLDERS and _is_sentence(block):
            yield place


def _is_wrapped(block: Block, homes: set[HtmlElement]) -> bool:
    """Whether a long paragraph stands in an element of its own among the others, which is not named as a box."""
    parent = block.element.getparent()
    if block.element.tag != "p" or len(block.text) < LONG or parent is None or parent.getparent() not in homes:
        return False
    return not is_box(parent) and _is_sentence(block) and block.linked < MOSTLY_LINKED * len(block.plain)


def _layout(wanted: list[Block]) -> set[HtmlElement]:
    """Tables and lists that hold paragraphs: they are the layout of a page."""
    return {outer for block in wanted if len(block.text) >= LONG for outer in block.path if outer.tag in LISTS}


def _under_last_heading(blocks: list[Block], wanted: list[int]) -> Iterator[int]:
    """Places of the paragraphs and items that follow when the last block found is a heading or a label."""
    last = blocks[wanted[-1]]
    if not last.is_heading and not last.text.endswith(":"):
        return
    homes = set(_homes(last, set()))
    following = range(wanted[-1] + 1, len(blocks))
    for place in takewhile(lambda place: homes.intersection(_homes(blocks[place], set())), following):
        if blocks[place].is_link:
            return
        yield place


def _is_sentence(block: Block) -> bool:
    return bool(ENDS.search(block.text)) and count_words(block.text) >= FEWEST_WORDS


def _holder(block: Block, layout: set[HtmlElement]) -> HtmlElement | None:
    """The outermost list or table that a block is in."""
    return next((outer for outer in reversed(block.path) if outer.tag in LISTS and outer not in layout), None)


def _homes(block: Block, layout: set[HtmlElement]) -> list[HtmlElement]:
    """The element that holds a block and its neighbours: the parent of its paragraph, heading, list or table."""
    outer = _holder(block, layout)
    element = block.element if outer is None else outer
    parent = element.getparent()
    if element.tag in ("div", "td", "section", "article") and outer is None:
        return [element] if parent is None else [element, parent]
    return [] if parent is None else [parent]


def _is_menu(element: HtmlElement) -> bool:
    """Whether a list is mostly links, or has fewer or more items than lists of texts have."""
    linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
    items = sum(1 for _ in element.iter("li", "dt", "dd"))
    return linked > 0.5 * len("".join(element.itertext())) or not 2 <= items <= MOST_ITEMS
