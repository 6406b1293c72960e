"""An archive folder: WARC files that are only appended to, a new one each day and each gigabyte."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from crawler import __version__, clock
from crawler.warc.record import member

LARGEST = 1024**3  # bytes of a file


@dataclass(frozen=True)
class Place:
    """Where a member is: ``file`` in the archive's folder, ``offset`` and ``length`` in bytes."""

    file: str
    offset: int
    length: int


class Writer:
    """Appends members to the files of ``folder`` that are called ``name``-DAY-NUMBER.warc.gz.

    ``name`` belongs to one process at a time. ``located`` says where the last member that is located in a file ends,
    0 for none: what lies behind it was cut off by a crash, or never counted, and is cut away.
    """

    def __init__(self, folder: Path, name: str, located: Callable[[str], int], largest: int = LARGEST):
        self.folder = folder
        self.name = name
        self.located = located
        self.largest = largest
        self._file: int | None = None
        self._path = Path()
        self._ends: dict[str, int] = {}  # of the files that this process has appended to
        self._unsafe = False

    def append(self, content: bytes, day: str) -> Place:
        """Where ``content`` stands now; it is on the disk after ``sync``. ``day`` is YYYYMMDD."""
        if self._file is None or f"-{day}-" not in self._path.name or self._is_full(self._path.name):
            self._open(day)
        assert self._file is not None
        place = Place(self._path.name, self._ends[self._path.name], len(content))
        _write(self._file, content, place.offset)
        self._ends[place.file] += place.length
        self._unsafe = True
        return place

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        if self._file is not None and self._unsafe:
            os.fsync(self._file)
            self._unsafe = False

    def close(self) -> None:
        """Sync and close the file."""
        self.sync()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _is_full(self, file: str) -> bool:
        if file not in self._ends:
            self._ends[file] = self.located(file)
        return self._ends[file] >= self.largest

    def _open(self, day: str) -> None:
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        files = (f"{self.name}-{day}-{number:05}.warc.gz" for number in count())
        file = next(file for file in files if not self._is_full(file))
        self._path = self.folder / file
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(self._file, self._ends[file])
        if not self._ends[file]:
            head = warcinfo()
            _write(self._file, head, 0)
            self._ends[file] = len(head)


def _write(file: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def warcinfo() -> bytes:
    """The member that every file begins with."""
    about = {"WARC-Date": clock.stamp(), "Content-Type": "application/warc-fields"}
    return member("warcinfo", about, f"software: newscrawler/{__version__}\r\nformat: WARC 1.1\r\n".encode())
