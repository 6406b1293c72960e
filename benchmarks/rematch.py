"""How long ``scrapy reextract --matches`` takes: ``python -m benchmarks.rematch FOLDER [--articles 100000]``.

FOLDER has labelled texts (``labels.jsonl.gz``: title, text, language). They are repeated as articles whose matches have
no role yet; a second run finds nothing to do.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from crawler import database

ROOT = Path(__file__).parent.parent
TOPIC = "venezuela_russia"


def write(folder: Path, path: Path, articles: int) -> None:
    """A database of ``articles`` with matches as an early version wrote them."""
    with gzip.open(folder / "labels.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    with closing(database.open_to_write(path)) as db:
        db.execute("DROP TRIGGER articles_added")  # the full-text index is not what is measured
        db.execute("BEGIN IMMEDIATE")
        for number in range(1, articles + 1):
            text = texts[number % len(texts)]
            url = f"https://quay.example/{number}"
            db.execute(
                "INSERT INTO articles (id, url, canonical_url, source, site, title, text, fetched, language)"
                " VALUES (?, ?, ?, 'Quay', 'quay.example', ?, ?, '2026-11-01T00:00:00Z', ?)",
                [number, url, url, text["title"], text["text"], text.get("language") or text.get("lang") or "und"],
            )
            db.execute("INSERT INTO matches (article_id, topic, score, terms) VALUES (?, ?, .5, '{}')", [number, TOPIC])
        db.execute("COMMIT")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "news.db"
        write(options.folder, path, options.articles)
        for turn in ("first", "again"):
            began = time.perf_counter()
            line = [sys.executable, "-m", "scrapy", "reextract", "--matches", "-s", f"DATABASE={path}"]
            result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
            took = time.perf_counter() - began
            print(f"{turn}: {took:.1f} s, {options.articles / took:,.0f} articles/s; {result.stdout.strip()}")


if __name__ == "__main__":
    main()
