"""Group commit: many small pieces of work share one transaction, each one safe from the others' errors."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class NotWritten(sqlite3.OperationalError):
    """The database cannot be written any more; ``GroupCommit.broken`` has the first error, which says why."""


class GroupCommit:
    """Run functions that write to ``connection`` and return once they are committed.

    A batch is committed when it has ``size`` members, when its oldest has waited ``delay`` seconds, or when
    ``expected()`` says that no more can come. Each function has a savepoint of its own: one that raises is
    undone alone, its exception goes to who asked for it, the rest is kept.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        size: int = 50,
        delay: float = 0.2,
        expected: Callable[[], int] = lambda: 1_000_000,
        on_broken: Callable[[sqlite3.Error], None] = lambda error: None,
        before: Callable[[], object] = lambda: None,
    ):
        self.connection = connection
        self.size = size
        self.delay = delay
        self.expected = expected
        self.on_broken = on_broken
        self.before = before  # called before each commit; a sqlite3.Error in it is the batch's
        self.broken: sqlite3.Error | None = None
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._extra: list[Callable[[], Any]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work()`` returned, after the commit. Raises what it raised, NotWritten if writing fails."""
        if self.broken:
            raise NotWritten(str(self.broken)) from self.broken
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, future))
        if len(self._waiting) >= min(self.size, self.expected()):
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_later(self.delay, self.flush)
        return await future

    def later(self, work: Callable[[], Any]) -> None:
        """Let ``work`` go with the next commit; nobody waits for it and its error ends nothing but itself."""
        self._extra.append(work)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.delay, self.flush)

    def flush(self) -> None:
        """Commit what waits, now."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        extra, self._extra = self._extra, []
        if self.broken or not (batch or extra):
            return
        results: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                results.append((future, *self._attempt(work)))
            for work in extra:  # last: what it would write about a page may be settled by now
                self._attempt(work)
            self.before()
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self.broken = error
            results = []
            for _, future in batch:
                lost = NotWritten(str(error))
                lost.__cause__ = error
                results.append((future, None, lost))
            self.on_broken(error)
        for future, value, exception in results:
            if future.cancelled():
                continue
            if exception:
                future.set_exception(exception)
            else:
                future.set_result(value)

    def _attempt(self, work: Callable[[], T]) -> tuple[T | None, Exception | None]:
        self.connection.execute("SAVEPOINT one")
        try:
            value = work()
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            if not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # the disk is full or the file is gone: the batch as a whole has failed
            return self._undo(error)
        except Exception as error:
            return self._undo(error)
        self.connection.execute("RELEASE one")
        return value, None

    def _undo(self, error: Exception) -> tuple[None, Exception]:
        self.connection.execute("ROLLBACK TO one")
        self.connection.execute("RELEASE one")
        return None, error
