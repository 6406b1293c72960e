"""Does an article speak of a topic? Every group of the topic's terms must have a hit in its title or text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from crawler.items import Article, Match
from crawler.terms import Hit, Terms, Words, about, words
from crawler.terms.folding import GLUE, is_unspaced

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


GIVEN = "(given)"  # in place of the terms of a group that whoever announced the article covers by definition


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


def judge(
    title: str | None,
    text: str,
    topics: Iterable[Judge],
    language: Callable[[], str | None] = lambda: None,
    given: Mapping[str, Sequence[str]] | None = None,
) -> Verdict:
    """What ``topics`` make of an article. Between equal misses, the earlier topic gives the reason.

    ``language`` tells what the text is written in; it is asked only if a topic has terms of one language. ``given``
    has the groups of each topic that count as named, since whoever announced the article covers them by definition.
    """
    headline, body = Words(title or ""), Words(text)
    matches: list[Match] = []
    misses: list[tuple[float, str]] = []
    for topic in topics:
        code = language() if topic.terms.depends_on_language else None
        hits = list(topic.terms.occurrences(headline, code)), list(topic.terms.occurrences(body, code))
        found = topic.terms.count(*hits)
        groups = topic.terms.by_name
        if covered := given.get(topic.name) if given else None:
            hit = found | {group: {GIVEN: 1} for group in covered if group not in found}
            found = {group: hit[group] for group in groups if group in hit}
        if veto := topic.terms.vetoed(*hits):
            misses.append((0.0, veto))
        elif gaps := [group for group in groups if group not in found]:
            misses.append((len(gaps) / len(groups), f"no mention of {' or '.join(gaps)}"))
        else:
            matches.append(_match(topic, found, *hits, text))
    if matches:
        return Verdict(matches, None)
    return Verdict([], min(misses, key=lambda miss: miss[0])[1] if misses else "no topic to judge for")


def _match(
    topic: Judge, found: dict[str, dict[str, int]], title: Sequence[Hit], body: Sequence[Hit], text: str
) -> Match:
    groups = [group for group, counts in found.items() if "*" not in counts and GIVEN not in counts]
    beginning = words(about.lead_of(text))
    of_word = (
        2 if sum(is_unspaced(word.lstrip(GLUE)) for word in beginning) > len(beginning) / 2 else 1
    )  # letters that count as one
    lead = min(about.LONGEST_LEAD * of_word, len(beginning))
    parts = about.parts(_places(title, found), _places(body, found), groups, lead, about.NEAR * of_word)
    return Match(topic.name, parts.score, found, parts.role, parts.columns())


def _places(hits: Iterable[Hit], found: Mapping[str, Mapping[str, int]]) -> dict[str, list[int]]:
    """group -> where those of its terms are that count."""
    places: dict[str, list[int]] = {}
    for hit in hits:
        if hit.entry.term.written in found.get(hit.entry.group, ()):
            places.setdefault(hit.entry.group, []).append(hit.begin)
    return places


def why_irrelevant(article: Article, topics: Iterable[Judge], detector: str = "langdetect") -> str | None:
    """Write an article's matches into it, and tell why it has none; None when it has, or is stored already."""
    article.matches, miss = judge(
        article.title, article.text, topics, lambda: _language(article, detector), given_to(article)
    )
    return None if article.is_revisit else miss


def given_to(article: Article) -> dict[str, list[str]]:
    """Topic -> groups that count as named in an article: as its list says now, and as it was judged before."""
    said = article.claim.hints.given if article.claim else None
    given = given_groups((match.topic, match.terms) for match in article.matches)
    return {topic: [*given.get(topic, ()), *(said or {}).get(topic, ())] for topic in {*given, *(said or {})}}


def given_groups(matches: Iterable[tuple[str, Mapping[str, Mapping[str, int]]]]) -> dict[str, list[str]]:
    """Topic -> groups that were given to an article in ``matches``, each a topic and its terms."""
    return {topic: [group for group, counts in terms.items() if GIVEN in counts] for topic, terms in matches}


def _language(article: Article, detector: str) -> str:
    from pipelines.language import UNKNOWN, detect

    if article.language != UNKNOWN:
        return article.language
    return detect(article.text, article.title, article.language_hint, detector).code


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
