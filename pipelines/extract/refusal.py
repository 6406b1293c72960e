"""Pages that are no article: sections, missing pages, walls in front of the text, players without words.

A page is refused only when its text is short and something on it says what it is; a short article passes.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.fetching import walls
from crawler.items import Fetched, Refusal
from crawler.words import weight
from pipelines.metadata import Metadata
from pipelines.metadata.jsonld import ARTICLE
from pipelines.page.paragraphs import Core
from pipelines.page.phrases import PHRASES

MISSING = re.compile(rf"^\W*+(?:{'|'.join(PHRASES['missing'])})", re.I)
MISSING_LENGTH = 1_200
SHORTEST = 100  # characters; the shortest news items that were seen have 150
SHORTEST_TEASER = 40  # of a page that says it is not free
FEW_WORDS = 300  # beside a player or gallery: its caption
LINKED_SHARE = 0.6  # of the text's characters
MOST_HEADLINES = 5  # linked ones within the text
LISTING = frozenset(("CollectionPage", "SearchResultsPage", "ProfilePage", "ItemList", "WebSite"))


def why_no_article(page: Fetched, about: Metadata, core: Core, linked: float, lines: list[str]) -> Refusal | None:
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
    if why := _section(page, about, core, linked):
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


def _section(page: Fetched, about: Metadata, core: Core, linked: float) -> str | None:
    """How a page shows that it lists other pages, or None: an article says so, or has no linked headlines inside."""
    if _is_article(about) or about.published_from in ("feed", "jsonld", "meta"):
        return None
    parts = urlsplit(page.url)
    if not parts.path.strip("/") and not parts.query:
        return "the home page"
    if LISTING.intersection(about.kinds):
        return "its markup says so"
    if linked > LINKED_SHARE:
        return f"{linked:.0%} of the text are links"
    if core.headlines >= MOST_HEADLINES and 2 * core.headlines >= len(core.paragraphs):
        return f"{core.headlines} linked headlines among {len(core.paragraphs)} paragraphs"
    return None
