"""From the bytes of a page to a clean article, or to the reason why there is none.

``extract`` is a pure function without Scrapy: it runs in worker processes that may be killed.
"""

from __future__ import annotations

from importlib import metadata as packages

import trafilatura
from lxml.html import HtmlElement

from crawler.items import Article, Fetched, Refusal
from pipelines.agency import credited_agency
from pipelines.blocks import LEDE_LANGUAGES, captions, linked_lines, standfirst
from pipelines.boilerplate import Surroundings, fingerprints, without_frame
from pipelines.charset import broken, decode
from pipelines.maintext import read_lines
from pipelines.metadata import Metadata, read_metadata
from pipelines.titles import squash
from pipelines.tree import drop_silent, parse

try:
    OWN_VERSION = packages.version("newscrawler")
except packages.PackageNotFoundError:  # run from a checkout that was never installed
    OWN_VERSION = "0.1.0"
EXTRACTOR = f"newscrawler {OWN_VERSION} trafilatura {trafilatura.__version__}"


def extract(page: Fetched) -> Article | Refusal:
    """The article of a page, or why it has none. Never raises on what a page contains."""
    html, _ = decode(page.body, page.charset)
    if broken(html):
        return Refusal("not_article", "text does not decode: full of replacement characters")
    root = parse(html)
    if root is None:
        return Refusal("not_article", "empty page")
    about = read_metadata(page, root)
    around = _surroundings(page, root, about)
    summary = None
    if about.language_hint in LEDE_LANGUAGES:
        summary = standfirst(root, about.heading, about.summaries)
    drop_silent(root)
    lines = read_lines(root, about.heading, page.url)
    text = without_frame(lines, around)
    if summary and squash(summary) not in squash("".join(text)):
        text.insert(0, summary)
    if not text:
        return Refusal("not_article", "no text")
    return _article(page, about, lines, text)


def _surroundings(page: Fetched, root: HtmlElement, about: Metadata) -> Surroundings:
    """What is known about the frame of this page's text."""
    names = (*about.authors, *about.credits, about.site)
    return Surroundings(
        titles=frozenset(map(squash, about.headlines)),
        names=frozenset(plain for name in names if (plain := squash(name))),
        linked=linked_lines(root),
        captions=captions(root),
        repeated=page.boilerplate,
    )


def _article(page: Fetched, about: Metadata, lines: list[str], text: list[str]) -> Article:
    return Article(
        url=page.url,
        title=about.title,
        text="\n".join(text),
        authors=about.authors,
        published=about.published,
        published_from=about.published_from,
        modified=about.modified,
        description=about.description,
        image=about.image,
        section=about.section,
        tags=about.tags,
        agency=credited_agency(lines, about.credits),
        paywalled=about.paywalled,
        canonical_url=about.canonical_url,
        canonical_elsewhere=about.canonical_elsewhere,
        language_hint=about.language_hint,
        extractor=EXTRACTOR,
        blocks=fingerprints(lines[:6] + lines[-12:]),
        site=about.site,
        fetched=page.fetched,
    )
