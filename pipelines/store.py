"""The last stage: one transaction takes an article with all that belongs to it, and its page's outcome."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from crawler import clock
from crawler.database import transaction
from crawler.exceptions import Refused
from crawler.fetching.outcome import Outcome
from crawler.frontier import aliases, removals
from crawler.items import Article, Claim
from crawler.run import Run
from crawler.schedule import revisits
from crawler.search import index
from crawler.urls import page_key
from pipelines import dedupe, stories
from pipelines.archive import Archive, retention
from pipelines.archive.likeness import is_locked_part, is_same
from pipelines.language import LanguageTag
from pipelines.memory import HostMemory, Judge
from pipelines.relevance import Relevance
from pipelines.repeated import ends, without_repeated
from pipelines.stories import embedding

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

COPIES_LIFE, STORIES_LIFE = timedelta(days=30), timedelta(days=10)
HISTORY_LIFE = timedelta(days=365)  # of visits to sources, and of runs
PRUNED_AT_ONCE = 1000
TEXT_COST = 4  # bytes of the database for each of a text: the text, its revision and its words
INDEXED_AT_ONCE, MOST_INDEXED = 50, 5_000  # articles that other programs wrote, and a run


class Store:
    """Store an article and return its row, as ``scrapy articles --format json`` shows it."""

    def __init__(self, archive: Archive, frontier: Frontier, judge: Judge):
        self.archive = archive
        self.connection = archive.db.conn
        self.frontier = frontier
        self.judge = judge
        self.memory = HostMemory(self.connection)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(Archive.from_crawler(crawler), Run.of(crawler).frontier, Judge.from_crawler(crawler))

    @classmethod
    def of(cls, run: Run) -> Self:
        """One for a command that has a run and no crawler."""
        encode = embedding.load() if run.settings.getbool("STORY_EMBEDDING") else None
        languages = {topic.name: topic.languages or () for topic in run.topics}
        judge = Judge(Relevance(run.topics), LanguageTag(languages, run.settings["LANGUAGE_DETECTOR"]))
        return cls(Archive(run.db, encode), run.frontier, judge)

    async def process_item(self, article: Article) -> dict[str, Any]:
        assert article.claim
        row = await self.frontier.commits.run(lambda: self.store(article))
        self.frontier.ended(article.claim, "stored")
        return row

    def store(self, article: Article) -> dict[str, Any]:
        """The row of ``article``: new, revised, or as it was if this is another address of it. In a transaction."""
        assert article.claim
        with self.frontier.effort.of(article.claim):
            row = self._store(article, article.claim)
        self.frontier.shares.stored(article.claim.source, TEXT_COST * len(article.text.encode()))
        return row

    def _store(self, article: Article, claim: Claim) -> dict[str, Any]:
        if why := removals.why(self.connection, claim.url, article.url, article.canonical_url):
            raise Refused("gone", why)
        text = without_repeated(article.text, self.memory.known(article.site, ends(article.text)))
        if text != article.text:
            article.text = text
            self.judge(article)
        if article.published and "T" in article.published:  # later than a day after the fetch it is not believed at all
            article.published = min(article.published, article.fetched)
        if claim.article_id is not None:
            return self._row(self._seen_again(article, claim, claim.article_id))
        known = self.archive.same(article)
        number = known["id"] if known else self.archive.add(article)
        if article.url != claim.url:
            aliases.redirected(self.connection, claim, article.url, number)
        reason = ""
        if known and article.url == known["canonical_url"] != known["url"]:  # whichever came first, this one counts
            self.archive.move(number, article.url)
            aliases.moved(self.connection, known["url"], article.url)
        elif known:
            reason = f"{aliases.ALIAS} {known['url']}"
            self.frontier.admission.parameters.learn(claim.url, known["url"])
        due = None if reason else revisits.due(self.connection, number)
        self.frontier.write(claim, Outcome("stored", reason, status=200), number, due)
        return self._row(number)

    def _seen_again(self, article: Article, claim: Claim, number: int) -> int:
        """A stored article was looked at once more: its new text, its new address, or something that it is not."""
        known = self.archive.get(number)
        due = revisits.due(self.connection, number)
        elsewhere = page_key(article.url) not in {
            page_key(url) for url in (claim.url, known.url, known.canonical_url or known.url)
        }
        if elsewhere and not is_same(article.title, article.text, known.title, known.text):
            self.frontier.write(claim, Outcome("gone", f"leads to another page: {article.url}", status=200), due=due)
            return number
        if elsewhere:
            self.archive.move(number, article.url)
            aliases.redirected(self.connection, claim, article.url, number)
            aliases.moved(self.connection, claim.url, article.url, due)
        reason = f"{aliases.ALIAS} {article.url}" if elsewhere else ""
        if is_locked_part(article.text, article.paywalled, known.text):
            self.archive.lock(number)
            reason = reason or "at a re-visit: the text is locked, what was free is kept"
        else:
            self.archive.revise(number, article, "publisher")
        self.frontier.write(claim, Outcome("stored", reason, status=200), number, None if elsewhere else due)
        return number

    def _row(self, number: int) -> dict[str, Any]:
        return dict(self.connection.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone())

    def forget_passed(self, position: str) -> None:
        """A backfill has come to what was fetched at ``position``: forget what it has stored of other times."""
        for prune, life in ((dedupe.prune_passed, COPIES_LIFE), (stories.prune_passed, STORIES_LIFE)):
            more = True
            while more:
                with transaction(self.connection):
                    more = prune(self.connection, position, life.days, PRUNED_AT_ONCE) == PRUNED_AT_ONCE

    def close_spider(self) -> None:
        """Forget what copies and other reports of old articles would be found by; index what other programs wrote."""
        if self.frontier.commits.broken:
            return
        for _ in range(MOST_INDEXED // INDEXED_AT_ONCE):
            with transaction(self.connection):
                if index.complete(self.connection, INDEXED_AT_ONCE) < INDEXED_AT_ONCE:
                    break
        forget_old(self.connection)
        before = clock.text(clock.now() - HISTORY_LIFE)
        with transaction(self.connection):
            retention.forget_history(self.connection, before, PRUNED_AT_ONCE)


def forget_old(connection: sqlite3.Connection) -> None:
    """Forget what copies and other reports of articles of old would be found by."""
    for prune, life in ((dedupe.prune, COPIES_LIFE), (stories.prune, STORIES_LIFE)):
        before = clock.text(clock.now() - life)
        more = True
        while more:
            with transaction(connection):
                more = prune(connection, before, PRUNED_AT_ONCE) == PRUNED_AT_ONCE
