"""Where nothing is asked: at ports that nobody named, and in private networks, also when a proxy would ask for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetching.outcome import BadAnswer
from crawler.resolver import networks, refusal_of_host

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

WEB = frozenset({80, 443})


class Destinations:
    """Refuse literal addresses in private networks, and ports that a page or feed brought up by itself.

    A spider's ``given`` are the addresses that the user wrote, in the seeds or on the command line; one without is
    Scrapy's own, which asks for what was typed.
    """

    def __init__(self, crawler: Crawler):
        self.allowed = networks(crawler.settings.getlist("ALLOWED_PRIVATE_NETWORKS"))
        given = getattr(crawler.spider, "given", None)
        self.ports = None if given is None else WEB | {port for url in given if (port := _port(url)) is not None}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        url = urlparse_cached(request)
        if why := refusal_of_host(url.hostname or "", self.allowed):
            raise BadAnswer(why, final=True)
        if self.ports is not None and (port := _port(request.url)) is not None and port not in self.ports:
            raise BadAnswer(f"port {port} is no port of the web, and no source is at one like it", final=True)


def _port(url: str) -> int | None:
    """The port of an address, if it names one."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None
