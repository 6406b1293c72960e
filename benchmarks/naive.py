"""What throughput.py measures us by: spiders as one writes them in an afternoon, with the packages that we use too.

    scrapy runspider benchmarks/naive.py -a seeds=FILE.toml -a database=FILE.db

``Naive`` reads the feeds of a topic file and, of each page, extracts text and metadata, looks for the terms, tells the
language and writes a row, all in the callback. ``Download``, which ``-a only=download`` chooses, only fetches.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import langdetect
import scrapy
import sqlite_utils
import trafilatura
from scrapy.http import Response


class Naive(scrapy.Spider):
    """Feeds, pages, rows."""

    name = "naive"
    custom_settings = {"ROBOTSTXT_OBEY": True, "LOG_LEVEL": "WARNING"}  # noqa: RUF012  # as Scrapy wants it

    def __init__(self, seeds: str, database: str = "", only: str = "", **more: Any):
        super().__init__(**more)
        topic = tomllib.loads(Path(seeds).read_text("utf-8"))
        self.sources = topic["sources"]
        self.groups = [[term.rstrip("*").lower() for term in group] for group in topic["terms"].values()]
        self.read = self.count if only == "download" else self.store
        self.articles = sqlite_utils.Database(database or ":memory:").table("articles")

    async def start(self) -> AsyncIterator[Any]:
        for source in self.sources:
            yield scrapy.Request(source["url"], self.parse_feed, cb_kwargs={"source": source["name"]})

    def parse_feed(self, response: Response, source: str) -> Iterator[scrapy.Request]:
        for url in response.xpath("//item/link/text()").getall():
            yield scrapy.Request(url, self.read, cb_kwargs={"source": source})

    def count(self, response: Response, source: str) -> None:
        self.crawler.stats.inc_value(f"pages/{source}")

    def store(self, response: Response, source: str) -> None:
        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        if found is None or not found.text:
            return
        words = f"{found.title} {found.text}".lower()
        if not all(any(term in words for term in group) for group in self.groups):
            return
        try:
            language = langdetect.detect(found.text)
        except langdetect.LangDetectException:
            language = None
        row = {
            "url": response.url,
            "canonical_url": found.url or response.url,
            "source": source,
            "title": found.title,
            "authors": json.dumps((found.author or "").split("; "), ensure_ascii=False),
            "published": found.date,
            "language": language,
            "text": found.text,
        }
        self.articles.upsert(row, pk="url", alter=True)
