"""Runs that end badly: killed at any point, told to stop, or out of disk. Nothing is lost, nothing is stored twice."""

import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from tests.conftest import ROOT, command, rows, run, same, started
from tests.newsweb import NewsWeb

KILLS = 20


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A news web without its one slow outlet, a seeds file for it, and the database of an undisturbed run."""
    folder = tmp_path_factory.mktemp("calm")
    with NewsWeb() as web:
        seeds = web.seeds(folder / "seeds.toml", [key for key in web.outlets if key != "severny"])
        assert run(seeds, folder).returncode == 0
        yield seeds, folder / "news.db"


def sound(path):
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    finally:
        connection.close()


def done(path):
    """Pages with an outcome; 0 while there is no database."""
    try:
        return rows(path, "SELECT count(*) FROM pages WHERE fetched IS NOT NULL")[0][0]
    except sqlite3.OperationalError:
        return 0


def wal_size(path):
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else -1


def test_killed_twenty_times_the_database_is_that_of_a_calm_run(calm, tmp_path):
    seeds, undisturbed = calm
    path = tmp_path / "killed.db"
    pages = done(undisturbed)
    for kills in range(KILLS):
        process = subprocess.Popen(command(seeds, tmp_path, "killed.db"), cwd=ROOT, stderr=subprocess.PIPE)
        if kills % 4 == 3:  # while it writes: as soon as the log of changes grows
            started(process, path)
            size = wal_size(path)
            while process.poll() is None and wal_size(path) == size:
                pass
        else:  # after some more outcomes
            goal = max(done(path) + 1, pages * kills // (KILLS + 2))
            while process.poll() is None and done(path) < goal:
                time.sleep(0.005)
        process.kill()
        process.communicate()
        sound(path)
    assert run(seeds, tmp_path, database="killed.db").returncode == 0
    sound(path)
    assert same(path) == same(undisturbed)
    assert rows(path, "SELECT count(*) FROM pages WHERE kind = 'article' AND state = 'queued'")[0][0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_a_run_finishes_what_it_has_begun_and_exits_0(number, calm, tmp_path):
    path = tmp_path / "stopped.db"
    process = subprocess.Popen(command(calm[0], tmp_path, "stopped.db"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and done(path) < 12:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    (ended,) = rows(path, "SELECT finished, reason FROM runs")
    assert ended["finished"] and ended["reason"] == "shutdown"
    assert f"in {path}" in said and "Traceback" not in said
    assert run(calm[0], tmp_path, database="stopped.db").returncode == 0
    assert same(path) == same(calm[1])


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit (util-linux) limits the size of a file")
@pytest.mark.parametrize("size", [60_000, 400_000])
def test_a_full_disk_ends_the_run_with_one_line_and_exit_code_1(size, calm, tmp_path):
    path = tmp_path / "full.db"
    line = ["prlimit", f"--fsize={size}", *command(calm[0], tmp_path, "full.db")]
    result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1
    (said,) = [line for line in result.stderr.splitlines() if "check the disk" in line or "disk is full" in line]
    assert str(path) in said
    assert "Traceback" not in result.stderr
    sound_after = run(calm[0], tmp_path, database="full.db")
    assert sound_after.returncode == 0, sound_after.stderr
    sound(path)
    assert same(path) == same(calm[1])


def test_another_writer_beside_a_run_loses_nothing_on_either_side(calm, tmp_path):
    path = tmp_path / "shared.db"
    process = subprocess.Popen(command(calm[0], tmp_path, "shared.db"), cwd=ROOT, stderr=subprocess.PIPE)
    started(process, path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    written = 0
    while process.poll() is None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO polls (topic, url, at) VALUES ('other', 'x', ?)", (str(written),))
        connection.execute("COMMIT")
        written += 1
        time.sleep(0.002)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert connection.execute("SELECT count(*) FROM polls WHERE topic = 'other'").fetchone()[0] == written > 0
    connection.close()
    assert same(path) == same(calm[1])
