"""The headline of a page, without the name of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from crawler.entities import unescaped
from pipelines.page.tree import tidy

SEPARATOR = re.compile(
    r"(?<!\s)\s+(?:[–—·•»«›/:-]|::|\|\|)\s+|(?:(?<!\s)\s+)?(?:[|ㅣ]|::)\s*|(?<=[^\s\d])\s*[-:]\s+(?=\S+$)"
)
TAG = re.compile(
    r"</?(a|abbr|b|br|cite|del|div|em|font|h[1-6]|i|ins|mark|p|q|s|small|span|strong|sub|sup|u|wbr)\b[^<>]{0,300}>",
    re.I,
)
SHORTEST_NAME = 5  # letters of a site's name that a slogan has in it
MOST_PARTS = 6  # separators of a title that are tried
LONGEST = 500  # characters
MUCH_SHORTER = 0.5  # of the other wording: such a title was cut
SHORTEST_VOTE = 16  # letters and digits of a heading that is believed against OpenGraph
WORD = re.compile(r"\w{4,}")
SAME_WORDS = 0.6  # of a wording: with so many shared ones it is the same headline, shortened
NO_LETTER = re.compile(r"[\W_]+")
ASCII = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}  # what squashing makes of it
LINE = 2_000  # characters; longer texts are whole articles
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})


def headline(
    announced: str,
    social: list[str],
    headings: list[str],
    page_title: str,
    sites: Iterable[str],
    shown: Iterable[str] = (),
) -> str | None:
    """The title of an article, or None if the page has none.

    ``announced`` is the JSON-LD headline, ``social`` those of OpenGraph and its kin, ``headings`` the h1
    texts, ``page_title`` that of ``<title>``; ``sites`` are names of the publisher, ``shown`` more headings.
    Of JSON-LD and
    OpenGraph the shorter wording wins: what the other has more is a kicker, a section or the site. Where
    all others agree on other words than OpenGraph's, those were written for social networks.
    """
    names = {plain for site in sites if len(plain := squash(site)) > 2}
    if agreed := _outvoting(social[:1], without_site(announced, names), headings, without_site(page_title, names)):
        return agreed[:LONGEST]
    given = [without_site(title, names) for title in (announced, *social, *headings, *shown, page_title) if title]
    best = ""
    for title in (announced, *social[:1]) if announced or social else ():
        title = _whole(_agreed(without_site(title, names), given), headings)
        if (
            len(title) > 4
            and squash(title) not in names
            and (not best or MUCH_SHORTER * len(best) < len(title) < len(best))
        ):
            best = title
    if best:
        return best[:LONGEST]
    known = squash(page_title)
    for title in sorted(headings, key=lambda text: squash(text) not in known):
        if len(title) > 8 and squash(title) not in names and (squash(title) in known or not known or len(title) > 25):
            return without_site(title, names)[:LONGEST]
    return _shown_part(without_site(page_title, names), given)[:LONGEST] or None


def _outvoting(social: list[str], announced: str, headings: list[str], page_title: str) -> str | None:
    """The heading that is also the page's title, against another wording in ``social``.

    Where JSON-LD agrees with it, ``social`` may still be the headline in short: only other words are outvoted.
    """
    known = squash(page_title)
    for heading in headings:
        plain = squash(heading)
        if len(plain) < SHORTEST_VOTE or not known.startswith(plain) or (announced and squash(announced) != plain):
            continue
        for title in social:
            words = set(WORD.findall(title.casefold()))
            same = len(words & set(WORD.findall(heading.casefold()))) >= SAME_WORDS * len(words)
            if squash(title) != plain and not (announced and same):
                return heading
    return None


def is_slogan(title: str, announced: str, headings: list[str], page_title: str, sites: Iterable[str]) -> bool:
    """Whether a title may be the site's own: the page's title is the same and names the site, no headline agrees."""
    known = squash(title)
    names = {name for site in sites if len(name := squash(site)) >= SHORTEST_NAME}
    alone = known in squash(page_title) and squash(announced) in ("", known) and known not in map(squash, headings)
    return alone and any(name in known for name in names)


def plain(text: str) -> str:
    """A title or other line of the metadata without markup: references escaped twice resolved, tags dropped."""
    if "&" in text:
        text = unescaped(unescaped(text))
    if "</" in text or "<br" in text:
        text = TAG.sub(lambda tag: " " if tag[1].lower() in ("br", "p", "div") else "", text)
    return tidy(text)


def without_site(title: str, names: set[str]) -> str:
    """``title`` without leading or trailing parts that are a name of the site (``names`` squashed)."""
    title = tidy(title)
    while match := _last(title):
        tail = squash(title[match.end() :])
        if not (tail and any(tail == name or (len(name) > 4 and name in tail) for name in names)):
            break
        title = title[: match.start()].rstrip(" -|–—:·")
    if (match := SEPARATOR.search(title)) and squash(title[: match.start()]) in names:
        title = title[match.end() :]
    return title


def squash(text: str) -> str:
    """Letters and digits only, case-folded: for comparing names, headlines and lines."""
    return _of_line(text) if len(text) < LINE else _of_text(text)


def _squashed(text: str) -> str:
    if text.isascii():
        return text.translate(ASCII)
    return NO_LETTER.sub("", text).casefold()


_of_line = lru_cache(maxsize=2_000)(_squashed)  # one line of a page is compared with many things
_of_text = lru_cache(maxsize=8)(_squashed)  # its text a few times


def _last(title: str) -> re.Match[str] | None:
    match = None
    for found in SEPARATOR.finditer(title):
        if found.start() > 8:
            match = found
    return match


def _agreed(title: str, given: list[str]) -> str:
    """The part of ``title`` before a separator that another source gives as the whole headline."""
    known = set(map(squash, given))
    parts = (title[: match.start()] for match in SEPARATOR.finditer(title))
    return next((part for part in parts if len(part) > 14 and squash(part) in known), title)


def _shown_part(title: str, given: list[str]) -> str:
    """The longest part of a page's title between separators that another source gives as the whole headline."""
    known = set(map(squash, given))
    cuts = list(SEPARATOR.finditer(title))[:MOST_PARTS]
    starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(title)]
    parts = [title[start:end] for start in starts for end in ends if 14 < end - start < len(title)]
    return next((part for part in sorted(parts, key=len, reverse=True) if squash(part) in known), title)


def _whole(title: str, headings: list[str]) -> str:
    """A title that was cut (by an ellipsis, or by a quotation mark inside an attribute) is completed by the heading."""
    start = squash(title.rstrip(". …"))
    for heading in headings:
        cut = title.endswith(("...", "…")) or re.match(r'\s*["“«\']', heading[len(title) :])
        if cut and len(start) > 9 and squash(heading).startswith(start) and len(heading) > len(title):
            return heading
    return title
