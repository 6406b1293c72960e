"""Which articles are wanted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Filters:
    """None or empty: all. Times as the database writes them."""

    words: str = ""
    topic: str | None = None
    language: str | None = None
    source: str | None = None
    agency: str | None = None  # the wire that is credited
    since: str | None = None
    until: str | None = None
    role: str | None = None  # subject or mention, of the topic if one is given, else of any
    min_score: float = 0.0  # the same
    copies: bool = False
    newest: bool = False  # first, although there are words
    by_score: bool = False  # most about the topic first
    limit: int | None = 20
