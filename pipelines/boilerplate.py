"""What surrounds an article in the extracted text: found by rules and phrase lists, and by memory of the host.

Only whole lines leave, and only where boilerplate stands: the headline, byline and date above the text, lines
that lead elsewhere, and the copyright, newsletter and contact lines below. The rules of the text's middle need
a phrase at the start of a short line; length and position protect sentences.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from crawler.dates import utc_text
from pipelines.phrases import PHRASES
from pipelines.titles import squash

RELATED = re.compile(rf"^[\W\d]{{0,4}}(?:{'|'.join(PHRASES['related'])})", re.I)
CLOSING = re.compile(rf"^[^\w©(]{{0,4}}(?:{'|'.join(PHRASES['closing'])})", re.I)
HEAD_MARK = re.compile(rf"^\W{{0,3}}(?:{'|'.join(PHRASES['heading_marks'])})", re.I)
BYLINE = re.compile(rf"^\W{{0,3}}(?:{'|'.join(PHRASES['byline'])})[\s:]+[^\W\d_]", re.I)
SENTENCE_END = re.compile(r"[.!?…。][\"'»”’)\]]*$")
RELATED_LENGTH = 250  # characters; a longer line is a paragraph whatever its first words
CLOSING_LENGTH = 400
HEAD_WORDS = 12  # a longer line above the text is its first paragraph
HEAD_LINES = 6
TAIL_LINES = 12


def without_frame(lines: list[str], titles: Iterable[str], names: Iterable[str]) -> list[str]:
    """The lines of an article without headline, byline, related links and closing lines.

    ``titles`` are the wordings of the headline on the page, ``names`` those of authors and site.
    """
    kept = _without_head(lines, {squash(title) for title in titles}, {squash(name) for name in names})
    kept = [line for line in kept if not leads_elsewhere(line)]
    return _without_tail(kept)


def leads_elsewhere(line: str) -> bool:
    """Whether a line only points to another page."""
    return len(line) < RELATED_LENGTH and bool(RELATED.match(line))


def closes(line: str) -> bool:
    """Whether a line below an article is about the site: copyright, newsletter, networks, contact."""
    return len(line) < CLOSING_LENGTH and bool(CLOSING.match(line))


def _without_head(lines: list[str], titles: set[str], names: set[str]) -> list[str]:
    start = 0
    for place, line in enumerate(lines[:HEAD_LINES]):
        if _is_title(line, titles) or _is_head(line, names):
            start = place + 1
        elif len(line.split()) >= HEAD_WORDS or SENTENCE_END.search(line):
            break
    return lines[start:] if start < len(lines) else lines


def _is_title(line: str, titles: set[str]) -> bool:
    plain = squash(line)
    return bool(plain) and (plain in titles or (len(plain) > 20 and any(title.startswith(plain) for title in titles)))


def _is_head(line: str, names: set[str]) -> bool:
    """Whether a short line above the text is a byline, a date or a button."""
    if len(line.split()) > HEAD_WORDS or (SENTENCE_END.search(line) and not utc_text(line)):
        return False
    plain = squash(line)
    if plain in names or (any(name and len(name) > 4 and name in plain for name in names) and len(line.split()) < 9):
        return True
    return bool(HEAD_MARK.match(line) or BYLINE.match(line) or utc_text(line.strip("- |•")) or len(plain) < 3)


def _without_tail(lines: list[str]) -> list[str]:
    end = len(lines)
    for place in range(len(lines) - 1, max(0, len(lines) - TAIL_LINES) - 1, -1):
        if closes(lines[place]) or leads_elsewhere(lines[place]):
            end = place
    return lines[:end] if end else lines


def fingerprints(lines: Collection[str]) -> list[int]:
    """Hashes of the blocks whose repetition on other pages of a host would show them to be boilerplate."""
    return [block_hash(line) for line in lines]


def block_hash(line: str) -> int:
    """A hash of a line's letters and digits that is the same in every process, below 2**63."""
    return int.from_bytes(hashlib.blake2b(squash(line).encode(), digest_size=8).digest(), "big") >> 1
