"""Servers that waste time, and servers that do not speak HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tests.newsweb.hostile import Trap
from tests.newsweb.traps.answers import (
    feed,
    for_ever,
    http,
    raw,
    says,
    story,
)


def slow() -> Iterator[Trap]:
    """Answers that do not come, or do not end."""
    late = ("queued", "did not answer in time")
    large = ("failed|queued", "larger than|in time")  # whichever bound is reached first
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    chunk = b"10000\r\n" + b"<p>more and " * 5461 + b"more\r\n"
    lists = {"/feed.xml": feed("/a")}
    yield Trap("silence", {"/feed.xml": raw(3600.0)}, {"/feed.xml": late})
    yield Trap("silence as article", lists | {"/a": raw(3600.0)}, {"/a": late})
    yield Trap("silence as robots", {"/robots.txt": raw(3600.0)}, {"/feed.xml": late})
    yield Trap("dripping headers", lists | {"/a": for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.2)}, {"/a": late})
    yield Trap("dripping body", lists | {"/a": for_ever(ok + b"\r\n<html>", b"<p>a", 0.2)}, {"/a": late})
    yield Trap("dripping robots", {"/robots.txt": for_ever(ok + b"\r\n", b"#", 0.2)}, {"/feed.xml": late})
    yield Trap("endless body", lists | {"/a": for_ever(ok + b"\r\n<html>", b"<p>more</p>" * 6000)}, {"/a": large})
    yield Trap(
        "endless chunks", lists | {"/a": for_ever(ok + b"Transfer-Encoding: chunked\r\n\r\n", chunk)}, {"/a": large}
    )
    yield Trap("endless feed", {"/feed.xml": for_ever(ok + b"\r\n<rss>", b"<item/>" * 9000)}, {"/feed.xml": large})
    rules = b"Disallow: /no-such-path\n" * 2000
    yield Trap(
        "endless robots",
        {"/robots.txt": for_ever(ok + b"\r\nUser-agent: *\nDisallow: /closed\n", rules)}
        | {"/feed.xml": feed("/a", "/closed/b"), "/a": says(story("of the endless rules"))},
        {"/a": ("stored", ""), "/closed/b": ("blocked", "robots.txt does not allow it")},
    )
    heads = ("queued", "headers|hung up|in time")
    yield Trap("endless headers", lists | {"/a": for_ever(ok, b"X-Header: value\r\n" * 4000)}, {"/a": heads})
    yield Trap("endless header", lists | {"/a": for_ever(ok + b"X: ", b"value" * 9000)}, {"/a": heads})
    yield Trap("endless interim", lists | {"/a": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000)}, {"/a": heads})
    yield Trap("nobody", {}, {"/feed.xml": ("gone", "404")})


def liars() -> Iterator[Trap]:
    """Broken protocol."""
    page = story("of a broken server").encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
    broken, stored = ("queued", ""), ("stored", "")
    packed = gzip.compress(page, mtime=0)
    for name, answer, end in (
        ("longer than it is", head + b"Content-Length: 90000\r\n\r\n" + page, stored),
        ("shorter than it is", head + b"Content-Length: 700\r\n\r\n" + page, stored),
        ("length below zero", head + b"Content-Length: -1\r\n\r\n" + page, stored),
        ("two lengths", head + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + page, broken),
        ("no number as length", head + b"Content-Length: many\r\n\r\n" + page, stored),
        ("broken chunks", head + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n" + page, stored),
        ("cut chunks", head + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n" + page, stored),
        ("cut gzip", http(packed[:200], Content_Encoding="gzip"), ("not_article", "no text")),
        ("no gzip", http(page, Content_Encoding="gzip"), stored),
        ("no br", http(page, Content_Encoding="br"), stored),
        ("no zstd", http(page, Content_Encoding="zstd"), stored),
        ("no deflate", http(page, Content_Encoding="deflate"), stored),
        ("unknown coding", http(b"\x9c\x01\xff" * 900, Content_Encoding="x-secret"), ("queued", "nobody asked for")),
        ("HTTP/0.9", page, broken),
        ("noise", bytes(range(256)) * 40, broken),
        ("no word", b"", broken),
        ("status 999", page.join((b"HTTP/1.1 999 Denied\r\nConnection: close\r\n\r\n", b"")), ("queued", "999")),
        ("no status", b"HTTP/1.1 \r\nConnection: close\r\n\r\n" + page, broken),
    ):
        yield Trap(name, {"/feed.xml": feed("/a"), "/a": raw(answer)}, {"/a": end})
