"""The front page of a topic: its stories, the latest first, and what the last days were like."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from markupsafe import Markup

from crawler import clock
from crawler.browse import plots, queries
from crawler.browse.page import Asked, NotThere, Page, Site, count
from crawler.browse.queries import Place, StoryLine
from crawler.database.shown import EVERYTHING
from crawler.desk import muted
from crawler.reader import ANYBODY, Reader

STORIES = 30  # on a page
HEADLINES = 3  # of a topic in the list of topics
DAYS = 7
SHORTEST, LONGEST = 24, 96  # hours that a sparkline covers
SQL = "select last_seen, outlets, articles, languages, title, id from stories order by last_seen desc"


def front(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The page of the topic in the path, or of the only one, or else the list of topics."""
    topics = queries.topics(connection)
    topic = asked.path.get("topic")
    if topic is None and len(topics) > 1:
        return _topics(connection, topics, asked, site)
    if topic is not None and topic not in topics:
        raise NotThere(f'There is no topic "{topic}" in this database. It has: {", ".join(topics) or "none"}.')
    return _front(connection, topic or next(iter(topics), None), asked, site, several=len(topics) > 1)


def _topics(connection: sqlite3.Connection, topics: list[str], asked: Asked, site: Site) -> Page:
    shown = [
        {
            "name": topic,
            "title": site.title(topic),
            "stories": [
                with_plot(line, asked.whom)
                for line in _without_muted(
                    connection,
                    queries.front_page(connection, topic, None, 4 * HEADLINES, site.shown(topic), asked.whom),
                )[0][:HEADLINES]
            ],
            "states": queries.source_states(connection, topic),
            "run": queries.last_run(connection, topic),
        }
        for topic in topics
    ]
    return Page("topics.html", "Topics", {"topics": shown}, sql=SQL)


def _front(connection: sqlite3.Connection, topic: str | None, asked: Asked, site: Site, several: bool) -> Page:
    behind = _place(asked.query.get("behind"))
    wanted = topic if several else None  # every story is of the only topic: nothing to look up
    everything = asked.query.get("role") == "mention"
    shown_stories = EVERYTHING if everything else site.shown(topic)
    whom = asked.whom
    lines = queries.front_page(connection, wanted, behind, STORIES + 1, shown_stories, whom)
    path = f"/topic/{topic}" if topic and several else "/"
    kept_in_address = {key: asked.query[key] for key in ("role", "muted") if key in asked.query}
    older = (
        f"{path}?{urlencode({**kept_in_address, 'behind': _behind(lines[STORIES - 1])})}"
        if len(lines) > STORIES
        else None
    )
    today = clock.now().astimezone(whom.zone).replace(hour=0, minute=0, second=0)
    since = today - timedelta(days=DAYS - 1)
    pulse = queries.pulse(connection, clock.text(since), wanted)
    most = queries.most_reported(connection, clock.text(since), wanted, shown_stories)
    kept, hidden = lines[:STORIES], 0
    if "muted" not in asked.query:
        kept, hidden = _without_muted(connection, kept)
        quiet = muted.stories(connection, [story["id"] for story in most])
        most = [story for story in most if story["id"] not in quiet]
    best = queries.headlines(connection, most, whom.languages)
    shown = {
        "days": [
            (day, [with_plot(line, whom) for line in group])
            for day, group in groupby(kept, key=lambda line: whom.day(line.row["last_seen"]))
        ],
        "older": older,
        "left_out": shown_stories.said,
        "everything": f"{path}?role=mention",
        "muted": hidden,
        "with_muted": f"{path}?{urlencode({**asked.query, 'muted': 'shown'})}",
        "latest": behind is None,
        "pulse": _pulse_plot(pulse, since) if pulse else None,
        "pulse_days": [_weekday(since + timedelta(days=day)) for day in range(DAYS)],
        "articles": sum(hours.total() for hours in pulse.values()),
        "by_language": Counter({code: hours.total() for code, hours in pulse.items()}).most_common(),
        "most_reported": [(story, best.get(story["id"])) for story in most],
        "states": queries.source_states(connection, topic),
        "run": queries.last_run(connection, topic),
        "since": since.date().isoformat(),
    }
    return Page("front.html", site.title(topic), shown, topic=topic, sql=SQL)


def _without_muted(connection: sqlite3.Connection, lines: list[StoryLine]) -> tuple[list[StoryLine], int]:
    """The stories that are not muted, and how many are."""
    hidden = muted.stories(connection, [line.row["id"] for line in lines])
    kept = [line for line in lines if line.row["id"] not in hidden]
    return kept, len(lines) - len(kept)


def _place(written: str | None) -> Place | None:
    last_seen, _, number = (written or "").partition("~")
    return Place(last_seen, int(number)) if number.isdecimal() and len(number) < 19 else None


def _behind(line: StoryLine) -> str:
    return f"{line.row['last_seen']}~{line.row['id']}"


def with_plot(line: StoryLine, whom: Reader) -> dict[str, object]:
    """A story with its sparkline of articles per hour."""
    return {**line._asdict(), "story": line.row, "plot": sparkline(line.times, whom)}


def sparkline(times: Iterable[str], whom: Reader = ANYBODY) -> Markup | None:
    """Articles per hour from the first to the last of ``times``; None when none of them has a time of day."""
    hours = Counter(whom.local(time).replace(minute=0, second=0) for time in times if len(time) > 10)
    if not hours:
        return None
    first, last = min(hours), max(hours)
    span = min(max(int((last - first) / timedelta(hours=1)) + 1, SHORTEST), LONGEST)
    begin = max(first, last - timedelta(hours=span - 1))
    counts = [hours[begin + timedelta(hours=hour)] for hour in range(span)]
    first_hour = f"{begin.day} {begin:%b, %H:%M} {whom.zone_at(begin)}"
    says = f"Articles per hour in {count(span, 'hour')} from {first_hour} on: at most {max(counts)}"
    return plots.bars(counts, says, top=3)


def _pulse_plot(pulse: dict[str, Counter[str]], since: datetime) -> Markup:
    total: Counter[str] = sum(pulse.values(), Counter())
    counts = [total[clock.text(since + timedelta(hours=hour))[:13]] for hour in range(24 * DAYS)]
    says = f"Articles per hour in the {DAYS} days since {since.day} {since:%B}: at most {max(counts)} in one hour"
    return plots.bars(counts, says, height=44, top=4)


def _weekday(day: datetime) -> str:
    return f"{day:%a} {day.day}"
