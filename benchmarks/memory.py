"""Does the memory of a long crawl stay flat? Many small pages from one local server, sampled while they come in.

    python -m benchmarks.memory [--pages 100000] [--hosts 100]

Each host has a sitemap of its share of the pages; one page in thirty is on topic and goes the whole way, the others end
at the gate. The table has the resident memory of the crawling process, and of its workers together, in the middle of
each tenth of the pages; the last lines say how it grew from the second tenth to the last, for 10,000 pages.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
PORT = 18_090
ON_TOPIC = 30  # one page in so many
WORDS = [
    "harbour",
    "grain",
    "minister",
    "bridge",
    "season",
    "river",
    "market",
    "council",
    "engine",
    "signal",
    "winter",
    "copper",
    "school",
    "garden",
]
PARAGRAPHS = 12


def page(number: int) -> bytes:
    """An article of its own words, with names of its own when it is on topic."""
    chance = random.Random(number)
    paragraphs = [" ".join(chance.choices(WORDS, k=40)) for _ in range(PARAGRAPHS)]
    if number % ON_TOPIC == 0:
        paragraphs[0] += f" Caracas and Moscow met for the {number}th time"
    text = "".join(f"<p>{paragraph.capitalize()}, said witness {number}.</p>" for paragraph in paragraphs)
    return f"<html><head><title>Report {number}</title></head><body><article>{text}</article></body></html>".encode()


def sitemap(address: str, numbers: range) -> bytes:
    entries = "".join(f"<url><loc>http://{address}:{PORT}/{number}.html</loc></url>" for number in numbers)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def addresses(hosts: int) -> list[str]:
    return [f"127.2.{host // 250}.{host % 250 + 1}" for host in range(hosts)]


def serve(pages: int, hosts: int, asked: Synchronized[int]) -> None:
    """Answer until killed; ``asked`` counts the articles."""
    share = pages // hosts
    ranges = {address: range(place * share, (place + 1) * share) for place, address in enumerate(addresses(hosts))}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                body, status, kind = b"", "404 Not Found", "text/plain"
                if path == "/sitemap.xml":
                    body, status, kind = sitemap(address, ranges[address]), "200 OK", "application/xml"
                elif path.endswith(".html"):
                    body, status, kind = page(int(path[1:-5])), "200 OK", "text/html; charset=utf-8"
                    asked.value += 1
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def forever() -> None:
        server = await asyncio.start_server(answer, list(ranges), PORT)
        await server.serve_forever()

    asyncio.run(forever())


def resident(crawler: psutil.Process) -> tuple[float, float]:
    """Megabytes of the crawling process, and of all that it started."""
    started = [process.memory_info().rss for process in crawler.children(recursive=True)]
    return crawler.memory_info().rss / 1024**2, sum(started) / 1024**2


def crawl(folder: Path, pages: int, hosts: int, asked: Synchronized[int]) -> list[tuple[int, float, float]]:
    """(pages asked for, MB of the crawler, MB of its workers) in the middle of each tenth."""
    lines = ['title = "memory"', "[terms]", 'venezuela = ["caracas"]', 'russia = ["moscow"]']
    for address in addresses(hosts):
        lines += ["[[sources]]", f'name = "{address}"', f'url = "http://{address}:{PORT}/sitemap.xml"']
    seeds = folder / "memory.toml"
    seeds.write_text("\n".join(lines) + "\n", "utf-8")
    settings = {
        "DATABASE": folder / "memory.db",
        "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "DOWNLOAD_DELAY": 0,
        "HOST_BUDGET": pages,
        "CRAWL_BUDGET": 36_000,
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "memory", "-a", f"seeds={seeds}", "-a", "now=1"]
    command += [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    found: list[tuple[int, float, float]] = []
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        crawler = psutil.Process(process.pid)
        while process.poll() is None and len(found) < 10:
            if asked.value >= (2 * len(found) + 1) * pages // 20:
                found.append((asked.value, *resident(crawler)))
                print("| {} | {:.0f} | {:.0f} |".format(*found[-1]), flush=True)
            time.sleep(0.2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--hosts", type=int, default=100)
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    asked: Any = context.Value("q", 0)
    server = context.Process(target=serve, args=(arguments.pages, arguments.hosts, asked), daemon=True)
    server.start()
    print("| pages | crawler, MB | workers, MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        found = crawl(Path(folder), arguments.pages, arguments.hosts, asked)
    server.kill()
    (first, before, before_workers), (last, after, after_workers) = found[1], found[-1]
    for name, growth in (("crawler", after - before), ("workers", after_workers - before_workers)):
        print(f"{name}: {10_000 * growth / (last - first):+.2f} MB for 10,000 pages")


if __name__ == "__main__":
    main()
