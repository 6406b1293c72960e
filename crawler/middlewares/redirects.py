"""Redirects: followed at once within a site, handed back when an article turns out to be somewhere else."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetching.outcome import REDIRECTS, BadAnswer, leads_out_of_the_web
from crawler.urls import LONGEST, page_key


class Redirects(RedirectMiddleware):
    """As Scrapy's, but an entry of an aggregator that leads to a publisher's host comes back as the redirect it is.

    The frontier then asks the publisher when it is that host's turn, and not at all if it knows the page.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if len(response.headers.get("Location") or b"") > LONGEST:
            raise BadAnswer(f"led to an address longer than {LONGEST:,} characters", final=True)
        if response.status in REDIRECTS and leads_out_of_the_web(response):
            return response
        try:
            followed = super().process_response(request, response)
        except ValueError:
            raise BadAnswer("led to something that is no web address", final=True) from None
        if not isinstance(followed, Request) or urlparse_cached(followed).hostname == urlparse_cached(request).hostname:
            return followed
        claim = request.meta.get("claim")
        if (
            claim
            and (claim.kind, claim.article_id) == ("article", None)
            and page_key(followed.url) != page_key(claim.url)
        ):
            return response
        followed.meta.pop("download_slot", None)  # else the new host would be asked at the pace of the old one
        return followed
