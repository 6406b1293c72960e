"""Archives over HTTP: lists, whole files, and ranges of bytes, politely."""

from __future__ import annotations

import re
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO

from crawler import __version__
from crawler.warc.sources import Piece

TIMEOUT = 60  # seconds
LARGEST_LIST = 256 * 1024**2  # bytes
BLOCK = 1024**2
TRIES = 4
PAUSE = 2.0  # seconds before a second try; doubled each time


def fetch(address: str) -> bytes:
    """A list from ``address``; OSError when it cannot be had."""
    with opened(address) as response:
        content = response.read(LARGEST_LIST + 1)
    if len(content) > LARGEST_LIST:
        raise OSError(f"is larger than {LARGEST_LIST // 1024**2} MB")
    return content


def fetch_range(piece: Piece) -> bytes:
    """The bytes of a piece; of a server that knows no ranges, as much as lies before them is read and thrown away."""
    assert piece.length is not None
    with opened(piece.file, {"Range": f"bytes={piece.offset}-{piece.offset + piece.length - 1}"}) as response:
        skip = 0 if response.status == 206 else piece.offset
        while skip > 0:
            block = response.read(min(skip, BLOCK))
            if not block:
                raise OSError("ends before the place that is wanted")
            skip -= len(block)
        return response.read(piece.length)


def size(address: str) -> int:
    """Bytes of a file; 0 when the server does not say."""
    try:
        request = urllib.request.Request(address, method="HEAD", headers=_headers())
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return int(response.headers.get("Content-Length") or 0)
    except (OSError, ValueError):
        return 0


@contextmanager
def downloaded(address: str, folder: Path) -> Iterator[Path]:
    """A file from ``address`` as long as it is needed; a download that breaks off goes on where it was."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]", "_", urllib.parse.urlsplit(address).path.rpartition("/")[2])[-100:]
    with tempfile.TemporaryDirectory(prefix="download-", dir=folder) as place:
        path = Path(place) / (name or "archive.warc.gz")
        with path.open("wb") as file:
            _download(address, file)
        yield path


def _download(address: str, file: IO[bytes]) -> None:
    had, total, tries = 0, None, 0
    while total is None or had < total:
        try:
            with opened(address, {"Range": f"bytes={had}-"} if had else {}) as response:
                if had and response.status != 206:
                    had = 0
                    file.seek(0)
                    file.truncate()
                length = response.headers.get("Content-Length")
                total = had + int(length) if length else None
                before = had
                while block := response.read(BLOCK):
                    file.write(block)
                    had += len(block)
                if total is None:
                    return
                tries = 0 if had > before else tries
            if had < total:
                raise OSError("broke off")
        except (OSError, HTTPException) as error:
            tries += 1
            if tries >= TRIES or isinstance(error, urllib.error.HTTPError):
                raise OSError(f"{error}") from error
            time.sleep(PAUSE * 2 ** (tries - 1))


def opened(address: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    """The answer to a request for ``address``; OSError when it says no."""
    request = urllib.request.Request(address, headers={**_headers(), **(headers or {})})
    response: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)
    return response


def _headers() -> dict[str, str]:
    return {"User-Agent": f"newscrawler/{__version__}", "Accept-Encoding": "identity"}
