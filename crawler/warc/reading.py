"""The records of a WARC file in their order, and what is damaged between them.

A .warc.gz is a row of gzip members, one a record. A member's end is where its compressed data ends, whatever length the
record inside declares; behind a damaged one the next is found by the bytes that every member begins with. So a fault
costs the record that has it and no other. (Libraries end at garbage, or swallow the record behind a wrong length.)
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Any

from isal import isal_zlib

from crawler.warc.record import END, LONGEST_HEAD, Record, fields_of

BROKEN: type[Exception] = isal_zlib.error  # type: ignore[assignment]
MAGIC = b"\x1f\x8b\x08"  # gzip, deflate
CHUNK = 128 * 1024  # compressed bytes that are looked at together
LARGEST = 32 * 1024**2  # bytes of a record; larger ones are no pages
START = re.compile(rb"WARC/\d\.\d\r?\n(?=[A-Za-z-]+:)")


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read, from ``offset`` on."""

    offset: int
    why: str


Bytes = bytes | mmap
Parts = Generator[Record | Damage, None, tuple[int, bool]]


def records(data: Bytes, begin: int = 0, end: int | None = None) -> Iterator[Record | Damage]:
    """The records whose member begins at a byte from ``begin`` on and before ``end`` (None: all)."""
    end = len(data) if end is None else min(end, len(data))
    if data[:5] == b"WARC/":
        yield from _plain(data, begin, end)
        return
    at = begin if data[begin : begin + 3] == MAGIC and (begin == 0 or _is_record(data, begin)) else _next(data, begin)
    if begin == 0 and at != 0 and len(data):
        yield Damage(0, "does not begin like a WARC file")
    while 0 <= at < end:
        length, found = yield from _member(data, at)
        following = at + length
        if found and data[following : following + 3] == MAGIC:
            at = following
            continue
        at = _next(data, following if found else at + 1)
        if (
            found
            and following < len(data)
            and at != following
            and data[following : at if at >= 0 else None].strip(b"\0")
        ):
            yield Damage(following, "garbage between two records")


def splits(data: Bytes, size: int) -> list[int]:
    """Where to divide a file, about ``size`` bytes apart, the first place 0: at members, a plain file anywhere."""
    if data[:3] != MAGIC:
        return list(range(0, max(len(data), 1), size))
    starts = [0]
    while (at := _next(data, starts[-1] + size)) >= 0:
        starts.append(at)
    return starts


def record_at(data: Bytes, offset: int, length: int) -> Record | None:
    """The record in a member whose place is known; None when there is none any more."""
    found = next(iter(records(data[offset : offset + length])), None)
    return Record(offset, length, found.fields, found.block) if isinstance(found, Record) else None


def _next(data: Bytes, at: int) -> int:
    """Where the next member begins, from ``at`` on; -1 for nowhere."""
    while (at := data.find(MAGIC, at)) >= 0 and not _is_record(data, at):
        at += 1
    return at


def _is_record(data: Bytes, at: int) -> bool:
    try:
        return bool(isal_zlib.decompressobj(31).decompress(data[at : at + 512], 5) == b"WARC/")
    except BROKEN:
        return False


def _member(data: Bytes, at: int) -> Parts:
    """Yields what is in the member at ``at``; returns its length in bytes and whether it could be read to its end."""
    unpacker = isal_zlib.decompressobj(31)
    pieces: list[bytes] = []
    size, position = 0, at
    try:
        while not unpacker.eof and position < len(data):
            chunk = data[position : position + CHUNK]
            position += len(chunk)
            pieces.append(unpacker.decompress(chunk, LARGEST + 1 - size))
            size += len(pieces[-1])
            if size > LARGEST:  # several records in one member, or a video
                return (yield from _long(data, at, unpacker, b"".join(pieces), position))
    except BROKEN as error:
        yield Damage(at, f"broken gzip: {error}")
        return 1, False
    if not unpacker.eof:
        yield Damage(at, "cut off")
        return 1, False
    length = position - at - len(unpacker.unused_data)
    for found in _plain(b"".join(pieces), 0, size, whole=True):
        yield Record(at, length, found.fields, found.block) if isinstance(found, Record) else Damage(at, found.why)
    return length, True


def _long(data: Bytes, at: int, unpacker: Any, buffer: bytes, position: int) -> Parts:
    """As ``_member`` for one that unpacks to more than a record may: what it holds is read by the declared lengths."""
    skip = 0  # bytes of a record that is passed over

    def more() -> bytes:
        nonlocal position  # what is compressed and was not looked at yet
        while not unpacker.eof:
            if not (chunk := unpacker.unconsumed_tail):
                chunk = data[position : position + CHUNK]
                position += len(chunk)
            if not chunk:
                break
            piece: bytes = unpacker.decompress(chunk, LARGEST)
            if piece:
                return piece
        return b""

    try:
        while True:
            while skip and buffer:
                buffer, skip = buffer[skip:], max(0, skip - len(buffer))
                buffer = buffer or more()
            head = buffer.lstrip(b"\r\n").find(END)
            while head < 0 and len(buffer) <= LONGEST_HEAD and (piece := more()):
                buffer = (buffer + piece).lstrip(b"\r\n")
                head = buffer.find(END)
            buffer = buffer.lstrip(b"\r\n")
            if not buffer and unpacker.eof:
                return position - at - len(unpacker.unused_data), True
            if head < 0 or not buffer.startswith(b"WARC/"):
                yield Damage(at, "no record begins where one should")
                return 1, False
            fields = fields_of(buffer[:head])
            size = _declared(fields)
            if size is None or size > LARGEST:
                yield Damage(at, f"a record of {size or 'unknown'} bytes")
                if size is None:
                    return 1, False
                buffer, skip = buffer[head + 4 :], size
                continue
            while len(buffer) < head + 4 + size and (piece := more()):
                buffer += piece
            if len(buffer) < head + 4 + size:
                yield Damage(at, "cut off")
                return 1, False
            yield Record(at, position - at, fields, buffer[head + 4 : head + 4 + size])
            buffer = buffer[head + 4 + size :]
    except BROKEN as error:
        yield Damage(at, f"broken gzip: {error}")
        return 1, False


def _plain(data: Bytes, begin: int, end: int, whole: bool = False) -> Iterator[Record | Damage]:
    """The records of uncompressed ``data``. ``whole``: it is one member, so its last record ends where it does."""
    start = START.search(data, begin)
    if begin == 0 and (start is None or start.start() > 0):
        yield Damage(begin, "does not begin like a record")
    while start and start.start() < end:
        at = start.start()
        head = data.find(END, at, at + LONGEST_HEAD)
        if head < 0:
            yield Damage(at, "a record without an end of its head")
            head = data.find(END, at)
            start = START.search(data, max(at + 5, head - LONGEST_HEAD)) if head >= 0 else None
            continue
        if again := START.search(data, at + 5, head):
            yield Damage(at, "cut off")
            start = again
            continue
        fields = fields_of(data[at:head])
        first = head + 4
        size = _declared(fields)
        last = -1 if size is None else first + size
        if last < 0 or not _ends(data, last):
            following = START.search(data, first)  # the length is wrong: the record ends where the next one begins
            if following is None and not whole:
                yield Damage(at, "cut off" if last > len(data) else "a wrong length")
                return
            last = following.start() if following else len(data)
            last -= 4 * (data[last - 4 : last] == END)
        if last - first > LARGEST:
            yield Damage(at, f"a record of {last - first} bytes")
        else:
            yield Record(at, last + 4 - at, fields, bytes(data[first:last]))
        start = START.search(data, last)


def _ends(data: Bytes, at: int) -> bool:
    """Whether a record may end at ``at``: only line breaks are between there and the next one, or the end."""
    following = data[at : at + 9]
    return at <= len(data) and (not following.strip(b"\r\n") or following.lstrip(b"\r\n").startswith(b"WARC/"[: 9 - 4]))


def _declared(fields: dict[str, str]) -> int | None:
    size = fields.get("content-length", "")
    return int(size) if size.isascii() and size.isdigit() and len(size) < 15 else None
