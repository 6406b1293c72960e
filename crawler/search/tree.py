"""What a query asks for, as a tree: the FTS5 expression that finds it, and the places of a text to highlight.

Whatever was typed, FTS5 is only given what is written here: folded words in quotation marks, so no query can break it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.search.stems import Token, forms, tokens

WORDS, TITLE_WORDS = "{title text}", "title"
FORMS, TITLE_FORMS = "{title text title_stems text_stems}", "{title title_stems}"
ARTICLE = 'facets : "0article"'  # every article

Expand = Callable[[str], Sequence[str] | None]  # prefix -> the words that begin with it; None: too many to tell
Span = tuple[int, int]


def native(prefix: str) -> None:
    """Leave the prefix to FTS5, which reads all articles of all its words."""


@dataclass(frozen=True)
class Term:
    """A word in any of its forms; or, exactly as they stand, words one after another or the beginning of a word."""

    words: tuple[str, ...]  # folded
    exact: bool = False
    prefix: bool = False  # any ending may follow the last word
    title: bool = False  # counts in titles only

    def expression(self, expand: Expand = native) -> str:
        if not (self.exact or self.prefix):
            return f"{TITLE_FORMS if self.title else FORMS} : {_any_of(self.forms())}"
        column = TITLE_WORDS if self.title else WORDS
        if self.prefix and len(self.words) == 1 and (known := expand(self.words[0])) is not None:
            return f"{column} : {_any_of(known or self.words)}"
        return f"{column} : {_quoted(' '.join(self.words))}{' *' if self.prefix else ''}"

    def forms(self) -> list[str]:
        return forms(self.words[0])

    def spans(self, text: Sequence[Token]) -> Iterator[Span]:
        """Where the term stands among the words of a text."""
        if not (self.exact or self.prefix):
            wanted = set(self.forms())
            yield from ((token.begin, token.end) for token in text if token.word in wanted or token.stem in wanted)
            return
        size = len(self.words)
        for place, token in enumerate(text):
            if token.word != self.words[0] and not (self.prefix and size == 1):
                continue
            run = [other.word for other in text[place : place + size]]
            last = run[-1].startswith(self.words[-1]) if self.prefix else run[-1] == self.words[-1]
            if len(run) == size and run[:-1] == list(self.words[:-1]) and last:
                yield token.begin, text[place + size - 1].end


@dataclass(frozen=True)
class Not:
    part: Node

    def expression(self, expand: Expand = native) -> str:
        return f"({ARTICLE} NOT {self.part.expression(expand)})"


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]

    def expression(self, expand: Expand = native) -> str:
        wanted = [part.expression(expand) for part in self.parts if not isinstance(part, Not)] or [ARTICLE]
        unwanted = [part.part.expression(expand) for part in self.parts if isinstance(part, Not)]
        both = f"({' AND '.join(wanted)})"
        return f"({both} NOT ({' OR '.join(unwanted)}))" if unwanted else both


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]

    def expression(self, expand: Expand = native) -> str:
        return f"({' OR '.join(part.expression(expand) for part in self.parts)})"


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
    read = tokens(text, language)
    found = sorted({span for term in terms(node) if title or not term.title for span in term.spans(read)})
    apart: list[Span] = []
    for begin, end in found:
        if apart and begin < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((begin, end))
    return apart


def _any_of(alternatives: Iterable[str]) -> str:
    return f"({' OR '.join(map(_quoted, alternatives))})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
