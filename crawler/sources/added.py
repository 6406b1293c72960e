"""Single pages that somebody adds by hand: queued for a topic, and asked for whatever became of them before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crawler import clock
from crawler.frontier import Frontier, aliases
from crawler.frontier.pages import FOLLOWED
from crawler.frontier.turns import Turns
from crawler.seeds import Source, Topic
from crawler.sources.due import followed
from crawler.urls import page_key, same_site, site_of

BY_HAND = "scrapy add"  # found_on of what was added


class State(NamedTuple):
    """What became of an address that was added."""

    state: str
    reason: str | None
    article_id: int | None
    title: str | None


def queue(connection: sqlite3.Connection, topic: Topic, urls: Iterable[str]) -> None:
    """Make ``urls`` due for ``topic``. Call it in a transaction."""
    ask_for(connection, Frontier(connection, topic.name, Turns(0, 1, 1)), topic, urls)


def ask_for(connection: sqlite3.Connection, frontier: Frontier, topic: Topic, urls: Iterable[str]) -> None:
    """Make ``urls`` due, and have ``frontier`` hand out them alone. Call it in a transaction.

    A page of a site that is watched belongs to its source. The sources are brought in line with the seeds file.
    """
    frontier.follow({row["id"]: source.name for source, row in followed(connection, topic)})
    ids = frontier.admission.ids
    frontier.pages.only = set()
    for url in urls:
        source = source_of(url, topic)
        name = source.name if source else site_of(url) or "added"
        frontier.admission.ask(url, name, BY_HAND)
        frontier.judgements.announced([url], ids.get(name))
        page = _page(connection, frontier, url)
        values = {"id": page, "due": clock.stamp(), "source": ids.get(name), **frontier.pages.ours}
        connection.execute(
            "UPDATE pages SET topic = :topic, source_id = :source WHERE id = :id AND article_id IS NULL"
            f" AND NOT {FOLLOWED}",
            values,
        )
        connection.execute("UPDATE pages SET due = :due, attempts = 0 WHERE id = :id", values)
        frontier.pages.only.add(page)


def became(connection: sqlite3.Connection, urls: Iterable[str]) -> Mapping[str, State]:
    """What became of ``urls`` by now."""
    states = {}
    for url in urls:
        row = aliases.known_as(connection, url)
        page = aliases.page_of(connection, row)["id"] if row else None
        found = connection.execute(
            "SELECT state, reason, article_id, articles.title FROM pages"
            " LEFT JOIN articles ON articles.id = article_id WHERE pages.id = ?",
            (page,),
        ).fetchone()
        states[url] = State(*found) if found else State("queued", None, None, None)
    return states


def source_of(url: str, topic: Topic) -> Source | None:
    """The source that ``url`` is, else the first one of its site; None when the topic has none there."""
    exact = (source for source in topic.sources if page_key(source.url) == page_key(url))
    return next(exact, None) or next((source for source in topic.sources if same_site(source.url, url)), None)


def _page(connection: sqlite3.Connection, frontier: Frontier, url: str) -> int:
    """The number of the page at ``url``, which is known."""
    row = aliases.known_as(connection, url)
    if row is None:  # known without a parameter that makes no difference on its site
        row = aliases.known(connection, {frontier.admission.parameters.key(url): url}).popitem()[1]
    number: int = aliases.page_of(connection, row)["id"]
    return number
