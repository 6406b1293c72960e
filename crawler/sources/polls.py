"""What a visit says about its source: a row in ``polls``, its rhythm, when it is due again, whether it is well."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from crawler import clock, schedule
from crawler.fetching.outcome import Outcome
from crawler.items import Claim, Found
from crawler.schedule import rhythm
from crawler.schedule.rhythm import Poll, Rhythm
from crawler.seeds import Source, Topic
from crawler.sources import rows, surfaces

logger = logging.getLogger(__name__)

FAILURES_OF_A_MOVED_FEED = 3  # in a row, after which it is looked for at the address in the seeds once more
FAILURES_OF_A_GONE_FEED = 3  # in a row with 410, after which it is asked for once a week


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

    Call it in a transaction. ``feed_interval`` and ``max_age`` are the seconds that the feed and its server ask to be
    left alone; what the feed said last still holds when it is unchanged (``feed_interval`` None).
    """
    now = clock.now()
    source = next((source for source in topic.sources if source.name == claim.source), None)
    if source is None:
        _remember(connection, topic.name, claim, now, outcome, announced, len(new))
        return
    own = rows.read(connection, topic, source.url)
    first = own["last_ok"] is None and announced is not None  # all that is listed is new to who sees it first
    others = rows.followers(connection, topic, source)
    for row in (own, *others):
        count = max(len(new), announced or 0) if first and row is own else len(new)
        _remember(connection, row["topic"], claim, now, outcome, announced, count)
        if new:
            rows.write(connection, row, last_new=clock.text(now))
    brought = surfaces.visited(connection, claim, len(new)) if announced is not None else None
    if claim.url not in (source.url, own["address"]):  # a sitemap of a sitemap, or beside a section page
        if brought:
            surfaces.rest(connection, claim, brought, now)
        return
    if announced is not None:
        feed_interval = _asked_for(connection, claim, feed_interval)
    dues = []
    for row in (own, *others):
        visit = _learnt(row, claim, outcome, announced, new, kind)
        due = _next(visit.rhythm, now, row["every"], outcome, feed_interval, max_age)
        dues.append(clock.text(due))
        interval = int((due - now).total_seconds())
        rows.write(connection, row, due=dues[-1], interval=interval, **visit.values)
    connection.execute("UPDATE pages SET due = ? WHERE id = ?", (min(dues), claim.id))
    if announced is None and own["failures"] > 0:
        surfaces.wake(connection, claim, now)
    may_move = kind == "section" and source.kind is None and brought
    if may_move and (better := surfaces.better(connection, claim, may_move)):
        logger.info("%s: %s brings far more articles and is visited in place of %s", source.name, better, claim.url)
        connection.execute("UPDATE pages SET due = NULL WHERE id = ?", (claim.id,))
        for row in (own, *others):
            rows.write(connection, row, address=better, kind="sitemap")


class _Visit(NamedTuple):
    """What a visit says about a source in one topic: its rhythm, and columns of its row."""

    rhythm: Rhythm
    values: dict[str, object]


def _remember(
    connection: sqlite3.Connection,
    topic: str,
    claim: Claim,
    now: datetime,
    outcome: Outcome,
    announced: int | None,
    new: int,
) -> None:
    reason = None if announced is not None else outcome.reason
    connection.execute(
        "INSERT INTO polls (topic, url, source_id, at, status, announced, new, reason)"
        " VALUES (?, ?, (SELECT source_id FROM pages WHERE id = ?), ?, ?, ?, ?, ?)",
        (topic, claim.url, claim.id, clock.text(now), outcome.status, announced, new, reason),
    )


def _learnt(
    row: sqlite3.Row, claim: Claim, outcome: Outcome, announced: int | None, new: Sequence[Found], kind: str | None
) -> _Visit:
    now = clock.now()
    learnt = Rhythm.from_json(row["rhythm"])
    values: dict[str, object]
    if announced is None:
        learnt = rhythm.failed(learnt)
        values = {"state": "blocked" if outcome.state == "blocked" else "failing", "reason": outcome.reason}
        died = outcome.state in ("gone", "not_article") or learnt.failures % FAILURES_OF_A_MOVED_FEED == 0
        if row["address"] and died:
            values |= {"address": None, "kind": None, "healed": None}  # the feed has moved: look for it again
    else:
        learnt = rhythm.observe(learnt, Poll(now, announced, len(new), _times(new)))
        values = {"kind": kind, "last_ok": clock.text(now), **_silence(learnt, now, row, bool(new))}
        values["reason"] = values["reason"] or cut(claim.url, announced) or row["healed"]
    values |= {
        "failures": learnt.failures,
        "rhythm": learnt.to_json(),
        "expected_rate": round(rhythm.expected_rate(learnt), 3),
    }
    return _Visit(learnt, values)


def _next(
    learnt: Rhythm,
    now: datetime,
    every: int | None,
    outcome: Outcome,
    feed_interval: float | None,
    max_age: float | None,
) -> datetime:
    """When the source is visited next; ``every`` is the seconds that the seeds file wants."""
    due = schedule.next_visit(
        learnt,
        now,
        every=timedelta(seconds=every) if every else None,
        server_wait=outcome.retry.total_seconds() if outcome.retry and outcome.pause_host else None,
        feed_interval=feed_interval,
        max_age=max_age,
        jitter=random.uniform(-1, 1),
    )
    gone = outcome.status == 410 and learnt.failures >= FAILURES_OF_A_GONE_FEED
    return now + schedule.LONGEST_SERVER_WAIT if gone else due


def page_visited(connection: sqlite3.Connection, topic: Topic, source: Source, claim: Claim) -> None:
    """Remember a visit to a source that is a single page, once its outcome is written: it is visited for ever.

    Call it in the same transaction.
    """
    now, wait = clock.now(), source.every or schedule.LONGEST
    page = connection.execute("SELECT state, reason, status FROM pages WHERE id = ?", (claim.id,)).fetchone()
    failed = page["state"] in ("failed", "gone", "blocked", "queued") or (page["reason"] or "").startswith("at a re-")
    ended = Outcome(page["state"], page["reason"] or "", status=page["status"])
    _remember(connection, topic.name, claim, now, ended, None if failed else 1, 0)
    known = rows.read(connection, topic, source.url)
    values: dict[str, object] = {"due": clock.text(now + wait), "interval": int(wait.total_seconds())}
    if failed:
        values |= {"state": "blocked" if page["state"] == "blocked" else "failing", "reason": page["reason"]}
        values["failures"] = known["failures"] + 1
    else:
        values |= {"state": "ok", "reason": None, "last_ok": clock.text(now), "failures": 0, "kind": "page"}
    rows.change(connection, topic, source, **values)


def cut(url: str, announced: int) -> str | None:
    """A warning when a query got as many rows as it may have (``maxrecords``, as GDELT calls it): there were more."""
    most = dict(parse_qsl(urlsplit(url).query)).get("maxrecords", "")
    if most.isdecimal() and announced >= int(most) > 0:
        return f"cut at {announced} rows, the rest was not seen: make the query narrower or visit it more often"
    return None


def _asked_for(connection: sqlite3.Connection, claim: Claim, feed_interval: float | None) -> float | None:
    """The seconds that the feed asks for between visits: as it says now, or else as it said when it was last read."""
    if feed_interval is None:
        row = connection.execute("SELECT hints FROM pages WHERE id = ?", (claim.id,)).fetchone()
        return json.loads(row["hints"]).get("interval") if row["hints"] else None
    connection.execute(
        "UPDATE pages SET hints = json_set(coalesce(hints, '{}'), '$.interval', ?) WHERE id = ?",
        (feed_interval or None, claim.id),
    )
    return feed_interval


def _times(found: Sequence[Found]) -> list[datetime]:
    return [clock.moment(item.published) for item in found if item.published and len(item.published) > 10]


def _silence(learnt: Rhythm, now: datetime, row: sqlite3.Row, news: bool) -> dict[str, str | None]:
    last_new = now if news else clock.moment(row["last_new"]) if row["last_new"] else None
    silent = rhythm.silence(learnt, now, last_new)
    if silent is None or silent.total_seconds() < (row["quiet"] or 0):
        return {"state": "ok", "reason": None}
    usual = rhythm.expected_rate(learnt)
    return {"state": "silent", "reason": f"nothing new for {clock.in_words(silent)}, usual are {usual:.3g} a day"}
