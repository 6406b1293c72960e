"""Which of the sitemaps that an index lists are worth a visit: a publisher's archive has thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from crawler.items import Found

MOST_CHILDREN = 100  # sitemaps of one index
DEEPEST = 3  # index of indexes of indexes


NO_ARTICLES = frozenset(  # words in the names of sitemaps
    """
    author authors autor autores user users usuarios category categories categoria categorias tag tags etiqueta
    etiquetas taxonomy taxonomies image images imagenes video videos product products attachment attachments
    """.split()  # noqa: SIM905
)
ARTICLES = frozenset(("news", "noticias", "articles", "articulos"))
DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_/.]?(0[1-9]|1[0-2]))?(?:[-_/.]?(?:[0-2]\d|3[01]))?(?!\d)")


def worth_a_visit(found: Sequence[Found], depth: int, oldest: datetime | None = None) -> list[Found]:
    """``found`` without the sitemaps that lie too deep or are too many; its pages stay, all in their order.

    Left out are sitemaps that list no articles by their name, and those of months or years before ``oldest``, but not
    all. Of the rest the ones changed last are kept, then those that have news in their name, then those listed last and
    first: numbered archives grow at one of the two ends. ``depth`` is how many sitemaps led to this list.
    """
    children = [item for item in found if item.kind == "sitemap"]
    articles = [item for item in children if not _lists_no_articles(item)] or children
    children = [item for item in articles if not (oldest and _over(item, oldest))] or articles[-1:]
    if depth >= DEEPEST:
        kept = set()
    elif len(children) <= MOST_CHILDREN:
        kept = {item.url for item in children}
    else:
        ends = {item.url: min(place, len(children) - place) for place, item in enumerate(children)}
        best = sorted(children, key=lambda item: ends[item.url])
        best.sort(key=lambda item: (item.modified or "", "news" in item.url.lower()), reverse=True)
        kept = {item.url for item in best[:MOST_CHILDREN]}
    return [item for item in found if item.kind != "sitemap" or item.url in kept]


def _lists_no_articles(sitemap: Found) -> bool:
    name = sitemap.url.rpartition("/")[2].lower()
    words = set(re.split(r"[\W\d_]+", name))
    page = "posts-page" in name or name.startswith("page-sitemap")
    return (page or not words.isdisjoint(NO_ARTICLES)) and words.isdisjoint(ARTICLES)


def _over(sitemap: Found, oldest: datetime) -> bool:
    """Whether the name of a sitemap is a month or a year that had ended at ``oldest``."""
    dates = DATED.findall(sitemap.url.partition("://")[2].partition("/")[2])
    if len(dates) != 1 or sitemap.modified:
        return False
    year, month = dates[0]
    return (int(year), int(month or 12)) < (oldest.year, oldest.month)
