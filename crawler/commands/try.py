"""``scrapy try TOPIC URL``: fetch one page and show what every stage makes of it; writes nothing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from rich.text import Text
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.utils.reactor import install_reactor
from twisted.python.failure import Failure

from crawler import logs, resolver
from crawler.command import NewsCommand, WrongUsage
from crawler.commands.crawl import load_topics, spider_class
from crawler.discovery import discover
from crawler.exceptions import Unwanted
from crawler.fetching import outcome
from crawler.items import Article, Claim, Fetched, Refusal, Unread
from crawler.output.terminal import console, safe, safe_line
from crawler.run import Pool, pool_of
from crawler.sources.added import source_of
from crawler.spiders.topic import TopicSpider
from crawler.terms import about
from crawler.urls import clean_url, page_key

WIDTH = 120  # columns when standard output is no terminal
FACTS = "title authors authors_from published published_from modified agency paywalled section tags"


class Command(NewsCommand):
    """One request, with the manners of a crawl, and every stage's verdict."""

    examples = (
        "scrapy try lithium https://example.com/story                        is it on topic, is its text right?",
        "scrapy try lithium https://example.com/feed/                        what does this source announce?",
        "scrapy try lithium https://example.com/story -a seeds=draft.toml    with terms that are not in seeds/ yet",
    )

    def syntax(self) -> str:
        return "TOPIC URL [-a seeds=FILE.toml]"

    def short_desc(self) -> str:
        return "Fetch one page and show what every stage makes of it; writes nothing"

    def long_desc(self) -> str:
        return (
            "One request, with the manners of a crawl; nothing is stored. Then each stage says what it makes of "
            "the page: discover (what it announces, if it is a source), gate (is every side of a topic named "
            "anywhere on it?), extract (its facts), relevance (which terms hit in title and text), language, "
            "outcome, and the text."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", metavar="TOPIC URL")
        parser.add_argument("-a", dest="seeds", metavar="seeds=FILE.toml", help="read the topic from FILE")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(opts.words) != 2:
            raise WrongUsage('give a topic and an address, as in "scrapy try venezuela_russia https://example.com/a"')
        name, wanted = opts.words
        if opts.seeds and not opts.seeds.startswith("seeds="):
            raise WrongUsage(f"-a {opts.seeds}: use -a seeds=FILE.toml")
        seeds = Path(opts.seeds.removeprefix("seeds=")) if opts.seeds else None
        url = clean_url(wanted)
        if url is None:
            raise WrongUsage(f"{wanted}: is no web address: give one that begins with http:// or https://")
        topic, topics = load_topics(name, seeds, Path(self.settings["SEEDS_DIR"]))
        self.settings.setdict({"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "LOG_LEVEL": "WARNING"}, priority="cmdline")
        install_reactor(self.settings["TWISTED_REACTOR"])
        logs.configure(self.settings)
        process = AsyncCrawlerProcess(self.settings)
        crawler = process.create_crawler(OnePage)
        reader = spider_class(process, topic.name)(topic, topics)
        pool = pool_of(self.settings, topics)
        crawler.signals.connect(pool.close, signals.spider_closed)
        process.crawl(crawler, url=url, reader=reader, detector=self.settings["LANGUAGE_DETECTOR"], pool=pool)
        process.start()
        spider = crawler.spider
        if not isinstance(spider, OnePage):
            return 1
        console(WIDTH).print(*spider.said, sep="\n")  # not before the end: who reads it may go away (| head)
        return 0 if spider.answered else 1


class OnePage(scrapy.Spider):
    """Ask for one page as the topic's own spider, ``reader``, would; ``said`` is what becomes of it."""

    name = ""  # not a spider of the project

    def __init__(self, url: str, reader: TopicSpider, detector: str, pool: Pool, **kwargs: Any):
        super().__init__(name="try", **kwargs)
        self.url, self.reader, self.detector, self.pool = url, reader, detector, pool
        self.source = source_of(url, reader.topic)
        self.is_source = bool(self.source and page_key(self.source.url) == page_key(url))
        self.given = [url, *reader.given]
        self.answered = False
        self.said: list[Text] = []

    async def start(self) -> Any:
        request = self.reader.request(self._claim("article"))
        request.meta.pop("claim")  # no claim of a frontier: redirects are followed wherever they lead
        yield request.replace(callback=self.parse, errback=self.failed, cb_kwargs={})

    def _claim(self, kind: str) -> Claim:
        named = self.source and (kind == "article" or self.is_source)  # only a source itself is read as its list
        host = urlsplit(self.url).hostname or ""
        return Claim(0, self.url, kind, self.source.name if self.source and named else "try", host)

    def failed(self, failure: Failure) -> None:
        error = failure.value or RuntimeError("no reason given")
        ended = outcome.of_error(error, self.url, resolver.refused_hosts())
        self._line("fetch", ended.reason)
        self._line("outcome", f"{ended.state}, to be tried again" if ended.retry else ended.state)

    async def parse(self, response: Response) -> None:
        self.answered = True
        self._line("fetch", f"{response.status}, {len(response.body):,} bytes, {response.url}")
        if ended := outcome.of_response(response):
            self._line("outcome", f"{ended.state}: {ended.reason}")
            return
        if await self._announces(response):
            return
        await self._judge(self.reader.fetched(response, self._claim("article")))

    async def _announces(self, response: Response) -> bool:
        """Show what the response announces; whether it is a list of addresses and nothing else."""
        kind = self.source.kind if self.source and self.is_source and self.source.kind != "page" else None
        try:
            claim = self._claim(kind or "source")
            if self.reader.has_own_lists:
                kind, found = self.reader.announced(response, claim)
            else:
                kind, found = await self.pool.ask(discover, *self.reader.listing(response, claim))
        except ValueError as error:
            if self.is_source:
                self._line("discover", f"as a source it announces nothing: {error}")
            return self.is_source
        if kind != "page":
            self._line("discover", f"as a source it is a {kind} that announces {len(found)} addresses")
            for item in found[:5]:
                self._line("", f"{item.url}  {item.title or ''}")
        return kind in ("feed", "sitemap") or (self.is_source and kind == "section")

    async def _judge(self, fetched: Fetched) -> None:
        from pipelines.extract import extract
        from pipelines.gate import Gate
        from pipelines.language import LanguageTag
        from pipelines.relevance import Relevance

        gap = Gate(self.reader.topics).gap(fetched)
        said = f"no mention of {gap} anywhere on the page: a crawl reads no further" if gap else "passed"
        self._line("gate", said)
        try:
            article = await self.pool.ask(extract, fetched)
        except Unread as why:
            article = Refusal("failed", str(why))
        if isinstance(article, Refusal):
            self._line("extract", f"{article.state}: {article.reason}")
            return
        article.claim = self._claim("article")
        self._line("extract", f"{len(article.text.split())} words, by {article.extractor}")
        for column in FACTS.split():
            if value := getattr(article, column):
                self._line("", f"{column}: {value}")
        try:
            Relevance(self.reader.topics).process_item(article)
            for match in article.matches:
                self._line(
                    "relevance", f"{match.topic} ({match.score:.2f}): {json.dumps(match.terms, ensure_ascii=False)}"
                )
                self._line("", about.said(match.role, match.score, match.parts))
            LanguageTag({t.name: t.languages or () for t in self.reader.topics}, self.detector).process_item(article)
            self._language(article)
            self._line("outcome", "would be stored")
        except Unwanted as no:
            self._language(article)
            self._line("outcome", f"{no.state}: {no.reason}")
        self.said += [Text(), Text(safe(article.text))]

    def _language(self, article: Article) -> None:
        if article.language_from != "none":
            self._line("language", f"{article.language} (from the {article.language_from})")

    def _line(self, stage: str, said: str) -> None:
        self.said.append(Text(f"{stage:<10} {safe_line(said)}"))
