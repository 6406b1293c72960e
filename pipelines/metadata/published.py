"""When an article was published: every place that says so, and which of them is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import htmldate
from lxml.html import HtmlElement

from crawler.dates import utc_text
from crawler.items import Fetched
from pipelines.metadata import jsonld
from pipelines.metadata.visible import dates_near
from pipelines.page.paragraphs import core_of
from pipelines.page.phrases import FIELDS
from pipelines.page.tree import text_of, tidy

IN_URL = re.compile(r"/((?:19|20)\d\d)([/.-])(\d{1,2})\2(\d{1,2})(?=\D|$)|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")
OFFSET = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*([+-]\d\d):?(\d\d)$")
NAIVE = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*")
DATE_CLASS = re.compile(r"date|fecha|publi[cs]|posted|(?:^|[\s_-])data(?:$|[\s_-])|time(?!line)|datetime|дата", re.I)
NOT_OURS = re.compile(
    r"related|sidebar|widget(?!-)|recent|(?<!post-)(?<!entry-)(?<!article-)footer|teaser|comment|ticker|weather|clock|popular|latest",
    re.I,
)
CLOCK_WORD = re.compile(r"modif|updat|actuali|atuali|обновл", re.I)
RIGHT_ABOVE = 8  # elements between a date and the headline below it; the clock of a site stands above its menu
LONGEST_LINE = 90  # characters of a line that is nothing but a date with its label


def published(
    page: Fetched, root: HtmlElement, node: jsonld.Node, meta: dict[str, list[str]], heading: HtmlElement | None
) -> tuple[str | None, str | None]:
    """The believed date of publication and where it stands (``published_from``), or two None.

    Rank: feed, JSON-LD, meta, time tag, address, text, htmldate. A date without a time of day takes the
    time of the next source that names the same day. Dates later than a day after the fetch are not believed.
    """
    now = _moment(page.fetched)
    zone = page.timezone or _offset_on_page(node, meta)
    best: tuple[str, str] | None = None
    for origin, value in _candidates(page, root, node, meta, heading):
        read = _local(value, zone, now)
        if read is None:
            continue
        if best is None or ("T" in read and _same_day(best[0], read, value)):
            best = (read, origin)
        if "T" in best[0]:
            return best
    if best is None or zone:
        for value in dates_near(root, heading, core_of(root, heading)):
            read = _local(value, zone, now)
            if read and (best is None or ("T" in read and _same_day(best[0], read, value))):
                return read, "text"
    return best or _guess(root, page, now)


def modified(page: Fetched, node: jsonld.Node, meta: dict[str, list[str]]) -> str | None:
    """When the page says that it was last changed, from JSON-LD or meta tags."""
    now = _moment(page.fetched)
    zone = page.timezone or _offset_on_page(node, meta)
    values = [
        jsonld.text(node.get("dateModified")),
        *(value for name in FIELDS["modified"] for value in meta.get(name, ())),
    ]
    return next((read for value in values if value and (read := _local(value, zone, now))), None)


def _candidates(
    page: Fetched, root: HtmlElement, node: jsonld.Node, meta: dict[str, list[str]], heading: HtmlElement | None
) -> Iterator[tuple[str, str]]:
    """(origin, date text), the most trusted first."""
    if page.hints.published:
        yield "feed", page.hints.published
    for key in ("datePublished", "dateCreated", "uploadDate"):
        if value := jsonld.text(node.get(key)):
            yield "jsonld", value
    for name in FIELDS["published"]:
        for value in meta.get(name, ())[:1]:
            yield "meta", value
    for value in _time_tags(root, heading):
        yield "time", value
    if match := IN_URL.search(page.url):
        year, month, day = match.group(1, 3, 4) if match[1] else match.group(5, 6, 7)
        yield "url", f"{year}-{int(month):02}-{int(day):02}"
    for value in _date_lines(root, heading):
        yield "text", value


def _time_tags(root: HtmlElement, heading: HtmlElement | None) -> list[str]:
    """Dates of the ``<time>`` tags that may be the article's, marked ones first, then those after the heading."""
    marked, plain = [], []
    passed = heading is None
    for element in root.iter("h1", "time", "abbr", "span", "meta", "li", "p", "div", "a"):
        if element is heading:
            passed = True
        prop = element.get("itemprop") or ""
        value = (
            element.get("datetime")
            or element.get("content")
            or (element.get("title") if element.tag == "abbr" else None)
        )
        if element.tag != "time" and "datePublished" not in prop and element.tag != "abbr":
            continue
        value = tidy(value or text_of(element))
        label = f"{element.get('class') or ''} {prop}"
        if not value or CLOCK_WORD.search(label) or _aside(element):
            continue
        if "datePublished" in prop or element.get("pubdate") is not None or re.search("publish|entry-date", label):
            marked.append(value)
        elif passed and element.tag == "time":
            plain.append(value)
    return marked[:2] + plain[:2]


def _date_lines(root: HtmlElement, heading: HtmlElement | None) -> list[str]:
    """Short texts with the class of a date that follow the main heading closely, or stand right above it."""
    if heading is None:
        return []
    lines, seen, passed, before, since = [], 0, False, "", 0
    for element in root.iter(
        "p", "div", "span", "time", "li", "small", "td", "dd", "h1", "em", "i", "b", "strong", "a"
    ):
        if element is heading:
            passed = True
            if before and since <= RIGHT_ABOVE:
                lines.append(before)
            continue
        since += 1
        label = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(element) < 6 and DATE_CLASS.search(label) and not _aside(element):
            text = text_of(element)
            if 6 <= len(text) <= LONGEST_LINE and re.search(r"\d", text):
                if passed:
                    lines.append(text)
                else:
                    before, since = text, 0
        seen += passed
        if seen > 60:
            break
    return lines[:4]


def _aside(element: HtmlElement) -> bool:
    """Whether an element lies in a box about something else."""
    for depth, parent in enumerate(element.iterancestors()):
        if depth > 8 or parent.tag == "article":
            return False
        if parent.tag in ("nav", "aside", "footer") or (
            parent.tag not in ("body", "html", "main")
            and NOT_OURS.search(f"{parent.get('class') or ''} {parent.get('id') or ''}")
        ):
            return True
    return False


def _guess(root: HtmlElement, page: Fetched, now: datetime) -> tuple[str | None, str | None]:
    """What htmldate finds, unless it is the day of the fetch: that is usually the page's clock."""
    try:
        day = htmldate.find_date(root, original_date=True, extensive_search=False, max_date=now.strftime("%Y-%m-%d"))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):  # on pages that are no pages
        return None, None
    read = utc_text(day, None, now) if day else None
    return (read, "htmldate") if read and read[:10] != page.fetched[:10] else (None, None)


def _local(value: str, zone: str | timedelta | None, now: datetime) -> str | None:
    """A date text in the contract's form; ``zone`` is a name or an offset seen elsewhere on the page."""
    if isinstance(zone, timedelta):
        if NAIVE.fullmatch(value):
            minutes = int(zone.total_seconds() // 60)
            value = f"{value.strip()}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        zone = None
    return utc_text(value, zone, now)


def _offset_on_page(node: jsonld.Node, meta: dict[str, list[str]]) -> timedelta | None:
    """The offset from UTC that another date of this page gives, for those that give none."""
    values: list[Any] = [node.get("datePublished"), node.get("dateModified")]
    values += [value for name in (*FIELDS["published"], *FIELDS["modified"]) for value in meta.get(name, ())[:1]]
    for value in values:
        match = OFFSET.search(value) if isinstance(value, str) else None
        if match and match[1] not in ("+00", "-00"):
            hours, minutes = int(match[1]), int(match[2])
            return timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
    return None


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
