"""The blocks at both ends of a text that other pages of its site may have, too: what they are, and a text without.

The memory that counts them is pipelines/memory.py.
"""

from __future__ import annotations

import hashlib

from pipelines.page.titles import squash

HEAD, TAIL = 3, 10  # lines
SHORT_HEAD, SHORT_TAIL = 90, 300  # characters; a longer line is a paragraph
OWN_SHARE = 0.4  # of a text's characters that must be left; a page of repeated blocks alone is no article's frame


def ends(text: str) -> list[int]:
    """Hashes of the short blocks (lines) at head and tail of ``text``.

    The same line has another hash at the head than at the tail: what "Recent Posts" show of an article below
    every other article of its site is still its own first paragraph.
    """
    lines = text.split("\n")
    head = [_hash("head", line) for line in lines[:HEAD] if len(line) <= SHORT_HEAD]
    return head + [_hash("tail", line) for line in lines[-TAIL:] if len(line) <= SHORT_TAIL]


def without_repeated(text: str, known: frozenset[int]) -> str:
    """``text`` without the known blocks at both its ends; the whole text when little else would be left."""
    lines = text.split("\n")
    start, end = 0, len(lines)
    while start < min(HEAD, end) and _hash("head", lines[start]) in known:
        start += 1
    while end > max(start, len(lines) - TAIL) and _hash("tail", lines[end - 1]) in known:
        end -= 1
    kept = "\n".join(lines[start:end])
    return kept if len(kept) > OWN_SHARE * len(text) else text


def _hash(end: str, line: str) -> int:
    """The same in every process, below 2**63, by letters and digits alone."""
    return int.from_bytes(hashlib.blake2b(f"{end} {squash(line)}".encode(), digest_size=8).digest(), "big") >> 1
