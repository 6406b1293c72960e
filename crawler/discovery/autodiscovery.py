"""Where a site keeps its feeds and sitemaps: what its pages and its robots.txt name, then the usual places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.discovery.bodies import base_of, decoded, page_of
from crawler.discovery.feeds import plain
from crawler.fetching.robots_rules import records, whole_lines
from crawler.items import Found
from crawler.urls import clean_url, page_key, same_site

MOST_NAMED = 50  # feeds or sitemaps of one site
MOST_WORDS = 50  # pieces of text in one link
MOST_LINKS_READ = 3000  # elements of one page

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
VAGUE_TYPES = ("application/xml", "text/xml", "application/json")  # feeds only when their address says so
FEED_ADDRESS = re.compile(
    r"/(?:rss|feeds?|atom|rdf|backend)(?:/[^/]*)?/?$|\.(?:rss|atom|rdf)$|/(?:[\w-]*(?:rss|feed|atom)[\w-]*)\.(?:xml|php|json)$|"
    r"[?&](?:feed=|format=feed|type=rss|output=(?:rss|atom|1))|^https?://(?:feeds?|rss)\.",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"comment|coment[aá]rio|comentario|kommentar|комментар|replies", re.IGNORECASE)
OTHER_USES = re.compile(r"oembed|wp-json|podcast|opensearch|manifest", re.IGNORECASE)

USUAL_FEEDS = (
    "/feed/",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/feeds/posts/default",
    "/rss/",
    "/arc/outboundfeeds/rss/?outputType=xml",
    "/export/rss2/index.xml",
    "/rss/all/",
    "/?feed=rss2",
)
USUAL_NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml")
USUAL_SITEMAPS = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/wp-sitemap.xml",
    "/sitemap-index.xml",
)


def named_feeds(body: bytes, url: str, charset: str | None = None) -> list[Found]:
    """The feeds that the HTML page at ``url`` names, the best first: its ``<link rel=alternate>``, then its anchors.

    Feeds of comments are left out, and anchors to other sites, which are usually somebody else's.
    """
    page = page_of(decoded(body, charset))
    if page is None:
        return []
    base = base_of(page, url)
    return _once_each("feed", (*_alternates(page, base), *_anchors(page, base, url)))


def usual_feeds(url: str) -> list[Found]:
    """Where feeds usually are on the site of ``url``; nobody has said that they exist."""
    return _once_each("feed", ((urljoin(url, path), None) for path in USUAL_FEEDS))


def named_sitemaps(robots: bytes, url: str) -> list[Found]:
    """The sitemaps that the robots.txt at ``url`` names, those of news first."""
    named = (value for key, value in records(decoded(whole_lines(robots))) if key in ("sitemap", "site-map"))
    addresses = islice((value.split()[0] for value in named if value), 10 * MOST_NAMED)
    return sorted(_once_each("sitemap", ((clean_url(line, url), None) for line in addresses)), key=_is_no_news)


def sitemap_candidates(robots: bytes, url: str) -> list[Found]:
    """`named_sitemaps`, then the usual places, each once: to be tried in this order."""
    news = _once_each("sitemap", ((urljoin(url, path), None) for path in USUAL_NEWS_SITEMAPS))
    return _first_of_each((*named_sitemaps(robots, url), *news, *usual_sitemaps(url)))


def usual_sitemaps(url: str) -> list[Found]:
    """Where sitemaps of everything usually are on the site of ``url``; nobody has said that they exist."""
    return _once_each("sitemap", ((urljoin(url, path), None) for path in USUAL_SITEMAPS))


def _is_no_news(sitemap: Found) -> bool:
    return "news" not in urlsplit(sitemap.url).path.lower() and "noticias" not in sitemap.url.lower()


def _alternates(page: HtmlElement, base: str) -> Iterator[tuple[str, str | None]]:
    named: list[tuple[bool, str, str | None]] = []
    for link in islice(page.iter("link"), MOST_LINKS_READ):
        kind = (link.get("type") or "").split(";")[0].strip().lower()
        address, title = (link.get("href") or "").strip(), plain(link.get("title") or "")
        if "alternate" not in (link.get("rel") or "").lower().split() or not address:
            continue
        is_feed = kind in FEED_TYPES or (kind in VAGUE_TYPES and FEED_ADDRESS.search(address))
        if is_feed and not COMMENTS.search(f"{unquote(address)} {title}") and not OTHER_USES.search(address):
            named.append((kind == "application/feed+json", _absolute(address, base), title))  # XML first
    return ((address, title) for _, address, title in sorted(named, key=lambda item: item[0]))


def _anchors(page: HtmlElement, base: str, url: str) -> Iterator[tuple[str, str | None]]:
    for anchor in islice(page.iter("a"), MOST_LINKS_READ):
        address = _absolute((anchor.get("href") or "").strip(), base)
        if not FEED_ADDRESS.search(address) or OTHER_USES.search(address):
            continue
        title = plain(" ".join(islice(anchor.itertext(), MOST_WORDS)))
        if same_site(address, url) and not COMMENTS.search(f"{unquote(address)} {title}"):
            yield address, title


def _absolute(address: str, base: str) -> str:
    """``feed:https://...`` and ``feed://...``, as some sites write them, become web addresses."""
    address = re.sub(r"^feed:(?=https?:)", "", re.sub(r"^feed://", "https://", address))
    return clean_url(address, base) or ""


def _once_each(kind: str, named: Iterable[tuple[str | None, str | None]]) -> list[Found]:
    cleaned = ((clean_url(address), title) for address, title in named if address)
    return _first_of_each(Found(address, kind=kind, title=title) for address, title in cleaned if address)


def _first_of_each(found: Iterable[Found]) -> list[Found]:
    candidates: dict[str, Found] = {}
    for candidate in found:
        candidates.setdefault(page_key(candidate.url), candidate)
    return list(candidates.values())[:MOST_NAMED]
