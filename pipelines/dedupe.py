"""Which articles are the same text: what a text is worth when case, spacing and typography do not count."""

from __future__ import annotations

import hashlib
import re
import unicodedata

INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])  # soft hyphen, zero widths
TOKENS = re.compile(
    r"[\u0e00-\u0e7f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # scripts without spaces: a character each
    r"|[^\W\u0e00-\u0e7f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)


def tokens(text: str) -> list[str]:
    """Words of ``text`` as they are compared: NFKC, casefold, nothing invisible; one a character in CJK and Thai."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return TOKENS.findall(folded.translate(INVISIBLE))


def content_hash(text: str) -> str:
    """32 hexadecimal digits, the same for texts of the same words in the same order; empty without a word."""
    words = tokens(text)
    return (
        hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() if words else ""
    )
