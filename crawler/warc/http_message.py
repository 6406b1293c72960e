"""The HTTP message in a record: status, header fields, and the body as a reader would have got it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler.fetching.unpacking import UNPACKERS, Broken, TooLarge, unpack
from crawler.warc.record import END, fields_of

HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{1,8}")
LARGEST = 10 * 1024**2  # bytes of an unpacked body, as DOWNLOAD_MAXSIZE


@dataclass(frozen=True, slots=True)
class Message:
    """A response as an archive has it."""

    status: int
    fields: dict[str, str]  # names in lower case
    body: bytes = field(repr=False)  # as it was sent

    def unpacked(self) -> bytes:
        """The body without its codings; ValueError when it unpacks to too much.

        Many archives keep the header but store the body unpacked: what is not packed as it says is taken as it is.
        """
        body = self.body
        if "chunked" in self.fields.get("transfer-encoding", "").lower():
            body = _without_chunks(body)
        codings = [name.strip() for name in self.fields.get("content-encoding", "").lower().split(",")]
        codings = [name for name in codings if name in UNPACKERS]
        try:
            return unpack(body, codings, LARGEST)
        except TooLarge:
            raise
        except Broken:
            return body


def message(block: bytes) -> Message | None:
    """The response in a record's block; None when there is none."""
    if not block.startswith(b"HTTP/"):
        return None
    head, _, body = block.partition(END)
    if len(head) == len(block):
        head, _, body = block.partition(b"\n\n")
    status = head.split(b"\n", 1)[0].split()[1:2]
    if not status or not status[0].isdigit() or len(status[0]) != 3:
        return None
    return Message(int(status[0]), fields_of(head), body)


def _without_chunks(body: bytes) -> bytes:
    """``body`` without the lengths of its chunks; as it is when it has none, up to where it is cut off."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        line = body.find(b"\n", at, at + 1024)
        size = body[at : line if line >= 0 else at].split(b";")[0].strip()
        if not HEXADECIMAL.fullmatch(size):
            return b"".join(pieces) if pieces else body
        length = int(size, 16)
        if length == 0:
            break
        pieces.append(body[line + 1 : line + 1 + length])
        at = line + 1 + length
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(pieces) if pieces else body
