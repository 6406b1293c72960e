"""How long the front page takes while other sites and oversized requests are at the web page.

    python -m benchmarks.cross_site DATABASE [--requests 50] [--rounds 40]

It starts the real command, measures the front page in calm, then again while so many clients ask at once for things
that are refused: pages for another site, values, rows and answers that are too large. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from tests.browser import start

OVERSIZED = (
    "select stem(replace(hex(zeroblob(4000000)), '00', ' a'))",
    "with recursive n(i) as (select 1 union all select i + 1 from n limit 900) select hex(zeroblob(150000)) from n",
    "select zeroblob(300000000)",
    "select stem(replace(hex(zeroblob(500000)), '00', ' a'))",
)
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


def ask(address: str, headers: dict[str, str]) -> None:
    """Ask and read all; a refusal is an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=120) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()


def all_at_once(asked: list[tuple[str, dict[str, str]]]) -> None:
    """Ask for all of it at the same time."""
    with ThreadPoolExecutor(len(asked)) as threads:
        list(threads.map(ask, *zip(*asked, strict=True)))


def timed(address: str, rounds: int) -> list[float]:
    """Milliseconds of so many front pages, one after the other."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        ask(address, {})
        times.append(1000 * (time.perf_counter() - begin))
    return times


def report(name: str, times: list[float]) -> float:
    """Print median and 95th percentile; returns the latter."""
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:<40} median {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms")
    return p95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("database", type=Path)
    parser.add_argument("--requests", type=int, default=50, help="requests under way at a time")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    context = multiprocessing.get_context("fork")
    server = start(options.database)
    front = f"{server.address}/"
    name = options.database.stem
    hostile = [(f"{server.address}/{name}.json?{urllib.parse.urlencode({'sql': sql})}", {}) for sql in OVERSIZED]
    foreign = [(front, FOREIGN), (f"{server.address}/{name}.json?sql=select+1", FOREIGN)]
    try:
        timed(front, 5)
        calm = report("calm", timed(front, options.rounds))
        for what, kind in (("cross-site", foreign), ("oversized", hostile), ("both", [*foreign, *hostile])):
            clients = context.Process(target=all_at_once, args=[list(islice(cycle(kind), options.requests))])
            clients.start()
            times = timed(front, options.rounds)
            while clients.is_alive():
                times += timed(front, 1)
            clients.join()
            under = report(f"{options.requests} requests, {what}", times)
            print(f"{'':<40} p95 is {under / calm:.1f} times that of calm")
    finally:
        server.kill()


if __name__ == "__main__":
    main()
