"""What each publisher repeats: short blocks that stand at the ends of several of its articles are no part of any.

A block is known once it was seen at head or tail of three pages of a site. It then leaves the ends of all articles
there: of later ones before they are judged, and of the two that were stored before anybody could know. So what is
stored does not depend on the order in which pages came. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from crawler import clock
from crawler.exceptions import Unwanted
from crawler.items import Article
from pipelines.archive import Archive
from pipelines.language import LanguageTag
from pipelines.relevance import Relevance
from pipelines.titles import squash

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

PAGES = 3  # of a site that must have a block
HEAD, TAIL = 3, 10  # lines
SHORT_HEAD, SHORT_TAIL = 90, 300  # characters; a longer line is a paragraph
OWN_SHARE = 0.4  # of a text's characters that must be left; a page of repeated blocks alone is no article's frame
MOST = 400  # blocks that are remembered of a site; the ones not seen for longest are forgotten first


class HostMemory:
    """The repeated blocks of every site, in the table ``host_blocks``."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection

    def known(self, site: str, with_blocks: Iterable[int] = ()) -> frozenset[int]:
        """Hashes of the blocks that a site repeats, as if one more page ``with_blocks`` had been seen."""
        pages = {
            row["hash"]: row["pages"]
            for row in self.connection.execute("SELECT hash, pages FROM host_blocks WHERE site = ?", (site,))
        }
        return frozenset(
            [block for block, seen in pages.items() if seen >= PAGES]
            + [block for block in with_blocks if pages.get(block, 0) >= PAGES - 1]
        )

    def learn(self, site: str, blocks: Iterable[int], page_id: int) -> set[int]:
        """Count one page's blocks; the ids of earlier pages that have a block which is known from now on."""
        now = clock.stamp()
        stale: set[int] = set()
        for block in set(blocks):
            row = self.connection.execute(
                "INSERT INTO host_blocks (site, hash, pages, last_seen, first_page)"
                " VALUES (:site, :hash, 1, :now, :page)"
                " ON CONFLICT (site, hash) DO UPDATE SET pages = pages + 1, last_seen = :now,"
                " second_page = coalesce(second_page, :page) RETURNING pages, first_page, second_page",
                {"site": site, "hash": block, "now": now, "page": page_id},
            ).fetchone()
            if row["pages"] == PAGES:
                stale |= {row["first_page"], row["second_page"]}
        self._forget(site)
        return stale - {page_id}

    def _forget(self, site: str) -> None:
        self.connection.execute(
            "DELETE FROM host_blocks WHERE site = :site AND hash IN"
            " (SELECT hash FROM host_blocks WHERE site = :site ORDER BY pages >= :pages DESC, last_seen DESC, hash"
            " LIMIT -1 OFFSET :most)",
            {"site": site, "pages": PAGES, "most": MOST},
        )


def ends(text: str) -> list[int]:
    """Hashes of the short blocks (lines) at head and tail of ``text``.

    The same line has another hash at the head than at the tail: what "Recent Posts" show of an article below
    every other article of its site is still its own first paragraph.
    """
    lines = text.split("\n")
    head = [_hash("head", line) for line in lines[:HEAD] if len(line) <= SHORT_HEAD]
    return head + [_hash("tail", line) for line in lines[-TAIL:] if len(line) <= SHORT_TAIL]


def without_repeated(text: str, known: frozenset[int]) -> str:
    """``text`` without the known blocks at both its ends; the whole text when little else would be left."""
    lines = text.split("\n")
    start, end = 0, len(lines)
    while start < min(HEAD, end) and _hash("head", lines[start]) in known:
        start += 1
    while end > max(start, len(lines) - TAIL) and _hash("tail", lines[end - 1]) in known:
        end -= 1
    kept = "\n".join(lines[start:end])
    return kept if len(kept) > OWN_SHARE * len(text) else text


def _hash(end: str, line: str) -> int:
    """The same in every process, below 2**63, by letters and digits alone."""
    return int.from_bytes(hashlib.blake2b(f"{end} {squash(line)}".encode(), digest_size=8).digest(), "big") >> 1


class Judge:
    """Relevance and language once more, for a text that has become shorter; raises Unwanted like the stages."""

    def __init__(self, relevance: Relevance, language: LanguageTag):
        self.relevance = relevance
        self.language = language

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(Relevance.from_crawler(crawler), LanguageTag.from_crawler(crawler))

    def __call__(self, article: Article) -> Article:
        return self.language.process_item(self.relevance.process_item(article))


class Memory:
    """Count the blocks of every page that was read, and clean what was stored before they were known."""

    def __init__(self, archive: Archive, frontier: Frontier, judge: Judge):
        self.archive = archive
        self.frontier = frontier
        self.judge = judge
        self.memory = HostMemory(archive.db.conn)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(Archive.from_crawler(crawler), spider.frontier, Judge.from_crawler(crawler))

    def process_item(self, article: Article) -> Article:
        if article.claim and not article.is_revisit:  # a re-visit shows no other page
            self.frontier.along(article.claim, partial(self.learn, article.site, ends(article.text), article.claim.id))
        return article

    def learn(self, site: str, blocks: list[int], page_id: int) -> None:
        """Count one page, in the transaction of its outcome."""
        for earlier in self.memory.learn(site, blocks, page_id):
            self._clean(earlier)

    def _clean(self, page_id: int) -> None:
        connection = self.archive.db.conn
        row = connection.execute(
            "SELECT article_id FROM pages WHERE id = ? AND article_id IS NOT NULL", (page_id,)
        ).fetchone()
        if row is None:
            return
        article = self.archive.get(row["article_id"])
        text = without_repeated(article.text, self.memory.known(article.site))
        if text == article.text:
            return
        article.text = text
        try:
            self.archive.revise(row["article_id"], self.judge(article), "extractor")
        except Unwanted as unwanted:
            self.archive.remove(row["article_id"])
            self.frontier.recount(article.source, "stored", unwanted.state)
            connection.execute(
                "UPDATE pages SET state = ?, reason = ?, due = NULL, article_id = NULL WHERE article_id = ?",
                (unwanted.state, unwanted.reason, row["article_id"]),
            )
