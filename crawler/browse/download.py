"""All that a search finds, as a file: rows are sent as they are read, and nothing is kept of those that were sent.

They are read in a thread of their own. Who takes them slowly holds it up, who leaves ends it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crawler import database
from crawler.database.queries import decoded
from crawler.output import formats
from crawler.search.filters import Filters
from crawler.search.results import each_article

CHUNK, AHEAD = 1 << 16, 4  # bytes that are sent at once; how many of these may wait for their reader
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
FORMS = tuple(form for form in TYPES if form != "parquet" or find_spec("pyarrow"))

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Left(OSError):
    """Whoever asked is gone."""


class Pipe(io.RawIOBase):
    """A file in one thread whose bytes arrive in a queue of an event loop in another."""

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes]):
        self._loop, self._queue = loop, queue
        self._waiting: Future[None] | None = None
        self.written = 0
        self.gone = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.put(bytes(data))
        self.written += len(data)
        return len(data)

    def tell(self) -> int:
        return self.written

    def put(self, data: bytes) -> None:
        """Wait until there is room; Left when nobody reads any more."""
        if not self.gone:
            self._waiting = asyncio.run_coroutine_threadsafe(self._queue.put(data), self._loop)
            with suppress(BaseException):
                self._waiting.result()
        if self.gone:
            raise Left

    def leave(self) -> None:
        self.gone = True
        if self._waiting:
            self._waiting.cancel()


class Download:
    """An answer of Datasette's kind: the articles of the database at ``path`` that ``filters`` want, in ``form``."""

    def __init__(self, path: Path, filters: Filters, form: str, receive: Receive, threads: ThreadPoolExecutor):
        self.path, self.filters, self.form = path, filters, form
        self._receive, self._threads = receive, threads

    async def asgi_send(self, send: Send) -> None:
        name = f'attachment; filename="articles.{self.form}"'
        headers = {"content-type": TYPES[self.form], "content-disposition": name, "cache-control": "no-cache"}
        encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": encoded})
        queue: asyncio.Queue[bytes] = asyncio.Queue(AHEAD)
        loop = asyncio.get_running_loop()
        pipe = Pipe(loop, queue)
        writing = loop.run_in_executor(self._threads, self._write, pipe)
        leaving = asyncio.ensure_future(self._leaving())
        try:
            while chunk := await self._next(queue, writing, leaving):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            leaving.cancel()
            pipe.leave()
        with suppress(Left):
            await writing  # what went wrong in the middle leaves the answer without its end
            await send({"type": "http.response.body", "body": b""})

    @staticmethod
    async def _next(
        queue: asyncio.Queue[bytes], writing: asyncio.Future[None], leaving: asyncio.Future[None]
    ) -> bytes | None:
        """What is to be sent next; None when there is no more, and when nobody reads any more."""
        getting = asyncio.ensure_future(queue.get())
        first: tuple[asyncio.Future[Any], ...] = (getting, writing, leaving)
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done() or (not getting.done() and queue.empty()):
            getting.cancel()
            return None
        return await getting

    async def _leaving(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _write(self, pipe: Pipe) -> None:
        with database.reading(self.path) as db:
            db.execute("BEGIN")  # of one moment, whatever is written meanwhile
            rows = map(decoded, each_article(db.conn, self.filters))
            if self.form == "parquet":
                from crawler.output import parquet

                types = dict(db.conn.execute("SELECT name, type FROM pragma_table_info('articles')").fetchall())
                parquet.write(rows, types, pipe)  # type: ignore[arg-type]
            else:
                text = io.TextIOWrapper(io.BufferedWriter(pipe, CHUNK), encoding="utf-8", newline="")
                try:
                    formats.write(self.form, rows, text)
                    text.flush()
                finally:
                    with suppress(Left):
                        text.detach().detach()
