"""Redirects: followed at once within a site, handed back when an article turns out to be somewhere else."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetching.outcome import REDIRECTS, BadAnswer, CookieWall, leads_out_of_the_web
from crawler.urls import LONGEST, page_key

MOST_COOKIES = 20


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
        if not isinstance(followed, Request):
            return followed
        if page_key(followed.url) != page_key(request.url):
            for validator in ("If-None-Match", "If-Modified-Since"):  # of another page
                followed.headers.pop(validator, None)
        if urlparse_cached(followed).hostname == urlparse_cached(request).hostname:
            return _with_cookies(request, response, followed)
        followed.meta.pop("cookies_on_the_way", None)
        claim = request.meta.get("claim")
        if (
            claim
            and (claim.kind, claim.article_id) == ("article", None)
            and page_key(followed.url) != page_key(claim.url)
        ):
            return response
        followed.meta.pop("download_slot", None)  # else the new host would be asked at the pace of the old one
        return followed


def _with_cookies(request: Request, response: Response, followed: Request) -> Request:
    """``followed`` with the cookies that its host has set on the way to it, and nowhere else.

    CookieWall or BadAnswer when it leads back to where the same cookies were sent: it would do so for ever.
    """
    cookies = dict(request.meta.get("cookies_on_the_way", {}))
    for line in response.headers.getlist("Set-Cookie")[:MOST_COOKIES]:
        name, _, value = line.decode("latin-1").partition(";")[0].partition("=")
        if name.strip() and len(line) <= LONGEST:
            cookies[name.strip()] = value.strip()
    if followed.url == request.url and cookies == request.meta.get("cookies_on_the_way", {}):
        if cookies:
            raise CookieWall("needs cookies: it redirects to itself although its own were sent")
        raise BadAnswer("redirects to itself", final=True)
    followed.meta["cookies_on_the_way"] = cookies
    if cookies:
        followed.headers["Cookie"] = "; ".join(
            f"{name}={value}" for name, value in list(cookies.items())[-MOST_COOKIES:]
        )
    return followed
