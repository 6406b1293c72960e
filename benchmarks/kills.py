"""Kill runs at many points of an undisturbed run, each with a database of its own, and let the next run do the rest.

    python benchmarks/kills.py [--points 20]

The points are spread over 5 to 95 % of what an undisturbed run writes; every second kill falls into a commit, as far as
the system lets it: as soon as the log of changes grows. Printed: a line a kill, and how many articles were lost or
stored twice in all. Exit code 1 when one was.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crawler import database  # noqa: E402
from tests.conftest import run  # noqa: E402
from tests.crashing import Crawl, calm_web, faults, log_of, transactions, unlike  # noqa: E402


def written(path: Path) -> int:
    """Bytes in the log of changes."""
    log = log_of(path)
    return log.stat().st_size if log.exists() else 0


def held(path: Path) -> sqlite3.Connection:
    """An empty database whose log of changes keeps growing, since this reader looks at the time before."""
    database.open_to_write(path).conn.close()
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pages").fetchone()
    return reader


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20)
    points = parser.parse_args().points
    folder = Path(tempfile.mkdtemp(prefix="kills"))
    bad = inside = 0
    with calm_web(folder) as (seeds, calm):
        whole = folder / "whole.db"
        with closing(held(whole)):
            run(seeds, folder, database=whole.name)
            size, commits = written(whole), len(transactions(log_of(whole).read_bytes()))
        print(f"an undisturbed run: {commits} commits, {size:,} bytes of changes")
        for number in range(points):
            path = folder / f"{number}.db"
            goal = int(size * (0.05 + 0.9 * number / max(1, points - 1)))
            with closing(held(path)), Crawl(seeds, path) as crawl:
                crawl.until(lambda path=path, goal=goal: written(path) >= goal)
                before = written(path)
                while number % 2 and crawl.process.poll() is None and written(path) == before:
                    pass
                crawl.signal(signal.SIGKILL)
                ended = crawl.ended()
                log = log_of(path).read_bytes()
                done = transactions(log)
            halfway = len(log) > (done[-1][1] if done else 32)
            inside += halfway
            wrong = faults(path)
            run(seeds, folder, database=path.name)
            wrong += faults(path) + unlike(path, calm)
            bad += len(wrong)
            where = " inside a commit" if halfway else ""
            print(f"kill {number + 1} after {len(done)} commits{where} (exit code {ended}): {wrong or 'nothing lost'}")
    print(f"{points} kills, {inside} of them inside a commit: {bad} faults")
    shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
