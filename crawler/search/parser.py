"""The query language: words, "phrases", prefix*, AND / OR / NOT (or -word), parentheses and title:word.

Words one after another must all occur; NOT binds closer than AND, AND closer than OR; the three are written in
capitals. A word is found in any of its forms, what stands in quotation marks only as it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from crawler.output.terminal import safe_line
from crawler.search.tree import And, Node, Not, Or, Term
from crawler.terms.folding import GLUE, KEPT_CLASS, is_unspaced, words

MOST_TERMS, DEEPEST = 50, 8
SHORTEST_PREFIX = 2  # letters; more words begin with one than can be looked for
QUOTES = str.maketrans("“”„«»", '"""""')
PIECE = re.compile(r'"(?P<quoted>[^"]*)"\**|(?P<sign>["()])|[^\s"()]+')
BARE = re.compile(rf"(.*[\w*{KEPT_CLASS}]|).*", re.DOTALL)  # without what stands behind the last letter or asterisk
FIELD = re.compile(r"([^\W\d_]+):(.*)", re.DOTALL)
OPERATORS = ("AND", "OR", "NOT")
SMALL = "give one, or write it small to look for the word itself"
UNOPENED = "closes nothing: take it out, or open it before"


class WrongQuery(ValueError):
    """The query cannot be meant; the message is one line: what is wrong, at which character, what would work."""


class Piece(NamedTuple):
    """A stretch of a query: ``kind`` is quoted, word, title, AND, OR, NOT, ( or )."""

    kind: str
    text: str
    place: int  # of its first character, from 1

    def wrong(self, what: str) -> WrongQuery:
        shown = safe_line(self.text)
        named = "the quotation mark" if shown == '"' else f'"{shown[:30]}{"…" * (len(shown) > 30)}"'
        return WrongQuery(f"{named} at character {self.place} {what}")


def parse(query: str) -> Node:
    """What ``query`` asks for; WrongQuery when it cannot be meant."""
    pieces = list(_pieces(query.translate(QUOTES)))
    if not pieces:
        raise WrongQuery(f'"{safe_line(query)[:30]}" has no word to search for: give at least one of letters or digits')
    if sum(piece.kind in ("word", "quoted") for piece in pieces) > MOST_TERMS:
        raise WrongQuery(f"more than {MOST_TERMS} words and phrases: give fewer, or quote what stands together")
    return _Parser(pieces).read()


def _pieces(query: str) -> Iterator[Piece]:
    for match in PIECE.finditer(query):
        place = match.start() + 1
        if match["quoted"] is not None:
            if words(match["quoted"]):
                yield Piece("quoted", match.group(), place)
        elif match["sign"] == '"':
            raise Piece("", '"', place).wrong('is never closed: add another ", or take it out')
        elif match["sign"]:
            yield Piece(match["sign"], match["sign"], place)
        else:
            yield from _of_run(match.group(), place, query[match.end() : match.end() + 1] in tuple('"('))


def _of_run(run: str, place: int, leaning: bool) -> Iterator[Piece]:
    """The pieces of a run without spaces; ``leaning`` when a quotation mark or parenthesis stands right behind it."""
    bare = run.lstrip("-")
    if bare != run and (leaning or words(bare)):
        yield Piece("NOT", run if leaning and not bare else "-", place)
        place += len(run) - len(bare)
    if bare in OPERATORS:
        yield Piece(bare, bare, place)
        return
    if field := FIELD.fullmatch(bare):
        name, rest = field.groups()
        if name.casefold() == "title" and (leaning or words(rest)):
            yield Piece("title", f"{name}:", place)
            place, bare = place + len(name) + 1, rest
        elif name.casefold() == "title":
            raise Piece("", bare, place).wrong("has no word behind it: write it as in title:sanctions")
        elif leaning or words(rest):
            raise Piece("", f"{name}:", place).wrong(
                "is no field, only title: is (language, source, topic and dates are filters);"
                " to search for the words, put them in quotation marks"
            )
    if words(bare):
        yield Piece("word", bare, place)
    elif "*" in bare:
        raise Piece("", bare, place).wrong("has no letters before it: write it as in venezuel*")


class _Parser:
    def __init__(self, pieces: list[Piece]):
        self.pieces = pieces
        self.next = 0

    @property
    def kind(self) -> str:
        """Of the next piece; empty behind the last one."""
        return self.pieces[self.next].kind if self.next < len(self.pieces) else ""

    def take(self) -> Piece:
        self.next += 1
        return self.pieces[self.next - 1]

    def read(self) -> Node:
        node = self.alternatives(0, False)
        if self.kind:
            raise self.take().wrong(UNOPENED)
        return node

    def alternatives(self, depth: int, title: bool) -> Node:
        if depth > DEEPEST:
            raise self.pieces[self.next - 1].wrong(f"is nested more than {DEEPEST} deep: ask in a simpler way")
        parts = [self.all_of(depth, title)]
        while self.kind == "OR":
            self.take()
            parts.append(self.all_of(depth, title))
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def all_of(self, depth: int, title: bool) -> Node:
        parts: list[Node] = []
        while self.kind not in ("OR", ")", ""):
            if self.kind == "AND":
                operator = self.take()
                if not parts:
                    raise operator.wrong(f"has no word before it: {SMALL}")
                if self.kind in ("AND", "OR", ")", ""):
                    raise operator.wrong(f"has no word behind it: {SMALL}")
            parts.append(self.operand(depth, title))
        if not parts:
            raise self.missing()
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def missing(self) -> WrongQuery:
        """Nothing stands where a word should."""
        before = self.pieces[self.next - 1] if self.next else None
        if before and before.kind == "OR":
            return before.wrong(f"has no word behind it: {SMALL}")
        if self.kind == "OR":
            return self.take().wrong(f"has no word before it: {SMALL}")
        return before.wrong("holds no word: give one, or take it out") if before else self.take().wrong(UNOPENED)

    def operand(self, depth: int, title: bool) -> Node:
        piece = self.take()
        if piece.kind in ("NOT", "title") and self.kind in (*OPERATORS[:2], ")", ""):
            raise piece.wrong("has no word behind it: give one, or take it out")
        if piece.kind == "NOT":
            if depth == DEEPEST:
                raise piece.wrong(f"is nested more than {DEEPEST} deep: ask in a simpler way")
            return Not(self.operand(depth + 1, title))
        if piece.kind == "title":
            return self.operand(depth, True)
        if piece.kind == "(":
            node = self.alternatives(depth + 1, title)
            if not self.kind:
                raise piece.wrong("is never closed: add a )")
            self.take()
            return node
        return _term(piece, title)


def _term(piece: Piece, title: bool) -> Term:
    quoted = piece.kind == "quoted"
    body = piece.text.strip('"*') if quoted else BARE.sub(r"\1", piece.text)
    prefix = (piece.text if quoted else body).rstrip('"').endswith("*")
    body = body.rstrip("*")
    if "*" in body and not quoted:
        raise piece.wrong('has a "*" before its end: only the end of a word can be left open, as in venezuel*')
    found = tuple(words(body) or words(piece.text))  # of a sign that only folding makes letters of, such as ℡
    if is_unspaced(found[-1].removeprefix(GLUE)):
        prefix = False  # any part of a run is found without it
    if prefix and len(found[-1]) < SHORTEST_PREFIX:
        raise piece.wrong(f'needs {SHORTEST_PREFIX} letters or more before its "*"')
    return Term(found, exact=quoted or len(found) > 1, prefix=prefix, title=title, written=body)
