"""One run for one topic: what stages, middlewares and extensions get to work with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlite_utils
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings

from crawler import database
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.seeds import Topic

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


@dataclass
class Run:
    """``topic`` is what to watch, ``topics`` are all that a page is judged for."""

    settings: BaseSettings
    topic: Topic
    topics: list[Topic]
    db: sqlite_utils.Database
    frontier: Frontier

    @classmethod
    def begin(cls, settings: BaseSettings, topic: Topic, topics: list[Topic]) -> Run:
        """A run on the database of ``settings``, with the bounds that they set."""
        db = database.open_to_write(Path(settings["DATABASE"]))
        turns = Turns(
            settings.getfloat("DOWNLOAD_DELAY"),
            settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            settings.getint("HOST_BUDGET"),
            most_bytes=settings.getfloat("HOST_BUDGET_BYTES"),
            most_seconds=settings.getfloat("HOST_BUDGET_SECONDS"),
        )
        at_once, most_found = settings.getint("CONCURRENT_REQUESTS"), settings.getint("SOURCE_BUDGET")
        frontier = Frontier(db.conn, topic.name, turns, at_once, topic.terms, most_found)
        return cls(settings, topic, topics, db, frontier)

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run of ``crawler``; NotConfigured when it runs no topic (``scrapy fetch``, ``shell``, ``try`` ...)."""
        if (run := cls.maybe_of(crawler)) is None:
            raise NotConfigured
        return run

    @staticmethod
    def maybe_of(crawler: Crawler) -> Run | None:
        """The run of ``crawler``; None when it runs no topic."""
        return getattr(crawler.spider, "run", None)
