"""In a word what became of a visit to a source, and what to do about it."""

from __future__ import annotations

from crawler.fetching.outcome import FORBIDDEN, Outcome

REMEDIES = {  # verdict -> what to do
    "works": "nothing",
    "moved": "write the new address into the file; where a redirect says it, scrapy sources --check --write does",
    "dead": "write the address that was found instead, or enabled = false and a note",
    "wrong": "the address has no list: look at it with a browser, and correct url or kind",
    "empty": "it lists nothing at present: look again in some weeks",
    "wall": "the site lets no robots in: ask the publisher, or enabled = false and a note",
    "robots": "robots.txt forbids it: ask the publisher, or enabled = false and a note",
    "network": "it could not be reached, or is out of order: look again tomorrow",
}


def verdict(ended: Outcome) -> str:
    """The word for a visit that brought nothing."""
    if ended.reason == FORBIDDEN:
        return "robots"
    if ended.state == "blocked":
        return "wall"
    if is_gone(ended):
        return "dead"
    if ended.state in ("not_article", "failed"):
        return "wrong"
    return "network"


def is_gone(ended: Outcome) -> bool:
    """Whether the address has no list any more: 404, 410, a host without an address."""
    return ended.status in (404, 410) or (ended.unreachable and ended.reason.endswith("cannot be found (DNS)"))
