"""Find a topic's terms in a text, whatever the accents, case and endings.

``folding`` says what a word is, ``term`` what one term may look like, ``groups`` which terms a group has and when they
count; here all of them are looked for at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from crawler.terms.folding import GLUE, fold, is_unspaced, words
from crawler.terms.groups import Entry, read_groups
from crawler.terms.term import Term, Word, begins_at, parse_term

__all__ = ["Hit", "Term", "Terms", "Words", "fold", "parse_term", "words"]


class Words(list[str]):
    """The folded words of a text; ``cased`` are the same words with their capitals."""

    def __init__(self, text: str, found: list[str] | None = None):
        super().__init__(words(text) if found is None else found)
        self._text = text

    @cached_property
    def cased(self) -> list[str]:
        return words(self._text, keep_case=True)


class Hit(NamedTuple):
    """A term that counts, and where it stands in a run of words."""

    entry: Entry
    begin: int
    end: int  # of the place behind it


class Terms:
    """The terms of a topic in their named groups, ready to be looked for in many texts.

    A group is a list of terms, or a table: see ``groups``. ValueError for a term that cannot be read and for a group in
    which nothing counts.
    """

    def __init__(self, groups: Mapping[str, Sequence[str] | Mapping[str, Any]]):
        self.by_name, self.veto = read_groups(groups)
        self._written = {name: dict(w) if isinstance(w, Mapping) else tuple(w) for name, w in groups.items()}
        # Most words of a text are no term's first word: one look-up among those, and one of their first letters among
        # the terms that are a beginning, rule them out.
        self._firsts: dict[str, list[tuple[Entry, int]]] = {}
        self._heads: dict[str, list[tuple[Entry, int]]] = {}
        entries = [entry for group in (*self.by_name.values(), self.veto) for entry in group.entries]
        firsts = [(entry, at, phrase[0]) for entry in entries for at, phrase in enumerate(entry.term.phrases)]
        self._head = min([3, *(len(first.text) for _, _, first in firsts if first.is_beginning)])
        for entry, at, first in firsts:
            if first.is_beginning:
                self._heads.setdefault(first.text[: self._head], []).append((entry, at))
                continue
            for word in (first.text, GLUE + first.text) if is_unspaced(first.text) else (first.text,):
                self._firsts.setdefault(word, []).append((entry, at))

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The terms of each group as they are written, exceptions included."""
        return {name: tuple(entry.term.written for entry in group.entries) for name, group in self.by_name.items()}

    @cached_property
    def depends_on_language(self) -> bool:
        """Whether there is a term that counts in texts of one language only."""
        return any(entry.language for group in (*self.by_name.values(), self.veto) for entry in group.entries)

    def with_term(self, group: str, written: str, among: str = "any") -> Terms:
        """These and one more in ``group``, in its list ``among`` (any, weak, title or a language); ValueError."""
        now = self._written[group]
        table = dict(now) if isinstance(now, Mapping) else {"any": list(now)}
        table[among] = [*table.get(among, ()), written]
        return Terms({**self._written, group: table})

    def __repr__(self) -> str:
        return f"Terms({self._written!r})"

    def hits(self, *texts: str, language: str | None = None) -> dict[str, dict[str, int]]:
        """group -> {term as written: how often it occurs}; groups and terms without a hit are absent.

        The first text is the title, where there are several. A phrase does not reach from one text into the next. ``*``
        counts once. What counts in one ``language`` only also counts where the language is not known (None, ``und``).
        """
        return self.count(*(list(self.occurrences(Words(text), language)) for text in texts))

    def count(self, *found: Sequence[Hit]) -> dict[str, dict[str, int]]:
        """As ``hits``, for the ``occurrences`` of each text."""
        counts: Counter[Entry] = Counter()
        for place, hits in enumerate(found):
            counts.update(hit.entry for hit in hits if not place or not hit.entry.title_only)
        counted = ((name, group.counted(counts)) for name, group in self.by_name.items())
        return {name: terms for name, terms in counted if terms}

    def vetoed(self, *found: Sequence[Hit]) -> str | None:
        """Why ``not`` keeps out a text with those ``occurrences``; None when it does not."""
        if not self.veto.entries:
            return None
        hits = [
            (hit.entry, place) for place, run in enumerate(found) for hit in run if hit.entry.group == self.veto.name
        ]
        for entry, place in hits:
            if entry.title_only and not place:
                return f"not: {entry.term.written} in the title"
        counts = Counter(entry.term.written for entry, _ in hits if not entry.title_only)
        if counts and counts.total() >= self.veto.least:
            return f"not: {', '.join(f'{term} {times}' for term, times in counts.most_common(3))}"
        return None

    def occurrences(self, run: Sequence[str], language: str | None = None) -> Iterator[Hit]:
        """Every term that occurs in a ``Words``, in their order; exceptions have been taken off.

        Terms of titles alone are among them, and those that count beside others only: see ``count``.
        """
        excepted: dict[str, int] = {}  # group -> where the exceptions that have begun so far end
        apart: dict[Entry, dict[int, list[tuple[int, int]]]] = {}  # terms that are pieces -> piece -> where it stands
        for entry, at, begin, end in self._phrases(run, language):
            if entry.term.exception:
                excepted[entry.group] = max(end, excepted.get(entry.group, 0))
            elif end > excepted.get(entry.group, 0):
                if entry.term.within is None:
                    yield Hit(entry, begin, end)
                else:
                    apart.setdefault(entry, {}).setdefault(at, []).append((begin, end))
        for entry, pieces in apart.items():
            yield from _together(entry, pieces)

    def _phrases(self, run: Sequence[str], language: str | None) -> Iterator[tuple[Entry, int, int, int]]:
        firsts, heads, size = self._firsts, self._heads, self._head
        language = None if language == "und" else language
        for place in [place for place, word in enumerate(run) if word in firsts or word[:size] in heads]:
            word = run[place]
            here = []
            for entry, at in (*firsts.get(word, ()), *heads.get(word[:size], ())):
                phrase = entry.term.phrases[at]
                if (
                    (not phrase[0].is_beginning or word.startswith(phrase[0].text))
                    and begins_at(phrase, run, place)
                    and (not entry.language or language in (None, entry.language))
                    and (not entry.term.is_cased or _has_capitals(phrase, run, place))
                ):
                    here.append((entry, at, place, place + len(phrase)))
            if len(here) > 1:
                here.sort(key=lambda found: not found[0].term.exception)
            yield from here


def _has_capitals(phrase: Sequence[Word], run: Sequence[str], place: int) -> bool:
    cased = run.cased if isinstance(run, Words) else run
    return all(word.hits_cased(own.lstrip(GLUE)) for word, own in zip(phrase, cased[place:], strict=False))


def _together(entry: Entry, pieces: Mapping[int, Sequence[tuple[int, int]]]) -> Iterator[Hit]:
    """Where all pieces of a term stand within so many words: the places of its first one."""
    within = entry.term.within or 0
    if len(pieces) < len(entry.term.phrases):
        return
    others = [[place for place, _ in places] for at, places in pieces.items() if at]  # in their order
    for begin, end in pieces[0]:
        if all(_is_near(begin, places, within) for places in others):
            yield Hit(entry, begin, end)


def _is_near(place: int, places: Sequence[int], within: int) -> bool:
    """Whether one of the sorted ``places`` is another one than ``place``, and so near."""
    at = bisect_left(places, place)
    near = (*places[max(0, at - 1) : at], *places[at + (places[at : at + 1] == [place]) :][:1])
    return any(abs(other - place) <= within for other in near)
