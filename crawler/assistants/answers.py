"""What each tool answers: a function from a connection and plain values to what JSON can hold, bounded in rows."""

from __future__ import annotations

import json
import sqlite3
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.assistants.quoting import LINE, QUOTED, line, part
from crawler.command import WrongUsage
from crawler.database import queries
from crawler.frontier import removals
from crawler.search import finding, names, options
from crawler.search.counts import Counts
from crawler.search.filters import Filters
from crawler.search.parser import WrongQuery, parse
from crawler.search.snippets import snippet
from crawler.search.tree import spans
from crawler.terms import about
from crawler.urls import clean_url

ROWS = 50  # articles of a search
BEHIND = 950  # articles that a search may pass over
REPORTS = 100  # of a story
SOURCES = 200
LONGEST = 20_000  # characters of a text at once
BUCKETS = 400  # of a count
KINDS = 12  # of what a count is split by; the rest is one more


class Refused(Exception):
    """It cannot be answered; the message says what can be."""


def filters(asked: Mapping[str, Any], limit: int | None, **more: Any) -> Filters:
    """What ``asked`` wants; Refused when something in it cannot be meant."""
    given: dict[str, Any] = dict.fromkeys(("topic", "language", "source", "agency", "since", "until", "role"))
    given |= {"words": [], "min_score": 0.0, "all_copies": False, "limit": limit}
    asked = {name: value for name, value in asked.items() if value not in (None, "")}
    if "words" in asked:
        asked["words"] = [str(asked["words"])]
    try:
        return replace(options.from_options(Namespace(**{**given, **asked})), **more)
    except WrongUsage as error:
        raise Refused(str(error).replace("--", "")) from None


def search(connection: sqlite3.Connection, wanted: Filters, skip: int) -> dict[str, Any]:
    """Articles with the part of each that shows why it was found."""
    limit, skip = min(wanted.limit or ROWS, ROWS), min(skip, BEHIND)
    try:
        words = parse(wanted.words) if wanted.words else None
        found = finding.find(connection, replace(wanted, limit=skip + limit + 1))
    except WrongQuery as error:
        raise Refused(str(error)) from None
    numbers = found.numbers[skip : skip + limit]
    rows = []
    for row in queries.read_articles(connection, numbers):
        hits = spans(words, row["text"], row["language"]) if words else []
        shown = "".join(piece.text for piece in snippet(row["text"], hits, LINE))
        rows.append({**_headline(row), f"{QUOTED}snippet": line(shown)})
    result: dict[str, Any] = {"articles": rows, "more": len(found.numbers) > skip + limit}
    if said := found.note or ("" if rows else names.in_none(connection, wanted)):
        result["note"] = said
    return result


def story(connection: sqlite3.Connection, number: int) -> dict[str, Any]:
    """One event: its outlets and reports, the first report first."""
    found = queries.read_story(connection, number)
    if found is None:
        raise Refused(f"there is no story {number}: search gives the numbers of stories")
    row = found.row
    reports = [{**_headline(report), **_copy(report)} for report in found.articles]
    return {
        "id": row["id"],
        f"{QUOTED}title": line(row["title"]),
        "first_seen": row["first_seen"],
        "last_seen": row["last_seen"],
        "articles": len(reports),
        "copies": found.copies,
        "outlets": row["outlets"],
        "languages": json.loads(row["languages"] or "[]"),
        "first_report": found.first["id"],
        "reports": reports[:REPORTS],
        **({"cut": f"only the first {REPORTS} reports are here"} if len(reports) > REPORTS else {}),
    }


def article(connection: sqlite3.Connection, id_or_url: str, begin: int, most: int) -> dict[str, Any]:
    """One article with a part of its text, what matched, and its copies."""
    row = _article(connection, id_or_url)
    if row is None:
        raise Refused(f"{line(id_or_url)} is no article here: why tells of an address that was not stored")
    return {
        **_headline(row),
        f"{QUOTED}authors": [line(name) for name in json.loads(row["authors"] or "[]")[:20]],
        "published_from": row["published_from"],
        "fetched": row["fetched"],
        "agency": row["agency"],
        "revision": row["revision"],
        **_copy(row),
        "matches": _matches(connection, row["id"]),
        "copies": [{**_headline(copy), **_copy(copy)} for copy in queries.copies(connection, row["id"])[:20]],
        **part(row["text"], begin, min(most, LONGEST)),
    }


def sources(connection: sqlite3.Connection, topic: str | None, state: str | None, name: str | None) -> dict[str, Any]:
    """The health of sources, those that need a look first."""
    rows = [row for row in queries.sources(connection, topic) if name is None or name.lower() in row["name"].lower()]
    kept = [row for row in rows if state is None or row["state"] == state]
    columns = ("topic", "name", "kind", "state", "last_ok", "last_new", "due", "expected_rate", "stored")
    shown = [
        {
            **{column: row[column] for column in columns},
            "url": line(row["url"]),
            "reason": line(row["reason"]) or None,
        }
        for row in kept[:SOURCES]
    ]
    states = Counter(row["state"] for row in rows)
    more = {"cut": f"only the first {SOURCES} are here: name a topic, a state or a name"} if len(kept) > SOURCES else {}
    return {"in_all": len(rows), "states": dict(states), "sources": shown, **more}


def why(connection: sqlite3.Connection, id_or_url: str) -> dict[str, Any]:
    """Why something is stored, or why not."""
    spellings = dict.fromkeys((id_or_url, clean_url(id_or_url) or id_or_url))
    if row := _article(connection, id_or_url):
        found_on = [line(page["found_on"] or "the seeds file") for page in queries.pages(connection, row["id"])[:5]]
        matches = _matches(connection, row["id"])
        return {"stored": True, **_headline(row), **_copy(row), "matches": matches, "found_on": found_on}
    for spelling in spellings:
        if page := queries.page(connection, spelling):
            columns = ("state", "status", "attempts", "first_seen", "fetched", "due")
            return {
                "stored": False,
                "url": line(page["url"]),
                **{column: page[column] for column in columns},
                "reason": line(page["reason"] or "not asked for yet"),
                "found_on": line(page["found_on"] or "the seeds file"),
                "topics": [
                    {"topic": row["topic"], "state": row["state"], "reason": line(row["reason"])}
                    for row in queries.outcomes(connection, page["id"])
                ],
            }
    if reason := removals.why(connection, *spellings):
        return {"stored": False, "state": "gone", "reason": line(reason)}
    if id_or_url.isdecimal():
        raise Refused(f"there is no article {line(id_or_url)}")
    return {"stored": False, "state": "unknown", "reason": "no source has announced this address so far"}


def counts(connection: sqlite3.Connection, wanted: Filters, period: str, by: str | None) -> dict[str, Any]:
    """Articles a day, week (its Monday) or month, the latest first; ``by``: of each language, source or topic, too."""
    try:
        counted = Counts(connection, wanted, period, by)
    except WrongQuery as error:
        raise Refused(str(error)) from None
    named, left = counted.greatest[:KINDS], counted.greatest[KINDS:]
    rows: list[dict[str, Any]] = []
    for when in sorted(counted.total, reverse=True)[:BUCKETS]:
        row: dict[str, Any] = {period: when, "articles": counted.total[when]}
        if (share := counted.share(when)) is not None:
            row["share_of_all"] = round(share, 4)
        if by:
            row[f"by_{by}"] = {kind: number for kind in named if (number := counted.kinds[kind][when])}
        rows.append(row)
    result = {"articles": counted.total.total(), "counts": rows}
    if len(counted.total) > BUCKETS:
        result["cut"] = f"only the last {BUCKETS} {period}s are here"
    if left:
        result["left_out"] = f"{len(left)} more, with {sum(counted.kinds[kind].total() for kind in left)} articles"
    return result


def _article(connection: sqlite3.Connection, id_or_url: str) -> sqlite3.Row | None:
    if id_or_url.isdecimal() and len(id_or_url) > 18:  # no row can have it
        return None
    spellings = dict.fromkeys((id_or_url, clean_url(id_or_url) or id_or_url))
    return next((row for spelling in spellings if (row := queries.article(connection, spelling))), None)


def _headline(row: sqlite3.Row) -> dict[str, Any]:
    """What lists say of an article."""
    return {
        "id": row["id"],
        f"{QUOTED}title": line(row["title"] or "(no title)"),
        "source": line(row["source"]),
        "site": row["site"],
        "published": row["published"],
        "language": row["language"],
        "url": line(row["url"], 2 * LINE),
        "story": row["story_id"],
    }


def _copy(row: sqlite3.Row) -> dict[str, Any]:
    if row["duplicate_of"] is None:
        return {}
    return {"copy_of": row["duplicate_of"], "copy_kind": row["duplicate_kind"]}


def _matches(connection: sqlite3.Connection, number: int) -> list[dict[str, Any]]:
    return [
        {
            "topic": match["topic"],
            "role": match["role"],
            "score": match["score"],
            "terms": json.loads(match["terms"] or "{}"),
            "points": about.said(match["role"], match["score"], json.loads(match["parts"] or "{}")),
        }
        for match in queries.matches(connection, number)
    ]
