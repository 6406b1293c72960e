"""The page of a topic's terms: what each brings, words that are none yet, what was missed by a hair."""

from __future__ import annotations

import sqlite3
from itertools import groupby

from crawler.browse.page import Asked, NotThere, Page, Site, web_address
from crawler.browse.queries import topics
from crawler.tuning import report
from crawler.tuning.misses import Miss

MOST = 20  # of each list
SQL = (
    "select groups.key as term_group, terms.key as term, count(*) as articles, sum(terms.value) as hits"
    " from matches, json_each(matches.terms) as groups, json_each(groups.value) as terms"
    " where topic = :topic group by 1, 2 order by 3 desc"
)


def terms(connection: sqlite3.Connection, asked: Asked, site: Site) -> Page:
    """The report on the topic that is asked for, or on the only one."""
    known = [name for name in topics(connection) if name in site.topics]
    topic = asked.query.get("topic") or (known[0] if known else None)
    if topic is None or topic not in site.topics:
        raise NotThere(
            f"There is no seeds file of a topic {topic}." if topic else "There is no topic with a seeds file."
        )
    found = report.read(connection, topic, site.topics[topic].terms, MOST)
    living = (each for each in found.yields.terms if each.articles)
    shown = {
        "name": topic,
        "articles": found.yields.articles,
        "subjects": found.yields.subjects,
        "groups": [
            (group, sorted(of_group, key=lambda each: (-each.articles, each.term)))
            for group, of_group in groupby(living, key=lambda each: each.group)
        ],
        "dead": list(found.dead.items()),
        "words": found.candidates,
        "pages": _with_links(found.misses),
        "mentions": _with_links(found.mentions),
        "others": found.others,
    }
    return Page("terms.html", "Terms", shown, topic=topic, sql=SQL, values={"topic": topic})


def _with_links(found: list[Miss]) -> list[tuple[Miss, str | None]]:
    return [(miss, web_address(miss.url)) for miss in found]
