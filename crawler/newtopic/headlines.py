"""What the headlines that a source announces say about a topic's terms, before anything was crawled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from crawler.terms import Terms, parse_term, words

SHORTEST = 4  # letters of a term that may become a beginning: shorter ones begin too many other words
MOST_FORMS = 6  # words shown for one term


def counts(terms: Terms, titles: Iterable[str]) -> tuple[int, dict[str, int]]:
    """How many of ``titles`` have a hit in every group, and how many in each."""
    every, each = 0, dict.fromkeys(terms.groups, 0)
    for title in titles:
        hits = terms.hits(title)
        every += len(hits) == len(each)
        for group in hits:
            each[group] += 1
    return every, each


def further_forms(terms: Terms, titles: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """group -> {term: words of ``titles`` that begin like it and that no term of the group hits}, commonest first.

    For terms of one word without a ``*``: ``chile`` and a headline with *chilenos*. Words are folded.
    """
    seen = Counter(word for title in titles for word in set(words(title)))
    found: dict[str, dict[str, list[str]]] = {}
    for group, written in terms.groups.items():
        alone = Terms({group: written})
        for term in map(parse_term, written):
            if term.exception or len(term.phrases) != 1 or len(term.phrases[0]) != 1:
                continue
            own = term.phrases[0][0]
            if own.is_beginning or len(own.text) < SHORTEST:
                continue
            forms = [word for word, _ in seen.most_common() if word.startswith(own.text) and not alone.hits(word)]
            if forms:
                found.setdefault(group, {})[term.written] = forms[:MOST_FORMS]
    return found


def said(terms: Terms, titles: Sequence[str]) -> list[str]:
    """What ``titles`` tell about ``terms``, a line each; nothing when there are none."""
    if not titles:
        return []
    every, each = counts(terms, titles)
    groups = ", ".join(f"{group} {number}" for group, number in each.items())
    lines = [
        f"{every} of {len(titles)} headlines have a hit in every group ({groups}); a crawl looks at the texts, too"
    ]
    for group, forms in further_forms(terms, titles).items():
        for term, others in forms.items():
            lines.append(f'headlines also have {", ".join(others)}: "{term}*" in {group} would hit every such ending')
    return lines
