"""What a backfill is told to read: WARC files, WACZ files, lists of them, and lists of places in them."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit


class NoSource(ValueError):
    """Something that no records can be read from; the message says what is wrong and what would be right."""


@dataclass(frozen=True, order=True)
class Piece:
    """Bytes of a file to read: all of it when ``length`` is None. ``file`` is a path or an address.

    Where files cannot be had, ``replay`` is the address of the page ``url`` as it was at ``moment``.
    """

    file: str
    offset: int = 0
    length: int | None = None
    replay: str = ""
    url: str = ""
    moment: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether it has to be fetched."""
        return is_address(self.file)


ADDRESS = re.compile(r"https?://", re.I)
DAY = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?:\d{6})?(?!\d)")  # as in CC-NEWS-20260120134501-00012.warc.gz
MONTH = re.compile(r"/(20\d\d)/(\d\d)/")
CC_NEWS = "https://data.commoncrawl.org/"  # where the paths of its lists begin
LATE = timedelta(days=1)  # a file holds what was fetched within so many days of the one in its name


def is_address(text: str) -> bool:
    """Whether ``text`` is an http or https address."""
    return ADDRESS.match(text) is not None


def pieces(source: str, listed: bytes | None = None) -> Iterator[Piece]:
    """What to read of ``source``, in its order. ``listed``: the content of a list that was fetched from an address.

    A name that ends in .warc, .warc.gz or .wacz is an archive; any other file is a list of archives, a line each, or of
    places in them: ``file offset length``, CDX, CDXJ, or the lines of Common Crawl's index. NoSource names the line
    that is none of these.
    """
    path = urlsplit(source).path if is_address(source) else source
    if re.search(r"\.warc(\.gz)?$|\.wacz$", path, re.I):
        yield Piece(source)
        return
    content = listed if listed is not None else Path(source).read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if text and not text.startswith(("#", "!")) and not re.match(r"CDX [A-Za-z]", text):
            if (piece := _piece(text)) is None:
                raise NoSource(
                    f'{source}: line {number} is neither an archive\'s path nor "file offset length": "{text[:80]}"'
                )
            yield Piece(_beside(piece.file, source), piece.offset, piece.length)


def _piece(line: str) -> Piece | None:
    if (brace := line.find("{")) >= 0:  # CDXJ, or a line of Common Crawl's index
        try:
            fields = json.loads(line[brace:])
            return Piece(str(fields["filename"]), int(fields["offset"]), int(fields["length"]))
        except (ValueError, KeyError, TypeError):
            return None
    words = line.split()
    if len(words) == 1 and re.search(r"\.warc(\.gz)?$|\.wacz$", words[0], re.I):
        return Piece(words[0])
    if len(words) == 3 and words[1].isdigit() and words[2].isdigit():
        return Piece(words[0], int(words[1]), int(words[2]))
    if len(words) == 11 and words[8].isdigit() and words[9].isdigit():  # CDX N b a m s k r M S V g
        return Piece(words[10], int(words[9]), int(words[8]))
    return None


def _beside(file: str, source: str) -> str:
    """``file`` as it is found from the list that names it."""
    if is_address(file) or Path(file).is_absolute():
        return file
    if file.startswith("crawl-data/"):
        return urljoin(CC_NEWS, file)
    return urljoin(source, file) if is_address(source) else str(Path(source).parent / file)


def may_hold(file: str, first: date | None, last: date | None) -> bool:
    """Whether a file may hold what was fetched from ``first`` to ``last``, by the day or month that its name says."""
    if found := DAY.search(Path(file).name):
        try:
            day = date(*map(int, found.groups()))
        except ValueError:
            return True
        return (first is None or day + LATE >= first) and (last is None or day - LATE <= last)
    if found := MONTH.search(file):
        year, month = map(int, found.groups())
        if 1 <= month <= 12:
            begins = date(year, month, 1)
            ends = date(year + month // 12, month % 12 + 1, 1)
            return (first is None or ends + LATE > first) and (last is None or begins - LATE <= last)
    return True


def months(first: date, last: date) -> list[str]:
    """The addresses of the lists of CC-NEWS for every calendar month from ``first`` to ``last``."""
    found, year, month = [], first.year, first.month
    while (year, month) <= (last.year, last.month):
        found.append(urljoin(CC_NEWS, f"crawl-data/CC-NEWS/{year}/{month:02}/warc.paths.gz"))
        year, month = year + month // 12, month % 12 + 1
    return found


def wacz_members(path: Path) -> list[tuple[str, int, int]]:
    """(name, offset in bytes, length in bytes) of each WARC file in a WACZ; NoSource when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = []
            for info in archive.infolist():
                if re.search(r"\.warc(\.gz)?$", info.filename, re.I):
                    if info.compress_type != zipfile.ZIP_STORED:
                        raise NoSource(f"{path}: {info.filename} is compressed in it: unzip it and name the WARC file")
                    with path.open("rb") as file:
                        file.seek(info.header_offset + 26)
                        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
                    found.append((info.filename, info.header_offset + 30 + name + extra, info.file_size))
            return found
    except (zipfile.BadZipFile, OSError) as error:
        raise NoSource(f"{path}: cannot be read as WACZ: {error}") from error
