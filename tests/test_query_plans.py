"""No statement of the project reads the whole of a table that grows, and none sorts one where an index should serve.

The statements are those that the real commands run on a real database (tests/tracing.py), the triggers and the
views. A new command or page is covered once it stands in ``READING``; a new function in one of ``tracing.NAMED`` has
to be called by one of these. A statement that is right as it is gets a line with the reason in ``ALLOWED``.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

from crawler import database
from tests import tracing
from tests.conftest import ROOT
from tests.newsweb import NewsWeb

SMALL = {
    "sources",
    "runs",
    "_sqlite_migrations",
    "sqlite_sequence",
    "archive_rewrites",
    "data_migrations",
    "sqlite_master",
    "sqlite_schema",
}
TOPIC = ("--topic", "venezuela_russia")
READING = [  # {article}, {url}, {story}, {unstored} and {seeds} are filled in
    ["articles"],
    ["articles", "caracas"],
    ["articles", "caracas", "--newest", "--language", "es", "--since", "30d"],
    ["articles", "caracas", "--language", "en", *TOPIC, "--since", "2d"],
    ["articles", *TOPIC, "--since", "7d", "--until", "1d", "--format", "json"],
    ["articles", "--source", "Nobody", "--all-copies", "--format", "csv"],
    ["articles", "caracas", "--count", "day", "--by", "topic"],
    ["articles", "--stories"],
    ["articles", "caracas", "--stories", *TOPIC],
    ["show", "{article}", "--diff"],
    ["show", "{url}"],
    ["show", "https://nowhere.example/"],
    ["sources"],
    ["sources", *TOPIC, "--format", "json"],
    ["digest", *TOPIC, "-a", "seeds={seeds}", "--since", "2d"],
    ["digest", *TOPIC, "-a", "seeds={seeds}", "--since", "2d", "--format", "atom"],
    ["digest", *TOPIC, "-a", "seeds={seeds}", "--since", "2d", "--send"],
    ["export", "--format", "jsonl"],
    ["export", *TOPIC, "--since", "7d", "--format", "csv"],
    [
        "browse",
        "/",
        "/topic/venezuela_russia",
        "/story/{story}",
        "/article/{article}",
        "/search?q=caracas",
        "/search?language=es",
        "/sources",
        "/trends",
    ],
    ["translate", "--since", "30d", *TOPIC, "-s", "TRANSLATE=cat"],
    ["mcp", "search words=caracas", "why id_or_url=https://nowhere.example/", "why id_or_url={unstored}"],
    ["mcp", "counts period=week by=topic", "counts words=caracas by=source"],
    ["terms", "venezuela_russia", "-a", "seeds={seeds}"],
    ["terms", "venezuela_russia", "-a", "seeds={seeds}", "--try", "russia: grain"],
    ["prune", "--older-than", "2d", "--dry-run"],
    ["prune", "--older-than", "2d", *TOPIC],
]
PERIOD = "the articles of a period that the reader chooses, along an index"
RETENTION = "scrapy prune: by hand, once in months, the oldest rows first"
TUNING = "what the terms of a topic bring: when somebody asks, all that it has"
ALLOWED = {  # what a statement has in it: why it may
    "FROM fingerprinted LEFT JOIN articles ON id = article_id ORDER BY article_id LIMIT": "the oldest rows first",
    "FROM story_vectors LEFT JOIN articles ON id = article_id ORDER BY article_id LIMIT": "the oldest rows first",
    "FROM host_blocks WHERE pages >= ?": "once a run in which a site turned out to repeat something",
    "SELECT count(*) FROM articles": "once a run, for its summary; an index is counted",
    "ORDER BY sum(wanted.value) DESC, article_id LIMIT": "at most story_index.READ postings are counted",
    "FROM by_story LIMIT": "the articles of one story",
    "FROM coverage LIMIT": "one day after the other, along an index",
    "FROM stories WHERE last_seen >= ? AND outlets >": PERIOD,
    "AS day, language, source, site, count(*) AS number": PERIOD,
    "AS day, terms, count(*)": PERIOD,
    "AS hour, language, count(*) AS number": PERIOD,
    "WITH visits AS": PERIOD,
    "SELECT term FROM article_terms WHERE term >= ? AND term <": "a look-up in the list of words",
    "FROM outcomes CROSS JOIN pages ON pages.id = page_id WHERE outcomes.topic =": TUNING,
    "FROM matches CROSS JOIN articles INDEXED BY idx_articles_listed ON articles.id = article_id WHERE topic": TUNING,
    "FROM articles LEFT JOIN matches ON article_id = id AND topic = ? WHERE duplicate_of IS NULL": TUNING,
    "DELETE FROM deliveries WHERE at <": RETENTION,
    "FROM archived WHERE rowid IN": RETENTION,
    "DELETE FROM polls WHERE": RETENTION,
}


@dataclass(frozen=True)
class Statement:
    """A statement without its values, its plan, and the tables it names: {name in the plan: table}."""

    shape: str
    plan: list[str]
    named: dict[str, str]

    @property
    def faults(self) -> list[str]:
        """Lines of the plan that take longer the more is stored."""
        return [line for line in self.plan if self._reads_all(line)] + self._sorts()

    def _reads_all(self, line: str) -> bool:
        scanned = re.match(r"SCAN (\S+)(.*)", line)
        if not scanned or scanned[1] not in self.named:
            return False
        if "VIRTUAL TABLE INDEX" in scanned[2]:
            return not re.search(r"INDEX \d+:.*[M=]", scanned[2])  # neither words nor a number are looked up
        return "USING" not in scanned[2] or "LIMIT" not in self.shape.upper()

    def _sorts(self) -> list[str]:
        """Sorts whose rows come from a range of an index or from a whole table."""
        sorts = [line for line in self.plan if "USE TEMP B-TREE FOR" in line and "RIGHT PART" not in line]
        wide = [
            line
            for line in self.plan
            if (read := re.match(r"(SCAN|SEARCH) (\S+)(.*)", line))
            and read[2] in self.named
            and "LIST SUBQUERY" not in line
            and (read[1] == "SCAN" or re.search(r"[<>]\?", read[3]))
            and "VIRTUAL" not in line
        ]
        return sorts if wide else []


def shape_of(text: str) -> str:
    plain = re.sub(r"'(?:[^']|'')*'", "?", text)
    plain = re.sub(r"\b\d+(?:\.\d+)?\b", "?", plain)
    return " ".join(re.sub(r"\?(?:\s*,\s*\?)+", "?, ...", plain).split())


def explained(connection: sqlite3.Connection, text: str, growing: set[str]) -> Statement:
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
    named = {table: table for table in growing}
    for table in growing:
        for alias in re.findall(rf"\b{table}\b[\"\]]?\s+(?:AS\s+)?(\w+)", text, re.IGNORECASE):
            named.setdefault(alias, table)
    return Statement(shape_of(text), plan, named)


@dataclass(frozen=True)
class Traced:
    statements: list[Statement]
    indexes: dict[str, bool]  # name -> whether it is unique
    queries: set[str]
    codes: list[int]


@pytest.fixture(scope="module")
def traced(tmp_path_factory) -> Traced:
    """Every statement of a crawl, of the reading commands on what it stored, and of one more crawl hours later."""
    folder = tmp_path_factory.mktemp("plans")
    path = folder / "news.db"
    database.open_to_write(path).close()
    seen: list[dict[str, Any]] = []

    def run(commands: list[list[str]], **environment: str) -> None:
        found = folder / f"{len(seen)}.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.tracing", str(found), json.dumps(commands)],
            cwd=ROOT,
            env={
                **os.environ,
                "NEWS_DATABASE": str(path),
                "NEWS_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
                "NEWS_EXTRACT_WORKERS": "0",
                "NEWS_DOWNLOAD_DELAY": "0",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(found.read_text()))

    with NewsWeb() as web:
        seeds = web.seeds(folder / "seeds.toml")
        with seeds.open("a") as file:
            file.write('\n[alerts]\nurls = ["json://127.0.0.1:9/nobody-listens"]\n')
        crawl = ["crawl", "venezuela_russia", "-a", f"seeds={seeds}"]
        run([[*crawl, "-a", "now=1"]])
        connection = sqlite3.connect(path)
        article, url, story = connection.execute("SELECT id, url, story_id FROM articles LIMIT 1").fetchone()
        (unstored,) = connection.execute("SELECT url FROM pages WHERE state = 'irrelevant' LIMIT 1").fetchone()
        known = {"article": article, "url": url, "story": story, "seeds": seeds, "unstored": unstored}
        reading = [[word.format(**known) for word in command] for command in READING]
        run([*reading, crawl], NEWS_CLOCK_AHEAD=str(7 * 3600))
    growing = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} - SMALL
    texts = {text for found in seen for text in found["statements"] if _asks(text)} | {*_others(connection)}
    by_shape = {shape_of(text): text for text in texts}
    statements = [explained(connection, text, growing) for _, text in sorted(by_shape.items())]
    indexes = {
        name: bool(unique)
        for table in growing
        for _, name, unique, origin, _ in connection.execute(f'PRAGMA index_list("{table}")')
        if origin == "c"
    }
    connection.close()
    return Traced(statements, indexes, {name for found in seen for name in found["queries"]}, seen[-1]["codes"])


def _asks(text: str) -> bool:
    return bool(re.match(r"\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b", text, re.IGNORECASE))


def _others(connection: sqlite3.Connection) -> Iterator[str]:
    """What triggers do, with nothing for the values of their row, and a look at each view."""
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind == "view":
            yield f"SELECT * FROM {name} LIMIT 20"
        elif kind == "trigger":
            _, _, body = sql.partition("BEGIN")
            for text in re.split(r";\s*", body.rpartition("END")[0]):
                if text.strip():
                    yield re.sub(r"\b(?:new|old)\.\w+", "NULL", text)


def test_no_statement_reads_or_sorts_all_of_a_growing_table(traced):
    slow = [
        f"{statement.shape}\n    {'; '.join(statement.faults)}\n    in {statement.plan}"
        for statement in traced.statements
        if statement.faults and not any(part in statement.shape for part in ALLOWED)
    ]
    assert not slow, "give these an index, or a reason in ALLOWED:\n" + "\n".join(slow)


def test_every_allowance_is_needed(traced):
    faulty = [statement.shape for statement in traced.statements if statement.faults]
    assert [part for part in ALLOWED if not any(part in shape for shape in faulty)] == []


def test_every_index_serves_a_statement_or_keeps_rows_unique(traced):
    used = {name for statement in traced.statements for name in re.findall(r"INDEX (\w+)", " ".join(statement.plan))}
    assert sorted(name for name, unique in traced.indexes.items() if not unique and name not in used) == []


def test_every_named_query_was_asked(traced):
    named = {f"{module}.{name}" for module in tracing.NAMED for name in tracing.named_queries(import_module(module))}
    assert named - traced.queries == set(), "let a command in READING ask these"


def test_every_command_ran(traced):
    assert len(traced.codes) == len(READING)
    assert set(traced.codes) <= {0, 1}, "wrong usage in READING"
