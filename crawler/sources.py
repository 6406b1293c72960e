"""The sources of a topic: which are due, and what their visits brought. What writes runs inside a transaction."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from crawler import clock, schedule
from crawler.fetching.outcome import Outcome
from crawler.frontier import Frontier
from crawler.items import Claim, Found
from crawler.pages import body_hash
from crawler.schedule import rhythm
from crawler.schedule.rhythm import Poll, Rhythm
from crawler.seeds import Source, Topic
from crawler.urls import page_key


def something_due(connection: sqlite3.Connection, topic: Topic) -> bool:
    """Whether a run would have anything to do: a source that is new, switched on or due, or a page."""
    now, soon = clock.text(clock.now()), clock.text(clock.now() + schedule.GRACE)
    rows = connection.execute("SELECT url, due, state FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    due = {row["url"]: row["state"] == "disabled" or row["due"] is None or row["due"] <= soon for row in rows}
    if any(due.get(source.url, True) for source in topic.sources if source.enabled):
        return True
    page = "SELECT 1 FROM pages WHERE topic = ? AND due IS NOT NULL AND due <= ? LIMIT 1"
    return connection.execute(page, (topic.name, now)).fetchone() is not None


def next_due(connection: sqlite3.Connection, topic: str) -> str | None:
    """When the next source or page of ``topic`` is due, as the database writes it; None when nothing ever is."""
    row = connection.execute(
        "SELECT min(due) FROM (SELECT min(due) AS due FROM sources WHERE topic = :topic AND state <> 'disabled'"
        " UNION ALL SELECT min(due) FROM pages WHERE topic = :topic AND due IS NOT NULL)",
        {"topic": topic},
    ).fetchone()
    return row[0]


def visit_due(connection: sqlite3.Connection, frontier: Frontier, topic: Topic, *, everything: bool) -> None:
    """Bring ``sources`` in line with the seeds file and hand what is due (or ``everything``) to the frontier."""
    soon = clock.text(clock.now() + schedule.GRACE)
    for source, row in _followed(connection, topic):
        if not everything and row["due"] is not None and row["due"] > soon:
            continue
        if (source.kind or row["kind"]) == "page":  # an article from the start; its re-visits are its own
            frontier.add([Found(source.url)], source.name, str(topic.path))
            _set(connection, topic, source, state="ok", due=clock.text(clock.now() + schedule.LONGEST))
        else:
            frontier.pages.visit(
                Found(row["address"] or source.url, kind=source.kind or row["kind"] or "source"), source.name
            )


def _followed(connection: sqlite3.Connection, topic: Topic) -> Iterator[tuple[Source, sqlite3.Row]]:
    """The sources to visit, each with its row, after the rows were brought in line with the seeds file."""
    known = {
        row["url"]: row for row in connection.execute("SELECT * FROM sources WHERE topic = ?", (topic.name,)).fetchall()
    }
    visited: dict[str, str] = {}  # where a feed really is -> the first source that is there
    for source in topic.sources:
        row = known.pop(source.url, None)
        if row is None:
            connection.execute(
                "INSERT INTO sources (topic, url, name, state) VALUES (?, ?, ?, 'new')",
                (topic.name, source.url, source.name),
            )
        _set(connection, topic, source, name=source.name)
        place = page_key((row["address"] if row else None) or source.url)
        if not source.enabled:
            _disable(connection, topic, source.url, source.note or "enabled = false")
        elif visited.setdefault(place, source.name) != source.name:
            _disable(connection, topic, source.url, f"the same feed as {visited[place]}")
        else:
            if row is None or row["state"] == "disabled":
                _set(connection, topic, source, state="new", reason=None, due=None)
            yield source, _row(connection, topic, source.url)
    for url in known:
        _disable(connection, topic, url, "no longer in the seeds file")


def _row(connection: sqlite3.Connection, topic: Topic, url: str) -> sqlite3.Row:
    return connection.execute("SELECT * FROM sources WHERE topic = ? AND url = ?", (topic.name, url)).fetchone()


def _set(connection: sqlite3.Connection, topic: Topic, source: Source, **values: object) -> None:
    assignments = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(
        f"UPDATE sources SET {assignments} WHERE topic = :_topic AND url = :_url",
        {**values, "_topic": topic.name, "_url": source.url},
    )


def _disable(connection: sqlite3.Connection, topic: Topic, url: str, reason: str) -> None:
    connection.execute(
        "UPDATE sources SET state = 'disabled', reason = ? WHERE topic = ? AND url = ?", (reason, topic.name, url)
    )
    _leave(connection, topic, url)


def _leave(connection: sqlite3.Connection, topic: Topic, url: str) -> None:
    """Nothing is due any more where the source of ``url`` was visited, unless another one is followed there."""
    connection.execute(
        "UPDATE pages SET due = NULL WHERE kind <> 'article' AND url IN"
        " (SELECT url FROM sources WHERE topic = :topic AND url = :url"
        " UNION SELECT address FROM sources WHERE topic = :topic AND url = :url)"
        " AND url NOT IN (SELECT coalesce(address, url) FROM sources WHERE topic = :topic AND state <> 'disabled')",
        {"topic": topic.name, "url": url},
    )


def moved(connection: sqlite3.Connection, topic: Topic, source: Source, claim: Claim, address: str) -> None:
    """From now on the ``source`` of ``claim`` is visited at ``address``: its feed was found there or has moved."""
    row = _row(connection, topic, source.url)
    if claim.url in (source.url, row["address"]):  # else it is a sitemap that the source led to
        _set(connection, topic, source, address=address)
        _leave(connection, topic, source.url)


def failures(connection: sqlite3.Connection, topic: Topic, source: Source) -> int:
    """How often in a row ``source`` failed."""
    row = _row(connection, topic, source.url)
    return row["failures"] if row else 0


def join_twins(connection: sqlite3.Connection, topic: Topic, claim: Claim, body: bytes) -> None:
    """If another source had the same feed, byte for byte, the later one in the seeds is the same as the earlier."""
    names = [source.name for source in topic.sources]
    rows = connection.execute(
        "SELECT sources.name, pages.url FROM sources JOIN pages ON pages.url = coalesce(sources.address, sources.url)"
        " WHERE sources.topic = ? AND sources.state <> 'disabled' AND sources.name <> ?"
        " AND pages.kind = 'feed' AND pages.body_hash = ?",
        (topic.name, claim.source, body_hash(body)),
    ).fetchall()
    places = {row["name"]: row["url"] for row in rows} | {claim.source: claim.url}
    if len(places) > 1 and places.keys() <= set(names):
        first, *others = sorted(places, key=names.index)
        for source in topic.sources:
            if source.name in others:
                _set(connection, topic, source, address=places[first])
                _leave(connection, topic, source.url)


def cut(url: str, announced: int) -> str | None:
    """A warning when a query got as many rows as it may have (``maxrecords``, as GDELT calls it): there were more."""
    most = dict(parse_qsl(urlsplit(url).query)).get("maxrecords", "")
    if most.isdecimal() and announced >= int(most) > 0:
        return f"cut at {announced} rows, the rest was not seen: make the query narrower or visit it more often"
    return None


def polled(
    connection: sqlite3.Connection,
    topic: Topic,
    claim: Claim,
    outcome: Outcome,
    announced: int | None = None,
    new: Sequence[Found] = (),
    kind: str | None = None,
    feed_interval: float | None = None,
    max_age: float | None = None,
) -> None:
    """Remember one visit to a source or to a sitemap that it led to; ``announced`` is None when it failed.

    ``feed_interval`` and ``max_age`` are the seconds that the feed and its server ask to be left alone; what the
    feed said last still holds when it is unchanged (``feed_interval`` None).
    """
    now = clock.now()
    connection.execute(
        "INSERT INTO polls (topic, url, at, status, announced, new, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            topic.name,
            claim.url,
            clock.text(now),
            outcome.status,
            announced,
            len(new),
            None if announced is not None else outcome.reason,
        ),
    )
    source = next((source for source in topic.sources if source.name == claim.source), None)
    if source is None:
        return
    row = _row(connection, topic, source.url)
    if new:
        _set(connection, topic, source, last_new=clock.text(now))
    if claim.url not in (source.url, row["address"]):
        if announced is not None:  # a sitemap of a sitemap: less often the longer it brings nothing new
            pause = timedelta(hours=1) * 2 ** (0 if new else min(claim.unchanged + 1, 7))
            connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.text(now + pause), claim.id))
        return
    learnt = Rhythm.from_json(row["rhythm"])
    values: dict[str, object]
    if announced is None:
        learnt = rhythm.failed(learnt)
        values = {"state": "blocked" if outcome.state == "blocked" else "failing", "reason": outcome.reason}
        if row["address"] and outcome.state in ("gone", "not_article"):
            values |= {"address": None, "kind": None}  # the feed has moved: look for it again
    else:
        learnt = rhythm.observe(learnt, Poll(now, announced, len(new), _times(new)))
        values = {"kind": kind, "last_ok": clock.text(now), **_silence(learnt, now, row, bool(new))}
        values["reason"] = values["reason"] or cut(claim.url, announced)
        feed_interval = _asked_for(connection, claim, feed_interval)
    due = schedule.next_visit(
        learnt,
        now,
        every=source.every,
        server_wait=outcome.retry.total_seconds() if outcome.retry and outcome.pause_host else None,
        feed_interval=feed_interval,
        max_age=max_age,
        jitter=random.uniform(-1, 1),
    )
    values |= {
        "due": clock.text(due),
        "interval": int((due - now).total_seconds()),
        "failures": learnt.failures,
        "rhythm": learnt.to_json(),
        "expected_rate": round(rhythm.expected_rate(learnt), 3),
    }
    _set(connection, topic, source, **values)
    connection.execute("UPDATE pages SET due = ? WHERE id = ?", (clock.text(due), claim.id))
    if claim.url != (row["address"] or source.url):  # it was found to be elsewhere
        _leave(connection, topic, source.url)


def _asked_for(connection: sqlite3.Connection, claim: Claim, feed_interval: float | None) -> float | None:
    """The seconds that the feed asks for between visits: as it says now, or else as it said when it was last read."""
    if feed_interval is None:
        row = connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
        return json.loads(row["hints"]).get("interval") if row["hints"] else None
    hints = json.dumps({"interval": feed_interval}) if feed_interval else None
    connection.execute("UPDATE pages SET hints = ? WHERE id = ?", (hints, claim.id))
    return feed_interval


def _times(found: Sequence[Found]) -> list[datetime]:
    return [clock.moment(item.published) for item in found if item.published and len(item.published) > 10]


def _silence(learnt: Rhythm, now: datetime, row: sqlite3.Row, news: bool) -> dict[str, str | None]:
    last_new = now if news else clock.moment(row["last_new"]) if row["last_new"] else None
    silent = rhythm.silence(learnt, now, last_new)
    if silent is None:
        return {"state": "ok", "reason": None}
    usual = rhythm.expected_rate(learnt)
    return {"state": "silent", "reason": f"nothing new for {words(silent)}, usual are {usual:.3g} a day"}


def words(time: timedelta) -> str:
    """``time`` as people say it: ``3 days``, ``7 hours``, ``20 minutes``."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if (number := int(time.total_seconds() // seconds)) >= (2 if unit != "minute" else 0):
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "0 minutes"
