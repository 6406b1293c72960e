"""Good input of every kind, to be spoilt: the saved pages, and feeds, sitemaps and files of the bundled news web."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.newsweb import NewsWeb

HERE = Path(__file__).parent
PAGES = HERE.parent / "pages"
BASE = datetime(2026, 7, 1, 12, tzinfo=UTC)

SITEMAPS = (
    """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://tepuy.example/2026/07/puerto/?utm_source=x</loc><lastmod>2026-07-01T08:00:00-04:00</lastmod>
<news:news><news:publication><news:name>El Tepuy</news:name><news:language>es</news:language></news:publication>
<news:publication_date>2026-07-01T12:00:00Z</news:publication_date><news:title>Un puerto &amp; dos barcos</news:title>
</news:news></url><url><loc>/noticia?id=3&amp;s=2</loc><lastmod>2026-07-02</lastmod></url></urlset>""",
    """<sitemapindex><sitemap><loc>https://tepuy.example/sitemap-1.xml.gz</loc><lastmod>2026-07-01</lastmod></sitemap>
<sitemap><loc>https://tepuy.example/news.xml</loc></sitemap></sitemapindex>""",
    "https://tepuy.example/a\nhttps://tepuy.example/b.xml\nhttps://tepuy.example/c?d=1\n",
)
ROBOTS = (
    "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\nCrawl-delay: 10\n"
    "Sitemap: https://tepuy.example/sitemap.xml\n\nUser-agent: newscrawler\nUser-agent: other\nDisallow: /*?print=*$\n",
    "\ufeffuser-agent : Newscrawler # us\nDISALLOW:/\nRequest-rate: 1/5\nVisit-time: 0600-0845\nHost: tepuy.example\n",
)
SEEDS = (
    'title = "Grain"\nlanguages = ["en", "es"]\nmax_age = "30d"\n[terms]\ngoods = ["grain*", "trigo", "-grain of'
    ' salt"]\n'
    'place = ["caracas", "sao paulo"]\n[[sources]]\nname = "El Tepuy"\nurl = "https://tepuy.example/feed/"\n'
    'kind = "feed"\nlanguage = "es"\ntimezone = "America/Caracas"\nevery = "30m"\nproxy = "${PROXY}"\nnote = "x"\n'
    '[[sources]]\nname = "Lagoon"\nurl = "https://lagoon.example/"\nenabled = false\n'
    '[alerts]\nurls = ["mailto://${USER}"]\n[[alerts.rules]]\non = "outlets"\noutlets = 3\nterms = ["grain"]\n',
)
DATES = (
    "2026-07-01T12:00:00Z", "2026-07-01T12:00:00.123-04:00", "2026-07-01", "20260701T120000Z",
    "1 de julio de 2026, 14:30",
    "Wed, 01 Jul 2026 12:00:00 +0000", "1 июля 2026, 14:05", "July 1, 2026 2:05 p.m. EDT", "01/07/2026 14h05",
    "01.07.2026",
    "1 jul. 2026 - 8:00 pm", "2 de março de 2026 às 18h", "1782907200",
)  # fmt: skip
ADDRESSES = (
    "https://www.tepuy.example/2026/07/01/puerto-y-barcos/?utm_source=x&id=7#top", "//tepuy.example/a",
    "/a/b/../c;d?e=f",
    "http://XN--80AK6AA92E.example:8080/%D0%BF/", "https://user@tepuy.example:443/á?ñ=%C3%B1",
    "http://[2001:db8::1]:80/x",
    "?p=123", "http://127.1/", "HTTPS://Tepuy.Example./amp/", "https://m.tepuy.example/a?fbclid=1&b=2&b=3",
)  # fmt: skip
QUERIES = (
    'grain AND (harbour OR "puerto cabello") NOT title:wheat*', "санкции -нефть",
    '"two words"* caracas', "C++ AT&T O'Neil",
)  # fmt: skip
TERMS = ("venezuel*", "nicolas maduro", "-montaña rusa", "росси*", "*", "anti-russian", "ё")


def _encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def pages() -> list[bytes]:
    """The saved pages and those of the bundled news web, in the charset they are written in."""
    web = NewsWeb(base=BASE)
    drawn = [outlet.answer(f"/{path}").body for outlet in web.outlets.values() for path in _paths(outlet)]
    return [path.read_bytes() for path in sorted(PAGES.glob("*.html"))] + drawn


def _paths(outlet) -> list[str]:
    urls = [outlet.url_of(piece) for piece in list(outlet.pieces.values())[:3]]
    return [url.split("/", 3)[3] for url in urls]


def feeds() -> list[bytes]:
    """Feeds of the bundled news web: RSS, RDF, Atom, JSON Feed."""
    web = NewsWeb(base=BASE)
    found = [o.answer(o.imprint.feed_path).body for o in web.outlets.values() if o.imprint.feed]
    return [body if len(body) < 20_000 else body[:20_000] for body in found]


def sitemaps() -> list[bytes]:
    return _encoded(*SITEMAPS)


def robots() -> list[bytes]:
    return _encoded(*ROBOTS)


def seeds() -> list[bytes]:
    return _encoded(*SEEDS)


def dates() -> list[bytes]:
    return _encoded(*DATES)


def addresses() -> list[bytes]:
    return _encoded(*ADDRESSES)


def queries() -> list[bytes]:
    return _encoded(*QUERIES, *TERMS)


def terms() -> list[bytes]:
    return _encoded(*TERMS, "Nicolás Maduro, anti-Russian; montaña rusa en Caracas. Ёлка, Венесуэла и Россия")


def structured() -> list[bytes]:
    """Blocks of JSON-LD."""
    blocks = [
        match for page in pages() for match in re.findall(rb"<script[^>]*ld\+json[^>]*>(.*?)</script>", page, re.S)
    ]
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": ["NewsArticle"], "@id": "#a", "headline": "Un puerto", "author": [{"@id": "#p"}, "Ana Bracho"]},
            {"@type": "Person", "@id": "#p", "name": "Luis Urdaneta", "worksFor": {"@id": "#a"}},
        ],
    }
    return [*blocks, json.dumps(graph).encode()]
