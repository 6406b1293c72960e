"""Outlets that stored articles lead to and that no topic watches: links in their texts, named originals, credits."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crawler.captures import Captures
from crawler.discovery.bodies import decoded, page_of
from crawler.urls import absolute, same_site, site_of
from crawler.warc.http_message import message

NEWEST = 500  # articles whose pages are looked at
SHORTEST = 60  # letters of a paragraph whose links belong to the text
PLATFORMS = (  # where everybody is
    *("apple.com", "bit.ly", "bsky.app", "dailymotion.com", "disqus.com", "facebook.com", "fb.com", "flickr.com"),
    *("flipboard.com", "goo.gl", "google.com", "instagram.com", "linkedin.com", "medium.com", "ok.ru", "pinterest.com"),
    *("reddit.com", "rumble.com", "rutube.ru", "soundcloud.com", "spotify.com", "t.co", "t.me", "telegram.me"),
    *("telegram.org", "threads.net", "threads.com", "tiktok.com", "twitch.tv", "twitter.com", "vimeo.com", "vk.com"),
    *("vk.ru", "wa.me", "whatsapp.com", "wikipedia.org", "wikimedia.org", "x.com", "yandex.ru", "youtu.be"),
    *("youtube.com", "dzen.ru", "wordpress.org", "archive.org"),
)


@dataclass
class Suggestion:
    """A site, or a wire agency without one, and who leads there: numbers of articles and names of sources."""

    name: str
    is_agency: bool = False
    linked: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)  # as the original of a text
    sources: set[str] = field(default_factory=set)

    @property
    def weight(self) -> tuple[int, int]:
        """Many outlets count more than many articles."""
        return len(self.sources), len(self.linked | self.named)


def suggestions(
    connection: sqlite3.Connection, captures: Captures, watched: Iterable[str], topic: str | None, most: int
) -> list[Suggestion]:
    """Up to ``most`` suggestions, the best first; ``watched`` are addresses of the sources that there are."""
    rows = connection.execute(
        "SELECT id, url, site, source, canonical_elsewhere, agency FROM articles WHERE :topic IS NULL"
        " OR id IN (SELECT article_id FROM matches WHERE topic = :topic) ORDER BY id DESC LIMIT :newest",
        {"topic": topic, "newest": NEWEST},
    ).fetchall()
    watched = [*watched]
    known = {site_of(url) for url in watched}
    found: defaultdict[str, Suggestion] = defaultdict(lambda: Suggestion(""))
    credited: Counter[str] = Counter()
    for row in rows:
        elsewhere = [row["canonical_elsewhere"]] if row["canonical_elsewhere"] else []
        for kind, urls in (("named", elsewhere), ("linked", _links(captures, row))):
            for site in {site_of(url) for url in urls} - known:
                if not _is_platform(site) and not same_site(f"https://{site}/", row["url"]):
                    getattr(found[site], kind).add(row["id"])
                    found[site].sources.add(row["source"] or row["site"])
        if row["agency"]:
            credited[row["agency"]] += 1
            agency = found[f"agency {row['agency']}"]
            agency.is_agency = True
            agency.named.add(row["id"])
            agency.sources.add(row["source"] or row["site"])
    names = {name.casefold() for (name,) in connection.execute("SELECT name FROM sources")}
    kept = []
    for key, suggestion in found.items():
        suggestion.name = key.removeprefix("agency ") if suggestion.is_agency else key
        is_watched = any(same_site(f"https://{key}/", url) for url in watched) if not suggestion.is_agency else False
        if is_watched or (suggestion.is_agency and any(suggestion.name.casefold() in name for name in names)):
            continue
        kept.append(suggestion)
    return sorted(kept, key=lambda one: (*(-number for number in one.weight), one.name))[:most]


def _is_platform(site: str) -> bool:
    return not site or any(site == platform or site.endswith(f".{platform}") for platform in PLATFORMS)


def _links(captures: Captures, row: sqlite3.Row) -> Iterator[str]:
    """Where the paragraphs of an article's page lead, if the page is in the archive."""
    located = captures.of_article(row["id"], "")
    record = captures.read(located) if located else None
    answer = message(record.block) if record else None
    if answer is None:
        return
    try:
        page = page_of(decoded(answer.unpacked()))
    except ValueError:
        return
    for paragraph in page.iter("p") if page is not None else ():
        links = [link for link in paragraph.iter("a") if link.get("href")]
        if links and len(paragraph.text_content()) >= SHORTEST:
            yield from filter(None, (absolute(link.get("href"), row["url"]) for link in links))


def as_row(one: Suggestion, feed: str | None) -> dict[str, object]:
    """A suggestion for other programs, with the address of its feed if one was found."""
    return {
        "name": one.name,
        "kind": "agency" if one.is_agency else "site",
        "linked_by": len(one.linked),
        "named_original_by": len(one.named),
        "sources": sorted(one.sources),
        "feed": feed,
    }
