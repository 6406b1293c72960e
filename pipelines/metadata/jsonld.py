"""schema.org data of a page: every JSON-LD block as flat nodes, and the one that describes the article."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from crawler.entities import unescaped
from pipelines.page.tree import tidy

Node = dict[str, Any]

ARTICLE = re.compile(r"(?:Article|Posting|^Report|Review)$|^(?:ClaimReview|LiveBlogPosting|NewsItem)$")
PAGE = re.compile(r"^(?:WebPage|ItemPage|VideoObject|AudioObject|CreativeWork|PodcastEpisode)$")
ELSEWHERE = re.compile(  # what these hold is about other pages
    "itemListElement|mentions|citation|comment|review|hasPart|relatedLink|isPartOf|about|breadcrumb|potentialAction"
    "|liveBlogUpdate|subjectOf|recordedIn"
)
MOST_NODES = 3_000
LONGEST_BLOCK = 2_000_000  # characters
TAG = re.compile(r"</?(\w++)[^<>]*>")
BREAKING = frozenset(("p", "br", "div", "li", "h2", "h3"))
BETWEEN_BLOCKS = re.compile(r"[ \n\r\t,;]*")
BETWEEN_VALUES = re.compile(r",\s*([}\]])")
PAIR = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection|description)"\s*:\s*"((?:[^"\\]|\\.)*)"'
)
WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)"
    r"|(?:-->|//\s*\]\]>|\]\]>)[\s;]*$|(?<![\s;])[\s;]+$"
)


def nodes(root: HtmlElement) -> list[Node]:
    """All objects in the page's JSON-LD that may speak about this page, outer ones first.

    Broken blocks are repaired where a rule is known; of the others only the plain pairs of a headline
    and its dates are taken, and what says nothing is skipped.
    """
    found: list[Node] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for value in _values(script.text[:LONGEST_BLOCK]):
                found.extend(_flatten(value, MOST_NODES - len(found)))
    return found


def types(node: Node) -> list[str]:
    """The types of a node without their vocabulary's address."""
    kinds = node.get("@type") or ()
    return [kind.rsplit("/", 1)[-1] for kind in ([kinds] if isinstance(kinds, str) else kinds) if isinstance(kind, str)]


def article_of(found: list[Node], addresses: set[str], titles: set[str]) -> Node:
    """The node that describes the page's article, an empty one if there is none.

    ``addresses`` are those of this page and ``titles`` its headings (case-folded): on a page that
    describes several articles the one that agrees with them is taken, else the first.
    """
    best: Node = {}
    most = 0.0
    for place, node in enumerate(found):
        kinds = types(node)
        kind = 2.0 if any(map(ARTICLE.search, kinds)) else 1.0 if any(map(PAGE.search, kinds)) else 0.0
        if not kind or not (node.get("headline") or node.get("datePublished") or node.get("articleBody")):
            continue
        score = kind * 10 - place / MOST_NODES
        score += 4 * (tidy(text(node.get("headline"))).casefold() in titles)
        score += 4 * bool(addresses & set(_addresses(node)))
        score += bool(node.get("datePublished")) + bool(node.get("author"))
        if score > most:
            best, most = node, score
    return best


def resolve(value: Any, found: list[Node]) -> list[Any]:
    """``value`` as a list in which references (``{"@id": ...}``) are replaced by what they name."""
    if isinstance(value, dict) and ("@list" in value or "@set" in value):
        value = value.get("@list") or value.get("@set")
    items = value if isinstance(value, list) else [] if value is None else [value]
    result = []
    for item in items[:50]:
        if isinstance(item, dict) and "@id" in item and "name" not in item:
            named = (node for node in found if node.get("@id") == item["@id"] and node.get("name"))
            item = next(named, item)
        result.append(item)
    return result


def text(value: Any) -> str:
    """A JSON-LD value as one text: the first of a list, the value of a language map, entities resolved."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name") or value.get("url") or value.get("@id")
    if not isinstance(value, str):
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return tidy(unescaped(unescaped(value)) if "&" in value else value)


def name_of(value: Any) -> str:
    """The name of a person or an organisation, also where it is given in parts."""
    if isinstance(value, dict) and not value.get("name"):
        parts = [text(value.get(key)) for key in ("givenName", "additionalName", "familyName")]
        return " ".join(filter(None, parts)) or text({key: value[key] for key in ("@value",) if key in value})
    return text(value)


def lines(value: Any) -> list[str]:
    """The paragraphs of a JSON-LD text, without markup."""
    whole = value if isinstance(value, str) else ""
    plain = TAG.sub(lambda tag: "\n" if tag[1] in BREAKING else "", unescaped(whole))
    return [line for part in plain.split("\n") if (line := tidy(part))]


def live_entries(found: list[Node]) -> list[list[str]]:
    """The headlines and texts of each live blog's entries, as lines."""
    blogs = []
    for node in found:
        entries = node.get("liveBlogUpdate")
        entries = entries if isinstance(entries, list) else [entries]
        told = [one for one in entries[:MOST_NODES] if isinstance(one, dict)]
        blogs.append(
            [line for one in told for line in (text(one.get("headline")), *lines(one.get("articleBody"))) if line]
        )
    return [blog for blog in blogs if blog]


def _values(source: str) -> Iterator[Any]:
    """The values in one block; a block may hold several one after another, which JSON does not know."""
    source = source.strip("; \n\r\t\f\v")
    if not (source.startswith(("{", "[")) and source.endswith(("}", "]"))):
        source = WRAPPING.sub("", source).strip()
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_object)
    for attempt in (source, BETWEEN_VALUES.sub(r"\1", source), unescaped(source)):
        place = 0
        read: list[Any] = []
        try:
            while attempt.startswith(("{", "["), place) and len(read) < MOST_NODES:
                value, end = decoder.raw_decode(attempt, place)
                read.append(value)
                place = BETWEEN_BLOCKS.match(attempt, end).end()  # type: ignore[union-attr]  # it matches nothing, too
        except (ValueError, RecursionError):
            if not read:
                continue
        yield from read
        return
    pairs: Node = {"@type": "Article"}
    for key, text in PAIR.findall(source):
        pairs.setdefault(key, _unescaped(text))
    if len(pairs) > 1:
        yield pairs


def _object(pairs: list[tuple[str, Any]]) -> Node:
    """An object; an author that comes twice is a list of both."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for key in ("author", "creator"):
            given = [value for name, value in pairs if name == key]
            if len(given) > 1:
                found[key] = [one for value in given for one in (value if isinstance(value, list) else [value])]
    return found


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value.replace('\\"', '"').replace("\\/", "/")


def _flatten(value: Any, most: int) -> Iterator[Node]:
    """The objects inside a value, breadth first, at most ``most``."""
    queue: list[Any] = [value]
    for item in queue:
        if most <= 0 or len(queue) > 20 * MOST_NODES:
            return
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            if "@type" in item or "@id" in item or item is value:
                yield item
                most -= 1
            queue.extend(
                inner for key, inner in item.items() if not ELSEWHERE.fullmatch(key) and isinstance(inner, dict | list)
            )


def _addresses(node: Node) -> Iterator[str]:
    for key in ("url", "mainEntityOfPage", "@id", "isPartOf"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value.split("#")[0].split("?")[0].rstrip("/")
