"""What the rules of a seeds file (``[[alerts.rules]]``) find worth telling."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from crawler import clock
from crawler.alerts import spikes
from crawler.desk import NoSuchSearch, beside, news
from crawler.digest.entry import Entry, Notice, Report
from crawler.digest.wording import count, line
from crawler.seeds import Rule, SeedsError, Topic
from crawler.terms import Terms
from crawler.urls import publisher

UNREADABLE = timedelta(days=1)  # after which a source that cannot be read counts as silent


class Alert(NamedTuple):
    """What a rule found: a story, or a notice of something else."""

    rule: str  # names the rule in the table ``deliveries``
    subject: str  # what it is about; the same subject is told once
    label: str = ""  # what to say of the story
    entry: Entry | None = None
    notice: Notice | None = None
    needs_new_story: bool = False  # a story that its reader has seen before is not to be told
    again_after: timedelta | None = None  # another subject of the rule is told only after so long


def name(rule: Rule) -> str:
    """The rule as one text: another condition is another rule."""
    conditions = [
        f'"{rule.search.casefold()}"' if rule.search else "",
        f"outlets {rule.outlets}" if rule.outlets else "",
        *(f'"{term}"' for term in rule.terms),
    ]
    return " ".join(filter(None, [rule.on, *conditions, rule.language or ""]))


def evaluate(connection: sqlite3.Connection, topic: Topic, entries: list[Entry], since: str) -> list[Alert]:
    """What every rule of ``topic`` finds among its stories ``entries`` with reports since then, and beside them.

    SeedsError when a rule names a saved search that is not on the desk.
    """
    found: list[Alert] = []
    for place, rule in enumerate(topic.alerts.rules, 1):
        if rule in topic.alerts.rules[: place - 1]:  # each once
            continue
        if rule.on == "spike":
            found += _spike(connection, topic, rule)
        elif rule.on == "silent source":
            found += _silent_sources(connection, topic, rule)
        else:
            try:
                found += _stories(connection, rule, entries, since)
            except NoSuchSearch as error:
                raise SeedsError(f"{topic.path}: alerts.rules[{place}].search: {error}") from None
    return found


def _stories(connection: sqlite3.Connection, rule: Rule, entries: list[Entry], since: str) -> Iterable[Alert]:
    is_new = rule.on == "new story"
    searched = _searched(connection, rule.search, since) if rule.search else None
    for entry in entries:
        if is_new and entry.first.appeared < since:
            continue
        hits = [
            article
            for article in entry.articles
            if (searched is None or article.id in searched) and _satisfies(connection, rule, article)
        ]
        outlets = len({publisher(article.site) for article in hits})
        if outlets < (rule.outlets or 1) or max(article.appeared for article in hits) < since:
            continue
        about = "".join([f" in {rule.language}" if rule.language else "", _named(rule)])
        reached = f"Reached {count(outlets, 'outlet')}"
        label = "New story" if is_new else f"Found by {line(rule.search)}" if rule.search else reached
        subject = f"story {entry.story}" if entry.story else f"article {entry.first.id}"
        yield Alert(name(rule), subject, f"{label}{about}", entry, needs_new_story=is_new)


def _searched(connection: sqlite3.Connection, search: str, since: str) -> set[int]:
    """Articles that a saved search finds, copies included, since they count as outlets."""
    saved = beside(connection).named(search)
    return news.found(connection, replace(saved, filters=replace(saved.filters, copies=True)), since[:10])


def _named(rule: Rule) -> str:
    return f", names {' or '.join(rule.terms)}" if rule.terms else ""


def _satisfies(connection: sqlite3.Connection, rule: Rule, article: Report) -> bool:
    if rule.language and article.language != rule.language:
        return False
    if not rule.terms:
        return True
    title, text = connection.execute("SELECT title, text FROM articles WHERE id = ?", (article.id,)).fetchone()
    return bool(Terms({"rule": rule.terms}).hits(title or "", text))


def _spike(connection: sqlite3.Connection, topic: Topic, rule: Rule) -> Iterable[Alert]:
    now = clock.now()
    oldest = now - timedelta(days=spikes.DAYS + 1)
    begun = _watched_since(connection)
    own = [begun[source.name] for source in topic.sources if source.name in begun]
    if not own:
        return
    start = max(oldest, min(own))
    terms = Terms({"rule": rule.terms}) if rule.terms else None
    times = []
    for row in connection.execute(
        "SELECT published, source, title, iif(:terms, text, '') AS text FROM articles"
        f" JOIN matches ON article_id = articles.id AND topic = :topic AND {topic.shown.condition}"
        " WHERE coalesce(articles.published, articles.fetched) >= :oldest AND published LIKE '____-__-__T__:__:__Z'"
        " AND duplicate_of IS NULL AND (:language IS NULL OR language = :language) ORDER BY published",
        {"topic": topic.name, "oldest": clock.text(oldest), "language": rule.language, "terms": bool(terms)},
    ):
        if begun.get(row["source"], start) > start or (terms and not terms.hits(row["title"] or "", row["text"])):
            continue
        times.append(clock.moment(row["published"]))
    if spike := spikes.judge(times, now, start):
        about = f"{f' in {rule.language}' if rule.language else ''}{_named(rule)}"
        text = f"In the last {spike.hours} hours {count(spike.articles, 'article')} appeared{about}."
        usual = f"Usual are {spike.usual:g} in the same hours, by the median of {spike.days} days."
        notice = Notice(f"More news than usual: {spike.articles} in {spike.hours} hours{about}", f"{text} {usual}")
        yield Alert(name(rule), f"spike {clock.text(now)}", notice=notice, again_after=timedelta(days=1))


def _watched_since(connection: sqlite3.Connection) -> dict[str, datetime]:
    """When each source was first visited; a name that is not there has been another source's before."""
    rows = connection.execute(
        "SELECT sources.name, min(first_seen) AS begun FROM sources JOIN pages ON pages.url = sources.url"
        " GROUP BY sources.name"
    )
    return {row["name"]: clock.moment(row["begun"]) for row in rows}


def _silent_sources(connection: sqlite3.Connection, topic: Topic, rule: Rule) -> Iterable[Alert]:
    """Sources that fell silent, those that could not be read for a day, and those of whose lists a part is missing."""
    rows = connection.execute(
        "SELECT sources.url, name, sources.state, sources.reason, last_new FROM sources"
        " LEFT JOIN pages ON pages.url = sources.url WHERE sources.topic = :topic AND (sources.state = 'silent'"
        " OR (sources.state = 'ok' AND sources.reason IS NOT NULL)"
        " OR (sources.state IN ('failing', 'blocked') AND failures > 1 AND coalesce(last_ok, first_seen) < :before))"
        " ORDER BY name",
        {"topic": topic.name, "before": clock.text(clock.now() - UNREADABLE)},
    ).fetchall()
    languages = {source.url: source.language for source in topic.sources}
    for row in rows:
        if rule.language and languages.get(row["url"]) != rule.language:
            continue
        said = line(f"{row['state']}: {row['reason'] or 'no reason'}")
        if row["state"] == "ok":
            gap = re.sub(r"[\d.,]+", "n", row["reason"].partition(":")[0])  # with other numbers it is the same one
            yield Alert(
                name(rule), f"{row['url']} {gap}", notice=Notice(f"Not all of a source: {line(row['name'])}", said)
            )
            continue
        notice = Notice(f"Silent source: {line(row['name'])}", said)
        yield Alert(name(rule), f"{row['url']} since {row['last_new'] or 'ever'}", notice=notice)
