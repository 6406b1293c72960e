"""From the bytes of a page to a clean article, or to the reason why there is none.

``extract`` is a pure function without Scrapy: it runs in worker processes that may be killed.
"""

from __future__ import annotations

from importlib import metadata as packages

import trafilatura
from lxml.html import HtmlElement

from crawler.items import Article, Fetched, Refusal
from pipelines.agency import credited_agency
from pipelines.boilerplate import fingerprints, without_frame
from pipelines.charset import broken, decode
from pipelines.metadata import Metadata, read_metadata
from pipelines.tree import parse, tidy

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
    lines = read_lines(root, page.url)
    names = [*about.authors, *about.credits, about.site]
    text = without_frame(lines, about.headlines, names)
    if not text:
        return Refusal("not_article", "no text")
    return _article(page, about, lines, text)


def read_lines(root: HtmlElement, url: str) -> list[str]:
    """The blocks of the main text as trafilatura finds them, one line each."""
    try:
        document = trafilatura.bare_extraction(root, url=url, fast=True, include_comments=False)
    except RecursionError:  # tags nested by the thousand
        return []
    text = getattr(document, "text", None) or ""
    return [line for raw in text.split("\n") if (line := tidy(raw))]


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
