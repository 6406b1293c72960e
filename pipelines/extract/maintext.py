"""The main text of a page: trafilatura's answer, checked against the place where paragraphs are densest."""

from __future__ import annotations

import logging
import re
import statistics
from collections.abc import Iterable
from copy import deepcopy

import trafilatura
from lxml.html import HtmlElement

from crawler.words import weight
from pipelines.extract.complete import ENDS, completed, own_lines
from pipelines.page.paragraphs import KEY, Core, covered
from pipelines.page.region import Region
from pipelines.page.titles import squash
from pipelines.page.tree import PARSER, tidy

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of every page without text
AGREES = 0.6  # share of the densest paragraphs that a trustworthy text has
SHORTEST = 200  # characters of a text below which dense paragraphs elsewhere are believed instead
SHORTEST_RESCUE = 300
SAMPLE = 40  # squashed characters
WORTH_A_CHANGE = 0.2  # of the promised text that another reading has more
MORE = 1.15  # times the length of a reading that another one must have
HOLDS = 0.9  # of its text that the other must have
PROSE_SHARE = 0.7  # of the other's characters
SHORTEST_PARAGRAPH = 60  # characters
TABLED_SHARE = 0.8
LONG_LINE = 80  # characters of lines that count as the text's body
WHOLLY, MOSTLY = 0.97, 0.6  # share of the body inside one container
TAG = re.compile("[a-z][a-z0-9-]*")
NAMING = ("class", "id", "role", "style", "itemprop")  # attributes by which extractors know the text
MENU_LINES, MENU_LENGTH = 12, 30  # more lines than that, half of them shorter: perhaps a menu


def read_lines(root: HtmlElement, region: Region, url: str, promised: str = "") -> list[str]:
    """The blocks of the main text, one line each; none if the page has no text.

    trafilatura's fast mode comes first. When it misses much of the densest paragraphs or brings a heap
    of short lines, its full mode is tried, and when that brings no text either, the paragraphs
    themselves are taken. Lines from outside the container that holds the text are left out. ``promised``
    is the text that the page's JSON-LD gives: when little of it was found, another reading may have more.
    """
    lines = _read(root, region, url)
    if len(promised) < SHORTEST_RESCUE or (share := kept(promised, lines)) >= AGREES:
        return lines
    others = [own_lines(region), _trafilatura(root, url, fast=False)]
    best = max(others, key=lambda text: kept(promised, text))
    return best if kept(promised, best) > share + WORTH_A_CHANGE else lines


def kept(promised: str, lines: list[str]) -> float:
    """Share of a text that occurs in the lines, by samples: paragraphs may be divided in other places."""
    plain, everything = squash(promised), squash("".join(lines))
    samples = [plain[start : start + SAMPLE] for start in range(0, max(1, len(plain) - SAMPLE), 4 * SAMPLE)]
    return sum(sample in everything for sample in samples) / len(samples)


def fullest(lines: list[str], others: Iterable[list[str]]) -> list[str]:
    """The reading that holds what the lines have and a good deal more prose, or the lines themselves."""
    for other in others:
        own, whole = _prose(lines), _prose(other)
        if _length(whole) < PROSE_SHARE * _length(other) or len(set(other)) < len(other):
            continue
        more = _length(whole) > max(MORE * _length(own), _length(own) + SHORTEST_PARAGRAPH)
        if more and kept("\n".join(own), other) >= HOLDS:
            lines = other
    return lines


def _prose(lines: list[str]) -> list[str]:
    """The lines that are paragraphs."""
    return [line for line in lines if weight(line) >= SHORTEST_PARAGRAPH and ENDS.search(line)]


def _read(root: HtmlElement, region: Region, url: str) -> list[str]:
    core = region.core
    lines = _trafilatura(_page_of(core.region) if core.region is not None else root, url, fast=True)
    if is_layout(lines) and _length(core.paragraphs) > SHORTEST_RESCUE:
        return own_lines(region)
    if covered(core.paragraphs, lines) < AGREES or is_menu(lines, core):
        full = _trafilatura(root, url, fast=False)
        lines = max((full, lines), key=lambda text: (not is_menu(text, core), covered(core.paragraphs, text)))
        if (is_menu(lines, core) or _length(lines) < SHORTEST) and _length(core.paragraphs) > SHORTEST_RESCUE:
            return own_lines(region)
    return completed(region, within(core, lines))


def is_menu(lines: list[str], core: Core) -> bool:
    """Whether lines are so many and short, and not all from the text's container, that they are menus."""
    if len(lines) <= MENU_LINES or statistics.median(map(len, lines)) >= MENU_LENGTH:
        return False
    return any(squash(line) not in core.everything for line in lines)


def is_layout(lines: list[str]) -> bool:
    """Whether the text came as the cells of a table: old pages place everything in tables, menus too."""
    return sum(len(line) for line in lines if line.startswith("|")) > TABLED_SHARE * max(1, _length(lines))


def within(core: Core, lines: list[str]) -> list[str]:
    """The lines without those from other places of the page than the container of the text.

    All strangers leave when the container has wholly the text's long lines, those below the text when
    it has most of them; else the container is not the text's, and every line stays.
    """
    inside = [squash(line)[:KEY] in core.everything for line in lines]
    body = [(ok, len(line)) for ok, line in zip(inside, lines, strict=True) if len(line) > LONG_LINE]
    share = sum(length for ok, length in body if ok) / max(1, sum(length for _, length in body))
    if share >= WHOLLY:
        return [line for ok, line in zip(inside, lines, strict=True) if ok]
    if share >= MOSTLY:
        return lines[: max(place for place, ok in enumerate(inside) if ok) + 1]
    return lines


def _page_of(region: HtmlElement) -> HtmlElement:
    """A page with nothing but a copy of the region inside empty copies of its ancestors: cheaper to search."""
    inner = deepcopy(region)
    inner.tail = None
    for parent in region.iterancestors():
        tag = parent.tag if TAG.fullmatch(parent.tag) else "div"
        outer = PARSER.makeelement(tag, {name: tidy(value) for name in NAMING if (value := parent.get(name))})
        outer.append(inner)
        inner = outer
    return inner


def _trafilatura(root: HtmlElement, url: str, fast: bool) -> list[str]:
    try:
        document = trafilatura.bare_extraction(root, url=url, fast=fast, include_comments=False)
    except RecursionError:  # tags nested by the thousand
        return []
    text = getattr(document, "text", None) or ""
    return [line for raw in text.split("\n") if (line := tidy(raw))]


def _length(lines: list[str]) -> int:
    return sum(map(len, lines))
