"""What a sitemap announces: lists of pages, indexes of further sitemaps, news sitemaps, plain lists of addresses."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from crawler.dates import utc_text
from crawler.discovery.announced import Announced, announce, both_ends
from crawler.discovery.bodies import HEAD, READ_OF_XML, decoded, local_name, root_of, unpacked
from crawler.discovery.entries import Entries
from crawler.discovery.feeds import MOST_FIELDS, language_code, plain
from crawler.items import Found
from crawler.urls import clean_url, page_key

MOST_ENTRIES = 50_000  # the protocol's own limit for one file
LIST = re.compile(r"(?:^|[\r\n])[ \t\ufeff]*https?://", re.IGNORECASE)
ADDRESS = re.compile(r"https?://", re.IGNORECASE)
COLUMNS = re.compile(r"\t|\s{1,99}(?=\d{4}-\d\d|[01]?\.\d|(?:always|hourly|daily|weekly|monthly|yearly|never)\b)")
SITEMAP = re.compile(r"\.xml(?:\.gz)?$|\.txt\.gz$|/sitemap[^/]*\.(?:php|aspx?|jsp|txt)$", re.IGNORECASE)
OTHER_VOCABULARIES = re.compile(r"image|video|mrss|pagemap|xhtml")


def read_sitemap(body: bytes, url: str, timezone: str | None = None, charset: str | None = None) -> Announced:
    """The pages (kind ``article``) and further sitemaps (kind ``sitemap``) that the sitemap at ``url`` lists.

    ``modified`` is its ``lastmod``, ``published`` comes from news sitemaps only. The newest 50,000 in the publisher's
    order, the sitemap itself left out; ValueError when ``body`` is no sitemap, or when none of what it lists is an
    address.
    """
    body = unpacked(body)
    text = decoded(body, charset)
    root = root_of(text)
    if root in ("urlset", "sitemapindex"):
        entries = Entries(text, ("url", "sitemap"))
        found = both_ends((_entry(entry, url, timezone, root) for entry in entries), MOST_ENTRIES)
        listed = entries.listed
    elif addresses := plain_list(text[: text.rfind("\n") + 1] if len(body) > READ_OF_XML else text):
        found = both_ends((_named(address, url) for address in addresses), MOST_ENTRIES)
        listed = len(addresses)
    else:
        raise ValueError("no sitemap: neither urlset, sitemapindex nor a list of addresses")
    return _others(url, announce(filter(None, found), listed, MOST_ENTRIES))


def plain_list(text: str) -> list[str]:
    """The addresses of a list with one in each line; empty when most lines of ``text`` are something else.

    Further columns (a date, a frequency, a priority) are left out; a space may be part of an address.
    """
    if not LIST.search(text[:HEAD]):
        return []
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    addresses = [COLUMNS.split(line, maxsplit=1)[0] for line in lines if ADDRESS.match(line)]
    sure = any(len(address.split()) == 1 for address in addresses)
    return addresses if sure and 2 * len(addresses) >= len(lines) else []


def _others(url: str, found: Announced) -> Announced:
    """``found`` without the sitemap's own address: lists that name themselves would be read for ever."""
    own, own_key = clean_url(url), page_key(url)
    others = Announced(
        entry for entry in found if entry.url != own and (entry.kind == "article" or page_key(entry.url) != own_key)
    )
    others.short = found.short
    return others


def _named(address: str, url: str) -> Found | None:
    location = clean_url(address, url)
    if location is None:
        return None
    kind = "sitemap" if SITEMAP.search(location.partition("?")[0]) else "article"
    return Found(location, kind=kind)


def _entry(entry: etree._Element, url: str, timezone: str | None, root: str) -> Found | None:
    fields = _fields(entry)
    location = clean_url(fields["loc"], url) if fields.get("loc", "").strip() else None
    if location is None:
        return None
    modified = utc_text(fields.get("lastmod", ""), timezone)
    named = SITEMAP.search(location.partition("?")[0]) and "news:title" not in fields
    if local_name(entry) == "sitemap" or root == "sitemapindex" or named:  # whatever element it is written in
        return Found(location, kind="sitemap", modified=modified)
    return Found(
        location,
        title=plain(fields.get("news:title", "")),
        published=utc_text(fields.get("news:publication_date", ""), timezone),
        modified=modified,
        language=language_code(fields.get("news:language", "")),
    )


def _fields(entry: etree._Element) -> dict[str, str]:
    """The texts of an entry by name, those inside its ``news`` with that prefix; pictures and videos are left out."""
    fields: dict[str, str] = {}
    for child in islice(entry.iterchildren(tag=etree.Element), MOST_FIELDS):
        name = local_name(child)
        if name == "news":
            for part in islice(child.iter(tag=etree.Element), MOST_FIELDS):
                fields.setdefault(f"news:{local_name(part)}", "".join(part.itertext()))
        elif name in ("loc", "lastmod") and not OTHER_VOCABULARIES.search(str(child.tag)):
            fields.setdefault(name, "".join(child.itertext()))
    return fields
