"""Packed answers: asked for, and unpacked within the bounds of crawler/fetching/unpacking.py; and whole ones only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler.fetching.outcome import BadAnswer
from crawler.fetching.unpacking import CODINGS, UNPACKERS, Broken, TooLarge, unpack

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


GZIP = b"\x1f\x8b\x08"
CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>", b"</urlset>", b"</sitemapindex>")


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
        body = self._unpacked(response.body, codings)
        if (
            "dataloss" in response.flags
            and not complete(body)
            and not ("robots" in request.meta and body[-1:] in b"\r\n")
        ):
            raise BadAnswer("the answer broke off")
        if body is response.body and not codings:
            return response
        claim = request.meta.get("claim")
        if claim is not None and claim.kind == "article":
            request.meta["as_sent"] = (response.headers, response.body)  # the web archive keeps it so
        headers = response.headers.copy()
        headers.pop("Content-Encoding", None)
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        # Not ``response.replace``: it would keep the encoding, and guess it from the packed bytes, at 4 ms a page.
        about = {name: getattr(response, name) for name in Response.attributes}
        return kind(**{**about, "headers": headers, "body": body})

    def _unpacked(self, body: bytes, codings: list[str]) -> bytes:
        """``body`` as it was meant: servers name codings that there are not, or that they did not use, or none."""
        known = [name for name in codings if name in UNPACKERS]
        if known and "gzip" not in known and body.startswith(GZIP):
            known = ["gzip"]  # whatever it is called: a decoder of brotli takes one such body in ten for an empty text
        try:
            if known:
                return unpack(body, known, self.most)
            if codings and not is_text(body) and not body.startswith(GZIP):
                raise BadAnswer(f"packed in a way that nobody asked for: {codings[0][:40]}")
            return unpack(body, ["gzip"], self.most) if body.startswith(GZIP) else body
        except TooLarge as error:
            if not codings:
                return body  # a file that is packed itself, which its reader unpacks
            raise BadAnswer(str(error), final=True) from None
        except Broken as error:
            if is_text(body) or not codings:
                return body
            raise BadAnswer(str(error)) from None


def is_text(body: bytes) -> bool:
    """Whether ``body`` begins like text in an encoding that contains ASCII."""
    return not CONTROLS.search(body[:512])


def complete(body: bytes, ends: bytes | tuple[bytes, ...] = ENDS) -> bool:
    """Whether a document ends as documents do, so that nothing is missing."""
    end = body[-2048:].lower()
    return b"</html>" in end or end.endswith(ends) or end.rstrip().endswith(ends) or _is_json(body)


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] == b"{" and body.rstrip()[-1:] == b"}"
