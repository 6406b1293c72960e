"""What a reader sees at the head of an article whose markup does not say it: the headline and the date.

Old and hand-made pages have the site's slogan as their title, the headline in a ``div`` and the date in the byline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from pipelines.metadata.datelines import dates_in, line_of
from pipelines.page.paragraphs import Core
from pipelines.page.region import Region
from pipelines.page.titles import plain
from pipelines.page.tree import text_of, tidy

TAGS = ("h1", "h2", "h3", "h4", "p", "div", "span", "font", "b", "strong", "td", "li", "dd", "small", "em", "i", "a")
INLINE = frozenset(("a", "b", "strong", "i", "em", "font", "span", "br", "time", "small", "abbr", "u", "img"))
HEADING_TAGS = ("h2", "h3", "div", "span", "p", "td", "font", "strong", "b")  # of headlines that are in no h1
MOST_SHOWN = 15  # of them that are compared with the page's title
SHORTEST_TITLE = 20  # characters of a title that is looked for in those
ABOVE = 40  # elements before the text among which headline and date stand
RIGHT_ABOVE = 4  # elements before the headline among which its date stands; further up is the clock of the site
BELOW = 25  # elements after the headline among which its date stands
SHORTEST, LONGEST = 15, 220  # characters of a headline
SHARED = 0.4  # of a headline's words that its text has, too
STEM = 5  # letters of a word that are compared
HEADLINE_CLASS = re.compile(
    r"(?<!sub)(?<!sub-)(?<!sub_)(?<!ante)(?<!entre)(?:tit[lu]|headline|heading|zagol|header$)", re.I
)
WORD = re.compile(r"[^\W\d_]{4,}")


def smaller_headings(root: HtmlElement) -> list[str]:
    """What stands in the first smaller headings and in what has the class of a title."""
    elements = (
        element
        for element in root.iter("h2", "h3", "div", "span", "p")
        if element.tag in ("h2", "h3") or (len(element) < 3 and "tit" in (element.get("class") or "").lower())
    )
    return [text for element in islice(elements, MOST_SHOWN) if 14 < len(text := text_of(element)) < 300]


def main_heading(root: HtmlElement, headings: list[HtmlElement], title: str | None) -> HtmlElement | None:
    """The element that carries the title, a h1 if there is one; else the last h1 that is long enough to be one."""
    wanted = (title or "").casefold()
    for element in headings:
        if plain(text_of(element)).casefold() == wanted:
            return element
    for element in root.iter(*HEADING_TAGS) if len(wanted) > SHORTEST_TITLE else ():
        opening = tidy(next(filter(str.strip, element.itertext()), "")).casefold()
        if len(element) < 4 and opening and wanted.startswith(opening) and text_of(element).casefold() == wanted:
            return element
    return next((element for element in reversed(headings) if len(text_of(element)) > 20), None)


def headline_above(root: HtmlElement, core: Core) -> tuple[str, HtmlElement] | None:
    """The line above the text that looks most like its headline, and where it stands; None if none does."""
    stems = _stems(" ".join(core.paragraphs))
    best, most = None, SHARED
    for element, text in _lines_above(root, core):
        words = _stems(text)
        if not SHORTEST <= len(text) <= LONGEST or len(words) < 2 or _links(element) or any(dates_in(text)):
            continue
        score = len(words & stems) / len(words)
        if score >= SHARED and (score := score + _weight(element)) > most:
            best, most = (text, element), score
    return best


def shares_words(title: str, core: Core) -> bool:
    """Whether a title speaks of what the text speaks of; slogans of a site do not."""
    words = _stems(title)
    return bool(words) and len(words & _stems(" ".join(core.paragraphs))) >= SHARED * len(words)


def lines_near(region: Region) -> list[str]:
    """The short lines around the headline, the nearest first."""
    root, heading, core = region.root, region.heading, region.core
    lines = list(_lines_above(root, core)) if core.container is not None else []
    place = next((spot for spot, (element, _) in enumerate(lines) if element is heading), None)
    if heading is not None and place is None:
        found = list(islice(_short_lines(_after(root, heading, core)), BELOW))
    else:
        place = place or 0
        around = (
            set(lines[place][0].iterancestors("div", "td", "section", "article", "main", "header")) if lines else set()
        )
        above = [line for line in lines[max(0, place - RIGHT_ABOVE) : place] if line[0].getparent() in around]
        found = lines[place:] + above[::-1]
    return [line_of(element) for element, _ in found if element in region]


def first_paragraph(core: Core) -> HtmlElement | None:
    """Where the text begins."""
    return next((element for element, text in core.blocks if text in core.paragraphs[:1]), None)


def _lines_above(root: HtmlElement, core: Core) -> Iterator[tuple[HtmlElement, str]]:
    """The last short lines before the first paragraph of the text, in the page's order."""
    start = first_paragraph(core)
    if start is None:
        return
    before: list[HtmlElement] = []
    for element in root.iter(*TAGS):
        if element is start:
            break
        before.append(element)
    yield from list(_short_lines(before))[-ABOVE:]


def _after(root: HtmlElement, heading: HtmlElement, core: Core) -> Iterator[HtmlElement]:
    """The elements from the headline to the next paragraph."""
    paragraphs = {element for element, _ in core.blocks}
    passed = False
    for element in root.iter(*TAGS):
        if passed and element in paragraphs:
            return
        passed = passed or element is heading
        if passed:
            yield element


def _short_lines(elements: Iterator[HtmlElement] | list[HtmlElement]) -> Iterator[tuple[HtmlElement, str]]:
    """Elements without blocks inside and their texts; what lies inside such an element is not told again."""
    told: HtmlElement | None = None
    for element in elements:
        if told is not None and told in element.iterancestors():
            continue
        if any(child.tag not in INLINE for child in element):
            continue
        if text := text_of(element):
            told = element
            yield element, text


def _weight(element: HtmlElement) -> float:
    """How much an element's markup says that it is a headline."""
    label = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    if HEADLINE_CLASS.search(label) or element.tag in ("h1", "h2", "h3"):
        return 1.0
    large = element.get("size") or ""
    bold = element.tag in ("b", "strong") or any(child.tag in ("b", "strong") for child in element)
    return 0.5 * bold + 0.5 * (large.lstrip("+") in ("2", "3", "4", "5", "6", "7"))


def _links(element: HtmlElement) -> bool:
    return (
        element.tag == "a"
        or any(parent.tag == "a" for parent in element.iterancestors())
        or bool(len(tidy("".join("".join(link.itertext()) for link in element.iter("a")))) > 10)
    )


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in WORD.findall(text.casefold())}
