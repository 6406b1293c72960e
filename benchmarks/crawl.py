"""Crawl a folder of real pages with the real command, from loopback addresses, and score what was stored.

    python -m benchmarks.crawl FOLDER [--workers N] [--keep FILE.db]

FOLDER holds pages/ID.html.gz and truth.json ({id: {url, text, ...}}). Each outlet gets an address of its own in
127.0.0.0/8 and a feed that lists its pages; the topic takes everything. Printed: how many pages were stored and
why the others were not, precision, recall, F1 and accuracy of the text, CPU seconds a page of the crawl and its
workers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import sqlite_utils

from benchmarks.text_score import score_text, summary

ROOT = Path(__file__).resolve().parent.parent


class Outlets:
    """One server for all outlets; what it answers depends on the address that was asked, and on the path."""

    def __init__(self, folder: Path):
        truth = json.loads((folder / "truth.json").read_text("utf-8"))
        by_host = defaultdict(list)
        for page in sorted(truth):
            by_host[urlsplit(truth[page]["url"]).hostname].append(page)
        self.truth = truth
        self.folder = folder
        self.addresses = {f"127.1.{n // 250}.{n % 250 + 1}": pages for n, pages in enumerate(by_host.values())}
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
        if path == "/feed.xml":
            items = "".join(
                f"<item><title>{escape(page)}</title><link>http://{address}:{self.port}/{page}.html</link></item>"
                for page in pages
            )
            feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
            return "200 OK", "application/rss+xml", feed.encode()
        page = path.removeprefix("/").removesuffix(".html")
        if page in pages:
            return "200 OK", "text/html", (self.folder / "pages" / f"{page}.html.gz").read_bytes()
        return "404 Not Found", "text/plain", b"no such page"

    def seeds(self, path: Path) -> Path:
        """Write the topic file."""
        lines = ['title = "benchmark"', "[terms]", 'all = ["*"]']
        for address in self.addresses:
            url = f"http://{address}:{self.port}/feed.xml"
            lines += ["[[sources]]", f'name = "{address}"', f'url = "{url}"', 'kind = "feed"']
        path.write_text("\n".join(lines) + "\n")
        return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, help="EXTRACT_WORKERS (default: the setting's)")
    parser.add_argument("--keep", type=Path, help="keep the database here")
    options = parser.parse_args()
    outlets = Outlets(options.folder)
    with tempfile.TemporaryDirectory() as temporary:
        database = options.keep or Path(temporary) / "benchmark.db"
        seeds = outlets.seeds(Path(temporary) / "benchmark.toml")
        command = [sys.executable, "-m", "scrapy", "crawl", "benchmark", "-a", f"seeds={seeds}", "-a", "now=1"]
        for setting in ("DOWNLOAD_DELAY=0", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", f"DATABASE={database}"):
            command += ["-s", setting]
        if options.workers is not None:
            command += ["-s", f"EXTRACT_WORKERS={options.workers}"]
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        wall = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(done.stderr)
        report(outlets, database, wall, used.ru_utime + used.ru_stime)


def report(outlets: Outlets, database: Path, wall: float, cpu: float) -> None:
    """Print what was stored, how well, and what it cost."""
    db = sqlite_utils.Database(database)
    texts = {}
    for row in db.query("SELECT url, text FROM articles"):
        texts[urlsplit(row["url"]).path.removeprefix("/").removesuffix(".html")] = row["text"]
    states = Counter(row["state"] for row in db.query("SELECT state FROM pages WHERE kind = 'article'"))
    print(f"{len(outlets.truth)} pages of {len(outlets.addresses)} outlets: {dict(states)}")
    for row in db.query("SELECT url, state, reason FROM pages WHERE kind = 'article' AND state <> 'stored'"):
        print(f"  {row['state']}: {row['reason']} ({row['url']})")
    scores = [score_text(item["text"], texts.get(page, "")) for page, item in outlets.truth.items()]
    for name, value in summary(scores).items():
        print(f"{name:<10} {value:.3f}")
    pages = len(outlets.truth)
    print(f"CPU {cpu / pages:.3f} s a page ({cpu:.1f} s in all, start included), {pages / wall:.1f} pages a second")


if __name__ == "__main__":
    main()
