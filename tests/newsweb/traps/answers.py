"""Answers of hostile outlets: whole ones, raw bytes, endless ones, and the feeds and pages in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from tests.newsweb.hostile import Answer, Visit

MB = 1024**2
XML, HTML, TEXT = "application/xml; charset=utf-8", "text/html; charset=utf-8", "text/plain"
SENTENCES = (
    "The pilots of Port Amity went back to their boats on Monday after nine days ashore.",
    "Their union and the harbour office had agreed on a new rota late on Sunday night.",
    "Forty ships were still waiting in the roads when the first tug left its berth at six.",
    "The oldest of the pilots said that he had never before seen the bay so full of lights.",
    "A committee will look at the pay of the night shift before the end of the summer.",
)


def http(body: bytes | str = b"", kind: str = HTML, status: int = 200, **headers: str) -> bytes:
    """A whole answer; ``headers`` are written with underscores."""
    body = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


def says(body: bytes | str = b"", kind: str = HTML, status: int = 200, **headers: str) -> Answer:
    """An answer that is always the same; ``{home}``, ``{tripwire}`` in text are filled in."""

    def answer(visit: Visit) -> Iterable[bytes]:
        def filled(text: str) -> str:
            return text.replace("{home}", visit.home).replace("{tripwire}", visit.tripwire)

        named = {name: filled(value) for name, value in headers.items()}
        yield http(filled(body) if isinstance(body, str) else body, kind, status, **named)

    return answer


def raw(*parts: bytes | float) -> Answer:
    """Bytes and pauses just as they are."""
    return lambda visit: parts


def for_ever(head: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    """``head``, then ``piece`` again and again."""

    def answer(visit: Visit) -> Iterator[bytes | float]:
        yield head
        while True:
            yield piece
            if pause:
                yield pause

    return answer


def feed(*links: str, extra: str = "") -> Answer:
    """An RSS feed with these links, relative to the outlet unless they are whole addresses."""
    return says(rss("".join(item("{home}" + link if link[:1] == "/" else link) for link in links), extra), XML)


def rss(items: str, extra: str = "") -> str:
    return f'<?xml version="1.0"?>{extra}<rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'


def item(link: str, title: str = "Pilots go back to work", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{escape(link)}</link>{more}</item>"


def story(number: object = "", title: str = "", head: str = "", more: str = "") -> str:
    """The HTML of an article that is an article."""
    title = title or f"Pilots of Port Amity go back to work, part {number}"
    text = "".join(f"<p>{sentence} This is said of part {number}.</p>" for sentence in SENTENCES)
    kind = '<meta property="og:type" content="article">'
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{kind}{head}</head>"
        f"<body><article><h1>{title}</h1>{text}{more}</article></body></html>"
    )


def section(links: Iterable[str], head: str = "") -> str:
    """The HTML of a section page."""
    anchors = "".join(f'<h2><a href="{link}">Pilots of Port Amity and story {link[-30:]}</a></h2>' for link in links)
    return f"<!doctype html><html><head><title>Section</title>{head}</head><body>{anchors}</body></html>"
