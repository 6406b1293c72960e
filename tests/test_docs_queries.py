"""docs/queries.md: every example runs on a crawled database, and finds something unless it says that it may not."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from crawler import database
from crawler.browse import canned
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "queries.md").read_text()
SQL = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)
HAPPENED = (  # what one crawl of a good day does not show
    "INSERT INTO revisions SELECT article_id, 2, seen, 'publisher', title || '!', text || ' More.', 'x' FROM revisions"
    " WHERE article_id = 3",
    "INSERT INTO passages (shorter, longer, begin, end, share, kind) VALUES (3, 4, 10, 60, 0.9, 'contains')",
    "UPDATE articles SET revision = 2, agency = 'Austral Press' WHERE id = 3",
    "UPDATE sources SET state = 'silent', reason = 'nothing new for 9 days' WHERE name = 'Gazeta do Planalto Norte'",
)


@pytest.fixture(scope="module")
def path(crawled, tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "news.db"
    with sqlite3.connect(crawled[2]) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
        for statement in HAPPENED:
            copy.execute(statement)
    source.close()
    copy.close()
    return path


@pytest.mark.parametrize("sql", SQL)
def test_every_query_in_sql_runs_and_finds_something(path, sql):
    connection = database.open_to_read(path).conn
    found = connection.execute(sql).fetchall()
    connection.close()
    assert found or "-- may be empty" in sql


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs_and_prints_something(path, crawled, command):
    command = re.sub(r" > \S+$", "", command).replace("news.db", str(path))
    command = re.sub(r"(http://127\.0\.0\.16)(/\S+)", rf"\1:{crawled[0].port}\2", command)
    folder = Path(sys.executable).parent
    environment = {**os.environ, "NEWS_DATABASE": str(path), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(
        ["/bin/sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (result.returncode, result.stderr) == (0, "") and result.stdout.strip()


def test_the_data_page_has_each_query_by_a_name_of_its_own():
    found = canned.shipped()
    assert [query["sql"] for query in found.values()] == [sql.strip().removesuffix(";") for sql in SQL]
    assert all(re.fullmatch(r"[\w-]+", name) and query["title"] for name, query in found.items())
    assert found["who-had-it-first-stories-of-more-than-one-outlet-and-who-was"]["title"].startswith(
        "Who had it first: "
    )


def test_the_page_has_what_an_analyst_asks():
    assert len(SQL) + len(COMMANDS) >= 30
