"""Which of the sitemaps that an index lists are worth a visit: a publisher's archive has thousands."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.items import Found

MOST_CHILDREN = 100  # sitemaps of one index
DEEPEST = 3  # index of indexes of indexes


def worth_a_visit(found: Sequence[Found], depth: int) -> list[Found]:
    """``found`` without the sitemaps that lie too deep or are too many; its pages stay, all in their order.

    The sitemaps changed last are kept, then those that have news in their name, then those listed last and first:
    numbered archives grow at one of the two ends. ``depth`` is how many sitemaps led to this list.
    """
    children = [item for item in found if item.kind == "sitemap"]
    if depth >= DEEPEST:
        kept = set()
    elif len(children) <= MOST_CHILDREN:
        return list(found)
    else:
        ends = {item.url: min(place, len(children) - place) for place, item in enumerate(children)}
        best = sorted(children, key=lambda item: ends[item.url])
        best.sort(key=lambda item: (item.modified or "", "news" in item.url.lower()), reverse=True)
        kept = {item.url for item in best[:MOST_CHILDREN]}
    return [item for item in found if item.kind != "sitemap" or item.url in kept]
