"""Answers that grow when they are unpacked: 64 MB of spaces in a few kB."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from functools import cache

import brotli

from crawler.fetching.unpacking import zstd
from tests.newsweb.hostile import Trap
from tests.newsweb.traps.answers import (
    MB,
    feed,
    says,
    story,
)


@cache
def gzipped() -> bytes:
    """64 MB in gzip."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = b" " * (4 * MB)
    return b"".join([*(packer.compress(block) for _ in range(16)), packer.flush()])


@cache
def brotlied() -> bytes:
    """The same in br."""
    packer = brotli.Compressor(quality=1)
    block = b" " * (4 * MB)
    return b"".join([*(packer.process(block) for _ in range(16)), packer.finish()])


@cache
def zstandard() -> bytes:
    """The same in zstd."""
    return zstd.compress(b" " * (64 * MB), 1)


def layers(times: int) -> bytes:
    """A page that was packed again and again."""
    body = story().encode()
    for _ in range(times):
        body = gzip.compress(body, 1, mtime=0)
    return body


def bombs() -> Iterator[Trap]:
    """Answers that grow when they are unpacked."""
    large = ("failed", "unpacks to more than 10 MB")
    for coding, bomb in (("gzip", gzipped), ("br", brotlied), ("zstd", zstandard)):
        for place, path in (
            ("article", "/a"),
            ("feed", "/feed.xml"),
            ("sitemap", "/map.xml"),
            ("robots", "/robots.txt"),
        ):
            answers = {"/feed.xml": feed("/a"), "/a": says(story()), path: says(bomb(), Content_Encoding=coding)}
            state = ("queued", "robots.txt") if place == "robots" else large
            source = "/map.xml" if place == "sitemap" else "/feed.xml"
            ended = path if place != "robots" else source
            yield Trap(f"{coding} bomb as {place}", answers, {ended: state}, source=source)

    for name, file, why in (
        ("gzip file bomb", gzipped(), "unpacks to more than 50 MB"),
        ("many gzip members", gzip.compress(b"", mtime=0) * 100_000, "more than 100 gzip files"),
    ):
        answer = {"/map.xml.gz": says(file, "application/gzip")}
        yield Trap(name, answer, {"/map.xml.gz": ("not_article", why)}, source="/map.xml.gz")
    frames = says(zstd.compress(b"") * 500_000, Content_Encoding="zstd")
    yield Trap("many zstd frames", {"/feed.xml": feed("/a"), "/a": frames}, {"/a": ("failed", "more than 100 zstd")})
    yield Trap(
        "gzip in gzip in gzip",
        {"/feed.xml": feed("/a"), "/a": says(layers(40), Content_Encoding=", ".join(["gzip"] * 40))},
        {"/a": ("failed", "packed 40 times")},
    )
