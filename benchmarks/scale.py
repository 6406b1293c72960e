"""What things cost in a large database beside a small one: the frontier, storing, looking up, starting.

    python -m benchmarks.scale [--pages 200000] [--articles 20000] [--small 10000] [--hosts 1000] [--keep FOLDER]

Two databases are made, one with ``--small`` rows of each kind and one with as many as ``--pages`` and ``--articles``
say (5000000 and 1000000 take an hour and 25 GB). Then the same work is done in both, by turns, in this process. All
figures are CPU time of this process, SQLite and the kernel's part of the writing included.

add          announced addresses that are new, in lots of 25 as a feed has them, a transaction each
known        the same once more: nothing is new
claim, done  each of them claimed and ended, through the group commit; the event loop is counted, too
add, by hosts   the same with 100 and with 10,000 hosts
ingest       articles of 120 to 280 words in four languages, 50 a transaction: the address looked up, full text with
             stems, revision, duplicates, story
look up      a page by its address, an article by its id
newest       twenty newest articles; start: the command ``scrapy crawl`` with nothing due, a process of its own
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks import search as synthetic
from benchmarks.large import TOPIC, make
from crawler import clock, database
from crawler.database import queries
from crawler.fetching.outcome import Outcome
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Article, Claim, Found, Match
from crawler.search import finding
from crawler.search.filters import Filters
from pipelines.archive import Archive

ROOT = Path(__file__).resolve().parent.parent
LOT, BATCH = 25, 50  # addresses of a feed, articles of a commit
URLS, ROWS, ROUNDS = 10_000, 500, 3  # of each measurement
numbers = count(time.time_ns() // 1_000)  # a database that is kept is measured again


class Timer:
    """CPU seconds of this process."""

    spent = 0.0


@contextmanager
def timed() -> Iterator[Timer]:
    timer = Timer()
    begin = time.process_time()
    yield timer
    timer.spent = time.process_time() - begin


def lots(hosts: int) -> list[list[Found]]:
    """What that many feeds announce; every address is new."""
    chance = random.Random(next(numbers))
    found = []
    for _ in range(URLS // LOT):
        host = f"https://www.outlet{chance.randrange(hosts)}.example"
        found.append(
            [
                Found(
                    f"{host}/world/2024/06/{next(numbers)}/a-visit-to-caracas",
                    "article",
                    f"A visit, part {part}",
                    "2024-06-01T12:00:00Z",
                )
                for part in range(LOT)
            ]
        )
    return found


def frontier(path: Path, hosts: int) -> dict[str, float]:
    """Microseconds an address."""

    async def work() -> dict[str, float]:
        connection = database.open_to_write(path).conn
        begun = Frontier(connection, TOPIC, Turns(0.0, 1, URLS))
        announced = lots(hosts)

        def add() -> None:
            for lot in announced:
                begun.commits.later(
                    lambda lot=lot: begun.add(lot, lot[0].url.split("/")[2], f"{lot[0].url[:30]}/feed.xml")
                )
                begun.commits.flush()

        with timed() as new:
            add()
        with timed() as known:
            add()
        with timed() as ended:
            await _end_all(begun)
        connection.close()
        return {"add": new.spent, "known": known.spent, "claim, done": ended.spent}

    return {name: 1e6 * spent / URLS for name, spent in asyncio.run(work()).items()}


async def _end_all(begun: Frontier) -> None:
    outcome = Outcome("irrelevant", "no mention of russia", status=200)
    tasks: set[asyncio.Task[None]] = set()

    async def end(claim: Claim) -> None:
        begun.note(claim, etag='"0123456789"', last_modified=None, body_hash="0123456789abcdef", unchanged=0)
        begun.answered(claim)
        await begun.commits.run(lambda: begun.write(claim, outcome))
        begun.ended(claim, outcome.state)

    while True:
        if claim := begun.claim():
            task = asyncio.create_task(end(claim))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        elif not await begun.wait(1.0):
            return


vocabulary = cache(lambda code: synthetic.language(code, random.Random(1)))


def articles() -> Iterator[Article]:
    """Articles that nobody has reported yet."""
    chance = random.Random(next(numbers))
    languages = {code: vocabulary(code) for code in synthetic.SHARES}
    for _ in range(ROWS + 1):
        (code,) = chance.choices(list(synthetic.SHARES), list(synthetic.SHARES.values()))
        words, _, _ = languages[code].cut(chance.randint(120, 280), chance)
        outlet = f"outlet{chance.randrange(85)}.example"
        url = f"https://{outlet}/news/{next(numbers)}-{chance.randrange(10**9)}"
        yield Article(
            url=url,
            title=" ".join(words[:8]).capitalize(),
            text=" ".join(words).capitalize(),
            published=clock.stamp(),
            published_from="feed",
            fetched=clock.stamp(),
            language=code,
            language_from="text",
            source=outlet,
            site=outlet,
            canonical_url=url,
            matches=[Match(TOPIC, 0.5, {"venezuela": {"venezuela": 2}, "russia": {"russia": 1}})],
        )


def ingest(path: Path) -> dict[str, float]:
    """Milliseconds an article."""
    archive = Archive(database.open_to_write(path))
    connection = archive.db.conn
    first, *given = articles()
    connection.execute("BEGIN IMMEDIATE")
    archive.add(first)  # it loads the names of all countries
    connection.execute("COMMIT")
    with timed() as stored:
        for begin in range(0, ROWS, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            for article in given[begin : begin + BATCH]:
                if archive.same(article) is None:
                    archive.add(article)
            connection.execute("COMMIT")
    connection.close()
    return {"ingest": 1e3 * stored.spent / ROWS}


def look_up(path: Path) -> dict[str, float]:
    """Microseconds a look-up by address and by id, milliseconds for the twenty newest."""
    connection = database.open_to_read(path).conn
    chance = random.Random(next(numbers))
    most, least = connection.execute("SELECT max(id), min(id) FROM pages").fetchone()
    some = [chance.randint(least, most) for _ in range(2_000)]
    known = connection.execute(f"SELECT url FROM pages WHERE id IN ({', '.join(map(str, some))})").fetchall()
    biggest = connection.execute("SELECT max(id) FROM articles").fetchone()[0]
    with timed() as pages:
        for (url,) in known:
            queries.page(connection, url)
    with timed() as read:
        for _ in range(1_000):
            queries.article(connection, str(chance.randint(1, biggest)))
    with timed() as newest:
        for _ in range(20):
            queries.read_articles(connection, finding.find(connection, Filters()).numbers)
    connection.close()
    return {
        "page by address": 1e6 * pages.spent / len(known),
        "article by id": 1e6 * read.spent / 1_000,
        "twenty newest": 1e3 * newest.spent / 20,
    }


def start(path: Path) -> dict[str, float]:
    """Seconds of a run with nothing due."""
    seeds = path.with_suffix(".toml")
    seeds.write_text(
        'title = "x"\n[terms]\nall = ["*"]\n[[sources]]\nname = "x"\nurl = "https://x.example/"\nenabled = false\n'
    )
    command = [sys.executable, "-m", "scrapy", "crawl", TOPIC, "-a", f"seeds={seeds}", "-s", f"DATABASE={path}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWS_")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"start": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


# Report


def compare(small: Path, large: Path, hosts: int) -> Iterator[str]:
    """Lines of a Markdown table: the two databases by turns, medians, and the growth with its range."""
    kinds: list[tuple[str, str, Callable[[Path], dict[str, float]]]] = [
        ("us an address", "", lambda path: frontier(path, hosts)),
        ("us an address", " (100 hosts)", lambda path: frontier(path, 100)),
        ("us an address", " (10,000 hosts)", lambda path: frontier(path, 10_000)),
        ("ms an article", "", ingest),
        ("us, us, ms", "", look_up),
        ("s", "", start),
    ]
    yield "| | unit | small | large | growth |\n|---|---|---|---|---|"
    for unit, suffix, measure in kinds:
        pairs = [(measure(small), measure(large)) for _ in range(ROUNDS)]
        for name in pairs[0][0]:
            below, above = ([values[name] for values in side] for side in zip(*pairs, strict=True))
            growth = [b / a for a, b in zip(below, above, strict=True)]
            yield (
                f"| {name}{suffix} | {unit} | {median(below):.3g} | {median(above):.3g}"
                f" | {median(growth):.2f} [{min(growth):.2f}, {max(growth):.2f}] |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--small", type=int, default=10_000, help="rows of each kind in the small database")
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the databases there, or ask them again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        small, large = folder / "small.db", folder / "large.db"
        for path, articles_, pages in (
            (small, arguments.small, arguments.small),
            (large, arguments.articles, arguments.pages),
        ):
            if not path.exists():
                with timed() as made:
                    make(path, articles_, pages, arguments.hosts)
                size = f"{articles_:,} articles, {pages:,} pages, {path.stat().st_size / 1e9:.2f} GB"
                print(f"{path.name}: {size}, made in {made.spent:.0f} s of CPU", flush=True)
        for line in compare(small, large, arguments.hosts):
            print(line, flush=True)


if __name__ == "__main__":
    main()
