"""What a text is compared by, and what two texts are to each other: pure functions.

Texts are compared by how much of the shorter one the longer contains, not by how alike they are: a wire story runs
under forty headlines, shortened here, with a new top there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from functools import cached_property, lru_cache

FROM_TEXT, FROM_TOP, TOP = 24, 4, 60  # how many hashes are kept: of all shingles, and of the first sixty
SHORT = 100  # shingles; one common hash is enough for a text below, others need two
CONTAINED = 0.52  # of the shorter text's shingles
LEDE, LEDE_SHARED = 100, 0.5  # of the shorter text's first shingles (the first third if it is short): boilerplate
# and quotations that two stories share stand further down
MUCH, LEDE_OF_MUCH = 0.6, 0.4  # with so much contained, less of the first will do: heavy editing is evenly spread
NUMBERS, NUMBERS_SHARED = 3, 0.6  # when both have so many: market, weather and sport reports share all but these
ALIKE = 0.7  # Jaccard similarity of a copy
EXCERPT = 0.35  # length against the original
NEW_TOP = 20  # shingles of an update that its original has not
SAME_TITLE = 0.5  # of the shorter title's words

INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # soft hyphen, zero widths
NO_SPACES = "\u0e00-\u0e7f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Thai, kana, Han: a token each
TOKENS = re.compile(rf"[{NO_SPACES}]|[^\W{NO_SPACES}]+")


class Shape:
    """What a text is compared by."""

    def __init__(self, text: str):
        self.words = tokens(text)
        grams = map(" ".join, zip(self.words, self.words[1:], self.words[2:], strict=False))
        joined = "\n".join(grams) or " ".join(self.words)
        self.grams = joined.encode("utf-8", "surrogatepass").split(b"\n")
        self.sequence = list(map(zlib.crc32, self.grams))  # fast, and the same in every process, unlike hash()
        self.shingles = set(self.sequence)

    @cached_property
    def numbers(self) -> set[str]:
        return {word for word in self.words if word.isdecimal()}

    @cached_property
    def hash(self) -> str:
        return digest(self.words)

    @cached_property
    def fingerprints(self) -> list[int]:
        """What is stored of the text: signed 32-bit integers.

        The least hashes choose the shingles, another hash names them: the least of all are so close together
        that among a million articles every one of them would be met by chance.
        """
        chosen = {*least(FROM_TEXT, self.shingles), *least(FROM_TOP, set(self.sequence[:TOP]))}
        grams = dict(zip(self.sequence, self.grams, strict=True))
        names = {hashlib.blake2b(grams[h], digest_size=4).digest() for h in chosen}
        return sorted(int.from_bytes(name, "big", signed=True) for name in names)


@lru_cache(maxsize=16)
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


def same_text(a: Shape, b: Shape) -> bool:
    """Whether one of the two is made from the other."""
    contained = containment(a, b)
    if contained < CONTAINED:
        return False
    shorter, longer = sorted((a, b), key=lambda shape: len(shape.shingles))
    length = len(shorter.shingles)
    lede = set(shorter.sequence[: LEDE if length >= SHORT else max(NEW_TOP, length // 3)])
    if len(lede & longer.shingles) < (LEDE_OF_MUCH if contained >= MUCH else LEDE_SHARED) * len(lede):
        return False
    fewer = min(len(a.numbers), len(b.numbers))
    return fewer < NUMBERS or len(a.numbers & b.numbers) >= NUMBERS_SHARED * fewer


def kind_of(article: Shape, original: Shape, same_site: bool) -> str:
    """What ``article`` is to ``original``, given that they are the same text."""
    if article.words == original.words:
        return "exact"
    if len(article.shingles & original.shingles) >= ALIKE * len(article.shingles | original.shingles):
        return "copy"
    if len(article.words) < EXCERPT * len(original.words):
        return "excerpt"
    new_top = original.shingles.isdisjoint(article.sequence[:NEW_TOP])
    if same_site or (len(article.words) > len(original.words) and new_top):
        return "update"
    return "partial"


def same_title(a: str | None, b: str | None) -> bool:
    """Whether two headlines may be of one article: half of the shorter's words; one that is missing may be."""
    first, second = set(tokens(a or "")), set(tokens(b or ""))
    return len(first & second) >= SAME_TITLE * min(len(first), len(second))
