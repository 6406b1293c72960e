"""When an article was published: every place that says so, and which of them is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from lxml.html import HtmlElement

from crawler.dates import utc_text
from crawler.items import Fetched
from crawler.relative_dates import relative_text
from crawler.words import words
from pipelines.metadata import jsonld
from pipelines.metadata.datelines import PUBLISHED, UPDATED, dates_in, is_later, line_of
from pipelines.metadata.visible import first_paragraph, lines_near
from pipelines.page.phrases import FIELDS
from pipelines.page.region import Region
from pipelines.page.tree import text_of, tidy

IN_URL = re.compile(r"/((?:19|20)\d\d)([/.-])(\d{1,2})\2(\d{1,2})(?=\D|$)|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")
DATE_CLASS = re.compile(r"date|fecha|publi[cs]|posted|(?:^|[\s_-])data(?:$|[\s_-])|time(?!line)|datetime|дата", re.I)
RIGHT_ABOVE = 8  # elements between a date and the headline below it; the clock of a site stands above its menu
NEIGHBOURS = 3  # elements on either side of the region
ABOUT = re.compile(r"date|fecha|info|meta|byline|pub", re.I)
NEAR = 60  # elements below the headline among which a line of a date's class is looked for
LONGEST_LINE = 140  # characters of a line with a date; what is longer is prose
WORDS_AROUND, ENDS = 6, (".", "!", "?", "…", "»", "。", "।")  # of a time in a sentence
ENGLISH = re.compile(r"\bthe\b.*\bthe\b", re.I | re.S)  # 3/4 may be the 4th of March in English, nowhere else
ENOUGH = 100  # characters of a text that is surely not English
LINES = ("p", "div", "span", "time", "li", "small", "td", "dd", "h1", "h2", "h3", "em", "i", "b", "strong", "a")
BLOCKS = ("p", "li", "td", "dd", "blockquote", "figcaption", "h2", "h3", "h4")

Meta = dict[str, list[str]]


@dataclass(frozen=True)
class Reader:
    """Reads every date of one page in the same way: what is refused in one place is refused in all of them."""

    now: datetime
    zone: str | None
    language: str | None  # of the text, with its region: it tells the order of numbers

    def __call__(self, value: str) -> str | None:
        return utc_text(value, self.zone, self.now, self.language)


def reader_of(page: Fetched, tag: str | None, text: str) -> Reader:
    """The reader for a page; ``tag`` is the language that its markup names, ``text`` its paragraphs."""
    named = (tag or "").lower()
    if ENGLISH.search(text):  # templates name the language of those who made them
        named = named if named.startswith("en") else ""
    elif named[:2] in ("", "en") and len(text) > ENOUGH:
        named = "other"
    return Reader(_moment(page.fetched), page.timezone, named)


def published(
    page: Fetched, node: jsonld.Node, meta: Meta, region: Region, read: Reader
) -> tuple[str | None, str | None]:
    """The believed date of publication and where it stands (``published_from``), or two None.

    Rank: feed, JSON-LD, meta, time tag, address, text, relative. A date without a time of day takes the time of the
    next source that names the same day. Dates later than a day after the fetch are not believed.
    """
    best: tuple[str, str] | None = None
    for origin, value in _candidates(page, node, meta, region):
        found = read(value)
        if found is None or (best and not ("T" in found and _same_day(best[0], found, value))):
            continue
        best = (found, origin)
        if "T" in found:
            return best
    if best:
        return best
    for line in (*_time_tags(region), *_date_lines(region), *lines_near(region)):
        if not UPDATED.search(line) and (found := relative_text(line, read.now, read.zone)):
            return found, "relative"
    return None, None


def modified(node: jsonld.Node, meta: Meta, read: Reader) -> str | None:
    """When the page says that it was last changed, from JSON-LD or meta tags."""
    values = [
        jsonld.text(node.get("dateModified")),
        *(value for name in FIELDS["modified"] for value in meta.get(name, ())),
    ]
    return next((found for value in values if value and (found := read(value))), None)


def _candidates(page: Fetched, node: jsonld.Node, meta: Meta, region: Region) -> Iterator[tuple[str, str]]:
    """(origin, date text), the most trusted first."""
    if page.hints.published:
        yield "feed", page.hints.published
    for key in ("datePublished", "dateCreated", "uploadDate"):
        if value := jsonld.text(node.get(key)):
            yield "jsonld", value
    for name in FIELDS["published"]:
        for value in meta.get(name, ())[:1]:
            yield "meta", value
    for value in _time_tags(region):
        yield "time", value
    if match := IN_URL.search(page.url):
        year, month, day = match.group(1, 3, 4) if match[1] else match.group(5, 6, 7)
        yield "url", f"{year}-{int(month):02}-{int(day):02}"
    for line in (*_date_lines(region), *lines_near(region)):
        for value in dates_in(line):
            yield "text", value


def _time_tags(region: Region) -> list[str]:
    """Dates of the ``<time>`` tags that may be the article's, marked ones first, then those after the heading."""
    marked, plain = [], []
    passed = region.heading is None
    for element in region.element.iter():
        if element is region.heading:
            passed = True
        prop = element.get("itemprop") or ""
        if element.tag not in ("time", "abbr") and "datePublished" not in prop:
            continue
        if is_later(element) or _in_prose(element) or element not in region:
            continue
        title = element.get("title") if element.tag == "abbr" else None
        values = [value for given in (element.get("datetime"), element.get("content"), title) if (value := tidy(given))]
        values = values or [text_of(element)]
        if (
            "datePublished" in prop
            or element.get("pubdate") is not None
            or PUBLISHED.search(element.get("class") or "")
        ):
            marked += values
        elif passed and element.tag == "time":
            plain += values
    return marked[:2] + plain[:2]


def _in_prose(element: HtmlElement) -> bool:
    """Whether an element is a part of a sentence rather than of a line about the article."""
    block = next((parent for parent in element.iterancestors() if parent.tag in BLOCKS), element)
    text = text_of(block)
    around = len(words(text)) - len(words(text_of(element)))
    return len(text) > LONGEST_LINE or (around > WORDS_AROUND and text.endswith(ENDS))


def _date_lines(region: Region) -> list[str]:
    """Short texts with the class of a date that follow the main heading closely, or stand above it or the text."""
    lines, seen, passed, before, since = [], 0, False, "", 0
    begin = region.heading if region.heading is not None else first_paragraph(region.core)
    for element in region.element.iter(*LINES):
        if element is begin:
            passed = True
            if before and since <= RIGHT_ABOVE:
                lines.append(before)
            continue
        since += 1
        label = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(element) < 6 and DATE_CLASS.search(label) and element in region:
            text = line_of(element)
            if 4 <= len(text) <= LONGEST_LINE:
                if passed:
                    lines.append(text)
                else:
                    before, since = text, 0
        seen += passed
        if seen > NEAR:
            break
    return lines[:4] + _lines_beside(region)


def _lines_beside(region: Region) -> list[str]:
    """The short lines right before and behind the region whose class says that they are about the article."""
    beside = [*islice(region.element.itersiblings(preceding=True), NEIGHBOURS)]
    beside += islice(region.element.itersiblings(), NEIGHBOURS)
    labelled = (element for element in beside if ABOUT.search(element.get("class") or ""))
    return [line for element in labelled if len(line := line_of(element)) <= LONGEST_LINE]


def _same_day(day: str, moment: str, written: str) -> bool:
    """Whether a UTC moment can belong to a calendar day whose zone is unknown."""
    if written.strip().startswith(day[:10]):
        return True
    start = datetime.fromisoformat(day[:10]).replace(tzinfo=UTC)
    return -timedelta(hours=14) <= datetime.fromisoformat(moment) - start < timedelta(hours=36)


def _moment(fetched: str) -> datetime:
    try:
        when = datetime.fromisoformat(fetched)
    except ValueError:
        return datetime.now(UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
