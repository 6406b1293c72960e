"""Where the CPU of a page goes: a table of stages, from the download to the commit.

    python -m benchmarks.profile FOLDER [--topic seeds/TOPIC.toml] [--pages N]

FOLDER holds pages/ID.html.gz and truth.json ({id: {url, ...}}). Everything runs in this process, one page after the
other, on CPU time without what its inner stages take; only the download runs in a Scrapy of its own, against a
server on loopback addresses whose time does not count. Without --topic every page is on topic, and the gate looks
for what it never finds, which is what turning a page away costs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from benchmarks.crawl import ROOT, Outlets
from crawler import database
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Article, Fetched, Found, Page, Reading
from crawler.seeds import read_topic
from crawler.terms import Terms
from pipelines import extract, language, reading, relevance, repeated
from pipelines.archive import Archive
from pipelines.extract import maintext
from pipelines.gate import Gate
from pipelines.memory import Judge, Memory
from pipelines.store import Store

NEVER = "zyzzyvaqu*"
STAGES: dict[
    str, tuple[ModuleType, tuple[str, ...]]
] = {  # what is timed inside of a reader, by what it is called there
    "decode": (extract, ("decode", "broken")),
    "parse": (extract, ("parse",)),
    "metadata": (extract, ("read_metadata",)),
    "paragraphs": (extract, ("drop_silent", "core_of", "read_lines")),
    "trafilatura": (maintext, ("_trafilatura",)),
    "boilerplate": (extract, ("_surroundings", "without_frame", "standfirst")),
    "relevance": (relevance, ("judge",)),
    "language": (language, ("detect",)),
    "blocks": (repeated, ("ends",)),
}
DOWNLOADER = """
import sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Downloader(scrapy.Spider):
    name = "download"

    async def start(self):
        for url in sys.stdin.read().split():
            yield scrapy.Request(url, dont_filter=True)

    def parse(self, response):
        response.body

settings = {"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 32, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}
process = AsyncCrawlerProcess({**settings, "TELNETCONSOLE_ENABLED": False})
process.crawl(Downloader)
process.start()
"""


class Stopwatch:
    """CPU seconds of named stages, each without those that run inside of it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner = [0.0]

    def run(self, stage: str, work: Callable[..., Any], *given: Any) -> Any:
        """What ``work(*given)`` returns."""
        self._inner.append(0.0)
        start = time.process_time()
        try:
            return work(*given)
        finally:
            took = time.process_time() - start
            self.seconds[stage] += took - self._inner.pop()
            self._inner[-1] += took

    def watch(self) -> None:
        """Time the inner stages of reading from now on."""
        for stage, (module, names) in STAGES.items():
            for name in names:
                setattr(module, name, self._timed(stage, getattr(module, name)))

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: self.run(stage, lambda: function(*given, **named))


def pages_of(folder: Path, most: int | None) -> list[Fetched]:
    """The pages of a folder, as they would come from the network."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    return [
        Fetched(truth[page]["url"], gzip.decompress((folder / "pages" / f"{page}.html.gz").read_bytes()), "2100-01-01")
        for page in sorted(truth)[:most]
    ]


def download(folder: Path, most: int | None) -> float:
    """CPU seconds that Scrapy alone takes for a page, its start not counted."""
    outlets = Outlets(folder)
    urls = [f"http://{host}:{outlets.port}/{page}.html" for host, pages in outlets.addresses.items() for page in pages]
    urls = urls[:most]
    seconds = []
    for asked in (urls[:1], urls):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", DOWNLOADER], input="\n".join(asked), text=True, check=True, cwd=ROOT.parent
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return (seconds[1] - seconds[0]) / max(1, len(urls) - 1)


class Keeper:
    """The crawling process's part: claims, memory and store, on a database of its own."""

    def __init__(self, path: Path, topics: list[Any]):
        self.db = database.open_to_write(path)
        self.frontier = Frontier(self.db.conn, "profile", Turns(0, 100, 10**6), 100)
        judge = Judge(relevance.Relevance(topics), language.LanguageTag({}))
        archive = Archive(self.db)
        self.memory, self.store = Memory(archive, self.frontier, judge), Store(archive, self.frontier, judge)

    def claims(self, pages: list[Fetched]) -> list[Any]:
        """A claim for each page."""
        self.db.conn.execute("BEGIN IMMEDIATE")
        self.frontier.add([Found(page.url) for page in pages], "profile", "feed")
        self.db.conn.execute("COMMIT")
        rows = self.db.conn.execute("SELECT id, url FROM pages ORDER BY id").fetchall()
        known = {row["url"]: row["id"] for row in rows}
        return [known.get(page.url) or rows[0]["id"] for page in pages]

    def keep(self, batch: list[Reading]) -> None:
        """Store a batch in one transaction."""
        self.db.conn.execute("BEGIN IMMEDIATE")
        for read in batch:
            self.store.store(self.memory.process_item(read))
        self.db.conn.execute("COMMIT")


def profile(pages: list[Fetched], topics: list[Any], gate: Gate, path: Path) -> tuple[Stopwatch, dict[str, list[int]]]:
    """CPU seconds by stage, and the pickled sizes of tasks and results in bytes."""
    watch, sizes = Stopwatch(), defaultdict(list)
    keeper = Keeper(path, topics)
    reader = reading.Reader([reading.Watched(topic.name, topic.terms, topic.languages or ()) for topic in topics])
    reader.load()
    gate.gap(pages[0])
    watch.watch()
    claims = [keeper.frontier.pages.claim(number) for number in keeper.claims(pages)]
    kept: list[Reading] = []
    for claim, fetched in zip(claims, pages, strict=True):
        page = Page(claim, fetched)
        watch.run("gate", gate.gap, fetched)
        task = watch.run("pickling", pickle.dumps, page)
        read = watch.run("extraction, the rest", reader, watch.run("pickling", pickle.loads, task))
        answer = watch.run("pickling", pickle.dumps, read)
        watch.run("pickling", pickle.loads, answer)
        sizes["task"].append(len(task))
        is_article = isinstance(read, Reading) and isinstance(read.result, Article)
        sizes["article" if is_article else "refusal"].append(len(answer))
        if is_article:
            kept.append(read)
    for start in range(0, len(kept), 50):
        watch.run("store", keeper.keep, kept[start : start + 50])
    keeper.db.conn.close()
    return watch, sizes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--topic", type=Path, help="judge pages for this topic (default: everything is on topic)")
    parser.add_argument("--pages", type=int, help="of the folder's pages, so many")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = pages_of(options.folder, options.pages)
    topic = (
        read_topic(options.topic)
        if options.topic
        else SimpleNamespace(name="all", terms=Terms({"all": ["*"]}), languages=())
    )
    gate = Gate([topic if options.topic else SimpleNamespace(terms=Terms({"never": [NEVER]}))])
    with tempfile.TemporaryDirectory() as folder:
        watch, sizes = profile(pages, [topic], gate, Path(folder) / "profile.db")
    seconds = {"download": download(options.folder, options.pages) * len(pages), **watch.seconds}
    total = sum(seconds.values())
    print(f"{len(pages)} pages of {sum(len(page.body) for page in pages) // len(pages) // 1000} kB\n")
    print("| stage | CPU ms a page | share |\n|---|---|---|")
    for stage, taken in sorted(seconds.items(), key=lambda entry: -entry[1]):
        print(f"| {stage} | {1000 * taken / len(pages):.2f} | {taken / total:.0%} |")
    print(f"| **all** | {1000 * total / len(pages):.2f} | |\n")
    for what, found in sizes.items():
        print(f"pickled {what}: {sum(found) // len(found):,} bytes (mean of {len(found)})")


if __name__ == "__main__":
    main()
