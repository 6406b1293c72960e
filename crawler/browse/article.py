"""The page of an article: its text with the terms marked, why it matched, and where each fact comes from."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from crawler.browse.desk import marks_on
from crawler.browse.marks import with_terms
from crawler.browse.outlets import Outlets
from crawler.browse.page import Asked, NotThere, Page, Site, language_name, web_address
from crawler.browse.story import copy_kind, rewritten
from crawler.database import queries
from crawler.output.diff import Effort, Piece
from crawler.terms import about

ORIGINS = {
    "feed": "its feed",
    "jsonld": "the page's JSON-LD",
    "meta": "the page's meta tags",
    "time": "a <time> element",
    "url": "its address",
    "text": "the text",
    "htmldate": "traces in the page (htmldate, until 2026)",
    "relative": "how long ago the page said it was",
    "script": "its script",
    "hint": "its feed",
}
OTHERS = 8  # reports of the same story that are named
SQL = "select * from articles where id = :article"


def article(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The page of the article whose number is in the path."""
    number = asked.number("article")
    row = queries.article(connection, str(number))
    if row is None:
        raise NotThere(f"There is no article {number}.")
    outlets = Outlets.known_to(connection)
    pages = queries.pages(connection, number)
    matches = [_match(match, site) for match in queries.matches(connection, number)]
    marked = next((match for match in matches if match["topic"] == asked.query.get("topic")), None)
    marked = marked or max(matches, key=lambda match: match["score"], default=None)
    terms = marked["looked_for"] if marked else {}
    story = queries.read_story(connection, row["story_id"]) if row["story_id"] else None
    passages = queries.passages(connection, number)
    shown = {
        "row": row,
        "marked_by_us": marks_on(site.desk, row) if site.desk else None,
        "outlet": outlets.of(row),
        "authors": json.loads(row["authors"]),
        "headline": with_terms(row["title"] or "(no title)", terms),
        "gist": queries.gists(connection, [number], asked.whom.gists).get(number),
        "paragraphs": _paragraphs(row["text"], terms, passages),
        "matches": matches,
        "marked": marked,
        "group_numbers": {group: place % 3 + 1 for place, group in enumerate(terms)},  # their colours
        "link": web_address(row["url"]),
        "facts": _facts(row, asked.reader),
        "addresses": [page["url"] for page in pages if page["url"] != row["url"]],
        "found_on": list(dict.fromkeys(page["found_on"] for page in pages if page["found_on"])),
        "wire": queries.carried_by(connection, number),
        "copies": [
            {
                "row": copy,
                "outlet": outlets.of(copy),
                "kind": copy_kind(copy) if copy["duplicate_of"] else "the original",
            }
            for copy in queries.copies(connection, number)
        ],
        "fuller": queries.fuller(connection, number),
        "passages": [{"passage": passage, "outlet": outlets.of(passage.other)} for passage in passages],
        "kind": copy_kind(row),
        "story": story.row if story and len(story.articles) > 1 else None,
        "others": [
            {"row": other, "outlet": outlets.of(other)}
            for other in (story.articles if story else [])
            if other["id"] != number and other["duplicate_of"] is None
        ][:OTHERS],
        "revisions": rewritten(connection, number, Effort()) if row["revision"] > 1 else [],
    }
    title = row["title"] or f"Article {number}"
    topic = marked["topic"] if marked else None
    return Page("article.html", title, shown, topic=topic, sql=SQL, values={"article": number})


def _match(match: sqlite3.Row, site: Site) -> dict[str, Any]:
    groups: dict[str, dict[str, int]] = json.loads(match["terms"])
    seeds = site.topics[match["topic"]].terms.groups if match["topic"] in site.topics else {}
    exceptions = {group: [term for term in terms if term.lstrip().startswith("-")] for group, terms in seeds.items()}
    return {
        "topic": match["topic"],
        "title": site.title(match["topic"]),
        "score": match["score"],
        "why": about.said(match["role"], match["score"], json.loads(match["parts"] or "{}")),
        "groups": groups,
        "looked_for": {
            group: [*(term for term in terms if term != "(given)"), *exceptions.get(group, [])]
            for group, terms in groups.items()
        },
    }


def _paragraphs(
    text: str, terms: dict[str, list[str]], passages: list[queries.Passage]
) -> list[tuple[list[Piece], bool]]:
    """Each paragraph, and whether most of it stands in another article as well."""
    paragraphs = []
    begin = 0
    for paragraph in text.split("\n"):
        end = begin + len(paragraph)
        shared = max(
            (min(end, p.end) - max(begin, p.begin) for p in passages if p.begin is not None and p.end is not None),
            default=0,
        )
        if paragraph.strip():
            paragraphs.append((with_terms(paragraph, terms), 2 * shared > len(paragraph)))
        begin = end + 1
    return paragraphs


def _facts(row: sqlite3.Row, reader: str) -> list[tuple[str, str | None, str | None, str]]:
    """Label, value, where it comes from, and how it is shown: text, time or link."""
    language = language_name(row["language"], reader)
    if row["language_confidence"]:
        language += f", {row['language_confidence']:.0%} sure"
    facts = [
        ("Published", row["published"], ORIGINS.get(row["published_from"], row["published_from"]), "time"),
        ("Modified", row["modified"], "the page", "time"),
        ("Fetched", row["fetched"], None, "time"),
        ("Source", row["source"], "the seeds file", "text"),
        ("Publisher", row["site"], "its address", "text"),
        ("Language", language, ORIGINS.get(row["language_from"], row["language_from"]), "text"),
        ("Wire agency", row["agency"], "a credit on the page", "text"),
        ("Section", row["section"], "the page", "text"),
        ("Keywords", ", ".join(json.loads(row["tags"])), "the page", "text"),
        ("Paywall", "the text is what is free" if row["paywalled"] else None, "the page", "text"),
        ("Picture", row["image"], "the page; never fetched", "link"),
        ("Canonical address", row["canonical_url"] if row["canonical_url"] != row["url"] else None, "the page", "link"),
        ("Says it is from", row["canonical_elsewhere"], "the page's rel=canonical", "link"),
        ("Revision", str(row["revision"]), None, "text"),
        ("Read by", row["extractor"], None, "text"),
    ]
    return [fact for fact in facts if fact[1]]
