"""Does an article speak of a topic? Every group of the topic's terms must have a hit in its title or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from crawler.items import Article, Match
from crawler.terms import Hit, Terms, Words

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TITLE = 3  # a mention in the title says as much as three in the text
EARLY = 1  # added once when the side is named early in the text
LEDE = 60  # words: about the first paragraph
HALF = 3  # so many mentions give half of the full score


class Judge(Protocol):
    """What is asked of a topic."""

    @property
    def name(self) -> str: ...
    @property
    def terms(self) -> Terms: ...


class Verdict(NamedTuple):
    """The topics that an article belongs to; when there are none, why it misses the nearest one."""

    matches: list[Match]
    miss: str | None


def judge(title: str | None, text: str, topics: Iterable[Judge]) -> Verdict:
    """What ``topics`` make of an article. Between equal misses, the earlier topic gives the reason."""
    headline, body = Words(title or ""), Words(text)
    matches: list[Match] = []
    misses: list[tuple[float, str]] = []
    for topic in topics:
        hits = list(topic.terms.occurrences(headline)), list(topic.terms.occurrences(body))
        found = topic.terms.count(*hits)
        groups = topic.terms.groups
        if gaps := [group for group in groups if group not in found]:
            misses.append((len(gaps) / len(groups), f"no mention of {' or '.join(gaps)}"))
        else:
            matches.append(Match(topic.name, _score(*hits, found), found))
    if matches:
        return Verdict(matches, None)
    return Verdict([], min(misses, key=lambda miss: miss[0])[1] if misses else "no topic to judge for")


def _score(in_title: Sequence[Hit], in_text: Sequence[Hit], found: Mapping[str, Mapping[str, int]]) -> float:
    """How much an article is about its topic, above 0 and at most 1, with three decimals.

    A group's weight is its mentions in the text, three for each in the title, and one if it is named in the first
    60 words. Its strength is weight / (weight + 3). The score is the geometric mean of the strengths, so a side
    that is loud does not make up for one that is named in passing: once deep in the text each gives .25, once
    in the title and twice early in the text each .667. A group ``["*"]`` says nothing and is left out.
    """
    titled = Counter(hit.entry.group for hit in in_title)
    early = {hit.entry.group for hit in in_text if hit.end <= LEDE}
    strengths = []
    for group, counts in found.items():
        if "*" in counts:
            continue
        weight = sum(counts.values()) + (TITLE - 1) * titled[group] + EARLY * (group in early)
        strengths.append(weight / (weight + HALF))
    return round(prod(strengths) ** (1 / len(strengths)), 3) if strengths else 1.0


def why_irrelevant(article: Article, topics: Iterable[Judge]) -> str | None:
    """Write an article's matches into it, and tell why it has none; None when it has, or is stored already."""
    article.matches, miss = judge(article.title, article.text, topics)
    return None if article.is_revisit else miss


class Relevance:
    """Keep the articles that belong to one of the topics, with the reasons."""

    def __init__(self, topics: Iterable[Judge]):
        self.topics = list(topics)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        from crawler.run import Run  # needs Scrapy, which worker processes do not load

        return cls(Run.of(crawler).topics)

    def process_item(self, article: Article) -> Article:
        """``article`` with its matches; Irrelevant when it has none, unless it is stored already and was rewritten."""
        from crawler.exceptions import Irrelevant  # needs Scrapy, which worker processes do not load

        if why := why_irrelevant(article, self.topics):
            raise Irrelevant(why)
        return article
