"""From the bytes of a page to a clean article, or to the reason why there is none.

``extract`` is a pure function without Scrapy: it runs in worker processes that may be killed.
"""

from __future__ import annotations

import unicodedata

import trafilatura
from lxml import etree

from crawler import __version__
from crawler.charset import as_utf8, broken
from crawler.items import Article, Fetched, Refusal
from crawler.words import weight
from pipelines.boilerplate import Surroundings, asks_for_payment, signature, without_frame
from pipelines.extract.blocks import (
    LEDE_LANGUAGES,
    SUBTITLE_LANGUAGES,
    linked_lines,
    linking_lines,
    share_of_links,
    standfirst,
    subtitles,
    teasers,
    with_standfirst,
)
from pipelines.extract.boxes import boxes, captions, pictured
from pipelines.extract.maintext import fullest, read_lines
from pipelines.extract.pointers import drop_pointers
from pipelines.extract.refusal import why_no_article
from pipelines.metadata import Metadata, jsonld, read_metadata
from pipelines.metadata.agency import credited_agency
from pipelines.metadata.authors import outlet_names, people
from pipelines.page.hidden import open_hidden
from pipelines.page.inline import settle
from pipelines.page.paragraphs import Core
from pipelines.page.region import Region
from pipelines.page.state import state_scripts, state_texts
from pipelines.page.titles import squash
from pipelines.page.tree import drop_silent, parse

LONGEST = 500_000  # characters of a text, normalised; no article is longer
EXTRACTOR = f"newscrawler {__version__} trafilatura {trafilatura.__version__}"
GARBLED = "text does not decode: full of replacement characters"
IBERIAN, IBERIAN_SHARE = frozenset(("que", "los", "las", "una", "uma", "não", "para", "dos", "por", "como")), 0.04
STATE_BELOW = 2_500  # characters of text above which the page's state is not asked
SHORT = 200  # characters of text below which the article body of JSON-LD stands in


def extract(page: Fetched) -> Article | Refusal:
    """The article of a page, or why it has none. Never raises on what a page contains."""
    html = as_utf8(page.body, page.charset)
    if broken(html):
        return Refusal("not_article", GARBLED)
    root = parse(html)
    if root is None:
        return Refusal("not_article", "empty page")
    nodes, scripts = jsonld.nodes(root), state_scripts(root)
    open_hidden(root)
    drop_silent(root)
    drop_pointers(root)
    about = read_metadata(page, root, nodes)
    region = about.region or Region(root, about.heading)
    etree.strip_elements(root, "link", "meta", with_tail=False)
    settle(root)
    raw = read_lines(root, region, page.url, "" if about.paywalled else about.body)
    around = _surroundings(page, region, about)
    about.paywalled = about.paywalled or (not about.free and asks_for_payment(raw, around.linked))
    lines = without_frame(raw, around)
    signed = signature(lines) if about.authors_from in (None, "desk") else None
    if signed and (named := people([signed], outlet_names([about.site]))):
        about.authors, about.authors_from = named, "text"
        lines = lines[:-1]
    shown = lines
    if not about.paywalled:
        lines = _fullest(lines, about, nodes, scripts, around)
    linked = share_of_links(raw, region.blocks) if lines is shown else 0.0
    refusal = why_no_article(page, about, region, linked, lines)
    if refusal or broken("".join(lines)):
        return refusal or Refusal("not_article", GARBLED)
    if about.language_hint in LEDE_LANGUAGES:
        lines = with_standfirst(lines, standfirst(root, about.heading, about.summaries))
    announced = around.linked | around.teasers  # what they announce is the text of another page
    if written_out(lines) > LONGEST:
        return Refusal("not_article", f"a text of more than {LONGEST:,} characters")
    own = [line for line in raw if squash(line) not in announced]
    return _article(page, about, own, lines)


def written_out(lines: list[str]) -> int:
    """How many characters a text has once it is normalised, as searches and comparisons do: one may become 18."""
    return sum(len(line if line.isascii() else unicodedata.normalize("NFKC", line)) for line in lines)


def _fullest(
    lines: list[str], about: Metadata, nodes: list[jsonld.Node], scripts: list[str], around: Surroundings
) -> list[str]:
    """The lines, or the text of JSON-LD, of a live blog's entries or of the page's state when it has them and more."""
    told = about.body.split("\n")
    if sum(map(weight, lines)) < SHORT:
        lines = next((text for text in (told, *jsonld.live_entries(nodes)) if sum(map(weight, text)) > SHORT), lines)
    if sum(map(len, told)) > sum(map(len, lines)):
        lines = fullest(lines, [without_frame(told, around)])
    if scripts and sum(map(len, lines)) < STATE_BELOW:
        lines = fullest(lines, (without_frame(text, around) for text in state_texts(scripts, about.headlines, lines)))
    return lines


def _surroundings(page: Fetched, region: Region, about: Metadata) -> Surroundings:
    """What is known about the frame of this page's text."""
    root, core, blocks = region.element, region.core, region.blocks
    names = (*about.authors, *about.credits, about.site)
    return Surroundings(
        titles=frozenset(map(squash, about.headlines)),
        names=frozenset(plain for name in names if (plain := squash(name))),
        linked=linked_lines(blocks),
        linking=linking_lines(blocks),
        headings=frozenset(block.plain for block in blocks if block.is_heading and not block.is_link),
        captions=captions(root),
        subtitles=subtitles(root, about.heading, about.summaries)
        if (about.language_hint or _looks(core)) in SUBTITLE_LANGUAGES
        else frozenset(),
        boxes=boxes(root, len(core), blocks) | pictured(root, len(core)),
        teasers=frozenset() if core.container is None else teasers(core.container),
    )


def _looks(core: Core) -> str | None:
    """A language for a page that names none, if it has the little words of one of the Iberian peninsula."""
    words = " ".join(core.paragraphs).split()
    return "es" if sum(word in IBERIAN for word in words) > IBERIAN_SHARE * max(1, len(words)) else None


def _article(page: Fetched, about: Metadata, lines: list[str], text: list[str]) -> Article:
    return Article(
        url=page.url,
        title=about.title,
        text="\n".join(text),
        authors=about.authors,
        authors_from=about.authors_from,
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
        site=about.site,
        fetched=page.fetched,
    )
