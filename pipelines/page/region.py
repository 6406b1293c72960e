"""Where on its page an article is: text, date, authors and paywall marks are taken from there and nowhere else."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import takewhile

from lxml import etree
from lxml.html import HtmlElement

from crawler.words import count_words
from pipelines.page.blocks import Block, blocks_of
from pipelines.page.paragraphs import ELSE, core_of
from pipelines.page.tree import text_of

ASIDE = frozenset(("aside", "nav", "footer", "form"))
STRANGERS = re.compile(
    r"(?:^|[\s_-])(?:cards?|teasers?|recirc\w*|testimonials?|reviews?|opini(?:on|oes|ones)|recom(?:end|mend)\w*"
    r"|trending|popular|latest|recent|most[-_]?read|mas[-_]?(?:notas|noticias|leidas)|mais[-_]?lidas)(?=$|[\s_-])",
    re.I,
)
OWN_FOOT = re.compile(r"(?:post|entry|article)[-_]?footer[\w-]*", re.I)  # with the byline of many blogs
HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
HEADLINE_WORDS = 4  # of a link that is a headline; names have fewer
LONGEST_CARD = 350  # characters of the element around a linked headline
LENGTH = etree.XPath("string-length(normalize-space(.))")  # of the text of an element, counted in C
WHOLE = frozenset(("body", "html"))


class Region:
    """The smallest part of a page with both the headline and the densest paragraphs.

    ``element in region`` tells whether something in the tree belongs to the article: asides, comments, a second
    article, cards that announce other pages, and what stands under a heading below the text do not.
    """

    def __init__(self, root: HtmlElement, heading: HtmlElement | None = None):
        self.root, self.core = root, core_of(root, heading)
        self.heading = heading
        self.element: HtmlElement = root if self.core.region is None else self.core.region

    @cached_property
    def blocks(self) -> list[Block]:
        """Its blocks, strange ones included."""
        return blocks_of(self.element)

    def __contains__(self, element: HtmlElement) -> bool:
        chain = [element, *takewhile(lambda parent: parent is not self.element, element.iterancestors())]
        if element is not self.element and chain[-1].getparent() is not self.element:
            return False
        return not any(self._is_strange(part) for part in chain)

    def _is_strange(self, element: HtmlElement) -> bool:
        return element in self._strangers or (element not in self._own and _is_aside(element))

    @cached_property
    def _own(self) -> frozenset[HtmlElement]:
        """What holds the headline or a paragraph of the text."""
        parts = [*self.core.parts, *(() if self.heading is None else (self.heading,))]
        return frozenset(parent for part in parts for parent in (part, *part.iterancestors()))

    @cached_property
    def _strangers(self) -> frozenset[HtmlElement]:
        """Cards and what lies under a heading below the text."""
        found: set[HtmlElement] = set()
        last = next(reversed(self.core.parts), None)
        below = False
        for element in self.element.iter("p", "div", "td", "li", "font", "section", "article", "a", *HEADINGS):
            below = below or element is last
            if element in self._own:
                continue
            if element.tag == "a" or element.tag in HEADINGS:
                if _is_headline(element):
                    found.add(self._card(element))
                elif below and element.tag in HEADINGS:
                    found.update((element, *element.itersiblings()))
        return frozenset(found - self._own)

    def _card(self, element: HtmlElement) -> HtmlElement:
        """The largest element around a linked headline that is no longer than a card."""
        card = element
        for parent in element.iterancestors():
            if parent is self.element or parent in self._own or LENGTH(parent) > LONGEST_CARD:
                break
            card = parent
        return card


def _is_headline(element: HtmlElement) -> bool:
    """Whether a link, or a heading in or around one, has the words of a headline."""
    links = [element] if element.tag == "a" else [*element.iter("a"), *element.iterancestors("a")]
    leads = any(not (link.get("href") or "#").startswith(("#", "javascript:", "mailto:")) for link in links)
    return leads and count_words(text_of(element)) >= HEADLINE_WORDS


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in ASIDE or element.tag == "article":
        return True
    label = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    label = OWN_FOOT.sub("", label)
    return len(label) > 2 and bool(ELSE.search(label) or STRANGERS.search(label))
