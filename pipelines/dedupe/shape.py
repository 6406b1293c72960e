"""What a text is compared by: its words, their shingles, the few of these that are stored, its names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from functools import cached_property, lru_cache

FROM_TEXT, FROM_TOP, TOP = 24, 4, 60  # how many hashes are kept: of all shingles, and of the first sixty
LONG, MOST = 400, 96  # shingles; a longer text keeps hashes in proportion, so that its parts are found, up to so many
SHORT = 100  # shingles; one common hash is enough for a text below, others need two
SAME_TITLE = 0.5  # of the shorter title's words

INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # soft hyphen, zero widths
NO_SPACES = "\u0e00-\u0e7f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Thai, kana, Han: a token each
TOKENS = re.compile(rf"[{NO_SPACES}]|[^\W{NO_SPACES}]+")
INSIDE_A_SENTENCE = re.compile(r"(?<=[\w,;)’'»”\"] )(?<![.!?…] )[^\W\d_]{2,}")


class Shape:
    """What a text is compared by."""

    def __init__(self, text: str):
        self.text = text
        self.words = tokens(text)
        grams = map(" ".join, zip(self.words, self.words[1:], self.words[2:], strict=False))
        joined = "\n".join(grams) or " ".join(self.words)
        self.grams = joined.encode("utf-8", "surrogatepass").split(b"\n")
        self.sequence = list(map(zlib.crc32, self.grams))  # fast, and the same in every process, unlike hash()
        self.shingles = set(self.sequence)

    @cached_property
    def names(self) -> set[str]:
        """Words with a capital letter inside a sentence."""
        return {word.casefold() for word in INSIDE_A_SENTENCE.findall(self.text) if word[0].isupper()}

    @cached_property
    def hash(self) -> str:
        return digest(self.words)

    @cached_property
    def fingerprints(self) -> list[int]:
        """What is stored of the text: signed 32-bit integers.

        The least hashes choose the shingles, another hash names them: the least of all are so close together
        that among a million articles every one of them would be met by chance.
        """
        count = min(MOST, FROM_TEXT * max(LONG, len(self.shingles)) // LONG)
        chosen = {*least(count, self.shingles), *least(FROM_TOP, set(self.sequence[:TOP]))}
        grams = dict(zip(self.sequence, self.grams, strict=True))
        names = {hashlib.blake2b(grams[h], digest_size=4).digest() for h in chosen}
        return sorted(int.from_bytes(name, "big", signed=True) for name in names)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in the text, in characters; words that no space parts may share a span."""
        plain = [word.span() for word in TOKENS.finditer(self.text)]
        if len(plain) == len(self.words):
            return plain
        spans: list[tuple[int, int]] = []
        for piece in re.finditer(r"\S+", self.text):
            written = [*TOKENS.finditer(piece.group())]
            count = len(tokens(piece.group()))
            if len(written) == count:
                spans += [(piece.start() + word.start(), piece.start() + word.end()) for word in written]
            else:
                spans += [piece.span()] * count
        return spans


@lru_cache(maxsize=64)
def shape_of(text: str) -> Shape:
    """The shape of ``text``; one text is looked at several times while it is stored, and so are texts like it."""
    return Shape(text)


def tokens(text: str) -> list[str]:
    """Words of ``text`` as they are compared: NFKC, casefold, nothing invisible; one a character in CJK and Thai."""
    folded = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return TOKENS.findall(unicodedata.normalize("NFKC", folded))


def digest(words: list[str]) -> str:
    joined = " ".join(words).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest() if words else ""


def content_hash(text: str) -> str:
    """32 hexadecimal digits, the same for texts of the same words in the same order; empty without a word."""
    return shape_of(text).hash


def least(count: int, hashes: set[int]) -> list[int]:
    """The ``count`` smallest of evenly spread 32-bit hashes; three times faster than a heap."""
    limit = 2**32 * 3 * count // len(hashes)
    likely = [h for h in hashes if h < limit]
    return sorted(likely if len(likely) >= count else hashes)[:count]


def containment(a: Shape, b: Shape) -> float:
    """Share of the shorter text's shingles that the longer one has, 0..1."""
    return len(a.shingles & b.shingles) / min(len(a.shingles), len(b.shingles))


def resemblance(a: Shape, b: Shape) -> float:
    """Jaccard similarity of two texts' shingles, 0..1."""
    return len(a.shingles & b.shingles) / len(a.shingles | b.shingles)


def same_title(a: str | None, b: str | None) -> bool:
    """Whether two headlines may be of one article: half of the shorter's words; one that is missing may be."""
    first, second = set(tokens(a or "")), set(tokens(b or ""))
    return len(first & second) >= SAME_TITLE * min(len(first), len(second))


def same_text(a: Shape, b: Shape) -> bool:
    """Whether one of the two is made from the other; pipelines/dedupe/relation.py says what else they may be."""
    from pipelines.dedupe.relation import relation  # it compares shapes

    found = relation(a, b)
    return found is not None and found.kind == "same"
