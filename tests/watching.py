"""A news web that is watched for days of virtual time with the real command; used by the tests of monitoring."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.newsweb import NewsWeb, Request

ROOT = Path(__file__).parent.parent
OPEN = ("-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", "-s", "EXTRACT_WORKERS=0")

THINGS = (
    "harbour", "grain", "tractor", "railway", "museum", "satellite", "vaccine", "orchestra", "pipeline", "chess",
    "tanker", "university", "turbine", "ferry", "fertiliser", "drought", "payroll", "archive", "lighthouse", "bakery",
    "quarry", "telescope", "refinery", "stadium", "bridge", "cinema", "warehouse", "orchard", "glacier", "census",
)  # fmt: skip
DEEDS = ("opens", "delays", "audits", "repairs", "insures", "auctions", "inspects", "rebuilds", "finances", "expands")
PLACES = ("Caracas", "Maracaibo", "Barinas", "Moscow", "Kazan", "Samara", "Murmansk", "Tula", "Omsk", "Zulia", "Perm")
NAMES = ("Ana Bracho", "Luis Urdaneta", "Vera Petrova", "Igor Sokolov", "Olga Ivanova", "Juan Rangel")


@dataclass
class Run:
    """One run of the command: its exit code, what it said, and what it asked for."""

    code: int
    said: str
    requests: list[Request]

    def asked(self, *, robots: bool = False) -> list[str]:
        """``host/path`` of its requests, without those for robots.txt unless wanted."""
        return [f"{r.host}{r.path}" for r in self.requests if robots or r.path != "/robots.txt"]


class Watch:
    """Runs the crawl of ``seeds`` into a database in ``folder``, each time so many hours ahead of now."""

    def __init__(self, web: NewsWeb, folder: Path, seeds: Path, name: str = "news.db"):
        self.web, self.folder, self.seeds = web, folder, seeds
        self.database = folder / name

    def run(self, hours: float = 0.0, *arguments: str, delay: float = 0.0, **environment: str) -> Run:
        """One run at that time; it must not end with a bug."""
        before = len(self.web.requests)
        result = self.command(
            "crawl", "venezuela_russia", "-a", f"seeds={self.seeds}", *OPEN, "-s", f"DOWNLOAD_DELAY={delay}",
            *arguments, hours=hours, **environment,
        )  # fmt: skip
        assert "Traceback" not in result.stderr and "a bug" not in result.stderr, result.stderr
        return Run(result.returncode, result.stderr, self.web.requests[before:])

    def command(self, *arguments: str, hours: float = 0.0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Any command of the project on this database, at that time."""
        ahead = {"NEWS_CLOCK_AHEAD": str(round(hours * 3600)), "NEWS_DATABASE": str(self.database)}
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT,
            env={**os.environ, **ahead, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Ask the database."""
        connection = sqlite3.connect(self.database)
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def change(self, sql: str, *values: object) -> None:
        """Change the database as time or another program would have done."""
        with sqlite3.connect(self.database) as connection:
            connection.execute(sql, values)
        connection.close()

    def column(self, sql: str, *values: object) -> list:
        """The first column of the answer."""
        return [row[0] for row in self.rows(sql, *values)]


def story(seed: object, paragraphs: int = 6) -> tuple[str, str]:
    """Title and text of an invented article that names Venezuela and Russia, always the same for a ``seed``."""
    chance = random.Random(f"story {seed}")
    pick = chance.choice

    def sentence() -> str:
        return (
            f"The {pick(THINGS)} in {pick(PLACES)} {pick(DEEDS)} the {pick(THINGS)} of {pick(PLACES)} for"
            f" {chance.randint(2, 900)} million, said {pick(NAMES)} at the {pick(THINGS)} office."
        )

    title = f"Venezuela {pick(DEEDS)} the {pick(THINGS)} and the {pick(THINGS)} of Russia, number {seed}"
    return title, "\n\n".join(" ".join(sentence() for _ in range(4)) for _ in range(paragraphs))


def write_seeds(path: Path, *sources: str, terms: str = 'all = ["*"]') -> Path:
    """A topic file of ``[[sources]]`` lines, one string a source."""
    tables = "\n".join(f"[[sources]]\n{source}\n" for source in sources)
    path.write_text(f'title = "Watched"\n[terms]\n{terms}\n{tables}', encoding="utf-8")
    return path
