"""What tests of runs that end badly share: a run to be ended, the changes it wrote, and how two databases differ."""

from __future__ import annotations

import os
import signal
import sqlite3
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psutil

from tests.conftest import ROOT, command, rows, run, same
from tests.newsweb import NewsWeb

PATIENCE = 120  # seconds after which a condition will not come true any more
SLOW = "severny"  # asks for a second between two requests


class Crawl:
    """The real command in a process group of its own, as a shell or systemd starts it. A context: killed at its end."""

    def __init__(self, seeds: Path, database: Path, *extra: str, prefix: tuple[str, ...] = ()):
        self.database = database
        self.family: set[psutil.Process] = set()
        line = [*prefix, *command(seeds, database.parent, database.name, *extra)]
        self._output = database.with_suffix(".log")
        with self._output.open("w") as output:
            self.process = subprocess.Popen(line, cwd=ROOT, stderr=output, start_new_session=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.signal(signal.SIGKILL, everyone=True)
        self.process.wait()

    @property
    def running(self) -> bool:
        """Whether it has not ended; remembers the processes that it started."""
        with suppress(psutil.NoSuchProcess):
            self.family.update(psutil.Process(self.process.pid).children(recursive=True))
        return self.process.poll() is None

    def until(self, true: Callable[[], object]) -> bool:
        """Wait for a condition; whether it came true before the run ended."""
        deadline = time.monotonic() + PATIENCE
        while self.running:
            if true():
                return True
            assert time.monotonic() < deadline, f"nothing happened for {PATIENCE} s: {self.said}"
            time.sleep(0.005)
        return False

    def signal(self, number: int, everyone: bool = False) -> None:
        """Send a signal to the crawler, or to ``everyone``: Ctrl-C and systemd mean the whole group."""
        if self.process.poll() is None:  # else its number may be another's by now
            (os.killpg if everyone else os.kill)(self.process.pid, number)

    @property
    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self._output.read_text()

    def ended(self) -> int:
        """The exit code, once the crawler and every process that it started are gone."""
        self.until(lambda: False)
        _, left = psutil.wait_procs(self.family, timeout=PATIENCE)
        assert not left, "these processes outlive the crawl"
        return self.process.returncode


@contextmanager
def calm_web(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A seeds file for a news web without its slow outlet, and the database of an undisturbed run of it."""
    with NewsWeb() as web:
        seeds = web.seeds(folder / "seeds.toml", [key for key in web.outlets if key != SLOW])
        result = run(seeds, folder)
        assert result.returncode == 0, result.stderr
        yield seeds, folder / "news.db"


def outcomes(path: Path) -> int:
    """Pages with an outcome; 0 while there is no database."""
    try:
        return rows(path, "SELECT count(*) FROM pages WHERE fetched IS NOT NULL")[0][0]
    except sqlite3.OperationalError:
        return 0


def faults(path: Path) -> list[str]:
    """What is wrong with a database as such: damage, articles that are there twice or by half."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        found = [f"integrity_check: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        try:
            connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            found.append(f"full text: {error}")
        for fault, sql in HALVES.items():
            found += [f"{fault}: {row[0]}" for row in connection.execute(sql)]
    finally:
        connection.close()
    return found


HALVES = {
    "stored twice": "SELECT canonical_url FROM articles GROUP BY 1 HAVING count(*) > 1",
    "without a page": "SELECT url FROM articles WHERE id NOT IN"
    " (SELECT article_id FROM pages WHERE article_id NOTNULL)",
    "without a match": "SELECT url FROM articles WHERE id NOT IN (SELECT article_id FROM matches)",
    "a match without its article": "SELECT article_id FROM matches WHERE article_id NOT IN (SELECT id FROM articles)",
    "stored without an article": "SELECT url FROM pages WHERE kind = 'article' AND state = 'stored'"
    " AND (article_id IS NULL OR article_id NOT IN (SELECT id FROM articles))",
    "without its current revision": "SELECT url FROM articles AS a WHERE NOT EXISTS"
    " (SELECT 1 FROM revisions AS r WHERE r.article_id = a.id AND r.number = a.revision AND r.text = a.text)",
    "a copy of a copy or of nothing": "SELECT url FROM articles WHERE duplicate_of NOTNULL"
    " AND duplicate_of NOT IN (SELECT id FROM articles WHERE duplicate_of IS NULL)",
}


def unlike(path: Path, other: Path) -> list[str]:
    """How the database at ``path`` differs from ``other``, a line a difference; see ``same``."""
    (texts, matches, groups), (their_texts, their_matches, their_groups) = same(path), same(other)
    mine = {url: (text, language) for url, text, language in texts}
    theirs = {url: (text, language) for url, text, language in their_texts}
    lines = [f"lost: {url} ({_fate(path, url)})" for url in theirs.keys() - mine.keys()]
    lines += [f"too much: {url} ({_fate(other, url)})" for url in mine.keys() - theirs.keys()]
    for url in mine.keys() & theirs.keys():
        if mine[url] != theirs[url]:
            lines.append(f"not the same text or language: {url}: {_first_difference(mine[url], theirs[url])}")
    lines += [f"match: {match}" for match in set(matches) ^ set(their_matches)]
    lines += [f"duplicates: {sorted(set(map(tuple, groups)) ^ set(map(tuple, their_groups)))}"] * (
        groups != their_groups
    )
    return sorted(lines)


def _fate(path: Path, url: str) -> str:
    found = rows(path, "SELECT state, reason, attempts FROM pages WHERE url = ?", url)
    return f"there: {', '.join(map(str, found[0]))}" if found else "there: never heard of"


def _first_difference(mine: tuple[str, str], theirs: tuple[str, str]) -> str:
    if mine[1] != theirs[1]:
        return f"language {mine[1]}, not {theirs[1]}"
    at = next((n for n, pair in enumerate(zip(mine[0], theirs[0], strict=False)) if len(set(pair)) > 1), -1)
    return f"at {at}: {mine[0][at : at + 80]!r}, not {theirs[0][at : at + 80]!r}"


def log_of(path: Path) -> Path:
    """SQLite's file of changes that are not yet in the database itself."""
    return path.with_name(path.name + "-wal")


def transactions(wal: bytes) -> list[tuple[int, int]]:
    """Where each transaction begins and ends in a write-ahead log (https://sqlite.org/fileformat2.html#walformat)."""
    page_size, salt = struct.unpack(">I", wal[8:12])[0], wal[16:24]
    found, begin = [], 32
    for frame in range(32, len(wal) - 24 - page_size + 1, 24 + page_size):
        if wal[frame + 8 : frame + 16] != salt:
            break
        end = frame + 24 + page_size
        if struct.unpack(">I", wal[frame + 4 : frame + 8])[0]:  # the size of the database: the last of a transaction
            found.append((begin, end))
            begin = end
    return found
