"""Bodies as sloppy servers send them: lines of chunks that end in LF, bodies that are not chunked, wrong lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.http import PotentialDataLoss, _ChunkedTransferDecoder, _IdentityTransferDecoder

MOST_DIGITS = 16  # of the length of a chunk


class LenientChunks(_ChunkedTransferDecoder):
    """As Twisted's decoder, but what browsers can read is read. A last chunk that is missing is data loss, as there."""

    begun = False  # has the length of the first chunk been read?

    def _dataReceived_CHUNK_LENGTH(self) -> bool:
        end = self._buffer.find(b"\n", self._start)
        size = bytes(self._buffer[: end if end >= 0 else None]).partition(b";")[0].strip()
        if not self.begun and (len(size) > MOST_DIGITS or not _is_hex(size) or (not size and end >= 0)):
            self.state = "PLAIN"
            return True
        if end > 0 and self._buffer[end - 1] != 0x0D:
            self._buffer[end:end] = b"\r"
        self.begun |= end >= 0
        return bool(super()._dataReceived_CHUNK_LENGTH())

    def _dataReceived_CRLF(self) -> bool:
        if self._buffer.startswith(b"\n"):
            self._buffer[:0] = b"\r"
        return bool(super()._dataReceived_CRLF())

    def _dataReceived_TRAILER(self) -> bool:
        if self._buffer.startswith(b"\n"):
            self._buffer[:0] = b"\r"
        return bool(super()._dataReceived_TRAILER())

    def _dataReceived_PLAIN(self) -> bool:
        data = bytes(self._buffer)
        del self._buffer[:]
        self.dataCallback(data)
        return False

    def noMoreData(self) -> None:
        if self.state == "PLAIN":
            raise PotentialDataLoss
        super().noMoreData()


class Decoders(dict[bytes, Callable[..., Any]]):
    """Transfer-Encoding -> decoder; whatever else a server calls it, the body lasts until the connection ends."""

    def __missing__(self, encoding: bytes) -> Callable[..., Any]:
        if b"chunked" in encoding:
            return LenientChunks
        return lambda data, finished: _IdentityTransferDecoder(None, data, finished)


def make_lenient(parser: Any) -> None:
    """Let ``parser`` (an HTTPClientParser) read what browsers read: a length that is no number is none."""
    received = parser.headerReceived

    def header_received(name: bytes, value: bytes) -> None:
        if name.strip().lower() != b"content-length" or value.isdigit():
            received(name, value)

    parser.headerReceived = header_received
    parser._transferDecoders = Decoders()


def _is_hex(size: bytes) -> bool:
    return not size.strip(b"0123456789abcdefABCDEF")
