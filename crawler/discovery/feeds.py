"""What a feed announces: RSS 0.9x to 2.0, RDF (RSS 1.0), Atom 0.3 and 1.0, JSON Feed.

Read with lxml, since feedparser needs time in proportion to the square of some fields (an author of 40 kB costs it
9 seconds, one of 1 MB would take an hour) and has no limit for the number of entries.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from lxml.html import defs

from crawler.dates import utc_text
from crawler.discovery.announced import Announced, announce, both_ends
from crawler.discovery.bodies import decoded, elements, local_name, root_of, root_tag, unpacked
from crawler.discovery.entries import Entries
from crawler.entities import unescaped
from crawler.items import Found
from crawler.urls import clean_url

MOST_ENTRIES = 5000
MOST_FIELDS = 200  # children of one entry
LONGEST_JSON = 8 * 1024**2  # characters; the smallest things take thirty times their text in memory
LONGEST_NUMBER = 20  # digits of a whole number in JSON; identifiers have fewer
LONGEST_TITLE = 500  # characters
LONGEST_NAME, MOST_AUTHORS = 100, 10
LONGEST_INTERVAL = 30 * 86400  # seconds; "updated yearly" is no reason to look once a year

PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}
LANGUAGES = {
    "eng": "en",
    "spa": "es",
    "rus": "ru",
    "por": "pt",
    "ukr": "uk",
    "fra": "fr",
    "fre": "fr",
    "nb": "no",
    "nn": "no",
}
OTHER_VOCABULARIES = (
    "mrss",
    "itunes",
    "podcast",
    "googleplay",
    "yandex",
)  # their titles are those of pictures and shows
HTML_NAMES = defs.tags | {
    "nobr",
    "picture",
    "main",
    "figure",
    "bdi",
    "data",
    "slot",
    "template",
    "dialog",
    "search",
    "rb",
    "rtc",
}
TAG = re.compile(rf"</?(?:{'|'.join(sorted(HTML_NAMES))})(?=[\s/>])[^<>]*>|<![^<>]*>", re.IGNORECASE)
WRAPPED = re.compile(r"\s*<!\[CDATA\[(.*?)(?:\]\]>\s*)?", re.DOTALL)  # escaped, so that it became text
RELATIONS = "http://www.iana.org/assignments/relation/"  # RFC 4287, 4.2.7.2
MAIL = re.compile(r"(?:mailto:)?[^\s()<>\[\]{}@,;|]{1,64}@[^\s()<>\[\]{}@,;|]{1,255}", re.IGNORECASE)
EMPTY_BRACKETS = re.compile(r"\(\s{0,9}\)|\[\s{0,9}\]|\{\s{0,9}\}|<\s{0,9}>")
AROUND_NAMES = " \t\n\r,;:/|·•-\u2010\u2013\u2014"
XML_LANG, ABOUT = "{http://www.w3.org/XML/1998/namespace}lang", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>/]", re.IGNORECASE)

Fields = dict[str, list[etree._Element]]


@dataclass(frozen=True)
class Feed:
    """The entries of a feed in its order, and what it says about itself."""

    entries: Announced
    title: str | None = None
    language: str | None = None
    interval: int | None = None  # seconds between visits that the publisher asks for (ttl, sy:updatePeriod)


@dataclass(frozen=True)
class Announcement:
    """An entry, and the address that its id is; None when that is none."""

    found: Found
    id: str | None = None


def read_feed(body: bytes, url: str, timezone: str | None = None, charset: str | None = None) -> Announced:
    """The articles that the feed at ``url`` announces, the newest 5,000.

    ValueError when ``body`` is no feed, or when there are entries and none can be read. ``timezone`` (an IANA name) is
    for times that give no zone, ``charset`` that of the HTTP header.
    """
    return parse_feed(body, url, timezone, charset).entries


def parse_feed(body: bytes, url: str, timezone: str | None = None, charset: str | None = None) -> Feed:
    """The feed at ``url`` with its own title, language and polling hint; ValueError as `read_feed` has it."""
    text = decoded(unpacked(body), charset)
    if text.lstrip().startswith("{"):
        return _json_feed(text, url, timezone)
    about = _about(text)
    language = language_code(about.get("language", ""))
    authors = _authors([about["author"]] if "author" in about else [])
    entries = Entries(text, ("item", "entry"))
    links = both_ends((_entry(entry, url, timezone, language, authors) for entry in entries), MOST_ENTRIES)
    found = announce(_told_apart(links, url), entries.listed, MOST_ENTRIES)
    return Feed(found, plain(about.get("title", "")), language, _interval(about))


def interval_of(body: bytes) -> int | None:
    """Seconds between visits that the feed which begins like ``body`` asks for."""
    return _interval(_about(decoded(body)))


def _told_apart(links: Sequence[Announcement | None], url: str) -> Iterator[Found]:
    """The entries, by their ids where what they call their link is one address for many, or the front page."""
    known = [link for link in links if link]
    shared = Counter(link.found.url for link in known)
    for link in known:
        count = shared[link.found.url]
        useless = link.found.url == clean_url("/", link.found.url) or (count > 1 and 2 * count >= len(known))
        yield replace(link.found, url=link.id) if useless and link.id else link.found


def plain(text: str, longest: int = LONGEST_TITLE, markup: bool = True) -> str | None:
    """``text`` without tags, entities and line breaks, cut to ``longest`` characters; None when nothing is left.

    Tags are those of HTML: ``<<Tepuy>>`` is a quotation. Without ``markup`` a tag is text, too.
    """
    for _ in range(2):  # many feeds escape twice
        text = text[: 20 * longest]
        text = unescaped(TAG.sub("", text) if markup else text)
    text = "".join(letter if letter.isprintable() else " " for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(text.split())[:longest].strip() or None  # Cf: marks that turn the direction or join letters


def language_code(text: str) -> str | None:
    """``es`` for ``es-VE``, ``ES_ve`` and ``spa``; None for what is no language code."""
    code = re.split("[-_]", text.strip().lower(), maxsplit=1)[0]
    code = LANGUAGES.get(code, code)
    return code if re.fullmatch("[a-z]{2}", code) else None


def _about(text: str) -> dict[str, str]:
    """What stands before or behind the entries: names in lower case -> text of the feed's title, language, ttl ..."""
    if root_of(text) not in ("rss", "rdf", "feed"):
        raise ValueError("neither RSS, Atom, RDF nor JSON Feed")
    start = ENTRY.search(text)
    end = text.find(">", max(text.rfind("</item>"), text.rfind("</entry>"), 0)) + 1
    head = text[: start.start()] + (text[end:] if end > start.end() else "") if start else text
    about: dict[str, str] = {}
    for element in elements(head, ("title", "language", "ttl", "updatePeriod", "updateFrequency", "author")):
        parent = element.getparent()
        name = local_name(element)
        if parent is not None and local_name(parent) in (("feed",) if name == "author" else ("channel", "feed")):
            about.setdefault(name, _name(element) if name == "author" else _text(element))
    if language := re.search(r"xml:lang\s*=\s*[\"']([\w-]+)", root_tag(text)):
        about.setdefault("language", language[1])
    return about


def _interval(about: dict[str, str]) -> int | None:
    seconds = 0
    if re.fullmatch(r"\d{1,6}", ttl := about.get("ttl", "").strip()):
        seconds = int(ttl) * 60
    elif period := PERIODS.get(about.get("updateperiod", "").strip().lower()):
        frequency = about.get("updatefrequency", "").strip()
        seconds = period // max(1, int(frequency)) if re.fullmatch(r"\d{1,4}", frequency) else period
    return min(seconds, LONGEST_INTERVAL) or None


def _text(element: etree._Element) -> str:
    text = "".join(element.itertext())
    wrapped = WRAPPED.fullmatch(text) if "<![CDATA[" in text else None
    return wrapped[1] if wrapped else text


def _entry(
    entry: etree._Element, url: str, timezone: str | None, language: str | None, authors: tuple[str, ...]
) -> Announcement | None:
    """One entry of any kind of XML feed; None when it links to no web page."""
    fields: Fields = {}
    for child in islice(entry.iterchildren(tag=etree.Element), MOST_FIELDS):
        name, vocabulary = local_name(child), str(child.tag).lower()
        if not any(other in vocabulary for other in OTHER_VOCABULARIES) and not vocabulary.startswith("media:"):
            fields.setdefault(name, []).append(child)
    links = _links(entry, fields, url)
    link = next(filter(None, (clean_url(address, base) for address, base in links)), None)
    if link is None:
        return None
    titles = fields.get("title", ())
    near = (
        next(_texts(fields, "language"), ""),
        *(title.get(XML_LANG, "") for title in titles),
        entry.get(XML_LANG, ""),
    )
    found = Found(
        link,
        title=next(filter(None, (plain(_text(title), markup=title.get("type") != "text") for title in titles)), None),
        published=_date(_texts(fields, "pubdate", "published", "issued", "date", "created"), timezone),
        modified=_date(_texts(fields, "updated", "modified"), timezone),
        language=next(filter(None, map(language_code, near)), language),
        authors=_authors(_names(fields)) or authors,
    )
    return Announcement(found, next(filter(None, map(clean_url, _texts(fields, "guid", "id"))), None))


def _names(fields: Fields) -> Iterator[str]:
    """Who wrote it."""
    yield from _texts(fields, "creator")
    yield from map(_name, fields.get("author", ()))


def _name(author: etree._Element) -> str:
    """The author's name: Atom puts it and the mail address into elements of their own."""
    named = (child for child in author.iterchildren(tag=etree.Element) if local_name(child) == "name")
    return _text(next(named, author))


def _texts(fields: Fields, *names: str) -> Iterator[str]:
    return (_text(element) for name in names for element in fields.get(name, ()))


def _links(entry: etree._Element, fields: Fields, url: str) -> Iterator[tuple[str, str]]:
    """The entry's addresses and what they are relative to, the best first: its own page, not enclosures and replies."""
    found: list[tuple[int, str, str]] = []
    for name, rank in (("origlink", 0), ("link", 1), ("guid", 4), ("id", 5)):
        for element in fields.get(name, ()):
            base = _base(element, url)
            address = (element.get("href") or _text(element)).strip()
            if name == "link":
                kind = element.get("type", "text/html").lower()
                relation = element.get("rel", "alternate").strip().lower().removeprefix(RELATIONS)
                if relation != "alternate" or kind.startswith(("image", "audio", "video")):
                    continue
                if element.get("href"):
                    rank = 2 if "html" in kind else 3
            if name in ("guid", "id"):
                base = ""  # "12345" is an identifier, not a file beside the feed
            found.append((rank, address, base))
    ranked = sorted((item for item in found if item[1]), key=lambda item: item[0])
    return ((address, base) for _, address, base in [*ranked, (6, entry.get(ABOUT, ""), "")])


def _base(element: etree._Element, url: str) -> str:
    try:
        return urljoin(url, element.base or "")
    except ValueError:  # an xml:base that is no address
        return url


def _date(texts: Iterable[str], timezone: str | None) -> str | None:
    return next(filter(None, (utc_text(text, timezone) for text in texts)), None)


def _authors(texts: Iterable[str]) -> tuple[str, ...]:
    """Names without mail addresses, each once: RSS writes ``desk@example.com (Ana Pérez)``."""
    names: dict[str, None] = {}
    for text in islice(texts, MOST_AUTHORS):
        name = EMPTY_BRACKETS.sub(" ", MAIL.sub("", text[: 5 * LONGEST_NAME]))
        name = (plain(name, LONGEST_NAME) or "").strip(AROUND_NAMES)
        name = re.sub(r"^\((.*)\)$", r"\1", name).strip(AROUND_NAMES)
        if name and not name.startswith(("http://", "https://")):
            names[name] = None
    return tuple(names)


def _json_feed(text: str, url: str, timezone: str | None) -> Feed:
    if len(text) > LONGEST_JSON:
        raise ValueError(f"JSON of more than {LONGEST_JSON // 1024**2} MB")
    try:
        feed = json.loads(text, parse_int=whole)
    except (ValueError, RecursionError):  # RecursionError: a hundred thousand brackets
        raise ValueError("broken JSON") from None
    if "jsonfeed.org" not in str(feed.get("version", ""))[:100] or not isinstance(feed.get("items"), list):
        raise ValueError("JSON, but no JSON Feed")
    language = language_code(_string(feed, "language"))
    items = [item for item in feed["items"] if isinstance(item, dict)]
    links = both_ends((_json_entry(item, url, timezone, language) for item in items), MOST_ENTRIES)
    return Feed(announce(filter(None, links), len(items), MOST_ENTRIES), plain(_string(feed, "title")), language)


def _json_entry(item: dict[str, Any], url: str, timezone: str | None, language: str | None) -> Found | None:
    link = clean_url(_string(item, "url"), url) if _string(item, "url") else None
    link = link or clean_url(_string(item, "external_url")) or clean_url(_string(item, "id"))
    if link is None:
        return None
    named = item.get("authors") or item.get("author")
    people = named if isinstance(named, list) else [named]
    return Found(
        link,
        title=plain(_string(item, "title")),
        published=utc_text(_string(item, "date_published"), timezone),
        modified=utc_text(_string(item, "date_modified"), timezone),
        language=language_code(_string(item, "language")) or language,
        authors=_authors(_string(person, "name") for person in people if isinstance(person, dict)),
    )


def _string(thing: dict[str, Any], name: str) -> str:
    """A field that should be text; "" when a publisher put something else there."""
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def whole(digits: str) -> int | str:
    """A whole number of a JSON feed; as it is written if Python would refuse to read so many digits."""
    return int(digits) if len(digits) < LONGEST_NUMBER else digits
