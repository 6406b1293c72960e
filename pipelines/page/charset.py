"""From a page's bytes to its characters.

Order of trust: byte order mark, UTF-8 that is valid and not plain ASCII, the HTTP header, the meta
tag, a guess from the letters. UTF-8 comes early because other encodings practically never look like
it by chance, and many servers announce the wrong one. A declared charset that yields garbage (broken
characters, or Cyrillic read as accented Latin letters) gives way to the next candidate.
"""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from crawler.discovery.bodies import CHARSETS

LETTERS = re.compile(r"[^\W\d_]+")
MOJIBAKE = re.compile("[À-ÿ]{4,}|(?:[РС][\u0080-\u04ff«»°±№]){3,}|(?:[ÃÂÐÑ][\u0080-\u00bf\u2010-\u2122]){2,}")
LOST = ("\ufffd", "ï¿½")  # a lost character, and how other encodings show it
CONTROLS = re.compile(b"\xc2[\x80-\x9f]")  # characters that no text has, in UTF-8: windows charsets have letters there
GUESSES = ("windows-1251", "koi8-r", "cp1252")
SAMPLE = 200_000  # bytes that are enough for a judgement
TOO_ODD = 0.6  # a guess that reads worse is none: the bytes become U+FFFD
FORGIVEN_SHARE = 0.02  # of the characters beyond ASCII that may be broken in UTF-8
BROKEN_SHARE = 0.01  # of the characters; above it the text is garbage
FREQUENT = frozenset("оеаинтсрвлкмОЕАИНТС")  # the most frequent Cyrillic letters


def decode(body: bytes, declared: str | None = None) -> tuple[str, str]:
    """The characters of an HTML page and the name of the encoding that gave them.

    ``declared`` is the charset of the HTTP header. Never raises: bytes that no candidate explains
    become U+FFFD.
    """
    bom, _ = read_bom(body)
    if bom:
        return body.decode(bom, "replace").lstrip("\ufeff"), bom
    ascii_only = body.isascii()
    if not ascii_only and (text := _valid_utf8(body)) is not None:
        return text, "utf-8"
    candidates = [known for name in (declared, html_body_declared_encoding(body)) if (known := _codec(name))]
    for name in candidates:
        if sounds_right(_try(body[:SAMPLE], name)):
            return _try(body, name), name
    if ascii_only:
        return body.decode("ascii"), "ascii"
    oddness = {guess: _oddness(_try(body[:SAMPLE], guess)) for guess in GUESSES}
    name = min(oddness, key=lambda guess: oddness[guess])
    name = name if oddness[name] < TOO_ODD else "utf-8"
    return _try(body, name), name


def broken(text: str) -> bool:
    """Whether more than one character in a hundred could not be decoded."""
    if text.isascii():
        return False
    lost = sum(map(text.count, LOST)) + len(CONTROLS.findall(text.encode("utf-8", "ignore")))
    return lost > max(2, BROKEN_SHARE * len(text))


def sounds_right(text: str) -> bool:
    """Whether a decoded sample reads like text and not like another encoding's bytes."""
    return bool(text) and not broken(text) and _mojibake(text) < 0.1


def _valid_utf8(body: bytes) -> str | None:
    """The text if it is UTF-8, a few broken bytes or a cut end forgiven; None when it is not."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    beyond = sum(1 for char in text[:SAMPLE] if char > "\x7f")
    return text if text.count("\ufffd") < FORGIVEN_SHARE * beyond and not broken(text) else None


def _codec(name: str | None) -> str | None:
    """Python's name of a declared charset, or None if there is none or it reads no text."""
    known = resolve_encoding(name) if name else None
    return known if known and CHARSETS.match(known) else None  # not Python's own, such as unicode_escape


def _try(body: bytes, name: str) -> str:
    try:
        return body.decode(name, "replace")
    except (UnicodeError, LookupError):  # such as idna, which has no "replace"
        return ""


def _mojibake(text: str) -> float:
    """Share of the letters beyond ASCII that lie in runs which no language writes."""
    if text.isascii():
        return 0.0
    beyond = sum(1 for char in text if char > "\x7f" and char.isalpha())
    odd = sum(len(match.group()) for match in MOJIBAKE.finditer(text))
    return odd / beyond if beyond > 20 else 0.0


def _oddness(text: str) -> float:
    """How little a sample looks like text: broken characters, mojibake, rare Cyrillic, capitals inside words."""
    words = [word for word in LETTERS.findall(text) if not word.isascii()]
    if not words:  # nothing but punctuation beyond ASCII, which the windows charsets share
        return 0.5 * TOO_ODD
    letters = "".join(words)
    cyrillic = [char for char in letters if "\u0400" <= char <= "\u04ff"]
    rare = sum(1 for char in cyrillic if char not in FREQUENT) / len(cyrillic) - 0.35 if cyrillic else 0.0
    inner = sum(1 for word in words if not word.isupper() and any(char.isupper() for char in word[1:])) / len(words)
    mixed = sum(1 for word in words if re.search("[a-zA-Z]", word) and re.search("[\u0400-\u04ff]", word)) / len(words)
    return 50 * text.count("\ufffd") / len(text) + _mojibake(text) + max(rare, 0.0) + inner + mixed
