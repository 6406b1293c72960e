"""The feeds of the outlets: RSS 2.0, Atom, RDF (RSS 1.0) and JSON Feed, each as bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple
from xml.sax.saxutils import escape


class Entry(NamedTuple):
    """What a feed says about one article."""

    url: str  # as announced, tracking parameters and all
    guid: str
    title: str
    summary: str
    published: datetime  # aware
    authors: tuple[str, ...]
    updated: datetime  # aware; as ``published`` if it was never revised


def rss(name: str, home: str, language: str, entries: list[Entry]) -> bytes:
    """RSS 2.0 with Dublin Core creators."""
    items = "\n".join(
        f"<item><title>{escape(e.title)}</title><link>{escape(e.url)}</link>"
        f"<pubDate>{format_datetime(e.published)}</pubDate>"
        + "".join(f"<dc:creator><![CDATA[{author}]]></dc:creator>" for author in e.authors)
        + f'<guid isPermaLink="false">{escape(e.guid)}</guid>'
        f"<description><![CDATA[<p>{e.summary}</p>]]></description></item>"
        for e in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{escape(name)}</title><link>{home}</link><description>{escape(name)}</description>"
        f"<language>{language}</language>\n{items}\n</channel></rss>\n"
    ).encode()


def atom(name: str, home: str, language: str, entries: list[Entry]) -> bytes:
    """Atom 1.0; times are written in UTC."""
    items = "\n".join(
        f'<entry><title type="html">{escape(escape(e.title))}</title><link rel="alternate" href="{escape(e.url)}"/>'
        f"<id>{escape(e.guid)}</id><published>{utc(e.published)}</published><updated>{utc(e.updated)}</updated>"
        + "".join(f"<author><name>{escape(author)}</name></author>" for author in e.authors)
        + f"<summary>{escape(e.summary)}</summary></entry>"
        for e in entries
    )
    updated = utc(max((e.updated for e in entries), default=datetime.now(UTC)))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">'
        f'<title>{escape(name)}</title><id>{home}</id><link href="{home}"/>'
        f"<updated>{updated}</updated>\n{items}\n</feed>\n"
    ).encode()


def rdf(name: str, home: str, language: str, entries: list[Entry]) -> bytes:
    """RSS 1.0: the items stand beside the channel, dates are Dublin Core."""
    listed = "".join(f'<rdf:li rdf:resource="{escape(e.url)}"/>' for e in entries)
    items = "\n".join(
        f'<item rdf:about="{escape(e.guid)}"><title>{escape(e.title)}</title><link>{escape(e.url)}</link>'
        f"<description>{escape(e.summary)}</description><dc:date>{e.published.isoformat()}</dc:date>"
        + "".join(f"<dc:creator>{escape(author)}</dc:creator>" for author in e.authors)
        + "</item>"
        for e in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{home}"><title>{escape(name)}</title><link>{home}</link>'
        f"<description>{escape(name)}</description><dc:language>{language}</dc:language>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}\n</rdf:RDF>\n"
    ).encode()


def json_feed(name: str, home: str, language: str, entries: list[Entry]) -> bytes:
    """JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": name,
        "home_page_url": home,
        "language": language,
        "items": [
            {
                "id": e.guid,
                "url": e.url,
                "title": e.title,
                "content_text": e.summary,
                "date_published": e.published.isoformat(),
                "authors": [{"name": author} for author in e.authors],
            }
            for e in entries
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def utc(moment: datetime) -> str:
    """``2024-07-01T12:00:00Z``"""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
