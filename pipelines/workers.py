"""The second stage: pages are read in worker processes that may be killed, and never take the crawl with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from scrapy import signals

from crawler.exceptions import Refused
from crawler.items import Page, Reading, Refusal
from crawler.run import Pool, Run

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.frontier.effort import Effort
    from crawler.warc.capture import Capture


class Extract:
    """Turn a page into what the readers of ``pool`` make of it, or drop it with the reason why it has no article."""

    def __init__(
        self, pool: Pool, effort: Effort, keep: Callable[[Page, Capture], object] = lambda page, capture: None
    ):
        self.pool = pool
        self.effort = effort
        self.keep = keep  # what the web archive gets

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)

        def keep(page: Page, capture: Capture) -> None:
            def both() -> None:
                if run.captures.keep(page.claim.id, page.fetched.fetched, capture):
                    run.frontier.shares.stored(page.claim.source, len(capture.members))

            run.frontier.along(page.claim, both)

        extract = cls(run.pool, run.frontier.effort, keep)
        crawler.signals.connect(extract.asked, signals.request_reached_downloader)
        return extract

    def asked(self, request: Request) -> None:
        """There will be an article to read: start the workers while it is on its way."""
        claim = request.meta.get("claim")
        if claim is not None and claim.kind == "article":
            self.pool.start()

    async def process_item(self, page: Page) -> Reading:
        result = await self.pool.read(page)
        if result.capture:
            self.keep(page, result.capture)
        if isinstance(result, Refusal):
            if result.state == "failed":
                self.effort.too_much(page.claim.source)
            raise Refused(result.state, result.reason)
        return result
