"""One WARC record: read from its bytes, and written as a gzip member of its own."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from isal import isal_zlib

LEVEL = 2  # of isal's 0 to 3: .3 ms a page, as small as zlib's level 1
END = b"\r\n\r\n"
LONGEST_HEAD = 64 * 1024  # bytes; a head that is longer is none


@dataclass(frozen=True, slots=True)
class Record:
    """``offset`` and ``length`` locate the member that holds it, in bytes of the file."""

    offset: int
    length: int
    fields: dict[str, str]  # names in lower case
    block: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """WARC-Type: response, request, metadata, revisit, warcinfo ..."""
        return self.fields.get("warc-type", "")

    @property
    def url(self) -> str:
        """The address that the record is about, without the angle brackets that older writers put around it."""
        return self.fields.get("warc-target-uri", "").strip("<>")

    @property
    def date(self) -> str:
        """WARC-Date as times are written in the database, without fractions of a second; empty for none."""
        moment = self.fields.get("warc-date", "")
        return moment[:19] + "Z" if len(moment) >= 20 and moment[10] == "T" and moment.endswith("Z") else ""


def fields_of(head: bytes) -> dict[str, str]:
    """The named fields of a record's or an HTTP message's head, without its first line; a name's first value counts."""
    fields: dict[str, str] = {}
    last = ""
    for line in head.split(b"\n")[1:]:
        text = line.rstrip(b"\r").decode("utf-8", "replace")
        if text[:1] in (" ", "\t") and last:  # a value that goes on in the next line
            fields[last] += " " + text.strip()
            continue
        name, colon, value = text.partition(":")
        last = name.strip().lower() if colon else ""
        if last:
            fields.setdefault(last, value.strip())
    return fields


def digest(body: bytes) -> str:
    """``body``'s digest as WARC files and their indexes write it: ``sha1:`` and base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def member(kind: str, fields: Mapping[str, str], block: bytes, identifier: str | None = None) -> bytes:
    """The gzip member of a new record. ``fields`` are those beside type, id, length and digest of the block."""
    lines = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {identifier or new_id()}",
        *(f"{name}: {_one_line(value)}" for name, value in fields.items()),
        f"WARC-Block-Digest: {digest(block)}",
        f"Content-Length: {len(block)}",
    ]
    packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, 31)
    packed: bytes = packer.compress("\r\n".join(lines).encode() + END + block + END) + packer.flush()
    return packed


def new_id() -> str:
    """An identifier that no other record has."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def _one_line(value: str) -> str:
    return " ".join(value.split())
