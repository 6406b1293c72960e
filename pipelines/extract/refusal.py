"""Pages that are no article: sections, missing pages, walls in front of the text, players without words.

A page is refused only when its text is short and something on it says what it is; a short article passes.
"""

from __future__ import annotations

import re
from itertools import chain
from urllib.parse import urljoin, urlsplit

from crawler.fetching import walls
from crawler.items import Fetched, Refusal
from crawler.urls import same_site
from crawler.words import count_words, weight
from pipelines.metadata import Metadata
from pipelines.metadata.jsonld import ARTICLE
from pipelines.page.blocks import Block
from pipelines.page.phrases import PHRASES
from pipelines.page.region import HEADLINE_WORDS, Region

MISSING = re.compile(rf"^\W*+(?:{'|'.join(PHRASES['missing'])})", re.I)
MISSING_LENGTH = 1_200
SHORTEST = 100  # characters; the shortest news items that were seen have 150
SHORTEST_TEASER = 40  # of a page that says it is not free
FEW_WORDS = 300  # beside a player or gallery: its caption
LINKED_SHARE = 0.6  # of the text's characters
MOST_LINKED = 0.75  # of those of a page that gives a date
MOST_HEADLINES = 5  # linked ones within the text
CARD_EACH, CARD_EACH_OTHER = 0.8, 0.5  # linked headlines a paragraph
SHORTEST_HEADLINE = 12  # letters and digits
LISTING = frozenset(("CollectionPage", "SearchResultsPage", "ProfilePage", "ItemList", "WebSite"))


def why_no_article(page: Fetched, about: Metadata, region: Region, linked: float, lines: list[str]) -> Refusal | None:
    """Why a page is no article, or None when it may be one.

    ``lines`` is its text without frame, ``linked`` the share of the text that is nothing but links.
    """
    length = sum(map(weight, lines))
    opening = [*about.headlines, *lines[:3]]
    if length < MISSING_LENGTH and any(map(MISSING.match, about.headlines)):
        return Refusal("not_article", "page not found, although the server says 200")
    if (
        length < walls.LONGEST
        and not _is_article(about)
        and (wall := walls.wall_at(opening) or walls.wall_in(page.body, walls.WALLS))
    ):
        return Refusal("blocked", wall)
    if length < FEW_WORDS and (kind := _player(about)):
        return Refusal("not_article", f"{kind} without text: {length} characters")
    if why := _section(page, about, region, linked):
        return Refusal("not_article", f"section page: {why}")
    shortest = SHORTEST_TEASER if about.paywalled else SHORTEST
    if length < shortest:
        return Refusal("not_article", f"no text: {length} characters" if length else "no text")
    return None


def _is_article(about: Metadata) -> bool:
    return any(kind == "article" or ARTICLE.search(kind) for kind in about.kinds)


def _player(about: Metadata) -> str | None:
    """What the page is for if not for reading, by its JSON-LD or og:type."""
    kinds = " ".join(about.kinds).lower()
    for word, name in (
        ("video", "video page"),
        ("audio", "audio page"),
        ("podcast", "audio page"),
        ("gallery", "gallery"),
    ):
        if word in kinds and not _is_article(about):
            return name
    return None


def _section(page: Fetched, about: Metadata, region: Region, linked: float) -> str | None:
    """How a page shows that it lists other pages, or None when it may be an article.

    JSON-LD that says article is believed. A date or og:type is not: many sections have one in their head; with it,
    only a page on which nearly each paragraph has a linked headline is a list.
    """
    if any(map(ARTICLE.search, about.kinds)):
        return None
    dated = "article" in about.kinds or about.published_from in ("feed", "jsonld", "meta")
    parts = urlsplit(page.url)
    if not parts.path.strip("/") and not parts.query and not dated:
        return "the home page"
    if LISTING.intersection(about.kinds):
        return "its markup says so"
    if linked > (MOST_LINKED if dated else LINKED_SHARE):
        return f"{linked:.0%} of the text are links"
    headlines, paragraphs = _headlines(page.url, region), len(region.core.paragraphs)
    if headlines >= MOST_HEADLINES and headlines >= (CARD_EACH if dated else CARD_EACH_OTHER) * paragraphs:
        return f"{headlines} linked headlines among {paragraphs} paragraphs"
    return None


def _headlines(url: str, region: Region) -> int:
    """How many paragraphs have a linked headline of another page of the site right before them."""
    blocks, parts = region.blocks, region.core.parts
    found, announced = 0, False
    for block in blocks:
        if block.element in parts:
            found += announced
            announced = False
        elif _announces(block, url):
            announced = True
    return found


def _announces(block: Block, url: str) -> bool:
    if block.linked < max(SHORTEST_HEADLINE, LINKED_SHARE * len(block.plain)):
        return False
    link = next(chain(block.element.iter("a"), block.element.iterancestors("a")), None)
    address = _joined(url, "" if link is None else link.get("href") or "")
    return count_words(block.text) >= HEADLINE_WORDS and address != url and same_site(address, url)


def _joined(url: str, href: str) -> str:
    try:
        return urljoin(url, href)
    except ValueError:  # a broken IPv6 address
        return url
