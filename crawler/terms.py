"""Find a topic's terms in a text, whatever the accents, case and endings.

Both sides are folded, so ``Moscú`` is ``moscu``, ``ё`` is ``е``, ``й`` is ``и`` and ``ñ`` is ``n``. A word is a
run of letters and digits: apostrophes and hyphens split. A term is

- a word, ``rusia``;
- a beginning, ``venezuel*``, which any ending may follow;
- a phrase, ``nicolas maduro``: these words one after another, the last one may be a beginning;
- ``*``, which hits every text;
- an exception, ``-montaña rusa``: where its words stand together, other terms of its group do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

INVISIBLE = frozenset({"Mn", "Mc", "Me", "Cf"})  # combining marks; soft hyphen, zero-width, direction signs
DROPPED = re.compile(f"[{''.join(c for c in map(chr, range(0x10000)) if unicodedata.category(c) in INVISIBLE)}]+")
WORD = re.compile(r"\w+")
SPLITTING = "_\u02bb\u02bc"  # word characters for ``re`` that are none here: the last two are apostrophes


def fold(text: str) -> str:
    """``text`` in compatibility form (NFKD), casefolded, without combining marks and invisible characters."""
    if text.isascii():
        return text.lower()
    return DROPPED.sub("", unicodedata.normalize("NFKD", text)).casefold()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in their order."""
    folded = fold(text)
    for character in SPLITTING:
        folded = folded.replace(character, " ")
    return WORD.findall(folded)


@dataclass(frozen=True, eq=False)
class Term:
    """One term as it is looked for; each is its own key, so that equal terms of two groups stay apart."""

    written: str
    words: list[str]  # folded; none for ``*``
    prefix: bool = False  # any ending may follow the last word
    exception: bool = False

    @property
    def is_beginning(self) -> bool:
        """Whether it is one word that any ending may follow."""
        return self.prefix and len(self.words) == 1

    def begins_at(self, run: Sequence[str], place: int) -> bool:
        """Whether the words of ``run`` from ``place`` on are this term."""
        last = place + len(self.words) - 1
        if last >= len(run) or (last > place and run[place:last] != self.words[:-1]):
            return False
        return run[last].startswith(self.words[-1]) if self.prefix else run[last] == self.words[-1]


def parse_term(written: str) -> Term:
    """The term that ``written`` means; ValueError with fault and remedy when it means none."""
    if written.strip() == "*":
        return Term(written, [])
    exception = written.lstrip().startswith("-")
    body = written.rstrip()
    prefix = body.endswith("*")
    body = body[:-1] if prefix else body
    if not words(body):
        raise ValueError("has no letter or digit: name a word")
    if "*" in body:
        raise ValueError('has a "*" before its end: only the last word may end in "*"')
    if prefix and not words(fold(body)[-1:]):
        raise ValueError('has no letter right before its "*": write it as in "venezuel*"')
    return Term(written, words(body), prefix, exception)


class Terms:
    """The terms of a topic in their named groups, ready to be looked for in many texts.

    ValueError for a term that cannot be read and for a group in which nothing counts.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]):
        self.groups = {group: tuple(terms) for group, terms in groups.items()}
        self._terms = {group: [parse_term(term) for term in terms] for group, terms in self.groups.items()}
        for group, terms in self._terms.items():
            if all(term.exception for term in terms):
                raise ValueError(f'group "{group}" has no term that counts: add one')
        # Most words of a text are no term's first word: one look-up among those, and one of their first letters among
        # the terms that are a beginning, rule them out.
        self._firsts: dict[str, list[tuple[str, Term]]] = {}
        self._heads: dict[str, list[tuple[str, Term]]] = {}
        self._head = min([3, *(len(term.words[0]) for term in self._all() if term.is_beginning)])
        for group, terms in self._terms.items():
            for term in terms:
                if term.is_beginning:
                    self._heads.setdefault(term.words[0][: self._head], []).append((group, term))
                elif term.words:
                    self._firsts.setdefault(term.words[0], []).append((group, term))

    def __repr__(self) -> str:
        return f"Terms({self.groups!r})"

    def hits(self, *texts: str) -> dict[str, dict[str, int]]:
        """group -> {term as written: how often it occurs}; groups and terms without a hit are absent.

        A phrase does not reach from one text into the next. ``*`` counts once.
        """
        return self.find(*(words(text) for text in texts))

    def find(self, *runs: list[str]) -> dict[str, dict[str, int]]:
        """As ``hits``, for texts that are split into ``words`` already."""
        counts: Counter[Term] = Counter(term for term in self._all() if not term.words)
        for run in runs:
            counts.update(term for term, _ in self.occurrences(run))
        found: dict[str, dict[str, int]] = {}
        for group, terms in self._terms.items():
            if counted := {term.written: counts[term] for term in terms if term in counts}:
                found[group] = counted
        return found

    def _all(self) -> Iterator[Term]:
        return (term for terms in self._terms.values() for term in terms)

    def occurrences(self, run: list[str]) -> Iterator[tuple[Term, int]]:
        """Every term that counts in a text that is split into ``words``, and the place of its first word there."""
        firsts, heads, size = self._firsts, self._heads, self._head
        excepted: dict[str, int] = {}  # group -> where the exceptions that have begun so far end
        for place in [place for place, word in enumerate(run) if word in firsts or word[:size] in heads]:
            word = run[place]
            candidates = (*firsts.get(word, ()), *heads.get(word[:size], ()))
            here = [(group, term, place + len(term.words)) for group, term in candidates if term.begins_at(run, place)]
            for group, term, end in here:
                if term.exception:
                    excepted[group] = max(end, excepted.get(group, 0))
            for group, term, end in here:
                if not term.exception and end > excepted.get(group, 0):
                    yield term, place
