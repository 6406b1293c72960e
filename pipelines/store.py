"""The last stage: one transaction takes an article, its matches, its words, its duplicates and its page's outcome."""

from __future__ import annotations

import json
import logging
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import sqlite_utils

from crawler import clock, revisits, search
from crawler.items import Article
from crawler.outcome import Outcome
from pipelines import dedupe

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

logger = logging.getLogger(__name__)

FINGERPRINTS_LIFE = timedelta(days=30)
COLUMNS = (  # of articles, as far as an Article has them
    "url",
    "canonical_url",
    "canonical_elsewhere",
    "source",
    "site",
    "title",
    "published",
    "published_from",
    "modified",
    "fetched",
    "language",
    "language_confidence",
    "language_from",
    "text",
    "description",
    "image",
    "section",
    "agency",
    "paywalled",
    "content_hash",
    "extractor",
)

REVISED = ("title", "text", "modified", "description", "content_hash", "language", "extractor")


class Store:
    """Store an article and return its row, as ``scrapy articles --format json`` shows it."""

    def __init__(self, db: sqlite_utils.Database, frontier: Frontier):
        self.db = db
        self.frontier = frontier

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.spider.db, crawler.spider.frontier)  # type: ignore[union-attr]

    async def process_item(self, article: Article) -> dict[str, Any]:
        assert article.claim
        row = await self.frontier.commits.run(lambda: self.store(article))
        self.frontier.ended(article.claim, "stored")
        return row

    def close_spider(self) -> None:
        """Forget the fingerprints of articles that nobody copies any more."""
        if self.frontier.commits.broken:
            return
        before = clock.text(clock.now() - FINGERPRINTS_LIFE)
        self.db.execute("BEGIN IMMEDIATE")
        dedupe.prune(self.db.conn, before)
        self.db.execute("COMMIT")

    def store(self, article: Article) -> dict[str, Any]:
        """The row of ``article``: new, revised, or as it was if this is another address of it. In a transaction."""
        claim = article.claim
        assert claim
        article.content_hash = dedupe.content_hash(article.text)
        article.canonical_url = article.canonical_url or article.url
        known = same_article(self.db.conn, article, claim.article_id)
        reason = ""
        if known is None:
            article_id = self._insert(article)
        else:
            article_id = known["id"]
            if claim.article_id == article_id:
                self._revise(known, article)
            else:
                reason = f"another address of {known['url']}"
        due = None if reason else revisits.due(self.db.conn, article_id)
        self.frontier.write(claim, Outcome("stored", reason, status=200), article_id, due)
        if article.url != claim.url:
            self.frontier.pages.redirected(article.url, claim, article_id)
        return dict(self.db.conn.execute("SELECT * FROM articles WHERE id = ?", (article_id,)).fetchone())

    def _revise(self, known: sqlite3.Row, article: Article) -> None:
        """Make a changed text or headline the current one; what was shown before stays in ``revisions``."""
        if (known["content_hash"], known["title"]) == (article.content_hash, article.title):
            return
        number = known["revision"] + 1
        values = {column: getattr(article, column) for column in REVISED} | {"revision": number}
        self.db.table("articles").update(known["id"], values)
        search.index(self.db.conn, known["id"], article.title or "", article.text, article.language)
        self._add_matches(known["id"], article)
        self._add_revision(known["id"], number, article)
        self._place(known["id"], article)

    def _insert(self, article: Article) -> int:
        connection = self.db.conn
        article_id: int = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM articles").fetchone()[0]
        search.index(connection, article_id, article.title or "", article.text, article.language)
        row = {column: getattr(article, column) for column in COLUMNS} | {
            "id": article_id,
            "authors": _json(article.authors),
            "tags": _json(article.tags),
        }
        self.db.table("articles").insert(row)
        self._add_matches(article_id, article)
        self._add_revision(article_id, 1, article)
        self._place(article_id, article)
        return article_id

    def _place(self, article_id: int, article: Article) -> None:
        placed = dedupe.place(self.db.conn, article_id)
        if placed.block_page:
            logger.warning(
                "%s has the text of article %d under another title: a wall rather than an article?",
                article.url,
                placed.block_page,
            )

    def _add_matches(self, article_id: int, article: Article) -> None:
        self.db.conn.execute("DELETE FROM matches WHERE article_id = ?", (article_id,))
        self.db.table("matches").insert_all(
            {"article_id": article_id, "topic": match.topic, "score": match.score, "terms": _json(match.terms)}
            for match in article.matches
        )

    def _add_revision(self, article_id: int, number: int, article: Article) -> None:
        self.db.table("revisions").insert(
            {
                "article_id": article_id,
                "number": number,
                "seen": article.fetched,
                "kind": "publisher",
                "title": article.title,
                "text": article.text,
                "content_hash": article.content_hash,
            }
        )


def same_article(connection: sqlite3.Connection, article: Article, article_id: int | None = None) -> sqlite3.Row | None:
    """The stored row of the same article: of ``article_id`` at a re-visit, else under this or another address.

    Sites exist whose every page names the same canonical URL: only with the same title or text is it believed,
    else the article keeps the address that it was fetched from.
    """
    columns = "SELECT id, url, title, content_hash, revision FROM articles WHERE"
    row = connection.execute(f"{columns} id = ? OR url = ?", (article_id, article.url)).fetchone()
    if row:
        return row
    row = connection.execute(f"{columns} canonical_url = ?", (article.canonical_url,)).fetchone()
    if row is None or row["title"] == article.title or row["content_hash"] == article.content_hash:
        return row
    if article.canonical_url == article.url:
        return None
    article.canonical_url = article.url
    return same_article(connection, article)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
