"""What one more term of a topic would change in what is stored, and in what is known of pages that were turned away.

Nothing is written. Only texts that name the term are judged, once without it and once with it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.database.queries import NEWEST
from crawler.seeds import Topic
from crawler.terms import Terms, parse_term
from crawler.terms.groups import LANGUAGE, LISTS
from crawler.tuning import misses

WISH = re.compile(r"\s*([^\s:.]+)(?:\.(\w+))?:\s+(.+)", re.DOTALL)  # group.list: term

ARTICLES = (
    f"SELECT id, url, source, title, text, language, {NEWEST} AS time, terms FROM articles"
    " LEFT JOIN matches ON article_id = id AND topic = ? WHERE duplicate_of IS NULL ORDER BY id DESC"
)
TURNED_AWAY = (
    "SELECT pages.id, url, pages.source, hints, first_seen, outcomes.reason,"
    " EXISTS (SELECT 1 FROM archived WHERE page_id = pages.id) AS is_archived"
    " FROM outcomes CROSS JOIN pages ON pages.id = page_id"
    " WHERE outcomes.topic = ? AND outcomes.state = 'irrelevant' AND alias_of IS NULL ORDER BY page_id DESC"
)

Find = Callable[[str], bool]  # whether a text may have the term; never False when it has
Judge = Callable[[sqlite3.Row, Terms], str | None]  # the role that an article has with terms; None: it is none
Raw = Callable[[int], bytes | None]  # the archived body of a page


class Wish(NamedTuple):
    """A term that might be added."""

    group: str
    list: str
    term: str

    def __str__(self) -> str:
        place = self.group if self.list == "any" else f"{self.group}.{self.list}"
        return f"{self.term} in {place}"


class Change(NamedTuple):
    """What would be different of one article or page."""

    kind: str  # gained, lost, subject, mention; title, text (of pages that were turned away)
    title: str
    url: str
    source: str
    time: str


@dataclass
class Trial:
    """What a term would change."""

    wish: Wish
    articles: int = 0  # stored ones that name it
    pages: int = 0  # that were turned away and name it in their title, or somewhere on the archived page
    counts: Counter[str] = field(default_factory=Counter)  # kind of change -> how many
    shown: list[Change] = field(default_factory=list)  # the newest of each kind

    def add(self, change: Change, most: int) -> None:
        self.counts[change.kind] += 1
        if self.counts[change.kind] <= most:
            self.shown.append(change)


def wishes(written: str, terms: Terms) -> list[Wish]:
    """Where ``[GROUP[.LIST]:] TERM`` would be added: in every group when none is named. ValueError with the remedy."""
    named = WISH.fullmatch(written)
    group, among, term = (named[1], named[2] or "any", named[3]) if named else ("", "any", written.strip())
    if not term:
        raise ValueError("is empty: give a term, as a seeds file has it")
    if group and group not in terms.by_name:
        raise ValueError(f'has no group "{group}": the topic has {", ".join(terms.by_name)}')
    if among not in LISTS and not LANGUAGE.fullmatch(among):
        raise ValueError(f'has no list "{among}": a group has {", ".join(LISTS)} and codes of languages, as in es')
    if not parse_term(term).phrases:
        raise ValueError("is in every text: give a word or a phrase")
    return [Wish(each, among, term) for each in ([group] if group else terms.by_name)]


def of_articles(connection: sqlite3.Connection, topic: Topic, wish: Wish, find: Find, judge: Judge, most: int) -> Trial:
    """What ``wish`` would change in the stored articles; copies are left out. At most ``most`` of a kind are shown."""
    trial = Trial(wish)
    with_it = topic.terms.with_term(wish.group, wish.term, wish.list)
    for row in connection.execute(ARTICLES, (topic.name,)):
        if not find(f"{row['title']}\n{row['text']}"):
            continue
        trial.articles += 1
        before, after = judge(row, topic.terms), judge(row, with_it)
        if before != after:
            kind = "lost" if after is None else "gained" if before is None else after
            trial.add(Change(kind, row["title"] or "", row["url"], row["source"], row["time"]), most)
    return trial


def add_pages(
    connection: sqlite3.Connection, topic: Topic, trial: Trial, find: Find, names: Find, raw: Raw, most: int
) -> None:
    """Add what ``trial`` would change for pages that were turned away: ``names`` is asked of titles, exactly."""
    wish, groups = trial.wish, list(topic.terms.by_name)
    if parse_term(wish.term).exception:
        return
    for row in connection.execute(TURNED_AWAY, (topic.name,)):
        hints = json.loads(row["hints"] or "{}")
        title = hints.get("title") or ""
        if not title or not names(title):
            if wish.list == "title" or not row["is_archived"]:
                continue
            body = raw(row["id"])
            if body is None or not find(body.decode("utf-8", "replace")):
                continue
            kind = "archived"
        else:
            kind = "title"
        trial.pages += 1
        if kind == "title":
            lacking = misses.lacking_in_text(row["reason"], groups)
            named = topic.terms.hits(title, language=hints.get("language"))
            if lacking != [wish.group] and any(group not in named for group in groups if group != wish.group):
                continue
        time = hints.get("published") or row["first_seen"]
        trial.add(Change(kind, title, row["url"], row["source"] or "", time), most)


def rows(trials: list[Trial]) -> Iterator[dict[str, str]]:
    """Each change that is shown, with the place of its term."""
    for trial in trials:
        for change in trial.shown:
            yield {"group": trial.wish.group, "list": trial.wish.list, "term": trial.wish.term, **change._asdict()}
