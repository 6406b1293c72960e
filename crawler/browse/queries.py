"""What only the web page asks of the database. Each takes a plain connection whose rows are ``sqlite3.Row``."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from crawler.browse.outlets import Outlets
from crawler.database.queries import APPEARED, NEWEST, gists
from crawler.database.shown import EVERYTHING, Shown
from crawler.reader import ANYBODY, Reader

NEWEST_FEW = 20_000  # articles that the front page counts at most, whatever the time they cover
MOST_MATCHES = 300_000  # of which terms are counted
PLACES = 3  # of the most reported stories
IN_TOPIC = "EXISTS (SELECT 1 FROM matches WHERE matches.article_id = articles.id AND matches.topic = :topic)"


class Outlet(NamedTuple):
    """What one outlet has in a story in one language."""

    name: str
    language: str
    article_id: int  # its first report
    first: str
    reports: int
    copies: int  # how many of them are copies


class Headline(NamedTuple):
    """What a story is called."""

    title: str
    language: str


class StoryLine(NamedTuple):
    """A story as lists show it."""

    row: sqlite3.Row  # of stories
    headline: Headline  # for the reader
    first: Headline | None  # of the first report, where that is another one
    gist: sqlite3.Row | None  # what a machine made of a headline that the reader cannot read
    outlets: list[Outlet]  # the first one first
    copies: int
    times: list[str]  # of all its reports


class Place(NamedTuple):
    """Where a page of stories ends: the next one begins behind it."""

    last_seen: str
    story_id: int


def topics(connection: sqlite3.Connection) -> list[str]:
    """The topics that the database was crawled for."""
    return [row[0] for row in connection.execute("SELECT DISTINCT topic FROM sources ORDER BY topic")]


def front_page(
    connection: sqlite3.Connection,
    topic: str | None = None,
    behind: Place | None = None,
    limit: int = 30,
    shown: Shown = EVERYTHING,
    reader: Reader = ANYBODY,
) -> list[StoryLine]:
    """Stories that were reported last, the latest first; of every topic when there is none."""
    where = ["(last_seen, id) < (:last_seen, :story_id)"] if behind else ["last_seen IS NOT NULL"]
    where.append(_topical(topic, shown))
    stories = connection.execute(
        f"SELECT * FROM stories AS seen WHERE {' AND '.join(where)} ORDER BY last_seen DESC, id DESC LIMIT :limit",
        {"topic": topic, "limit": limit, **(behind._asdict() if behind else {})},
    ).fetchall()
    return story_lines(connection, stories, reader)


def _topical(topic: str | None, shown: Shown) -> str:
    """The condition for a story: one of its articles is ``shown`` in the topic, or in any."""
    if topic is None and shown == EVERYTHING:
        return "true"
    return (
        "EXISTS (SELECT 1 FROM articles CROSS JOIN matches ON matches.article_id = articles.id"
        f" WHERE articles.story_id = seen.id AND {'matches.topic = :topic' if topic else 'true'} AND {shown.condition})"
    )


def most_reported(
    connection: sqlite3.Connection, since: str, topic: str | None = None, shown: Shown = EVERYTHING
) -> list[sqlite3.Row]:
    """The stories since then that most outlets have reported."""
    return connection.execute(
        "SELECT * FROM (SELECT * FROM stories WHERE last_seen >= :since AND outlets > 1"
        " ORDER BY outlets DESC, last_seen DESC LIMIT 200) AS seen"
        f" WHERE {_topical(topic, shown)} LIMIT :limit",
        {"since": since, "topic": topic, "limit": PLACES},
    ).fetchall()


def headlines(
    connection: sqlite3.Connection, stories: Iterable[sqlite3.Row], languages: Sequence[str]
) -> dict[int, Headline]:
    """The headline of the first original in the best of the languages, of each story that has one in any of them."""
    if not languages:
        return {}
    rows = connection.execute(
        f"SELECT story_id, title, language, min(printf('%06d', wanted.key) || {APPEARED}) FROM json_each(:languages)"
        " AS wanted CROSS JOIN json_each(:stories) AS story JOIN articles ON story_id = story.value"
        " AND language = wanted.value WHERE duplicate_of IS NULL AND title <> '' GROUP BY story_id",
        {"languages": json.dumps(languages), "stories": json.dumps([story["id"] for story in stories])},
    )
    return {number: Headline(title, language) for number, title, language, _ in rows}


def story_lines(
    connection: sqlite3.Connection, stories: Iterable[sqlite3.Row], reader: Reader = ANYBODY
) -> list[StoryLine]:
    """``stories`` with their outlets and the times of their reports, in the same order."""
    stories = list(stories)
    marks = ", ".join("?" * len(stories))
    reports = connection.execute(
        f"SELECT story_id, id, source, site, language, duplicate_of, {NEWEST} AS time FROM articles"
        f" WHERE story_id IN ({marks}) ORDER BY time, id",
        [story["id"] for story in stories],
    ).fetchall()
    of_story: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for report in reports:
        of_story[report["story_id"]].append(report)
    outlets = Outlets.known_to(connection)
    best = headlines(connection, stories, reader.languages)
    firsts = {number: _first(theirs)["id"] for number, theirs in of_story.items() if theirs and number not in best}
    made = gists(connection, firsts.values(), reader.gists)
    return [
        _line(story, theirs, outlets, best.get(story["id"]), made.get(firsts.get(story["id"], 0)))
        for story in stories
        if (theirs := of_story[story["id"]])
    ]


def _first(reports: list[sqlite3.Row]) -> sqlite3.Row:
    return next((report for report in reports if report["duplicate_of"] is None), reports[0])


def _line(
    story: sqlite3.Row,
    reports: list[sqlite3.Row],
    outlets: Outlets,
    best: Headline | None,
    gist: sqlite3.Row | None,
) -> StoryLine:
    found: dict[tuple[str, str], list[sqlite3.Row]] = {}
    for report in reports:
        found.setdefault((outlets.of(report), report["language"]), []).append(report)
    first = _first(reports)
    own = Headline(story["title"] or "(no title)", first["language"])
    return StoryLine(
        story,
        best or own,
        own if best and best.language != own.language else None,
        gist,
        [
            Outlet(
                name,
                language,
                theirs[0]["id"],
                theirs[0]["time"],
                len(theirs),
                sum(report["duplicate_of"] is not None for report in theirs),
            )
            for (name, language), theirs in found.items()
        ],
        sum(report["duplicate_of"] is not None for report in reports),
        [report["time"] for report in reports],
    )


def pulse(connection: sqlite3.Connection, since: str, topic: str | None = None) -> dict[str, Counter[str]]:
    """Language -> hour (``2024-07-01T12``, or the day alone where that is all that is known) -> articles since then."""
    rows = connection.execute(
        "SELECT substr(time, 1, 13) AS hour, language, count(*) AS number FROM"
        f" (SELECT {NEWEST} AS time, language FROM articles WHERE {NEWEST} >= :since"
        f" AND {IN_TOPIC if topic else 'true'} ORDER BY {NEWEST} DESC LIMIT {NEWEST_FEW}) GROUP BY 1, 2",
        {"since": since, "topic": topic},
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for hour, language, number in rows:
        found[language][hour] += number
    return found


def source_states(connection: sqlite3.Connection, topic: str | None = None) -> Counter[str]:
    """State -> how many sources are in it."""
    rows = connection.execute(
        "SELECT state, count(*) FROM sources WHERE :topic IS NULL OR topic = :topic GROUP BY state", {"topic": topic}
    )
    return Counter(dict(rows.fetchall()))


def last_run(connection: sqlite3.Connection, topic: str | None = None) -> sqlite3.Row | None:
    """The last run that ended."""
    return connection.execute(
        "SELECT * FROM runs WHERE finished IS NOT NULL AND (:topic IS NULL OR topic = :topic) ORDER BY id DESC LIMIT 1",
        {"topic": topic},
    ).fetchone()


def matches_of_story(connection: sqlite3.Connection, story_id: int) -> dict[int, list[sqlite3.Row]]:
    """Article -> why it belongs to its topics."""
    rows = connection.execute(
        "SELECT matches.* FROM articles CROSS JOIN matches ON matches.article_id = articles.id"
        " WHERE articles.story_id = ? ORDER BY matches.topic",
        (story_id,),
    )
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:
        found[row["article_id"]].append(row)
    return found


def source_names(connection: sqlite3.Connection) -> set[str]:
    """What sources and their outlets are called."""
    rows = connection.execute("SELECT name FROM sources UNION SELECT outlet FROM sources WHERE outlet IS NOT NULL")
    return {name for (name,) in rows}


class Trends(NamedTuple):
    """Name -> day -> articles, for each thing that is counted."""

    languages: dict[str, Counter[str]]
    outlets: dict[str, Counter[str]]
    terms: dict[str, Counter[str]]  # "group: term"; none when there are too many articles to read their matches


def trends(connection: sqlite3.Connection, since: str, until: str, topic: str | None = None) -> Trends:
    """Articles a day between two days, the last one excluded."""
    values = {"since": since, "until": until, "topic": topic}
    within = f"{NEWEST} >= :since AND {NEWEST} < :until"
    counted = connection.execute(
        f"SELECT substr({NEWEST}, 1, 10) AS day, language, source, site, count(*) AS number FROM articles"
        f" WHERE {within} AND {IN_TOPIC if topic else 'true'} GROUP BY 1, 2, 3, 4",
        values,
    )
    found = Trends(defaultdict(Counter), defaultdict(Counter), defaultdict(Counter))
    outlets = Outlets.known_to(connection)
    total = 0
    for day, language, source, site, number in counted:
        found.languages[language][day] += number
        found.outlets[outlets.name(source, site)][day] += number
        total += number
    if total > MOST_MATCHES:
        return found
    matched = connection.execute(
        f"SELECT substr({NEWEST}, 1, 10) AS day, terms, count(*) FROM articles"
        " CROSS JOIN matches ON matches.article_id = articles.id"
        f" WHERE {within} AND {'matches.topic = :topic' if topic else 'true'} GROUP BY 1, 2",
        values,
    )
    for day, terms, number in matched:
        for group, hits in json.loads(terms).items():
            for term in hits:
                found.terms[f"{group}: {term}"][day] += number
    return found


def new_by_day(connection: sqlite3.Connection, since: str) -> dict[str, Counter[str]]:
    """Source -> day -> new addresses that its visits found."""
    rows = connection.execute(
        "WITH visits AS (SELECT topic, url, substr(at, 1, 10) AS day, sum(new) AS new FROM polls WHERE at >= ?"
        " GROUP BY 1, 2, 3)"
        " SELECT coalesce(sources.name, pages.source), day, sum(new) FROM visits CROSS JOIN pages"
        " ON pages.url = visits.url LEFT JOIN sources ON sources.id = pages.source_id AND sources.topic = visits.topic"
        " GROUP BY 1, 2",
        (since,),
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for source, day, number in rows:
        found[source][day] = number
    return found
