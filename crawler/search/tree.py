"""What a query asks for, as a tree: the FTS5 expression that finds it, and the places of a text to highlight.

Whatever was typed, FTS5 is only given what is written here: folded words in quotation marks, so no query can break it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crawler.search.index import AnyIndex
from crawler.search.stems import stems
from crawler.search.tokens import Token, phrase, stem_token, tokens
from crawler.terms.folding import GLUE, is_unspaced

WORDS, TITLE_WORDS = "{title text}", "title"
STEMS, TITLE_STEMS = "{title_stems text_stems}", "title_stems"
FORMS_BEFORE = "{title text title_stems text_stems}"  # of the index of before
ARTICLE = 'facets : "0article"'  # every article
ANY = AnyIndex()

Span = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """A word in any of its forms; or, exactly as they stand, words one after another or the beginning of a word."""

    words: tuple[str, ...]  # folded
    exact: bool = False
    prefix: bool = False  # any ending may follow the last word
    title: bool = False  # counts in titles only
    written: str = field(default="", compare=False)  # one word as it was typed

    @property
    def is_inflected(self) -> bool:
        return not (self.exact or self.prefix or is_unspaced(self.words[0]))

    def expression(self, index: AnyIndex = ANY) -> str:
        column = TITLE_WORDS if self.title else WORDS
        if self.is_inflected:
            return _either(list(self._forms(index, column)))
        if self.prefix and len(self.words) == 1 and (known := index.beginning_with(self.words[0])) is not None:
            return f"{column} : {_any_of(known or self.words)}"
        found, last_begins = phrase(self.words)
        return f"{column} : {_quoted(' '.join(found))}{' *' if self.prefix or last_begins else ''}"

    def _forms(self, index: AnyIndex, column: str) -> Iterator[str]:
        """The word; its stems in each language of the index; and words that are such a stem, in that language."""
        word = self.words[0]
        yield f"{column} : {_any_of([word])}"
        languages: dict[str, list[str]] = {}
        for language in index.languages:
            for stem in dict.fromkeys((word, *self.stems(language))):  # not every stem has itself as its stem
                languages.setdefault(stem, []).append(language)
        if found := [stem_token(stem, language) for stem, spoken in languages.items() for language in spoken]:
            yield f"{TITLE_STEMS if self.title else STEMS} : {_any_of(found)}"
        for stem, spoken in languages.items():
            own = [f"0language0{language}" for language in spoken if stem in stems(stem, language)]
            if stem != word and own:
                yield f"({column} : {_any_of([stem])} AND facets : {_any_of(own)})"
        if not index.is_whole:
            yield f"{'{title title_stems}' if self.title else FORMS_BEFORE} : {_any_of(languages or [word])}"

    def stems(self, language: str) -> tuple[str, ...]:
        """Of the word; what it is folded when nothing is known of how it was typed."""
        return stems(self.written or self.words[0], language)

    def spans(self, text: Sequence[Token], language: str) -> Iterator[Span]:
        """Where the term stands among the words of a text."""
        if self.is_inflected:
            wanted = {self.words[0], *self.stems(language)}
            for token in text:
                if token.word == self.words[0] or not wanted.isdisjoint(stems(token.written, language)):
                    yield token.begin, token.end
            return
        size = len(self.words)
        for place in range(len(text) - size + 1):
            run = [token.word for token in text[place : place + size]]
            run[0] = run[0].removeprefix(GLUE)
            last = run[-1].startswith(self.words[-1]) if self.prefix else run[-1] == self.words[-1]
            if last and run[:-1] == list(self.words[:-1]):
                yield text[place].begin, text[place + size - 1].end


@dataclass(frozen=True)
class Not:
    part: Node

    def expression(self, index: AnyIndex = ANY) -> str:
        return f"({ARTICLE} NOT {self.part.expression(index)})"


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]

    def expression(self, index: AnyIndex = ANY) -> str:
        wanted = [part.expression(index) for part in self.parts if not isinstance(part, Not)] or [ARTICLE]
        unwanted = [part.part.expression(index) for part in self.parts if isinstance(part, Not)]
        both = f"({' AND '.join(wanted)})"
        return f"({both} NOT ({' OR '.join(unwanted)}))" if unwanted else both


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]

    def expression(self, index: AnyIndex = ANY) -> str:
        return f"({' OR '.join(part.expression(index) for part in self.parts)})"


Node = Term | Not | And | Or


def terms(node: Node) -> list[Term]:
    """The terms that an article is found by: all but those behind NOT."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, Not):
        return []
    return [term for part in node.parts for term in terms(part)]


def spans(node: Node, text: str, language: str, title: bool = False) -> list[Span]:
    """Where ``text``, which may be a ``title``, has what an article is found by; in order, none inside another."""
    read = tokens(text)
    found = sorted({span for term in terms(node) if title or not term.title for span in term.spans(read, language)})
    apart: list[Span] = []
    for begin, end in found:
        if apart and begin < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((begin, end))
    return apart


def _any_of(alternatives: Iterable[str]) -> str:
    return _either(list(map(_quoted, alternatives)))


def _either(expressions: Sequence[str]) -> str:
    return f"({' OR '.join(expressions)})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
