"""How much one request may take: seconds of Python, bytes of an answer, characters of a value."""

from __future__ import annotations

import ctypes
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

VALUE = 4_000_000  # bytes of one value in SQL, which no function can be interrupted in
ANSWER = 16_000_000  # bytes of all rows of a query
HEAP = 200_000_000  # bytes that SQLite may hold in this process
COLUMNS, PATTERN = 200, 500  # of a table or result; characters of a LIKE or GLOB


class TooLong(BaseException):
    """Raised in the middle of work that takes longer than it may; no ``except Exception`` holds it up."""


class Deadline:
    """Runs work in a thread that ``stop``, called in another, ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._stopped = self._done = False

    def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns; TooLong when ``stop`` was called before it had ended."""
        with self._lock:
            if self._stopped:
                raise TooLong
            self._thread = threading.get_ident()
        try:
            return work()
        finally:
            with self._lock:  # from here on nothing is raised in this thread any more
                self._done = True

    def stop(self) -> None:
        """End the work: at its next step in Python, or when it begins."""
        with self._lock:
            self._stopped = True
            if self._thread is not None and not self._done:
                thread = ctypes.c_ulong(self._thread)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TooLong))


def bound(connection: sqlite3.Connection) -> None:
    """Let ``connection`` make no value or answer larger than it may be: sqlite3.Error or MemoryError then."""
    for limit, most in (
        (sqlite3.SQLITE_LIMIT_LENGTH, VALUE),
        (sqlite3.SQLITE_LIMIT_COLUMN, COLUMNS),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN),
    ):
        connection.setlimit(limit, most)
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    answer = _Answer()
    connection.text_factory = answer.text
    connection.row_factory = answer.row


class _Answer:
    """Counts the bytes of each query's rows while they are read."""

    def __init__(self) -> None:
        self._of_row = 0
        self._before: WeakKeyDictionary[sqlite3.Cursor, int] = WeakKeyDictionary()

    def text(self, value: bytes) -> str:
        self._of_row += len(value)
        self._check(self._of_row)
        return str(value, "utf-8", "replace")

    def row(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        size = self._of_row + sum(len(value) for value in values if isinstance(value, bytes))
        self._of_row = 0
        self._before[cursor] = self._before.get(cursor, 0) + size
        self._check(self._before[cursor])
        return sqlite3.Row(cursor, values)

    def _check(self, size: int) -> None:
        if size > ANSWER:
            self._of_row = 0
            raise sqlite3.OperationalError(
                f"the answer is larger than {ANSWER // 1_000_000} MB: ask for fewer rows or columns"
            )
