"""The last stage: one transaction takes an article with all that belongs to it, and its page's outcome."""

from __future__ import annotations

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
from pipelines import dedupe, stories
from pipelines.archive import Archive
from pipelines.memory import HostMemory, Judge
from pipelines.repeated import ends, without_repeated

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

COPIES_LIFE, STORIES_LIFE = timedelta(days=30), timedelta(days=10)
PRUNED_AT_ONCE = 1000


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

    async def process_item(self, article: Article) -> dict[str, Any]:
        assert article.claim
        row = await self.frontier.commits.run(lambda: self.store(article))
        self.frontier.ended(article.claim, "stored")
        return row

    def store(self, article: Article) -> dict[str, Any]:
        """The row of ``article``: new, revised, or as it was if this is another address of it. In a transaction."""
        assert article.claim
        with self.frontier.effort.of(article.claim):
            return self._store(article, article.claim)

    def _store(self, article: Article, claim: Claim) -> dict[str, Any]:
        if why := removals.why(self.connection, claim.url, article.url, article.canonical_url):
            raise Refused("gone", why)
        text = without_repeated(article.text, self.memory.known(article.site, ends(article.text)))
        if text != article.text:
            article.text = text
            self.judge(article)
        known = self.archive.same(article, claim.article_id)
        number = known["id"] if known else self.archive.add(article)
        if article.url != claim.url:
            aliases.redirected(self.connection, claim, article.url, number)
        reason = ""
        if known and claim.article_id == number:
            self.archive.revise(number, article, "publisher")
        elif known and article.url == known["canonical_url"] != known["url"]:  # whichever came first, this one counts
            self.archive.move(number, article.url)
            aliases.moved(self.connection, known["url"], article.url)
        elif known:
            reason = f"{aliases.ALIAS} {known['url']}"
        due = None if reason else revisits.due(self.connection, number)
        self.frontier.write(claim, Outcome("stored", reason, status=200), number, due)
        return dict(self.connection.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone())

    def close_spider(self) -> None:
        """Forget what copies and other reports of old articles would be found by."""
        if self.frontier.commits.broken:
            return
        for prune, life in ((dedupe.prune, COPIES_LIFE), (stories.prune, STORIES_LIFE)):
            before = clock.text(clock.now() - life)
            more = True
            while more:
                with transaction(self.connection):
                    more = prune(self.connection, before, PRUNED_AT_ONCE) == PRUNED_AT_ONCE
