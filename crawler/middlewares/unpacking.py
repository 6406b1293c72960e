"""Packed answers: asked for, and unpacked within the bounds of crawler/fetching/unpacking.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler.fetching.outcome import BadAnswer
from crawler.fetching.unpacking import CODINGS, UNPACKERS, Broken, TooLarge, unpack

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Unpacking:
    """In place of Scrapy's HttpCompressionMiddleware."""

    def __init__(self, most: int):
        self.most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ", ".join(CODINGS))

    def process_response(self, request: Request, response: Response) -> Response:
        lines = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
        codings = [name for line in lines.split(",") if (name := line.strip()) not in ("", "identity")]
        if not codings:
            return response
        if unknown := [name for name in codings if name not in UNPACKERS]:
            raise BadAnswer(f"packed in a way that nobody asked for: {unknown[0][:40]}")
        try:
            body = unpack(response.body, codings, self.most)
        except TooLarge as error:
            raise BadAnswer(str(error), final=True) from None
        except Broken as error:
            raise BadAnswer(str(error)) from None
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        # Not ``response.replace``: it would keep the encoding, and guess it from the packed bytes, at 4 ms a page.
        about = {name: getattr(response, name) for name in Response.attributes}
        return kind(**{**about, "headers": headers, "body": body})
