"""How many pages a second, and at which cost: ours, a naive project, download alone, and other packages.

    python -m benchmarks.throughput FOLDER [--share 1 0.36 0.033] [--outlets N] [--rounds 3] [--peers PYTHON]
                                           [--only NAME ...]

FOLDER holds real pages (benchmarks/outlets.py). They are served from a process of its own, whose CPU time is not
counted, each outlet on a loopback address of its own; no delays. The contestants take turns, round after round, so
that a busy machine is busy for all of them. For each round pages a second and CPU time a page are taken without the
start, which is the same command on a single page that is on topic; pages a second also as they are ("gross"). Ratios
are between runs of one round; the table has the median and, in brackets, the least and the most. For ours it also says
how busy it kept the cores: pages a second times CPU a page, of what the machine has.

``--outlets`` deals the pages out among so many outlets. Otherwise they are where they came from, which is an outlet
with a feed and a robots.txt of its own for nearly every page: a run that has not been there for an hour.

ours           ``scrapy crawl`` with its own settings, all cores: gate, text, metadata, relevance, language, duplicates,
               stories, full text and its stems, committed with synchronous FULL
naive          benchmarks/naive.py: trafilatura, langdetect and an upsert for each page, in the callback
download       benchmarks/naive.py fetching the same pages, and nothing more
trafilatura    its command line on the list of addresses, JSON with metadata, no waiting between pages
newspaper4k, news-please   benchmarks/peers.py, pictures not fetched
The last three run with the interpreter ``--peers`` if it has them, and only when every page is on topic: they have no
topic.

``--share`` is the part of the pages that is on topic. For 1 the topic takes everything (``*``). For less, that part of
the pages is drawn (always the same ones), and the topic has two groups of terms, as in the field: names, each of which
stands in the true text of a page that was drawn and of none that was not; every page that was drawn has one of each
group. So what is on topic is so by its text, and the others may still have the names in links to other articles.
F1 of the text against the truth (benchmarks/text_score.py) is over the pages of all that are on topic for that run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.outlets import page_of, served, write_seeds
from benchmarks.text_score import score_text, summary
from crawler.terms import fold

ROOT = Path(__file__).resolve().parent.parent
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ENOUGH_NAMES = 6  # that a text has which may be on topic


class Cost(NamedTuple):
    """What a run took, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Job:
    """What one run is to do, and where it may write."""

    folder: Path
    seeds: Path
    addresses: Path  # a file, one a line
    peers: str  # interpreter

    @property
    def database(self) -> Path:
        return self.folder / "out.db"

    @property
    def out(self) -> Path:
        return self.folder / "out"


Texts = dict[str, str]  # page -> text


class Contestant(NamedTuple):
    """Its command, and what it found."""

    command: Callable[[Job], list[str]]
    texts: Callable[[Job], Texts]
    has_topic: bool = True
    in_project: bool = False  # whether Scrapy finds this project's settings
    keeps_texts: bool = True


def ours(job: Job) -> list[str]:
    command = [sys.executable, "-m", "scrapy", "crawl", "benchmark", "-a", f"seeds={job.seeds}", "-a", "now=1"]
    for setting in ("DOWNLOAD_DELAY=0", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", f"DATABASE={job.database}"):
        command += ["-s", setting]
    return command


def naive(job: Job) -> list[str]:
    spider = str(ROOT / "benchmarks" / "naive.py")
    arguments = ["-a", f"seeds={job.seeds}", "-a", f"database={job.database}"]
    return [sys.executable, "-m", "scrapy", "runspider", spider, *arguments]


def download(job: Job) -> list[str]:
    return [*naive(job), "-a", "only=download"]


def trafilatura(job: Job) -> list[str]:
    configuration = job.folder / "trafilatura.cfg"
    standard = "import trafilatura, pathlib; print(pathlib.Path(trafilatura.__file__).parent / 'settings.cfg')"
    path = subprocess.run([job.peers, "-c", standard], capture_output=True, text=True, check=True).stdout.strip()
    written = Path(path).read_text("utf-8")
    for name, value in (("SLEEP_TIME", "0"), ("SSRF_PROTECTION", "off")):  # it refuses loopback addresses otherwise
        written = re.sub(rf"(?m)^{name}\b.*$", f"{name} = {value}", written)
    configuration.write_text(written, "utf-8")
    program = str(Path(job.peers).parent / "trafilatura")
    return [
        program,
        "-i",
        str(job.addresses),
        "--json",
        "--with-metadata",
        "-o",
        str(job.out),
        "--config-file",
        str(configuration),
    ]


def peer(name: str) -> Callable[[Job], list[str]]:
    return lambda job: [job.peers, str(ROOT / "benchmarks" / "peers.py"), name, str(job.addresses), str(job.out)]


def from_database(job: Job) -> Texts:
    connection = sqlite3.connect(job.database)
    try:
        return {page_of(url): text for url, text in connection.execute("SELECT url, text FROM articles")}
    except sqlite3.OperationalError:  # nothing was on topic, no table was made
        return {}
    finally:
        connection.close()


def from_files(job: Job) -> Texts:
    """By name of the file, since it names the page by the address that it gives itself: no F1."""
    return {path.name: json.loads(path.read_text("utf-8"))["text"] for path in job.out.rglob("*.json")}


def from_lines(job: Job) -> Texts:
    rows = map(json.loads, job.out.read_text("utf-8").splitlines())
    return {page_of(row["url"]): row["text"] for row in rows}


CONTESTANTS = {
    "ours": Contestant(ours, from_database, in_project=True),
    "naive": Contestant(naive, from_database),
    "download": Contestant(download, lambda job: {}, keeps_texts=False),
    "trafilatura": Contestant(trafilatura, from_files, has_topic=False),
    "newspaper4k": Contestant(peer("newspaper4k"), from_lines, has_topic=False),
    "news-please": Contestant(peer("news-please"), from_lines, has_topic=False),
}
MODULES = {"trafilatura": "trafilatura", "newspaper4k": "newspaper", "news-please": "newsplease"}


def run(contestant: Contestant, job: Job) -> tuple[Cost, Texts]:
    """Run it once in an empty folder; RuntimeError when it fails."""
    shutil.rmtree(job.folder, ignore_errors=True)
    job.folder.mkdir()
    command = contestant.command(job)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWS_")}
    place = ROOT if contestant.in_project else job.folder
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu), contestant.texts(job)


def topic_for(share: float, texts: dict[str, str]) -> tuple[list[list[str]], str]:
    """Two groups of terms that ``share`` of the texts hit and no other does, and a page that does; [["*"]] for all."""
    if share >= 1:
        return [["*"]], min(texts)
    drawn = []
    for page, text in texts.items():
        names = {name.casefold() for name in re.findall(r"(?<=[\w,] )[^\W\d_a-z][^\W\d_]{4,}", text)}
        words = {fold(word) for word in re.findall(r"\w+", text)}
        drawn.append((page, {name for name in names if fold(name) == name}, words))
    random.Random(0).shuffle(drawn)
    drawn.sort(key=lambda page: len(page[1]) < ENOUGH_NAMES)  # pages without names, such as Chinese ones, come last
    wanted = round(share * len(drawn))
    elsewhere = set().union(*(words for _, _, words in drawn[wanted:]))
    groups: tuple[set[str], set[str]] = (set(), set())
    for _, names, _ in drawn[:wanted]:
        for group in groups:
            own = sorted(names - elsewhere - groups[0] - groups[1])
            if own and not names & group:
                group.add(own[0])
    on_topic = next(page for page, names, _ in drawn if all(names & group for group in groups))
    return [sorted(group) for group in groups], on_topic


class Series:
    """The runs of one contestant."""

    def __init__(self, pages: int):
        self.pages = pages
        self.starts: list[Cost] = []
        self.costs: list[Cost] = []
        self.texts: Texts = {}

    @property
    def gross(self) -> list[float]:
        """Pages a second."""
        return [self.pages / cost.wall for cost in self.costs]

    @property
    def rates(self) -> list[float]:
        """Pages a second without the start."""
        pairs = zip(self.costs, self.starts, strict=True)
        return [self.pages / max(cost.wall - start.wall, 0.001) for cost, start in pairs]

    @property
    def cpu(self) -> list[float]:
        """Milliseconds a page without the start."""
        pairs = zip(self.costs, self.starts, strict=True)
        return [1000 * max(cost.cpu - start.cpu, 0.001) / self.pages for cost, start in pairs]


def compete(
    names: list[str], folder: Path, outlets: int | None, share: float, rounds: int, peers: str
) -> dict[str, Series]:
    """Let the contestants take turns."""
    truth: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text("utf-8"))
    groups, on_topic = topic_for(share, {page: about["text"] or "" for page, about in truth.items()})
    with served(folder, outlets) as (urls, feeds), tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        one = next(url for url in urls if page_of(url) == on_topic)
        pages, alone = place / "pages.txt", place / "one.txt"
        pages.write_text("\n".join(urls), "utf-8")
        alone.write_text(one, "utf-8")
        full = Job(place / "run", write_seeds(place / "all.toml", feeds, groups), pages, peers)
        single = Job(place / "run", write_seeds(place / "one.toml", [f"{one[:-5]}.xml"], groups), alone, peers)
        series = {name: Series(len(urls) - 1) for name in names}
        for number in range(rounds):
            for name in names:
                start, _ = run(CONTESTANTS[name], single)
                cost, texts = run(CONTESTANTS[name], full)
                if CONTESTANTS[name].keeps_texts and not texts:
                    raise RuntimeError(f"{name} found nothing")  # and would be the fastest
                series[name].starts.append(start)
                series[name].costs.append(cost)
                series[name].texts = texts
                said = f"{cost.wall:.1f} s, {cost.cpu:.1f} s of CPU, start {start.wall:.1f} s, {start.cpu:.1f} s of CPU"
                print(f"  round {number + 1}, {name}: {said}", file=sys.stderr, flush=True)
    return series


def spread(values: list[float], digits: int = 2) -> str:
    return f"{median(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def report(series: dict[str, Series], truth: dict[str, dict[str, Any]], share: float) -> None:
    """Print a Markdown table."""
    reference = series.get("naive")
    judged = set(series["ours"].texts) & set(reference.texts) if reference and "ours" in series else set(truth)
    print(f"\n{len(truth)} pages, {share:.1%} on topic\n")
    print("| | pages | pages/s | to naive | pages/s, gross | to naive | CPU ms a page | to naive | F1 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, runs in series.items():
        cells = [str(len(runs.texts)) if name != "download" else "-"]
        for attribute, digits in (("rates", 1), ("gross", 1), ("cpu", 1)):
            values = getattr(runs, attribute)
            cells.append(spread(values, digits))
            theirs = getattr(reference, attribute) if reference else []
            cells.append(spread([a / b for a, b in zip(values, theirs, strict=True)]) if theirs else "-")
        scores = [score_text(truth[page]["text"] or "", runs.texts.get(page, "")) for page in sorted(judged)]
        cells.append(f"{summary(scores)['f1']:.3f}" if judged & set(runs.texts) else "-")
        print(f"| {name} | {' | '.join(cells)} |")
    if "ours" in series:
        busy = [rate * cpu / 1000 / CORES for rate, cpu in zip(series["ours"].rates, series["ours"].cpu, strict=True)]
        print(f"\nours kept {CORES} cores busy: {spread(busy)}")
        for name, runs in series.items():
            if not CONTESTANTS[name].has_topic:
                values = [a / b for a, b in zip(series["ours"].cpu, runs.cpu, strict=True)]
                print(f"\nCPU a page of ours to {name}: {spread(values)}")


def installed(names: list[str], peers: str) -> list[str]:
    """The contestants that can run; the others are named on the terminal."""
    able = []
    for name in names:
        module = MODULES.get(name)
        if module is None or subprocess.run([peers, "-c", f"import {module}"], capture_output=True).returncode == 0:
            able.append(name)
        else:
            print(f"{name}: not installed for {peers}; pip install 'newscrawler[peers]'", file=sys.stderr)
    return able


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, nargs="+", default=[1, 0.36, 1 / 30], help="of the pages on topic")
    parser.add_argument("--outlets", type=int, metavar="N", help="that have the pages; left out: as in the folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has the peers")
    parser.add_argument("--only", nargs="+", choices=tuple(CONTESTANTS), default=list(CONTESTANTS), metavar="NAME")
    arguments = parser.parse_args()
    truth = json.loads((arguments.folder / "truth.json").read_text("utf-8"))
    names = installed(arguments.only, arguments.peers)
    for share in arguments.share:
        entering = [name for name in names if share >= 1 or CONTESTANTS[name].has_topic]
        series = compete(entering, arguments.folder, arguments.outlets, share, arguments.rounds, arguments.peers)
        report(series, truth, share)


if __name__ == "__main__":
    main()
