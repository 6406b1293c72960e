"""What a sitemap announces: lists of pages, indexes of further sitemaps, news sitemaps, plain lists of addresses."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from lxml import etree

from crawler.dates import utc_text
from crawler.discovery.bodies import HEAD, decoded, elements, local_name, root_of, unpacked
from crawler.discovery.feeds import MOST_FIELDS, language_code, plain
from crawler.items import Found
from crawler.urls import clean_url, page_key

MOST_ENTRIES = 50_000  # the protocol's own limit for one file


def read_sitemap(body: bytes, url: str, timezone: str | None = None, charset: str | None = None) -> list[Found]:
    """The pages (kind ``article``) and further sitemaps (kind ``sitemap``) that the sitemap at ``url`` lists.

    ``modified`` is its ``lastmod``, ``published`` comes from news sitemaps only. At most 50,000 in the publisher's
    order, the sitemap itself left out; ValueError when ``body`` is no sitemap.
    """
    text = decoded(unpacked(body), charset)
    if root_of(text) in ("urlset", "sitemapindex"):
        entries = islice(elements(text, ("url", "sitemap")), MOST_ENTRIES)
        return _others(url, (_entry(entry, url, timezone) for entry in entries))
    if addresses := plain_list(text):
        return _others(url, (_named(line, url) for line in addresses[:MOST_ENTRIES]))
    raise ValueError("no sitemap: neither urlset, sitemapindex nor a list of addresses")


def plain_list(text: str) -> list[str]:
    """The lines of a list with one address in each; empty when ``text`` is anything else."""
    if not text[:HEAD].lstrip("\ufeff \t\r\n").lower().startswith(("http://", "https://")):
        return []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if all(line.lower().startswith(("http://", "https://")) and " " not in line for line in lines) else []


def _others(url: str, found: Iterable[Found | None]) -> list[Found]:
    """Each address once, and not the sitemap's own: lists that name themselves would be read for ever."""
    entries: dict[str, Found] = {}
    own, own_key = clean_url(url), page_key(url)
    for entry in found:
        if entry and entry.url != own and (entry.kind == "article" or page_key(entry.url) != own_key):
            entries.setdefault(entry.url, entry)
    return list(entries.values())


def _named(address: str, url: str) -> Found | None:
    location = clean_url(address, url)
    if location is None:
        return None
    path = location.partition("?")[0]
    return Found(location, kind="sitemap" if path.endswith((".xml", ".xml.gz", ".txt.gz")) else "article")


def _entry(entry: etree._Element, url: str, timezone: str | None) -> Found | None:
    fields = _fields(entry)
    location = clean_url(fields["loc"], url) if fields.get("loc", "").strip() else None
    if location is None:
        return None
    modified = utc_text(fields.get("lastmod", ""), timezone)
    if local_name(entry) == "sitemap":
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
                fields.setdefault(f"news:{local_name(part)}", part.text or "")
        elif name in ("loc", "lastmod"):
            fields.setdefault(name, "".join(child.itertext()))
    return fields
