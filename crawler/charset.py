"""From bytes to characters: one decision for pages, feeds, sitemaps and robots.txt.

Order of trust: byte order mark, UTF-8 that is valid, the HTTP header, the declaration in the document, the letters.
UTF-8 comes early because other encodings practically never look like it by chance, and many servers announce the wrong
one. A declared charset is believed when it leaves no broken or control characters and its letters stand together as in
one of the languages that are written in it (as langdetect's profiles have them). Otherwise all charsets are compared.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import log
from typing import Any

from w3lib.encoding import resolve_encoding

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
UNMARKED = {"utf-16-le": re.compile(rb"\s*<\0[\w!?]\0"), "utf-16-be": re.compile(rb"(?:\0\s)*\0<\0[\w!?]")}
DECLARED = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']?([\w.:-]+)|<meta[^>]{0,200}?charset\s*=\s*+["']?+\s*+([\w.:-]+)""", re.I
)
LANGUAGE = re.compile(
    rb"""<(?:html|rss|feed)[^>]{0,300}?\s(?:xml:)?lang\s*=\s*["']?([a-z]{2})|<language>\s*([a-z]{2})""", re.I
)
HEAD = 8_192  # bytes in which a document declares its charset and language
READS_TEXT = re.compile(  # not Python's own codecs, such as unicode_escape
    r"utf-?(?:8|16|32)|cp\d|windows-|iso-?8859|iso-?2022|koi8|mac-|gb|hz|big5|shift_jis|euc|ascii|latin|tis"
)
WRITTEN_IN = {  # charset: languages; of equally likely ones the first wins
    "utf-8": "",
    "cp1252": "en es pt fr de it nl sv no da fi ca",
    "cp1251": "ru uk bg mk",
    "cp1250": "pl cs sk hu sl hr ro sq",
    "cp1254": "tr",
    "cp1253": "el",
    "cp1256": "ar fa ur",
    "cp1255": "he",
    "cp1257": "lt lv et",
    "cp1258": "vi",
    "cp874": "th",
    "koi8-r": "ru",
    "koi8-u": "uk",
    "iso8859-2": "pl cs sk hu sl hr ro sq",
    "iso8859-4": "lt lv et",
    "iso8859-5": "ru uk bg mk",
    "iso8859-6": "ar",
    "iso8859-7": "el",
    "gb18030": "",
    "big5hkscs": "",
    "cp932": "",
    "euc_jp": "",
    "cp949": "",
}
KANA, HALF_WIDTH = re.compile("[\u3041-\u30ff]"), re.compile("[\uff61-\uff9f]")
HANGUL, HAN = re.compile("[\uac00-\ud7a3]"), re.compile("[\u3400-\u9fff\uf900-\ufaff]")
OTHERS = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
LONELY = re.compile(r"(?<![^\0-\x7f])[^\W\0-\x7f](?![^\0-\x7f])")  # letters between those of ASCII
TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")  # of Vietnamese, which windows-1258 writes behind the letter
FREQUENT = (  # the most frequent characters of Chinese, simplified and traditional
    re.compile(
        "[的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新]"
    ),
    re.compile(
        "[的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新]"
    ),
)
EASTERN = {  # charset: what its texts are full of, what they have not, the usual share of the former
    "gb18030": (FREQUENT[0], OTHERS, 0.35),
    "big5hkscs": (FREQUENT[1], OTHERS, 0.35),
    "cp932": (KANA, HALF_WIDTH, 0.45),
    "euc_jp": (KANA, HALF_WIDTH, 0.45),
    "cp949": (HANGUL, HAN, 0.9),
}
EVERY = tuple(dict.fromkeys(" ".join(WRITTEN_IN.values()).split()))
LOST = ("\ufffd", "ï¿½")  # a lost character, and how other encodings show it
CONTROLS = re.compile(  # no text has them: windows charsets have letters there, KOI8-U some that KOI8-R has not
    # one class at the beginning: quick to look for; frames of tables count beside a letter alone
    r"[\x80-\x9f\ue000-\uf8ff\u2500-\u259f](?:(?<=[^\u2500-\u259f])|(?<=[^\W\d_].)|(?=[^\W\d_]))"
)
ODD = rb"\xc2[\x80-\x9f]|\xee|\xef[\x80-\xa3]|\xef\xbf\xbd|\xe2[\x94-\x96]|\xc3\xaf\xc2\xbf\xc2\xbd"  # both, in UTF-8
BROKEN_SHARE = 0.01  # of the characters; above it the text is garbage
SCANNED, SAMPLE = 200_000, 2_000  # bytes that are looked through for words beyond ASCII, bytes of such words
WORDS = re.compile(rb"[\x40-\xff]+")  # the second byte of a character may be a letter or a bracket of ASCII
NO_LETTERS = re.compile(r"[\0-@\[-`{-~\s\xa0¡¿«»‹›“”„‟‘’‚‛–—―…•·°©®™€£¥§ºª№†′″、-〗・！-／：-＠％\ufffd]+")
UNKNOWN = log(1e-6)  # of a pair of letters that a language does not have
INSIDE_WORDS = re.compile(r"(?<=[A-Za-z])[\xa0«»‹›•·°©®™€£¥§ºª№†″]+(?=[a-z])")
MOJIBAKE = re.compile("[À-ÿ]{4,}|(?:[РС][\u0080-\u04ff«»°±№]){3,}|(?:[ÃÂÐÑ][\u0080-\u00bf\u2010-\u2122]){2,}")
MOJIBAKE_SHARE = 0.1  # of the letters beyond ASCII that lie in runs which no language writes
WESTERN = 10.0  # for windows-1252, by far the most frequent
MIXED, LOST_ONE = -20.0, -60.0  # for a Latin letter beside one of another script, for a broken character
PLAUSIBLE = -8.5  # mean of a text in its own charset and language; other charsets' bytes read lower
HINT = 10.0  # for the language that the document names


def decode(body: bytes, declared: str | None = None) -> tuple[str, str]:
    """The characters of a document and the name of the charset that gave them.

    ``declared`` is the charset of the HTTP header. Never raises: what no charset explains becomes U+FFFD.
    """
    for mark, name in BOMS.items():
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff"), name
    for name in UNMARKED:
        if UNMARKED[name].match(body):
            return body.decode(name, "replace"), name
    stated = [known for name in (declared, *declarations(body)) if (known := _codec(name))]
    if body.isascii():
        stateful = next((name for name in stated if name.startswith(("iso2022", "iso-2022", "hz"))), None)
        return (_read(body, stateful), stateful) if stateful else (body.decode("ascii"), "ascii")
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as fault:
        if fault.start > len(body) - 4 and fault.reason == "unexpected end of data":  # a character that was cut in two
            return body[: fault.start].decode("utf-8"), "utf-8"
    name = _likeliest(body, stated)
    return _read(body, name), name


def declarations(body: bytes) -> list[str]:
    """The charsets that a document names at its beginning, in its XML declaration or meta tags."""
    return [name.decode("ascii", "ignore") for names in DECLARED.findall(body[:HEAD]) for name in names if name]


def as_utf8(body: bytes, declared: str | None = None) -> bytes:
    """What ``decode`` makes of a document, in UTF-8: most are in that already."""
    marked = body.startswith(tuple(BOMS)) or any(mark.match(body) for mark in UNMARKED.values())
    if not marked and not body.isascii():
        try:
            codecs.utf_8_decode(body, "strict", True)
            return body
        except UnicodeDecodeError:
            pass
    return decode(body, declared)[0].encode("utf-8", "ignore")


def broken(text: str | bytes) -> bool:
    """Whether more than one character in a hundred of a text, or of bytes in UTF-8, could not be decoded."""
    if text.isascii():
        return False
    if not _odd().search(text if isinstance(text, bytes) else text.encode("utf-8", "ignore")):
        return False  # as nearly every page: bytes are searched quickly
    text = text.decode("utf-8", "ignore") if isinstance(text, bytes) else text
    lost = sum(map(text.count, LOST)) + len(CONTROLS.findall(text))
    return lost > max(2, BROKEN_SHARE * len(text))


@cache
def _odd() -> Any:
    import re2  # only who reads pages needs it

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # of the expression: it is about bytes
    options.never_capture = True
    return re2.compile(ODD, options=options)


def _likeliest(body: bytes, stated: list[str]) -> str:
    """The charset of bytes that are not UTF-8; "utf-8" as well when none explains them."""
    sample = _sample(body)
    named = LANGUAGE.search(body[:HEAD])
    hint = (named[1] or named[2]).decode().lower() if named else ""
    fits: dict[str, tuple[float, float]] = {}
    for name in dict.fromkeys(stated):
        fits[name] = _fit(sample, name, hint)
        if name != "utf-8" and fits[name][1] >= PLAUSIBLE and not _spoilt(_read(body, name)):
            return name
    fits |= {name: _fit(sample, name, hint) for name in WRITTEN_IN if name not in fits}
    best = max(fits, key=lambda name: fits[name][0] + WESTERN * (name == "cp1252"))
    if fits[best][1] >= PLAUSIBLE:
        return best
    for name in (*stated, "cp1252"):
        text = _read(body, name)
        if not _spoilt(text) and not _mojibake(text[:SCANNED]):
            return name
    return "utf-8"


def _sample(body: bytes) -> bytes:
    """Words with bytes beyond ASCII from all over the beginning of a document."""
    words = [word for word in WORDS.findall(body[:SCANNED]) if not word.isascii()]
    step = 1 + sum(map(len, words)) // SAMPLE
    return b" ".join(words[::step])[: 4 * SAMPLE]


def _fit(sample: bytes, charset: str, hint: str) -> tuple[float, float]:
    """How likely the sample is a text in ``charset``: logarithms of probability, their sum and their mean."""
    text = TONES.sub("", _read(sample, charset))
    lost = text.count("\ufffd") + len(CONTROLS.findall(text))
    if charset in EASTERN:
        return _eastern_fit(text, lost, EASTERN[charset])
    grams: Counter[str] = Counter()
    for word in NO_LETTERS.split(text):
        if not word.isascii():
            padded = f" {word} "
            grams.update(char for char in word if char > "\x7f")
            grams.update(two for two in map("".join, pairwise(padded)) if not two.isascii())
    symbols = sum(map(len, INSIDE_WORDS.findall(text)))
    total = grams.total() + lost + symbols
    if not total:
        return 0.0, 0.0
    best = -1e9
    for language in WRITTEN_IN.get(charset, "").split() or EVERY:
        known = _profile(language)
        fit = sum(times * known.get(gram, UNKNOWN) for gram, times in grams.items())
        best = max(best, fit + HINT * language.startswith(hint or "?"))
    best += MIXED * (symbols + sum(times for gram, times in grams.items() if _mixed(gram))) + LOST_ONE * lost
    return best, best / total


def _eastern_fit(text: str, lost: int, expected: tuple[re.Pattern[str], re.Pattern[str], float]) -> tuple[float, float]:
    """The same for charsets of more than one byte, by the share of the characters that such a text is full of."""
    usual, unusual, share = expected
    letters = 3 * sum(1 for char in text if char > "\x7f" and char.isalpha())
    if not letters:
        return LOST_ONE * (lost + 1), LOST_ONE
    good = 3 * (len(usual.findall(text)) - 2 * len(unusual.findall(text)) - 2 * len(LONELY.findall(text)))
    fit = UNKNOWN * max(0.3, 1 - good / letters / share) * letters + LOST_ONE * lost
    return fit, fit / (letters + lost)


def _mixed(gram: str) -> bool:
    """Whether a pair of letters has one of ASCII and one of a script other than Latin."""
    if len(gram) < 2 or " " in gram:
        return False
    low, high = sorted(gram)
    return low < "\x80" and not (high < "\u0250" or "\u1e00" <= high < "\u1f00")


@cache
def _profile(language: str) -> dict[str, float]:
    """Logarithms of the shares that letters beyond ASCII, and pairs with one, have in a language."""
    profile = json.loads(files("langdetect").joinpath("profiles", language).read_text("utf-8"))
    totals = profile["n_words"]
    return {
        gram: log(times / totals[len(gram) - 1])
        for gram, times in profile["freq"].items()
        if len(gram) < 3 and not gram.isascii()
    }


def _spoilt(text: str) -> bool:
    return "\ufffd" in text or CONTROLS.search(text) is not None


def _mojibake(text: str) -> bool:
    beyond = sum(1 for char in text if char > "\x7f" and char.isalpha())
    return beyond > 20 and sum(len(run[0]) for run in MOJIBAKE.finditer(text)) > MOJIBAKE_SHARE * beyond


def _codec(name: str | None) -> str | None:
    """Python's name of a declared charset as browsers read it; None if there is none or it reads no text."""
    known = resolve_encoding(name) if name and name.isascii() else None  # latin-1 is windows-1252
    return known if known and READS_TEXT.match(known) else None


def _read(body: bytes, name: str) -> str:
    try:
        return body.decode(name, "replace")
    except (UnicodeError, LookupError):  # such as idna, which has no "replace"
        return ""
