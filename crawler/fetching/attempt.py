"""One request of which nothing depends on an answer, as a search for a feed asks many."""

from __future__ import annotations

import logging

import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Response

logger = logging.getLogger(__name__)


async def attempt(crawler: Crawler, request: scrapy.Request) -> Response | None:
    """The answer with status 200 to ``request``; None for any other end, which stands in the log at DEBUG."""
    assert crawler.engine
    try:
        response = await crawler.engine.download_async(request)
    except Exception as error:  # whatever it is, this address is no help
        logger.debug("%s: %s", request.url, error)
        return None
    return response if response.status == 200 else None
