"""What is fed with wrong input, and what it promises: its type, or its documented error, and nothing else."""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlite_utils import Database

from tests.fuzzing import corpus
from tests.fuzzing.mutator import NAMED

URL = "https://www.tepuy.example/2026/07/puerto/"
UTC = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
ZONES = (None, "America/Caracas", "Europe/Moscow", "America", "../UTC", "", "\0", "Asia/Kolkata")

Check = Callable[[bytes, Random], None]


@dataclass(frozen=True)
class Target:
    """``make`` gives the check, after what only it needs has been imported; ``share`` is its part of the time."""

    corpus: Callable[[], list[bytes]]
    make: Callable[[], Check]
    share: float
    longest: int = 400_000  # bytes of an input


def text_of(body: bytes, chance: Random) -> str:
    """Any string that Python can hold, halves of surrogate pairs included."""
    return body.decode(*chance.choice((("utf-8", "replace"), ("utf-8", "surrogateescape"), ("latin-1", "strict"))))


def storable(*texts: str | None) -> None:
    """Whether SQLite and UTF-8 take these as they are."""
    for text in texts:
        if text is not None:
            assert isinstance(text, str), type(text)
            assert "\0" not in text, "a null character"
            text.encode()


def announced(found) -> None:
    from crawler.items import Found
    from crawler.urls import clean_url

    assert isinstance(found, list)
    for item in found:
        assert isinstance(item, Found)
        assert item.kind in ("article", "feed", "sitemap", "section"), item.kind
        storable(item.url, item.title, item.language, *item.authors)
        assert clean_url(item.url) == item.url, item.url
        assert len(item.title or "") <= 500
        for date in (item.published, item.modified):
            assert date is None or UTC.fullmatch(date), date


def _feed() -> Check:
    from crawler.discovery.feeds import read_feed

    def check(body: bytes, chance: Random) -> None:
        try:
            announced(read_feed(body, URL, chance.choice(ZONES), chance.choice((None, None, *NAMED))))
        except ValueError as error:
            documented(error, ValueError)

    return check


def documented(error: Exception, kind: type[Exception]) -> None:
    """One of Python's own subclasses, such as UnicodeDecodeError, was not meant."""
    if type(error) is not kind and type(error).__module__.partition(".")[0] not in ("crawler", "pipelines"):
        raise AssertionError(f"{type(error).__name__} instead of {kind.__name__}: {error}") from error


def _sitemap() -> Check:
    from crawler.discovery.sitemaps import read_sitemap

    def check(body: bytes, chance: Random) -> None:
        try:
            announced(read_sitemap(body, URL, chance.choice(ZONES), chance.choice((None, None, *NAMED))))
        except ValueError as error:
            documented(error, ValueError)

    return check


def _discover() -> Check:
    from crawler.discovery import discover

    def check(body: bytes, chance: Random) -> None:
        kind = chance.choice((None, None, "feed", "sitemap", "section", "page"))
        try:
            found = discover(body, URL, f"text/html; charset={chance.choice(NAMED)}", kind, chance.choice(ZONES))
        except ValueError as error:
            documented(error, ValueError)
            storable(str(error))
        else:
            assert found[0] in ("feed", "sitemap", "section", "page")
            announced(found[1])

    return check


def _links() -> Check:
    from crawler.discovery.autodiscovery import named_feeds
    from crawler.discovery.links import article_links

    def check(body: bytes, chance: Random) -> None:
        charset = chance.choice((None, *NAMED))
        announced(article_links(body, URL, charset))
        announced(named_feeds(body, URL, charset))

    return check


def _robots() -> Check:
    from crawler.discovery.autodiscovery import sitemap_candidates
    from crawler.discovery.bodies import decoded
    from crawler.fetching.robots_rules import RobotsRules, whole_lines

    def check(body: bytes, chance: Random) -> None:
        text = decoded(whole_lines(body, chance.random() < 0.5), chance.choice((None, *NAMED)))
        rules = RobotsRules(text, "newscrawler/0.1.0")
        assert rules.allowed(URL) in (True, False)
        assert rules.crawl_delay is None or rules.crawl_delay > 0
        announced(sitemap_candidates(body, URL))

    return check


def _extract() -> Check:
    from crawler.items import Article, Fetched, Hints, Refusal
    from pipelines.extract import extract

    def check(body: bytes, chance: Random) -> None:
        hints = chance.choice((Hints(), Hints("Un puerto", "2026-07-01T12:00:00Z", "es", ("Ana Bracho",))))
        page = Fetched(
            URL, body, "2026-07-02T00:00:00Z", chance.choice((None, None, *NAMED)), hints, chance.choice(ZONES)
        )
        result = extract(page)
        if isinstance(result, Refusal):
            assert result.state in ("not_article", "failed", "blocked", "irrelevant", "gone"), result.state
            storable(result.reason)
            return
        assert isinstance(result, Article)
        storable(result.title, result.text, result.description, result.image, result.section, result.agency)
        storable(result.canonical_url, result.canonical_elsewhere, result.language_hint, *result.authors, *result.tags)
        assert result.text.strip()
        for date in (result.published, result.modified):
            assert date is None or UTC.fullmatch(date), date
        for address in (result.canonical_url, result.canonical_elsewhere, result.image):
            assert address is None or address.startswith(("http://", "https://")), address

    return check


def _metadata() -> Check:
    from crawler.charset import decode
    from crawler.items import Fetched
    from pipelines.metadata import Metadata, read_metadata
    from pipelines.page.tree import parse

    def check(body: bytes, chance: Random) -> None:
        html, charset = decode(body, chance.choice((None, *NAMED)))
        storable(charset)
        root = parse(html)
        if root is not None:
            about = read_metadata(Fetched(URL, body, "2026-07-02T00:00:00Z", None), root)
            assert isinstance(about, Metadata)
            storable(about.title, about.description, about.section, *about.authors, *about.tags)

    return check


def _structured() -> Check:
    from lxml import etree
    from lxml.html import fragment_fromstring

    from pipelines.metadata import jsonld

    def check(body: bytes, chance: Random) -> None:
        script = fragment_fromstring("<div><script type='application/ld+json'></script></div>")
        try:
            script[0].text = text_of(body, chance)
        except ValueError:  # no XML text; an HTML parser would not have let it through
            script[0].text = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "", text_of(body, chance))
        found = jsonld.nodes(script)
        assert len(found) <= jsonld.MOST_NODES and all(isinstance(node, dict) for node in found)
        node = jsonld.article_of(found, {URL}, {"un puerto"})
        for name in ("author", "headline", "datePublished", "image"):
            values = jsonld.resolve(node.get(name), found)
            assert all(isinstance(jsonld.text(value), str) for value in values)
        etree.tostring(script)

    return check


def _addresses() -> Check:
    from crawler.urls import clean_url, page_key, same_site, site_of

    def check(body: bytes, chance: Random) -> None:
        text = text_of(body, chance)
        clean = clean_url(text, chance.choice((None, URL, "http://[", "")))
        assert isinstance(page_key(text), str) and isinstance(site_of(text), str)
        assert same_site(text, URL) in (True, False)
        if clean is not None:
            assert clean.startswith(("http://", "https://")) and len(clean) <= 2000 and clean.isascii()
            assert clean_url(clean) == clean and page_key(clean) == page_key(clean_url(clean))
            assert not re.search(r"[\x00-\x20\x7f]", clean)

    return check


def _dates() -> Check:
    from crawler import clock
    from crawler.dates import utc_text

    def check(body: bytes, chance: Random) -> None:
        read = utc_text(text_of(body, chance), chance.choice(ZONES), chance.choice((None, corpus.BASE)))
        if read is not None:
            assert UTC.fullmatch(read), read
            clock.moment(read)

    return check


def _terms() -> Check:
    from crawler.terms import Terms, parse_term, words

    known = Terms({"venezuela": corpus.TERMS[:2], "russia": ("росси*", "-montaña rusa", "rusa"), "all": ("*",)})

    def check(body: bytes, chance: Random) -> None:
        text = text_of(body, chance)
        for group, hits in known.hits(text, "Caracas").items():
            assert group in known.groups and all(count > 0 for count in hits.values())
        assert all(word and not word.isspace() for word in words(text))
        try:
            parse_term(text)
            Terms({"one": [text], "two": text.split()[:20]}).hits(text)
        except ValueError as error:
            documented(error, ValueError)

    return check


def _seeds() -> Check:
    from crawler.seeds import SeedsError, Topic, read_topic

    folder = tempfile.mkdtemp(prefix="fuzz")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "topic.toml"

    def check(body: bytes, chance: Random) -> None:
        path.write_bytes(body)
        try:
            assert isinstance(read_topic(path), Topic)
        except SeedsError as error:
            assert str(path) in str(error) and len(str(error).splitlines()) == 1

    return check


def _queries() -> Check:
    from crawler.database.migrations import migrations
    from crawler.search.parser import WrongQuery, parse

    db = Database(memory=True)
    migrations.apply(db)
    match = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"

    def check(body: bytes, chance: Random) -> None:
        try:
            expression = parse(text_of(body, chance)).expression()
        except WrongQuery as error:
            assert len(str(error).splitlines()) == 1
            storable(str(error))
            return
        try:
            db.conn.execute(match, (expression,)).fetchall()
        except sqlite3.Error as error:
            raise AssertionError(f"SQLite does not take {expression!r}: {error}") from error

    return check


TARGETS = {
    "extract": Target(corpus.pages, _extract, 0.28),
    "metadata": Target(corpus.pages, _metadata, 0.10),
    "discover": Target(lambda: corpus.pages() + corpus.feeds() + corpus.sitemaps(), _discover, 0.10),
    "article_links": Target(corpus.pages, _links, 0.08),
    "read_feed": Target(corpus.feeds, _feed, 0.10),
    "read_sitemap": Target(corpus.sitemaps, _sitemap, 0.06),
    "jsonld": Target(corpus.structured, _structured, 0.06),
    "addresses": Target(corpus.addresses, _addresses, 0.05, 20_000),
    "dates": Target(corpus.dates, _dates, 0.04, 20_000),
    "terms": Target(corpus.terms, _terms, 0.04, 20_000),
    "seeds": Target(corpus.seeds, _seeds, 0.03),
    "queries": Target(corpus.queries, _queries, 0.03, 20_000),
    "robots": Target(corpus.robots, _robots, 0.03),
}
