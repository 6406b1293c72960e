"""What a list announces: within bounds that cut its old end, and with what of it could not be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from crawler.items import Found

Thing = TypeVar("Thing")


class Announced(list[Found]):
    """What a list announces, each address once; ``short`` says what is missing from it, None when nothing is."""

    short: str | None = None


def both_ends(things: Iterable[Thing], most: int) -> list[Thing]:
    """The first and the last ``most`` of ``things``: nobody knows yet at which end the new ones are."""
    rest = iter(things)
    return [*islice(rest, most), *deque(rest, most)]


def once_each(found: Iterable[Found]) -> list[Found]:
    """The first of each address."""
    entries: dict[str, Found] = {}
    for entry in found:
        entries.setdefault(entry.url, entry)
    return list(entries.values())


def announce(found: Iterable[Found], listed: int, most: int) -> Announced:
    """The ``most`` newest of ``found`` in their order; the first ones where no dates say which are new.

    ``listed`` is how many the publisher lists. ValueError when there are some and none can be read.
    """
    readable = list(found)
    entries = once_each(readable)
    kept = Announced(entries)
    lost = listed - len(readable)
    if len(entries) > most:
        dates = [entry.published or entry.modified or "" for entry in entries]
        newest = sorted(range(len(entries)), key=dates.__getitem__, reverse=True)[:most]
        kept = Announced(entries[place] for place in sorted(newest))
        kept.short = f"{listed:,} entries, of which only the newest {most:,} are read"
    elif lost > 0 and not readable:
        raise ValueError(f"none of its {listed:,} entries can be read")
    elif lost > 0:
        kept.short = f"{lost:,} of {listed:,} entries cannot be read"
    return kept
