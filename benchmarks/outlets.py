"""The pages of a folder as a small web: each outlet on a loopback address of its own, each with a feed of its pages.

The outlets are those that the pages came from, or as many as one says, with the pages dealt out among them.

FOLDER holds ``pages/ID.html.gz`` and ``truth.json`` ({id: {url, text, ...}}). What is answered depends on the address
that was asked and on the path: ``/feed.xml``, ``/ID.html``, and ``/ID.xml``, a feed of that page alone.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Outlets:
    """One server for all outlets, in a thread of this process."""

    def __init__(self, folder: Path, outlets: int | None = None):
        truth: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text("utf-8"))
        by_host: defaultdict[object, list[str]] = defaultdict(list)
        for number, page in enumerate(sorted(truth)):
            by_host[number % outlets if outlets else urlsplit(truth[page]["url"]).hostname].append(page)
        self.truth = truth
        self.addresses = {f"127.1.{n // 250}.{n % 250 + 1}": pages for n, pages in enumerate(by_host.values())}
        self.bodies = {page: (folder / "pages" / f"{page}.html.gz").read_bytes() for page in truth}
        self.port = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        first, *others = self.addresses
        server = await asyncio.start_server(self._answer, first, 0)
        self.port = server.sockets[0].getsockname()[1]
        servers = [server, await asyncio.start_server(self._answer, others, self.port)] if others else [server]
        self._ready.set()
        await asyncio.gather(*(server.serve_forever() for server in servers))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                status, kind, body = self._page(address, head.split(b" ", 2)[1].decode())
                encoding = "Content-Encoding: gzip\r\n" if body[:2] == b"\x1f\x8b" else ""
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{encoding}"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _page(self, address: str, path: str) -> tuple[str, str, bytes]:
        pages = self.addresses[address]
        if path.endswith(".xml"):
            items = "".join(
                f"<item><title>{escape(page)}</title><link>http://{address}:{self.port}/{page}.html</link></item>"
                for page in pages
                if path in ("/feed.xml", f"/{page}.xml")
            )
            feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
            return "200 OK", "application/rss+xml", feed.encode()
        page = page_of(path)
        if page in pages:
            return "200 OK", "text/html", self.bodies[page]
        return "404 Not Found", "text/plain", b"no such page"

    def urls(self) -> list[str]:
        """The address of every page."""
        return [f"http://{at}:{self.port}/{page}.html" for at, pages in self.addresses.items() for page in pages]

    def feeds(self) -> list[str]:
        return [f"http://{address}:{self.port}/feed.xml" for address in self.addresses]


def page_of(url: str) -> str:
    """The id of the page at an address."""
    return urlsplit(url).path.removeprefix("/").removesuffix(".html")


def write_seeds(path: Path, feeds: Iterable[str], groups: Iterable[list[str]] = (["*"],)) -> Path:
    """A topic file that lists ``feeds``, with these groups of terms."""
    lines = ['title = "benchmark"', "[terms]"]
    lines += [f"group{number} = {json.dumps(terms, ensure_ascii=False)}" for number, terms in enumerate(groups)]
    for url in feeds:
        lines += ["[[sources]]", f'name = "{urlsplit(url).hostname}"', f'url = "{url}"', 'kind = "feed"']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def served(folder: Path, outlets: int | None = None) -> Iterator[tuple[list[str], list[str]]]:
    """Serve a folder from a process of its own: the addresses of its pages and of its feeds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(folder, outlets, theirs), daemon=True)
    process.start()
    yield ours.recv()
    process.kill()
    process.join()


def _serve(folder: Path, outlets: int | None, pipe: Connection) -> None:
    web = Outlets(folder, outlets)
    pipe.send((web.urls(), web.feeds()))
    threading.Event().wait()
