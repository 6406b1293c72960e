"""What is kept of one fetch of a page: request, response and what was known about it, as WARC records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from crawler.warc.record import END, digest, member, new_id

Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Exchange:
    """A request and its response as they went over the wire; ``body`` is still compressed if it was."""

    url: str
    asked: tuple[tuple[str, str], ...]  # header fields of the request
    status: int
    answered: tuple[tuple[str, str], ...]  # header fields of the response
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Capture:
    """The members of an exchange, one behind the other; the last one is the response, or says that it is the same."""

    members: bytes = field(repr=False)
    response: int  # bytes of the last member
    digest: str  # of the payload


def capture(exchange: Exchange, fetched: str, about: dict[str, str | None]) -> Capture:
    """``exchange`` as WARC records of the moment ``fetched``, with what was known ``about`` the page."""
    path = "/" + exchange.url.split("://", 1)[-1].partition("/")[2]
    host = exchange.url.split("://", 1)[-1].partition("/")[0].rpartition("@")[2]
    common = {"WARC-Target-URI": exchange.url, "WARC-Date": fetched}
    response_id, payload = new_id(), digest(exchange.body)
    response = member(
        "response",
        {**common, "Content-Type": "application/http; msgtype=response", "WARC-Payload-Digest": payload},
        _head(f"HTTP/1.1 {exchange.status} {_phrase(exchange.status)}", exchange.answered, len(exchange.body))
        + exchange.body,
        response_id,
    )
    concerning = {**common, "WARC-Concurrent-To": response_id}
    request = member(
        "request",
        {**concerning, "Content-Type": "application/http; msgtype=request"},
        _head(f"GET {path} HTTP/1.1", (("Host", host), *exchange.asked)),
    )
    known = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in about.items() if value)
    metadata = member(
        "metadata",
        {**concerning, "Content-Type": "application/warc-fields"},  # what is of another type is replayed as the page
        known.encode("utf-8", "replace"),
    )
    return Capture(request + metadata + response, len(response), payload)


def revisit(url: str, fetched: str, original: str, payload: str) -> Capture:
    """That at ``fetched`` the page had the same body, whose digest is ``payload``, as at ``original``."""
    fields = {
        "WARC-Target-URI": url,
        "WARC-Date": fetched,
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Refers-To-Target-URI": url,
        "WARC-Refers-To-Date": original,
        "WARC-Payload-Digest": payload,
        "Content-Type": "application/http; msgtype=response",
    }
    content = member("revisit", fields, b"HTTP/1.1 200 OK\r\n\r\n")
    return Capture(content, len(content), payload)


LENGTHS = ("transfer-encoding", "content-length")  # the body is kept as a whole, whatever pieces it came in


def _head(first: str, fields: Fields, size: int | None = None) -> bytes:
    lines = [first]
    for name, value in fields:
        if name.lower() not in LENGTHS:
            lines.append(f"{name}: {' '.join(value.split())}")
    if size is not None:
        lines.append(f"Content-Length: {size}")
    return "\r\n".join(lines).encode("utf-8", "replace") + END


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
