"""``python -m tests.newsweb serve|demo``: look at the news web with a browser, or watch it being crawled."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.newsweb import CannotListen, NewsWeb

ROOT = Path(__file__).resolve().parents[2]
DEMO = "demo.db"


def serve(port: int, seeds: Path | None, abroad: bool) -> int:
    """Print every outlet's address and serve until Ctrl-C."""
    with NewsWeb(port, abroad=abroad) as web:
        for outlet in web.outlets.values():
            print(f"{outlet.url():<27}{outlet.imprint.name} ({outlet.imprint.language}), {len(outlet.pieces)} articles")
        if seeds:
            print(f"topic file: {web.seeds(seeds)}")
        print("Ctrl-C ends it.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0


def demo() -> int:
    """Crawl the news web with the real command into a new demo.db, list five articles, return the crawl's exit code."""
    for leftover in (DEMO, f"{DEMO}-wal", f"{DEMO}-shm"):
        (ROOT / leftover).unlink(missing_ok=True)
    shutil.rmtree(ROOT / Path(DEMO).with_suffix(".warc"), ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="newsweb-") as folder, NewsWeb() as web:
        seeds = web.seeds(Path(folder) / "venezuela_russia.toml")
        print(f"A news web of {len(web.outlets)} invented outlets listens on 127.0.0.x, port {web.port}.\n", flush=True)
        # fmt: off
        code = scrapy(
            "crawl", "venezuela_russia", "-a", f"seeds={seeds}", "-a", "now=1", "-s", f"DATABASE={DEMO}",
            "-s", "DOWNLOAD_DELAY=0", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8",
        )
        # fmt: on
    if code == 0:
        print(f"\n$ scrapy articles -s DATABASE={DEMO} --limit 5", flush=True)
        scrapy("articles", "-s", f"DATABASE={DEMO}", "--limit", "5")
        print(f"\nAsk {DEMO} yourself:  .venv/bin/scrapy browse -s DATABASE={DEMO}    (or articles, show ID, sources)")
        print("The live web:  make crawl    (into news.db, from the sources in seeds/venezuela_russia.toml)")
    return code


def scrapy(*arguments: str) -> int:
    """Run a command of the project with its output on ours; Ctrl-C reaches it by itself and is waited for."""
    process = subprocess.Popen([sys.executable, "-m", "scrapy", *arguments], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main() -> int:
    """Exit code of the chosen command."""
    parser = argparse.ArgumentParser(prog="python -m tests.newsweb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="serve until Ctrl-C")
    server.add_argument("--port", type=int, default=0, help="one port for all addresses (default: any free one)")
    server.add_argument("--seeds", type=Path, help="write the topic file here")
    server.add_argument("--abroad", action="store_true", help="also the outlets in Hindi, Urdu and Turkish")
    commands.add_parser("demo", help="crawl it into demo.db")
    arguments = parser.parse_args()
    try:
        return serve(arguments.port, arguments.seeds, arguments.abroad) if arguments.command == "serve" else demo()
    except CannotListen as error:
        print(f"newsweb: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
