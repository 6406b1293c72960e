"""What the machine and other programs do to the database: full disks, missing permissions, versions, company."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from crawler import clock, database
from crawler.database.migrations import migrations
from tests.conftest import ROOT, command, needs, rows, started
from tests.crashing import Crawl, calm_web, faults, outcomes, unlike

DEMOTED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner")  # root that permissions hold for


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Seeds of a news web, and the database of an undisturbed run of them."""
    with calm_web(tmp_path_factory.mktemp("calm")) as seeds_and_path:
        yield seeds_and_path


def crawl(calm, path, *prefix):
    line = [*prefix, *command(calm[0], path.parent, path.name)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("size", [60_000, 550_000])  # bytes: at once, and in the middle of the run
def test_a_full_disk_ends_the_run_with_one_line_and_exit_code_1(size, calm, tmp_path):
    needs(shutil.which("prlimit"), "prlimit, which limits the size of a file: on Debian, apt install util-linux")
    path = tmp_path / "full.db"
    with Crawl(calm[0], path, prefix=("prlimit", f"--fsize={size}")) as run:
        assert run.ended() == 1
    (said,) = [line for line in run.said.splitlines() if " ERROR " in line or line.startswith("scrapy: ")]
    assert str(path) in said and ("check the disk" in said or "disk is full" in said)
    assert "Traceback" not in run.said and "a bug" not in run.said
    result = crawl(calm, path)
    assert result.returncode == 0, result.stderr
    assert faults(path) == []
    assert unlike(path, calm[1]) == []


def restricted():
    """What to put before a command so that permissions hold for it; skips the test where that cannot be had."""
    if os.geteuid() != 0:
        return ()
    may_be = shutil.which("setpriv") and not subprocess.run([*DEMOTED, "true"], capture_output=True).returncode
    needs(may_be, "permissions do not hold for root, and setpriv (util-linux) cannot change that here")
    return DEMOTED


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_written_is_named_in_one_line_and_left_alone(what, calm, tmp_path):
    before = restricted()
    folder = tmp_path / "kept"
    folder.mkdir()
    path = folder / "news.db"
    shutil.copy(calm[1], path)
    held = path.read_bytes()
    closed = path if what == "file" else folder
    closed.chmod(0o444 if what == "file" else 0o555)
    try:
        result = crawl(calm, path, *before)
    finally:
        closed.chmod(0o755)
    assert result.returncode == 1
    (said,) = result.stderr.splitlines()
    assert str(path) in said and ("may write" in said or "permissions" in said)
    assert path.read_bytes() == held


def test_a_database_that_may_only_be_read_can_still_be_searched(calm, tmp_path):
    before = restricted()
    path = tmp_path / "news.db"
    shutil.copy(calm[1], path)
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        line = [*before, sys.executable, "-m", "scrapy", "articles", "--format", "jsonl", "-s", f"DATABASE={path}"]
        result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    finally:
        tmp_path.chmod(0o755)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\n") > 10


def test_a_run_migrates_the_database_of_an_older_version_and_keeps_its_rows(calm, tmp_path):
    path = tmp_path / "news.db"
    db = database.sqlite_utils.Database(str(path))
    migrations.apply(db, stop_before="frontier")
    url = "https://old.example/1"
    db.table("articles").insert(
        {"url": url, "canonical_url": url, "text": "An old text.", "fetched": "2020-01-01T00:00:00Z", "language": "en"}
    )
    db.conn.close()
    result = crawl(calm, path)
    assert result.returncode == 0, result.stderr
    assert [line for line in unlike(path, calm[1]) if url not in line] == []
    assert rows(path, "SELECT text FROM articles WHERE url = ?", url)[0]["text"] == "An old text."
    assert rows(path, "SELECT 1 FROM articles_fts WHERE articles_fts MATCH 'old'")


def test_a_run_refuses_the_database_of_a_newer_version_in_one_line(calm, tmp_path):
    path = tmp_path / "news.db"
    shutil.copy(calm[1], path)
    with sqlite3.connect(path) as connection:
        values = ("newscrawler", "from_the_future", "2030-01-01")
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)", values)
    connection.close()
    result = crawl(calm, path)
    assert result.returncode == 1
    (said,) = result.stderr.splitlines()
    assert str(path) in said and "newer version (migration from_the_future): update the crawler" in said
    assert len(rows(path, "SELECT 1 FROM runs")) == 1


def test_another_writer_beside_a_run_loses_nothing_on_either_side(calm, tmp_path):
    path = tmp_path / "shared.db"
    written = 0
    with Crawl(calm[0], path) as crawl:
        started(crawl.process, path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        while crawl.running:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO polls (topic, url, at) VALUES ('other', 'x', ?)", (clock.stamp(),))
            connection.execute("COMMIT")
            written += 1
            time.sleep(0.002)
        assert crawl.ended() == 0, crawl.said
    assert connection.execute("SELECT count(*) FROM polls WHERE topic = 'other'").fetchone()[0] == written > 0
    connection.close()
    assert faults(path) == []
    assert unlike(path, calm[1]) == []


READER = """
import asyncio, json, sys
from datasette.app import Datasette

async def main(path):
    served = Datasette(files=[path])
    await served.invoke_startup()
    for line in sys.stdin:
        got = await served.client.get(f"/{line.strip()}.json?_shape=array&sql=SELECT+count(*)+AS+n+FROM+articles")
        print(got.status_code, got.json()[0]["n"], flush=True)

asyncio.run(main(sys.argv[1]))
"""


def test_datasette_reads_beside_a_run_and_sees_what_was_just_committed(calm, tmp_path):
    path = tmp_path / "news.db"
    answers = []
    with Crawl(calm[0], path) as crawl:
        assert crawl.until(lambda: outcomes(path) >= 1), crawl.said
        line = [sys.executable, "-c", READER, str(path)]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:

            def ask():
                reader.stdin.write("news\n")
                reader.stdin.flush()
                status, count = reader.stdout.readline().split()
                assert status == "200"
                answers.append(int(count))

            while crawl.running:
                before = rows(path, "SELECT count(*) FROM articles")[0][0]
                ask()
                assert answers[-1] >= before, "Datasette shows less than was committed before it was asked"
            assert crawl.ended() == 0, crawl.said
            ask()
    assert len(answers) > 1 and answers == sorted(answers)
    assert answers[-1] == len(rows(path, "SELECT 1 FROM articles"))
    assert unlike(path, calm[1]) == []
