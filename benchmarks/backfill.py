"""Records a second of ``scrapy backfill``, beside a plain loop and a search of the raw bytes:
``python -m benchmarks.backfill FOLDER [--records 3000]``.

FOLDER has real pages (``pages/*.html.gz``). They are repeated as responses of a WARC file, 1 in 30 with words of the
topic in its text. ``plain`` is warcio with trafilatura on each page, measured on fewer of them; ``search`` is fastwarc
and one search of the raw bytes for the same terms with RE2, nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import re2
import trafilatura
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from crawler.warc.capture import Exchange, capture

ROOT = Path(__file__).parent.parent
ONE_IN = 30
ON_TOPIC = b"<p>The Zephyrian harbour and the Quillonian fleet met on Monday, both ministries said in a statement.</p>"
SEEDS = """title = "Benchmark"
[terms]
one = ["zephyrian*"]
other = ["quillonian*"]
[[sources]]
name = "Quay"
url = "https://quay.example/"
"""
FEW = 150  # pages of the plain loop


def write(folder: Path, target: Path, records: int) -> None:
    """A WARC file of ``records`` responses."""
    pages = [gzip.decompress(path.read_bytes()) for path in sorted((folder / "pages").glob("*.html.gz"))]
    fields = (("Content-Type", "text/html"),)
    with target.open("wb") as file:
        for number, body in zip(range(records), itertools.cycle(pages), strict=False):
            if number % ONE_IN == 0:
                body = body.replace(b"</p>", b"</p>" + ON_TOPIC, 3)
            exchange = Exchange(f"https://quay.example/{number}", (), 200, fields, body)
            kept = capture(exchange, "2026-11-01T00:00:00Z", {})
            file.write(kept.members[-kept.response :])


def spent() -> float:
    """CPU seconds of this process and its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def ours(target: Path, workers: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "bench.toml"
        seeds.write_text(SEEDS)
        line = [sys.executable, "-m", "scrapy", "backfill", "bench", str(target), "-a", f"seeds={seeds}"]
        line += ["-s", f"DATABASE={folder}/news.db", "-s", f"EXTRACT_WORKERS={workers}", "-s", "ARCHIVE_PAGES=none"]
        result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
        return result.stdout.strip()


def plain(target: Path) -> str:
    read = 0
    with target.open("rb") as file:
        for record in itertools.islice(ArchiveIterator(file), FEW):
            if record.rec_type == "response":
                read += bool(trafilatura.extract(record.content_stream().read().decode("utf-8", "replace")))
    return f"{read} texts"


def search(target: Path) -> str:
    terms = re2.compile(b"(?i)zephyrian|quillonian")
    found = 0
    stream = io.BytesIO(target.read_bytes())
    for record in FastIterator(stream, record_types=WarcRecordType.response, parse_http=False):
        found += terms.search(record.reader.read()) is not None
    return f"{found} found"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "pages.warc.gz"
        write(options.folder, target, options.records)
        size = target.stat().st_size
        measured = {
            "backfill, 2 workers": (lambda: ours(target, 2), options.records),
            "backfill, 1 worker": (lambda: ours(target, 1), options.records),
            "plain loop": (lambda: plain(target), FEW),
            "search of raw bytes": (lambda: search(target), options.records),
        }
        figures = {}
        for name, (run, records) in measured.items():
            began, before = time.perf_counter(), spent()
            said = run()
            wall, cpu = time.perf_counter() - began, spent() - before
            figures[name] = {"records/s": round(records / wall, 1), "records/CPU s": round(records / cpu, 1)}
            print(f"{name}: {figures[name]}; {size * records / options.records / 1e6 / wall:.1f} MB/s; {said}")
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
