"""The address guard for requests that go through a proxy: our resolver sees the proxy's name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetching.outcome import BadAnswer
from crawler.resolver import Network, networks, refusal_of_host

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Destinations:
    """Refuse literal addresses in private networks, since the proxy would connect to them."""

    def __init__(self, allowed: list[Network]):
        self.allowed = allowed

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(networks(crawler.settings.getlist("ALLOWED_PRIVATE_NETWORKS")))

    def process_request(self, request: Request) -> None:
        if not request.meta.get("proxy"):
            return
        if why := refusal_of_host(urlparse_cached(request).hostname or "", self.allowed):
            raise BadAnswer(why, final=True)
