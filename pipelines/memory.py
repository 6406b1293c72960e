"""What each publisher repeats: short blocks that stand at the ends of several of its articles are no part of any.

A block is known once it was seen at head or tail of three pages of a site. It then leaves the ends of all articles
there: of later ones before they are judged, and of the two that were stored before anybody could know. So what is
stored does not depend on the order in which pages came. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from crawler import clock
from crawler.exceptions import Refused, Unwanted
from crawler.items import Article, Reading, Refusal
from crawler.output.whole_file import writing
from crawler.run import Run
from pipelines.archive import Archive
from pipelines.language import LanguageTag
from pipelines.relevance import Relevance
from pipelines.repeated import without_repeated

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier

PAGES = 3  # of a site that must have a block
BESIDE = "repeated-blocks.json"  # name of the file beside the raw pages: site -> hashes
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

    def save(self, folder: Path) -> None:
        """Write what all sites repeat beside the raw pages, for a database that is made from them."""
        known: dict[str, list[int]] = {}
        for row in self.connection.execute(
            "SELECT site, hash FROM host_blocks WHERE pages >= ? ORDER BY site, hash", (PAGES,)
        ):
            known.setdefault(row["site"], []).append(row["hash"])
        folder.mkdir(parents=True, exist_ok=True)
        with writing(folder / BESIDE) as file:
            file.write(json.dumps(known, indent=1).encode())

    def recall(self, folder: Path) -> None:
        """Take over what was saved there of sites that nothing is known of. In a transaction."""
        try:
            saved = json.loads((folder / BESIDE).read_bytes())
        except (OSError, ValueError):
            return
        self.connection.executemany(
            "INSERT INTO host_blocks (site, hash, pages, last_seen) SELECT :site, value, :pages, :now"
            " FROM json_each(:blocks) WHERE NOT EXISTS (SELECT 1 FROM host_blocks WHERE site = :site)",
            [
                {"site": site, "blocks": json.dumps(blocks), "pages": PAGES, "now": clock.stamp()}
                for site, blocks in saved.items()
            ],
        )

    def _forget(self, site: str) -> None:
        self.connection.execute(
            "DELETE FROM host_blocks WHERE site = :site AND hash IN"
            " (SELECT hash FROM host_blocks WHERE site = :site ORDER BY pages >= :pages DESC, last_seen DESC, hash"
            " LIMIT -1 OFFSET :most)",
            {"site": site, "pages": PAGES, "most": MOST},
        )


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

    def __init__(self, archive: Archive, frontier: Frontier, judge: Judge, folder: Path | None = None):
        self.archive = archive
        self.frontier = frontier
        self.judge = judge
        self.memory = HostMemory(archive.db.conn)
        self.folder = folder  # of the raw pages, if any are kept
        self._has_news = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)
        folder = run.captures.folder if run.captures.policy != "none" else None
        return cls(Archive.from_crawler(crawler), run.frontier, Judge.from_crawler(crawler), folder)

    def close_spider(self) -> None:
        """Save what became known in this run."""
        if self._has_news and self.folder and not self.frontier.commits.broken:
            self.memory.save(self.folder)

    def process_item(self, reading: Reading) -> Article:
        """The article; Refused when it is none of ours. Its blocks count all the same."""
        if reading.claim.article_id is None:  # a re-visit shows no other page
            self.frontier.along(reading.claim, partial(self.learn, reading.site, reading.ends, reading.claim.id))
        if isinstance(reading.result, Refusal):
            raise Refused(reading.result.state, reading.result.reason)
        return reading.result

    def learn(self, site: str, blocks: Iterable[int], page_id: int) -> None:
        """Count one page, in the transaction of its outcome."""
        for earlier in self.memory.learn(site, blocks, page_id):
            self._has_news = True
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
            self.archive.leave(row["article_id"], unwanted.state, unwanted.reason)
            self.frontier.recount(article.source, "stored", unwanted.state)
