"""What a page says about itself: headline, authors, dates, addresses, in the order of how far it is to be trusted.

JSON-LD comes first, then meta tags (OpenGraph, Dublin Core and those of CMSs), then microdata and visible marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.items import Fetched
from crawler.urls import clean_url, same_site, site_of
from pipelines.metadata import jsonld, published
from pipelines.metadata.bylines import authors_of
from pipelines.metadata.visible import headline_above, main_heading, shares_words, smaller_headings
from pipelines.page.phrases import FIELDS, plain_name
from pipelines.page.region import Region
from pipelines.page.titles import headline, is_slogan, plain
from pipelines.page.tree import text_of, tidy

TAG = re.compile(r"\s*[a-zA-Z]{2}(?:[-_].*)?\s*$")  # of a language that has two letters
MOST_TAGS = 30
LONGEST_TAG = 80  # characters
LONGEST_DESCRIPTION = 2_000  # characters

Meta = dict[str, list[str]]


@dataclass
class Metadata:
    """The fields of an article that a page's markup gives."""

    title: str | None = None
    authors: list[str] = field(default_factory=list)
    authors_from: str | None = None
    published: str | None = None
    published_from: str | None = None
    modified: str | None = None
    description: str | None = None
    image: str | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    site: str = ""
    canonical_url: str | None = None
    canonical_elsewhere: str | None = None
    language_hint: str | None = None
    paywalled: bool = False
    free: bool = False  # the page says so
    headlines: list[str] = field(default_factory=list)  # every wording of the title on the page
    credits: list[str] = field(default_factory=list)  # author fields as they are, outlets and agencies included
    kinds: list[str] = field(default_factory=list)  # types of the JSON-LD node and og:type
    heading: HtmlElement | None = None  # the h1 of the article, or what else shows its title
    region: Region | None = None  # where on the page the article is
    summaries: list[str] = field(default_factory=list)  # every description
    body: str = ""  # JSON-LD's articleBody, often a teaser


def read_metadata(page: Fetched, root: HtmlElement, found: list[jsonld.Node] | None = None) -> Metadata:
    """What the markup of a page says about its article; what it does not say stays empty.

    ``found`` are the nodes of its JSON-LD if they were read before scripts were taken out of the tree.
    """
    meta = meta_tags(root)
    found = jsonld.nodes(root) if found is None else found
    headings = [element for element in root.iter("h1") if not _hidden(element)]
    texts = [text for element in headings if 3 < len(text := plain(text_of(element))) < 500]
    canonical, elsewhere = canonical_of(page.url, root, meta)
    addresses = {url.split("#")[0].split("?")[0].rstrip("/") for url in (page.url, canonical) if url}
    titles = {text.casefold() for text in texts} | {title.casefold() for title in first(meta, "og:title")}
    node = jsonld.article_of(found, addresses, titles)
    sites = _site_names(page.url, meta, node, found)
    page_title = plain(next((text_of(element) for element in root.iter("title") if _in_head(element)), ""))
    social = [value for name in FIELDS["title"] for value in first(meta, name)]
    announced = plain(jsonld.text(node.get("headline")))
    title = (
        headline(announced, social, texts, page_title, sites, smaller_headings(root)) or tidy(page.hints.title) or None
    )
    main = main_heading(root, headings, title)
    region = Region(root, main)
    slogan = not any((announced, *social)) or is_slogan(title or "", announced, texts, page_title, sites)
    if slogan and not shares_words(title or "", region.core):
        title, main = headline_above(root, region.core) or (title, main)
        region = region if main is region.heading else Region(root, main)
    tag = _language_tag(root, node, meta) or page.hints.language
    read = published.reader_of(page, tag, "\n".join(region.core.paragraphs))
    when, origin = published.published(page, node, meta, region, read)
    authors, authors_from, credits = authors_of(node, found, meta, region, page.hints.authors, sites)
    return Metadata(
        title=title,
        authors=authors,
        authors_from=authors_from,
        published=when,
        published_from=origin,
        modified=published.modified(node, meta, read),
        description=_text(jsonld.text(node.get("description")), meta, FIELDS["description"], LONGEST_DESCRIPTION),
        image=_image(page.url, node, meta),
        section=_text(jsonld.text(node.get("articleSection")), meta, FIELDS["section"], LONGEST_TAG),
        tags=_tags(node, meta),
        site=site_of(page.url),
        canonical_url=canonical,
        canonical_elsewhere=elsewhere,
        language_hint=_language(tag),
        paywalled=_free(node) is False or _tiered(meta),
        free=_free(node) is True and not _tiered(meta),
        headlines=[text for text in (title, announced, *social, *texts, page_title) if text],
        credits=credits,
        kinds=[*jsonld.types(node), *first(meta, "og:type")],
        heading=main,
        region=region,
        summaries=[
            text
            for text in (
                jsonld.text(node.get("description")),
                *(v for n in FIELDS["description"] for v in first(meta, n)),
            )
            if text
        ],
        body="\n".join(tidy(line) for line in jsonld.lines(node.get("articleBody"))),
    )


def meta_tags(root: HtmlElement) -> Meta:
    """Contents of the meta tags by their name, property or itemprop (``plain_name``)."""
    tags: Meta = {}
    for element in root.iter("meta"):
        value = (element.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if value and (name := element.get(attribute)):
                tags.setdefault(plain_name(name), []).append(value if value.startswith(("http", "/")) else plain(value))
    return tags


def first(meta: Meta, name: str) -> list[str]:
    """The first content of a meta tag, as a list of one or none."""
    return meta.get(name, [])[:1]


def canonical_of(url: str, root: HtmlElement, meta: Meta) -> tuple[str | None, str | None]:
    """(canonical address on this site, canonical address on another one), each None if not given.

    A site that names its home page for every article is not believed.
    """
    links = [link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for href in [*links[:1], *first(meta, "og:url")]:
        address = clean_url(href, url) if href else None
        if not address:
            continue
        if not same_site(address, url):
            return None, address
        parts = urlsplit(address)
        if parts.path.strip("/") or parts.query:
            return address, None
    return None, None


def _site_names(url: str, meta: Meta, node: jsonld.Node, found: list[jsonld.Node]) -> list[str]:
    """What the publisher may be called: names in the markup, and the host with and without its ending."""
    site = site_of(url)
    names = [site, site.rsplit(".", 1)[0], *site.split(".")[:-1]]
    names += [value for tag in FIELDS["site"] for value in first(meta, tag)]
    names += [jsonld.text(item) for item in jsonld.resolve(node.get("publisher"), found)]
    names += [
        jsonld.text(other.get("name"))
        for other in found
        if {"WebSite", "NewsMediaOrganization"} & set(jsonld.types(other))
    ]
    names += [value.lstrip("@") for value in first(meta, "twitter:site")]
    return [tidy(name) for name in names if len(name) > 2]


def _text(value: str, meta: Meta, names: list[str], longest: int) -> str | None:
    given = [value, *(tidy(content) for name in names for content in first(meta, name))]
    return next((text[:longest] for text in given if text), None)


def _image(url: str, node: jsonld.Node, meta: Meta) -> str | None:
    value = node.get("image") or node.get("thumbnailUrl")
    value = value[0] if isinstance(value, list) and value else value
    value = (value.get("url") or value.get("contentUrl")) if isinstance(value, dict) else value
    for candidate in (*(content for name in FIELDS["image"] for content in first(meta, name)), jsonld.text(value)):
        try:
            address = urljoin(url, candidate.strip())
            if candidate and urlsplit(address).scheme in ("http", "https") and len(address) <= 2_000:
                return address
        except ValueError:  # a broken IPv6 address
            continue
    return None


def _tags(node: jsonld.Node, meta: Meta) -> list[str]:
    value = node.get("keywords") or []
    given = [jsonld.text(item) for item in (value if isinstance(value, list) else [value])]
    for name in FIELDS["tags"]:
        if not any(given):
            given = [tidy(content) for content in meta.get(name, ())]
    tags: dict[str, str] = {}
    for entry in given:
        for tag in entry.split(",") if len(given) < 3 else [entry]:
            if 1 < len(tag.strip()) <= LONGEST_TAG and ":" not in tag[:12]:
                tags.setdefault(tag.strip().casefold(), tag.strip())
    return list(tags.values())[:MOST_TAGS]


def _language_tag(root: HtmlElement, node: jsonld.Node, meta: Meta) -> str | None:
    """The first language tag of the html tag, JSON-LD or meta tags."""
    html = next(root.iter("html"), root)
    given = [html.get("lang"), html.get("{http://www.w3.org/XML/1998/namespace}lang"), html.get("xml:lang")]
    given += [
        jsonld.text(node.get("inLanguage")),
        *(value for name in FIELDS["language"] for value in first(meta, name)),
    ]
    return next((value.strip() for value in given if value and TAG.match(value)), None)


def _language(tag: str | None) -> str | None:
    """The ISO 639-1 code of a language tag."""
    code = (tag or "")[:2].lower()
    return {"nb": "no", "nn": "no", "iw": "he"}.get(code, code) or None


def _free(node: jsonld.Node) -> bool | None:
    """What isAccessibleForFree says, None if nothing."""
    given = node.get("isAccessibleForFree")
    said = (jsonld.text(given) or str(given)).strip().lower()
    return True if said in ("true", "1", "yes") else False if said in ("false", "0", "no") else None


def _tiered(meta: Meta) -> bool:
    """Whether a content tier says that a page is not free."""
    names = ("article:content:tier", "og:article:content:tier")
    return any(value.lower() in ("locked", "metered") for name in names for value in first(meta, name))


def _hidden(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or "display:none" in (element.get("style") or "").replace(" ", "")


def _in_head(element: HtmlElement) -> bool:
    parent = element.getparent()
    return parent is None or parent.tag in ("head", "html", "body")
