"""Which terms a group has, and when they count.

A group is a list of terms, or a table of lists: ``any`` count everywhere, ``weak`` only beside another term of the
group, ``title`` only in the title, and those under the code of a language only in texts of it. ``least`` is how often
they must occur altogether. The table ``not`` is no group: it says what keeps a text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crawler.terms.term import Term, parse_term

LISTS = ("any", "weak", "title")
VETO = "not"
LANGUAGE = re.compile("[a-z]{2}")


@dataclass(frozen=True, eq=False)
class Entry:
    """A term of a group, and when it counts."""

    term: Term
    group: str
    weak: bool = False
    title_only: bool = False
    language: str | None = None


@dataclass(frozen=True)
class Group:
    """The terms of one group."""

    name: str
    entries: tuple[Entry, ...]
    least: int = 1

    @cached_property
    def _places(self) -> dict[Entry, int]:
        return {entry: place for place, entry in enumerate(self.entries)}

    @cached_property
    def _of_all(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.term.phrases]

    def counted(self, counts: Mapping[Entry, int]) -> dict[str, int]:
        """term as written -> how often it occurs, of what counts of ``counts``; empty when the group has no hit."""
        found: dict[str, int] = {}
        weak = True
        different = set()  # two spellings of one term are no two terms
        hit = [entry for entry in counts if entry in self._places]
        for entry in sorted([*hit, *self._of_all], key=self._places.__getitem__):
            if times := counts.get(entry, 0) if entry.term.phrases else 1:
                found[entry.term.written] = found.get(entry.term.written, 0) + times
                different.add(entry.term.phrases)
                weak = weak and entry.weak
        if (weak and len(different) < 2) or sum(found.values()) < self.least:
            return {}
        return found


def read_groups(groups: Mapping[str, Sequence[str] | Mapping[str, Any]]) -> tuple[dict[str, Group], Group]:
    """The groups by their names, and what keeps a text out; ValueError for a group in which nothing counts."""
    veto = Group("", ())  # no group can be called so
    named: dict[str, Group] = {}
    for name, written in groups.items():
        is_table = isinstance(written, Mapping)
        group = "" if is_table and name == VETO else name
        least = int(written.get("least", 1)) if isinstance(written, Mapping) else 1
        read = Group(group, tuple(_entries(group, written)), least)
        if all(entry.term.exception for entry in read.entries):
            raise ValueError(f'group "{name}" has no term that counts: add one')
        if group:
            named[name] = read
        else:
            veto = read
    return named, veto


def _entries(group: str, written: Sequence[str] | Mapping[str, Any]) -> Iterator[Entry]:
    if not isinstance(written, Mapping):
        for term in written:
            yield Entry(parse_term(term), group)
        return
    for key, terms in written.items():
        if key == "least":
            continue
        for term in terms:
            language = key if key not in LISTS else None
            yield Entry(parse_term(term), group, weak=key == "weak", title_only=key == "title", language=language)
