"""The page of a story: who reported it when, who copied whom, what matched and what was changed later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from crawler import clock
from crawler.browse import plots
from crawler.browse.outlets import Outlets
from crawler.browse.page import Asked, NotThere, Page, Site, language_name
from crawler.browse.queries import Headline, headlines, matches_of_story
from crawler.database import queries
from crawler.output.diff import Effort, changed_words, changes

MOST = 300  # reports on a page
REVISIONS = 30  # texts of an article that are compared, the latest ones
KINDS = {
    "exact": "the same text",
    "copy": "a copy",
    "excerpt": "an excerpt",
    "update": "an update",
}
SQL = (
    "select id, coalesce(published, fetched) as time, source, language, title, duplicate_of, duplicate_kind, url"
    " from articles where story_id = :story order by time"
)


def story(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The page of the story whose number is in the path."""
    number = asked.number("story")
    found = queries.read_story(connection, number)
    if found is None:
        raise NotThere(f"There is no story {number}. Stories that turn out to be one are merged: try the search.")
    articles = found.articles[:MOST]
    outlets = Outlets.known_to(connection)
    matches = matches_of_story(connection, number)
    effort = Effort()
    reports = [_report(row, found.first, outlets, matches.get(row["id"], [])) for row in articles]
    times = [_time(row) for row in found.articles]
    own = Headline(found.row["title"] or f"Story {number}", found.first["language"])
    head = headlines(connection, [found.row], asked.whom.languages).get(number, own)
    shown = {
        "story": found.row,
        "head": head,
        "gists": queries.gists(connection, [row["id"] for row in articles], asked.whom.gists),
        "first": {"row": found.first, "time": _time(found.first), "outlet": outlets.of(found.first)},
        "reports": _with_copies(reports),
        "left_out": len(found.articles) - len(articles),
        "copies": found.copies,
        "languages": _languages(found.articles),
        "plot": _time_line(found.articles, asked.reader),
        "begin": min(times),
        "end": max(times),
        "revised": [
            (report, revisions)
            for report in reports
            if report["row"]["revision"] > 1 and (revisions := rewritten(connection, report["row"]["id"], effort))
        ],
    }
    topic = next((match["topic"] for found_matches in matches.values() for match in found_matches), None)
    return Page("story.html", head.title, shown, topic=topic, sql=SQL, values={"story": number})


def _time(row: sqlite3.Row) -> str:
    return row["published"] or row["fetched"]


def _report(row: sqlite3.Row, first: sqlite3.Row, outlets: Outlets, matches: Sequence[sqlite3.Row]) -> dict[str, Any]:
    delay = None
    if len(_time(row)) > 10 and len(_time(first)) > 10:
        delay = clock.moment(_time(row)) - clock.moment(_time(first))
    return {
        "row": row,
        "time": _time(row),
        "outlet": outlets.of(row),
        "delay": clock.in_words(delay) if delay and delay > timedelta(0) else None,
        "matches": [(match["topic"], json.loads(match["terms"])) for match in matches],
        "kind": copy_kind(row),
        "copies": [],
    }


def copy_kind(row: sqlite3.Row) -> str:
    """What a copy is of its original, in words."""
    kind = KINDS.get(row["duplicate_kind"], "a copy")
    share = row["duplicate_score"]
    return f"{kind} ({share:.0%})" if share is not None and row["duplicate_kind"] not in (None, "exact") else kind


def _with_copies(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The originals in order of time, each with its copies; a copy whose original is not here stands for itself."""
    by_id = {report["row"]["id"]: report for report in reports}
    originals = []
    for report in reports:
        original = by_id.get(report["row"]["duplicate_of"])
        if original is None:
            originals.append(report)
        else:
            original["copies"].append(report)
    return originals


def _languages(articles: Sequence[sqlite3.Row]) -> list[str]:
    """In the order in which they first reported."""
    return list(dict.fromkeys(row["language"] for row in articles))


def _time_line(articles: Sequence[sqlite3.Row], reader: str) -> Markup | None:
    timed = [row for row in articles if len(_time(row)) > 10]
    if len(timed) < 2:
        return None
    moments = [clock.moment(_time(row)) for row in timed]
    begin, span = min(moments), max(max(moments) - min(moments), timedelta(minutes=1))
    languages = _languages(articles)
    dots = [
        plots.Dot((moment - begin) / span, languages.index(row["language"]), row["duplicate_of"] is not None)
        for row, moment in zip(timed, moments, strict=True)
    ]
    named = ", ".join(language_name(language, reader) for language in languages)
    return plots.time_line(dots, len(languages), f"{len(dots)} reports in {clock.in_words(span)}, by language: {named}")


def rewritten(connection: sqlite3.Connection, article_id: int, effort: Effort) -> list[Mapping[str, Any]]:
    """Each of the latest changes of an article's text, the oldest first; all comparisons of a page share ``effort``."""
    return [
        {
            "number": after["number"],
            "seen": after["seen"],
            "by": "the publisher" if after["kind"] == "publisher" else "a better reading of the page",
            "title": changed_words(before["title"] or "", after["title"] or "", effort)
            if before["title"] != after["title"]
            else None,
            "passages": changes(before["text"], after["text"], effort),
        }
        for before, after in pairwise(queries.revisions(connection, article_id)[-REVISIONS:])
    ]
