"""A hostile web: one outlet for each way to hurt a crawler, a good one beside them, and a tripwire in the house.

Every outlet has an address of its own in 127.0.1.0/24, all on one port; the tripwire listens outside of it. Answers are
raw bytes, since most of these servers do not keep to HTTP. What they say is in traps/.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

TRIPWIRE = "127.0.2.1"
NETWORK = "127.0.1.0/24"  # what a crawl of this web must be allowed to connect to


@dataclass(frozen=True)
class Visit:
    """What an answer may refer to: addresses without a trailing slash, and what was asked."""

    home: str
    tripwire: str
    elsewhere: Callable[[str], str] = field(repr=False)  # key of another outlet -> its address
    path: str = "/"  # with query; for a proxy the whole address
    head: str = field(default="", repr=False)  # the request as it came


Answer = Callable[[Visit], Iterable[bytes | float]]  # bytes to send, seconds to wait; the connection closes at the end


@dataclass(frozen=True)
class Trap:
    """One hostile outlet: what it says, how many requests it may get in a run, and how its pages should end."""

    key: str  # also the name of its source, unless ``name`` is given
    answers: dict[str, Answer]  # path -> answer; "/x*" is for all that begin with "/x"; any other path is a 404
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)  # path -> state, words of the reason
    most: int = 3  # requests, robots.txt included
    source: str = "/feed.xml"
    name: str = ""
    seed: dict[str, Any] = field(default_factory=dict)  # further keys of its [[sources]] table


class Asked(NamedTuple):
    """One request: the key of the outlet ("tripwire" for that) and the path."""

    key: str
    path: str


class HostileWeb:
    """Serves ``traps``, the first at 127.0.1.1 and so on, from a thread of its own until closed."""

    def __init__(self, traps: Iterable[Trap]):
        self.traps = {trap.key: trap for trap in traps}
        self.addresses = {key: f"127.0.1.{number}" for number, key in enumerate(self.traps, 1)}
        self.asked: list[Asked] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.Task[None]] = set()

    def __enter__(self) -> HostileWeb:
        sockets = self._listen()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(sockets), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def home(self, key: str) -> str:
        """Address of an outlet, without a trailing slash."""
        return f"http://{TRIPWIRE if key == 'tripwire' else self.addresses[key]}:{self.port}"

    def seeds(self, path: Path) -> Path:
        """Write a topic file in which every outlet is a source to ``path`` and return it."""
        tables = ['title = "Hostile web"\n[terms]\nall = ["*"]\nport = ["pilot*"]\n']
        for trap in self.traps.values():
            url = trap.source if "://" in trap.source else self.home(trap.key) + trap.source
            values = {"name": trap.name or trap.key, "url": url, **trap.seed}
            values = {key: str(value).replace("{home}", self.home(trap.key)) for key, value in values.items()}
            lines = (f"{key} = {json.dumps(value)}\n" for key, value in values.items())
            tables.append("[[sources]]\n" + "".join(lines))
        path.write_text("\n".join(tables), encoding="utf-8")
        return path

    def _listen(self) -> list[tuple[str, socket.socket]]:
        """A socket for every address, all on one port that is free on each of them."""
        for _ in range(20):
            found: list[tuple[str, socket.socket]] = []
            try:
                for key in ("tripwire", *self.traps):
                    address = TRIPWIRE if key == "tripwire" else self.addresses[key]
                    port = found[0][1].getsockname()[1] if found else 0
                    found.append((key, socket.create_server((address, port), backlog=64)))
            except OSError:
                for _, taken in found:
                    taken.close()
            else:
                self.port = found[0][1].getsockname()[1]
                return found
        raise RuntimeError("no port is free on all addresses of the hostile web")

    async def _serve(self, sockets: list[tuple[str, socket.socket]]) -> None:
        for key, listening in sockets:

            async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str = key) -> None:
                task = asyncio.current_task()
                assert task
                self._open.add(task)
                try:
                    await self._answer(key, reader, writer)
                except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    pass  # the crawler had enough: that is what it should do
                finally:
                    self._open.discard(task)
                    writer.close()
                    with suppress(OSError):
                        await writer.wait_closed()

            self._servers.append(await asyncio.start_server(visited, sock=listening, limit=2**17))

    async def _answer(self, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        self.asked.append(Asked(key, path))
        if key == "tripwire":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            return
        answer = _matching(self.traps[key].answers, path)
        for part in answer(Visit(self.home(key), self.home("tripwire"), self.home, path, head.decode("latin-1"))):
            if isinstance(part, float):
                try:
                    await asyncio.wait_for(reader.read(1), part)
                except TimeoutError:
                    continue
                return  # the crawler had enough
            writer.write(part)
            await writer.drain()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


def _missing(visit: Visit) -> Iterable[bytes | float]:
    yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone"


def _matching(answers: dict[str, Answer], path: str) -> Answer:
    if path in answers:
        return answers[path]
    return next((say for name, say in answers.items() if name[-1:] == "*" and path.startswith(name[:-1])), _missing)
