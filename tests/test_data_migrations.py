"""Rows follow a change of the schema in batches: resumed after a kill, each moved once, readable all the time."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from crawler import database
from crawler.commands.crawl import move_rows
from crawler.database.data_migrations import Mover
from crawler.database.migrations.rows import DataMigration, begin
from tests.conftest import ROOT

ROWS = 3_000
BEGUN = "doubling"
COUNTED = "SELECT count(*), sum(doubled IS NOT NULL), sum(times), sum(coalesce(doubled, 2 * number)) FROM numbers"


def double(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Give rows their new column; ``times`` tells if one is met twice."""
    connection.execute(
        "UPDATE numbers SET doubled = 2 * number, times = times + 1 WHERE id BETWEEN ? AND ?", (first, last)
    )


def slowly(connection: sqlite3.Connection, first: int, last: int) -> None:
    double(connection, first, last)
    time.sleep(0.02)


DOUBLING = {BEGUN: DataMigration("numbers", double)}


@pytest.fixture
def path(tmp_path):
    """A database with rows that have to follow a new column, and one that was written since."""
    path = tmp_path / "news.db"
    with closing(database.open_to_write(path)) as db:
        db.execute("BEGIN")
        db.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, number INTEGER, times INTEGER DEFAULT 0)")
        db.conn.executemany("INSERT INTO numbers (number) VALUES (?)", ((number,) for number in range(ROWS)))
        db.execute("DELETE FROM numbers WHERE id % 7 = 0")
        db.execute("ALTER TABLE numbers ADD COLUMN doubled INTEGER")
        begin(db, BEGUN, "numbers")
        db.execute("COMMIT")
        db.execute("INSERT INTO numbers (number, doubled, times) VALUES (5, 10, 1)")
    return path


def counted(path: Path) -> tuple[int, int, int, int]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(COUNTED).fetchone()


def test_a_killed_move_goes_on_where_it_stopped_and_moves_each_row_once(path):
    rows, _, _, sum_of_all = counted(path)
    ended_by = []
    for _ in range(3):
        line = f"from tests.test_data_migrations import *; Mover(database.open_to_write(Path({str(path)!r})).conn,"
        line += " {BEGUN: DataMigration('numbers', slowly)}).move(60)"
        before = counted(path)[1]
        with subprocess.Popen([sys.executable, "-c", line], cwd=ROOT) as process:
            while process.poll() is None and counted(path)[1] <= before:
                time.sleep(0.001)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
        ended_by.append(process.returncode)
        found = counted(path)
        assert (found[0], found[3]) == (rows, sum_of_all), "a reader sees the same before, meanwhile and after"
        assert found[1] == found[2], "a row was moved twice, or without its place"
    assert ended_by[0] == -signal.SIGKILL
    with closing(database.open_to_write(path)) as db:
        assert Mover(db.conn, DOUBLING).move(60)
        moved, total, finished = db.execute("SELECT moved, total, finished FROM data_migrations").fetchone()
    assert counted(path)[:3] == (rows, rows, rows)
    assert moved == total == rows - 1
    assert finished


def test_the_newest_rows_are_moved_first_and_a_line_says_how_far_it_is(path):
    with closing(database.open_to_write(path)) as db:
        mover = Mover(db.conn, DOUBLING)
        assert mover.batch()
        done, oldest = db.execute("SELECT count(*), min(id) FROM numbers WHERE doubled IS NOT NULL").fetchone()
        (skipped,) = db.execute("SELECT count(*) FROM numbers WHERE doubled IS NULL AND id > ?", (oldest,)).fetchone()
        assert skipped == 0
        assert mover.progress() == f"bringing numbers up to date ({BEGUN}): {done - 1} of 2,572 rows"
        told = []
        assert mover.move(60, told.append)
        assert told
        assert mover.progress() == ""
        assert not mover.batch()


def test_batches_grow_while_they_are_short_and_shrink_when_they_are_long(path):
    with closing(database.open_to_write(path)) as db:
        clock = iter([0, 0.01, 1, 1.01, 2, 2.5, 3, 3.05])
        mover = Mover(db.conn, DOUBLING, monotonic=lambda: next(clock))
        sizes = []
        while len(sizes) < 4 and mover.batch():
            sizes.append(mover.size)
        assert sizes == [128, 256, 128, 128]


def test_one_that_fails_leaves_the_batch_as_it_was_and_the_next_one_tries_again(path):
    def failing(connection, first, last):
        double(connection, first, last)
        raise ValueError("no such form")

    with closing(database.open_to_write(path)) as db:
        with pytest.raises(ValueError, match="no such form"):
            asyncio.run(Mover(db.conn, {BEGUN: DataMigration("numbers", failing)}).move_beside())
        assert counted(path)[1] == 1
        asyncio.run(Mover(db.conn, DOUBLING).move_beside())
        assert counted(path)[1] == counted(path)[0]


def test_other_programs_write_between_two_batches(path):
    with closing(database.open_to_write(path)) as db, closing(sqlite3.connect(path, timeout=0)) as other:
        mover = Mover(db.conn, DOUBLING)
        while mover.batch():
            with other:
                other.execute("INSERT INTO numbers (number, doubled, times) VALUES (1, 2, 1)")
    rows, new_form, times, _ = counted(path)
    assert rows == new_form == times


def test_nothing_is_to_be_done_in_a_new_database_and_for_an_empty_table(tmp_path):
    with closing(database.open_to_write(tmp_path / "news.db")) as db:
        assert db.execute("SELECT count(*) FROM data_migrations").fetchone()[0] == 0
        begin(db, BEGUN, "articles")
        assert not Mover(db.conn).batch()
        move_rows(Mover(db.conn), 60)
