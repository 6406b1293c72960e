"""One run for one topic: what stages, middlewares and extensions get to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import sqlite_utils
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler import database
from crawler.captures import Captures, folder_of
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Page, Reading, Refusal
from crawler.seeds import Topic
from crawler.sources.shards import Shard, Slower

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


P = ParamSpec("P")
T = TypeVar("T")


class Pool(Protocol):
    """Where foreign bytes are read: READER_POOL names the class, pipelines/reading/pool.py explains it."""

    def start(self) -> None: ...

    async def read(self, page: Page) -> Reading | Refusal: ...

    async def ask(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T: ...

    async def close(self) -> None: ...


def pool_of(settings: BaseSettings, topics: list[Topic]) -> Pool:
    """The pool that ``settings`` name, for pages that are judged for ``topics``."""
    pool: Pool = load_object(settings["READER_POOL"]).from_settings(settings, topics)
    return pool


@dataclass
class Run:
    """``topic`` is what to watch, ``topics`` are all that a page is judged for."""

    settings: BaseSettings
    topic: Topic
    topics: list[Topic]
    db: sqlite_utils.Database
    frontier: Frontier
    pool: Pool
    captures: Captures

    @classmethod
    def begin(cls, settings: BaseSettings, topic: Topic, topics: list[Topic]) -> Run:
        """A run on the database of ``settings``, with the bounds that they set."""
        pool = pool_of(settings, topics)
        db = database.open_to_write(Path(settings["DATABASE"]))
        shard = Shard.read(settings["SHARD"])
        turns = Turns(
            settings.getfloat("DOWNLOAD_DELAY"),
            settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            settings.getint("HOST_BUDGET"),
            most_bytes=settings.getfloat("HOST_BUDGET_BYTES"),
            most_seconds=settings.getfloat("HOST_BUDGET_SECONDS"),
            slower=shard.slower(topic) if shard else Slower(),
        )
        at_once, most_found = settings.getint("CONCURRENT_REQUESTS"), settings.getint("SOURCE_BUDGET")
        most_bytes = settings.getfloat("SOURCE_BUDGET_BYTES")
        frontier = Frontier(db.conn, topic.name, turns, at_once, topic.terms, most_found, most_bytes)
        frontier.judgements.judged = tuple(other.name for other in topics)
        captures = Captures(db.conn, folder_of(settings), settings["ARCHIVE_PAGES"])
        frontier.commits.before = captures.sync
        return cls(settings, topic, topics, db, frontier, pool, captures)

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
