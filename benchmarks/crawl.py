"""Crawl a folder of real pages with the real command, from loopback addresses, and score what was stored.

    python -m benchmarks.crawl FOLDER [--workers N] [--keep FILE.db]

FOLDER holds pages/ID.html.gz and truth.json ({id: {url, text, ...}}). Each outlet gets an address of its own in
127.0.0.0/8 and a feed that lists its pages; the topic takes everything. Printed: how many pages were stored and
why the others were not, precision, recall, F1 and accuracy of the text, CPU seconds a page of the crawl and its
workers.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import sqlite_utils

from benchmarks.outlets import Outlets, page_of, write_seeds
from benchmarks.text_score import score_text, summary

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, help="EXTRACT_WORKERS (default: the setting's)")
    parser.add_argument("--keep", type=Path, help="keep the database here")
    options = parser.parse_args()
    outlets = Outlets(options.folder)
    with tempfile.TemporaryDirectory() as temporary:
        database = options.keep or Path(temporary) / "benchmark.db"
        seeds = write_seeds(Path(temporary) / "benchmark.toml", outlets.feeds())
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
        texts[page_of(row["url"])] = row["text"]
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
