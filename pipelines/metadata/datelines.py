"""Dates in short lines of a page, as its readers see them: in words, with a clock before or behind, or relative."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.date_words import FILLERS, ZONES, fold, weekdays
from pipelines.page.phrases import PHRASES
from pipelines.page.tree import text_of

LONGEST = 140  # characters of a line with a date
WORD = r"[^\W\d_][^\s\d,;:|()\[\]/–—·•]{0,30}+"
DAY = re.compile(
    r"(?<![\d.:/-])(?:"
    r"(?:\d{4}|(?:令和|平成|民國|民国)\s?\d{1,3})\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}(?:\s?[日일])?(?![\d/-])"
    r"|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?(?:\d{4}|\d{2})(?![\d/-])"
    r"|\d{1,2}\s+(?:tháng|thg)\s+\d{1,2}[\s,]+(?:năm\s+)?\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|ª|-?го)?[\s.,/-]*(?:(?:de|del|of|di|da)\s+)?{WORD}(?:\s(?!de\b|del\b){WORD})?"
    r"[\s.,/-]*(?:(?:de|del)\s+)?(?:\d{4}(?!\d)|\d{2}(?=\s*,|\s+\(?\d{1,2}:|\s*$))"
    rf"|{WORD}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}(?!\d)"
    rf"|\d{{4}}\.?\s*+(?:(?:m\.|gada|ko)\s*+)?(?:{WORD}\s+\d{{1,2}}|\d{{1,2}}\.\s{WORD})"
    r")",
    re.I,
)
CLOCK = r"\d{1,2}\s?(?:[:h.：時时點点]|시\s)\s?\d{2}(?:[:：]\d{2})?(?!\d)|\d{1,2}(?=\s?[ap]\.?\s?m\b)|\d{1,2}h\b"
HALF = r"\s*(?:[ap]\.?\s?m\b\.?|[صم](?!\w)|[πμ]\.\s?μ\.)"
ZONE = r"\s*\(?(?:(?:[A-Z]{2,5}|мск|МСК)(?:\s?[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d:?\d\d)(?![^\W\d_])\)?"
BEHIND = re.compile(
    rf"(?P<gap>(?:[\s,.|·•–—()/-]|{WORD})*?)(?P<clock>(?:上午|下午|오전|오후|午前|午後)?\s?(?i:{CLOCK})(?i:{HALF})?)(?P<zone>{ZONE})?"
)
BEFORE = re.compile(rf"(?P<clock>(?i:{CLOCK})(?i:{HALF})?)(?:\s*Uhr)?(?P<gap>[\s,|·•–—-]*(?:{WORD}[\s,]*)?)$")
WEEKDAY = re.compile(rf"({WORD})[.,]?\s*$")
PUBLISHED = re.compile("publish|publicad|entry-date|posted", re.I)  # in a class
UPDATED = re.compile("|".join(PHRASES["updated"]), re.I)  # what stands before the date of a later version


def dates_in(line: str) -> Iterator[str]:
    """Every date that a line may give for its article, with its weekday and clock; none of a later version's."""
    if len(line) > LONGEST:
        return
    line, told = unicodedata.normalize("NFKC", line), 0
    for match in DAY.finditer(line):
        before, told = line[told : match.start()], match.end()
        if UPDATED.search(before):
            continue
        behind = BEHIND.match(line, match.end())
        early = BEFORE.search(before)
        clock = ""
        if behind and len(behind["gap"]) < 25 and _is_filler(behind["gap"]):
            zone = (behind["zone"] or "").strip()
            clock = behind["clock"] + (f" {zone}" if zone.strip("()").lower() in ZONES or zone.isupper() else "")
            clock += f" {zone}" if zone and zone not in clock and not zone.isalpha() else ""
            told = behind.end()
        elif early and _is_filler(early["gap"]):
            clock = early["clock"]
        name = WEEKDAY.search(before)
        weekday = name[1] if name and fold(name[1]) in weekdays() else ""
        yield f"{weekday} {match[0]} {clock}".strip()


def is_later(element: HtmlElement) -> bool:
    """Whether markup says that an element holds the date of a later version."""
    label = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return UPDATED.search(label) is not None and not PUBLISHED.search(label)


def line_of(element: HtmlElement) -> str:
    """The text of an element without the dates of later versions in it that no word tells from the first one's."""
    line = text_of(element)
    for part in element.iter("time", "span", "abbr", "em", "i", "b", "small", element.tag):
        if is_later(part) and not UPDATED.search(text := text_of(part)):
            line = line.replace(text, " ")
    return line


def _is_filler(gap: str) -> bool:
    words = re.findall(r"[^\W\d_]+", fold(gap))
    return all(word in FILLERS or word in weekdays() for word in words)
