"""How much an article is about its topic, in points that can be told, and whether it is a subject or a mention.

A group whose only term is ``*`` says nothing and is left out. Of the others

- 4 points are shared by the groups that the title names, and 1 more is given when it names them all;
- 2 when title and first two sentences name them all;
- 1 for each mention of the first group near another one (within 20 words), at most 3. A topic of one group counts its
  mentions.

With 4 points of 10 the topic is a subject of the article; with less it is mentioned.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOST = 10  # points
SUBJECT = 4  # points from which on
NEAR = 20  # words
MEETINGS = 3  # that count
SENTENCES = 2  # of the text that are its lead
LONGEST_LEAD = 80  # words; a list has no sentences
SENTENCE = re.compile(r"(?<![.!?…])[.!?…]++[\"'»”’)\]]*(?=\s|$)|[。！？｡।॥։។။]+[」』”’)]*|(?<![؟۔])[؟۔]++(?=\s|$)")


@dataclass(frozen=True)
class Parts:
    """What a score is made of, as ``matches.parts`` has it."""

    points: float
    title: list[str] = field(default_factory=list)  # groups that the title names
    lead: bool = False  # title and first sentences name all groups
    near: int = 0  # mentions of the group ``of`` near another one
    of: str = ""

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return round(self.points / MOST, 3)

    @property
    def role(self) -> str:
        return "subject" if self.points >= SUBJECT else "mention"

    def columns(self) -> dict[str, Any]:
        return asdict(self)


def parts(
    title: Mapping[str, Sequence[int]], text: Mapping[str, Sequence[int]], groups: Sequence[str], lead: int, near: int
) -> Parts:
    """The points of an article: ``title`` and ``text`` have the places of each group's mentions in their order.

    ``lead`` is how many words the first sentences have, ``near`` how far apart mentions may be.
    """
    if not groups:
        return Parts(MOST)
    titled = [group for group in groups if title.get(group)]
    leading = all(title.get(group) or any(place < lead for place in text.get(group, ())[:1]) for group in groups)
    first, *others = groups
    own = text.get(first, ())
    elsewhere = sorted(place for group in others for place in text.get(group, ()))
    meetings = sum(_close(place, elsewhere, near) for place in own) if others else len(own)
    points = 4 * len(titled) / len(groups) + (len(titled) == len(groups)) + 2 * leading + min(MEETINGS, meetings)
    return Parts(round(points, 2), titled, leading, meetings, first)


def _close(place: int, others: Sequence[int], near: int) -> bool:
    at = bisect_left(others, place)
    return any(abs(other - place) <= near for other in others[max(0, at - 1) : at + 1])


def lead_of(text: str) -> str:
    """The first two sentences of ``text``."""
    ends = (match.end() for match in SENTENCE.finditer(text))
    for number, end in enumerate(ends, 1):
        if number == SENTENCES:
            return text[:end]
    return text


def said(role: str | None, score: float | None, parts: Mapping[str, Any]) -> str:
    """In one line why an article has its role; ``parts`` as the column has them, empty for rows of old."""
    if not parts:
        return f"score {score or 0:.2f}"
    why = [f"the title names {' and '.join(parts['title'])}"] if parts["title"] else []
    why += ["title and first sentences name all"] if parts["lead"] else []
    if parts["near"]:
        mentions = f"{parts['near']} mention{'s' if parts['near'] != 1 else ''}"
        why.append(f"{mentions} of {parts['of']} near another group" if parts["of"] else mentions)
    return f"{role}, {parts['points']:g} of {MOST} points: {'; '.join(why) or 'named in passing'}"
