"""Compressed bodies (gzip, deflate, br, zstd), unpacked within bounds.

A few kilobytes can be made to unpack to gigabytes, or to a million empty pieces that cost time instead. Scrapy's
own decoders bound the first, not the second: 10 MB of empty zstd frames keep them busy for half a minute.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Sequence

try:
    import brotli
except ImportError:  # PyPy
    import brotlicffi as brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODINGS = ("gzip", "deflate", "br", "zstd")  # what we say that we can read
MOST_LAYERS = 2  # codings one inside the other; some servers pack .gz files once more
MOST_PARTS = 100  # gzip members or zstd frames in one body
WINDOW: dict[int, int] = {
    zstd.DecompressionParameter.window_log_max: 23
}  # 8 MB (RFC 9659): more would be allocated for every answer


class TooLarge(ValueError):
    """More comes out of a body than is wanted."""


class Broken(ValueError):
    """A body is not packed as it says."""


def unpack(body: bytes, codings: Sequence[str], most: int) -> bytes:
    """``body`` without its ``codings`` (as Content-Encoding lists them, the last one outermost).

    At most ``most`` bytes (0: no limit), else TooLarge. Broken when it is not packed like that. A body that is cut off
    gives what can be read of it.
    """
    if len(codings) > MOST_LAYERS:
        raise TooLarge(f"packed {len(codings)} times")
    for coding in reversed(codings):
        if body:
            body = UNPACKERS[coding](body, most or sys.maxsize - 1)
    return body


def gunzip(body: bytes, most: int) -> bytes:
    """The members of a gzip file, one after another; garbage behind the first one is left out.

    A wrong checksum at the end is forgiven: some servers send one with every page.
    """
    if not body.startswith(b"\x1f\x8b"):
        raise Broken("broken gzip: it does not begin like gzip")
    try:
        return _parts(body, most, "gzip", b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31), zlib.error)
    except Broken:
        whole = _parts(body[:-8], most, "gzip", None, lambda: zlib.decompressobj(wbits=31), zlib.error)
        if not whole:
            raise
        return whole


def _inflate(body: bytes, most: int) -> bytes:
    """With the zlib header that the standard asks for, or without, as many servers send it."""
    try:
        return _parts(body, most, "deflate", None, zlib.decompressobj, zlib.error)
    except Broken:
        return _parts(body, most, "deflate", None, lambda: zlib.decompressobj(wbits=-15), zlib.error)


def _unzstd(body: bytes, most: int) -> bytes:
    return _parts(body, most, "zstd", b"", lambda: zstd.ZstdDecompressor(options=WINDOW), zstd.ZstdError)


def _unbrotli(body: bytes, most: int) -> bytes:
    decoder, pieces, size = brotli.Decompressor(), [], 0
    try:
        piece = decoder.process(body, output_buffer_limit=65_536)
        while piece:
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise _too_large(most)
            piece = b"" if decoder.is_finished() else decoder.process(b"", output_buffer_limit=65_536)
    except brotli.error as error:
        raise Broken(f"broken br: {error}") from None
    return b"".join(pieces)


def _parts(
    body: bytes, most: int, name: str, mark: bytes | None, decoder: Callable[[], object], fault: type[Exception]
) -> bytes:
    """The parts of ``body``, each beginning with ``mark`` (None: there is only one), joined."""
    pieces: list[bytes] = []
    size = 0
    for _ in range(MOST_PARTS):
        part = decoder()
        try:
            piece = part.decompress(body, most + 1 - size)  # type: ignore[attr-defined]
        except fault as error:
            if not size:
                raise Broken(f"broken {name}: {error}") from None
            break
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise _too_large(most)
        body = part.unused_data  # type: ignore[attr-defined]
        if not body or mark is None or not body.startswith(mark):
            return b"".join(pieces)
    else:
        raise TooLarge(f"more than {MOST_PARTS} {name} files in one")
    return b"".join(pieces)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"unpacks to more than {most / 1024**2:g} MB")


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
