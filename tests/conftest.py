"""A news web to crawl and the real command to crawl it with."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.newsweb import NewsWeb

ROOT = Path(__file__).parent.parent
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every command that a test starts would compile the project again


def needs(present: object, why: str) -> None:
    """Skip the test when what it needs is not there; on CI, which installs all of it, that is a failure."""
    if not present:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)


def command(web: NewsWeb | Path, folder: Path, database: str, *extra: str) -> list[str]:
    """The real command line of a crawl of every source of a news web (or seeds file), without delays."""
    seeds = web if isinstance(web, Path) else web.seeds(folder / "seeds.toml")
    arguments = ["-a", f"seeds={seeds}", "-a", "now=1", "-s", "DOWNLOAD_DELAY=0"]
    arguments += ["-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", "-s", f"DATABASE={folder / database}", *extra]
    return [sys.executable, "-m", "scrapy", "crawl", "venezuela_russia", *arguments]


def run(web: NewsWeb | Path, folder: Path, *extra: str, database: str = "news.db") -> subprocess.CompletedProcess[str]:
    """The result of that command."""
    line = command(web, folder, database, *extra)
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)


def rows(path, sql, *values):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def same(path):
    """What makes two databases the same: url, text, language, matches and duplicate groups."""
    articles = rows(
        path,
        "SELECT a.url, a.text, a.language, o.url AS original FROM articles a"
        " LEFT JOIN articles o ON o.id = a.duplicate_of ORDER BY a.url",
    )
    matches = rows(path, "SELECT a.url, topic, terms FROM matches JOIN articles a ON a.id = article_id ORDER BY 1, 2")
    groups = {}
    for row in articles:
        groups.setdefault(row["original"] or row["url"], set()).add(row["url"])
    return (
        [(row["url"], row["text"], row["language"]) for row in articles],
        [tuple(row) for row in matches],
        sorted(sorted(group) for group in groups.values()),
    )


def started(process, path):
    """Wait until the run of ``process`` has its row in the database at ``path``."""
    before = None
    while process.poll() is None:
        try:
            runs = rows(path, "SELECT count(*) FROM runs")[0][0]
        except sqlite3.OperationalError:
            runs = 0
        if before is not None and runs > before:
            return
        before = runs if before is None else before
        time.sleep(0.005)


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory):
    """One crawl of the news web, for all tests that only read: the server, the result and the database's path."""
    folder = tmp_path_factory.mktemp("crawl")
    with NewsWeb() as served:
        yield served, run(served, folder), folder / "news.db"


@pytest.fixture
def web() -> Iterator[NewsWeb]:
    """A news web of its own, for a test that changes it or reads its request log."""
    with NewsWeb() as served:
        yield served


@pytest.fixture
def scrapy(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of the project, by default on the database ``tmp_path/news.db``; gives its result."""

    def run(*arguments: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT,
            env={**os.environ, "NEWS_DATABASE": str(tmp_path / "news.db"), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def crawl(scrapy, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Crawl a news web (or a seeds file of the test's own) without delays, every source."""

    def run(
        web: NewsWeb | Path, *arguments: str, topic: str = "venezuela_russia", **more: str
    ) -> subprocess.CompletedProcess[str]:
        seeds = web if isinstance(web, Path) else web.seeds(tmp_path / "seeds.toml")
        settings = ("-s", "DOWNLOAD_DELAY=0", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8")
        return scrapy("crawl", topic, "-a", f"seeds={seeds}", *settings, *(arguments or ("-a", "now=1")), **more)

    return run


@pytest.fixture
def query(tmp_path: Path) -> Callable[..., list[sqlite3.Row]]:
    """Ask the test's database."""

    def ask(sql: str, *values: object, path: Path | None = None) -> list[sqlite3.Row]:
        connection = sqlite3.connect(path or tmp_path / "news.db")
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    return ask
