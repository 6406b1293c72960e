"""Runs that end badly: killed at any point, told to stop, put to sleep. Nothing is lost, nothing is stored twice."""

import shutil
import signal
import sqlite3
import time

import pytest

from crawler import database
from tests.conftest import rows, run
from tests.crashing import Crawl, calm_web, faults, log_of, outcomes, transactions, unlike
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Fault

KILLS = 20
CUTS = (0, 1, 24, 4120, 0.3, 0.6, -1)  # bytes of a transaction, or a share of it, that reached the disk


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Seeds of a news web, and the database of an undisturbed run of them."""
    with calm_web(tmp_path_factory.mktemp("calm")) as seeds_and_path:
        yield seeds_and_path


def finish(calm, path):
    """Let the next run do the rest: nothing may tell that there was an end in between."""
    seeds, undisturbed = calm
    result = run(seeds, path.parent, database=path.name)
    assert result.returncode == 0, result.stderr
    assert faults(path) == []
    assert unlike(path, undisturbed) == []
    assert rows(path, "SELECT url, reason FROM pages WHERE kind = 'article' AND state IN ('queued', 'failed')") == []


def size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def test_killed_twenty_times_the_database_is_that_of_a_calm_run(calm, tmp_path):
    path = tmp_path / "killed.db"
    everything = outcomes(calm[1])
    for number in range(KILLS):
        goal = max(outcomes(path) + 1, round(everything * (0.05 + 0.9 * number / (KILLS - 1))))
        with Crawl(calm[0], path) as crawl:
            crawl.until(lambda goal=goal: outcomes(path) >= min(goal, everything))
            if number % 2:  # while it writes: as soon as the log of changes grows
                before = size(log_of(path))
                while crawl.process.poll() is None and size(log_of(path)) == before:
                    pass
            crawl.signal(signal.SIGKILL)
            crawl.ended()
        assert faults(path) == []
    finish(calm, path)


@pytest.fixture(scope="module")
def changes(calm, tmp_path_factory):
    """An empty database, and the log of all changes of an undisturbed run, which a reader kept from being folded in."""
    path = tmp_path_factory.mktemp("changes") / "news.db"
    database.open_to_write(path).conn.close()
    empty = shutil.copy(path, path.with_name("empty.db"))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pages").fetchone()
    result = run(calm[0], path.parent)
    assert result.returncode == 0, result.stderr
    log = log_of(path).read_bytes()
    reader.close()
    return empty, log


def cut(changes, end, path):
    """What is on the disk when the power goes after so many bytes of changes."""
    empty, log = changes
    shutil.copy(empty, path)
    log_of(path).write_bytes(log[:end])


def test_a_power_cut_inside_any_commit_leaves_what_was_committed_before_and_nothing_of_the_rest(changes, tmp_path):
    path = tmp_path / "cut.db"
    for begin, end in transactions(changes[1]):
        seen = []
        for share in CUTS:
            for old in tmp_path.iterdir():
                old.unlink()
            inside = int(share * (end - begin)) if isinstance(share, float) else share % (end - begin)
            cut(changes, begin + inside, path)
            assert faults(path) == []
            seen.append([tuple(row) for row in rows(path, "SELECT id, url, state, reason, article_id FROM pages")])
        assert all(pages == seen[0] for pages in seen), f"half of the commit at byte {begin} is there"


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_after_a_power_cut_in_a_commit_the_next_run_does_the_rest(share, calm, changes, tmp_path):
    written = transactions(changes[1])
    begin, end = written[round(share * (len(written) - 1))]
    cut(changes, (begin + end) // 2, tmp_path / "cut.db")
    finish(calm, tmp_path / "cut.db")


@pytest.mark.parametrize(
    ("begun", "number", "everyone"),  # at 1 the workers are still starting
    [(1, signal.SIGTERM, True), (1, signal.SIGINT, False), (12, signal.SIGTERM, False), (12, signal.SIGINT, True)],
    ids=["SIGTERM-group-early", "SIGINT-crawler-early", "SIGTERM-crawler", "SIGINT-group"],
)
def test_told_to_stop_a_run_finishes_what_it_has_begun_and_exits_0(begun, number, everyone, calm, tmp_path):
    path = tmp_path / "stopped.db"
    with Crawl(calm[0], path) as crawl:
        assert crawl.until(lambda: outcomes(path) >= begun), crawl.said
        crawl.signal(number, everyone)
        assert crawl.ended() == 0, crawl.said
    (ended,) = rows(path, "SELECT finished, reason FROM runs")
    assert ended["finished"] and ended["reason"] == "shutdown"
    assert f"in {path}" in crawl.said and "Traceback" not in crawl.said
    finish(calm, path)


def test_interrupted_twice_a_run_ends_at_once_and_the_next_one_does_the_rest(tmp_path):
    path = tmp_path / "interrupted.db"
    with NewsWeb() as web:
        seeds = web.seeds(tmp_path / "seeds.toml", ["tepuy", "meridian"])
        assert run(seeds, tmp_path).returncode == 0
        web.outlet("meridian").fault = Fault(hang=300)
        with Crawl(seeds, path, "-s", "DOWNLOAD_TIMEOUT=300") as crawl:
            assert crawl.until(lambda: rows_of(path, "SELECT 1 FROM articles")), crawl.said
            crawl.signal(signal.SIGINT, everyone=True)
            assert crawl.until(lambda: "SIGINT" in crawl.said), crawl.said
            crawl.signal(signal.SIGINT, everyone=True)
            assert crawl.ended() == 1, crawl.said
        assert "Traceback" not in crawl.said
        assert faults(path) == []
        web.outlet("meridian").fault = None
        finish((seeds, tmp_path / "news.db"), path)


def rows_of(path, sql):
    """Rows, none while there is no table."""
    try:
        return rows(path, sql)
    except sqlite3.OperationalError:
        return []


def test_a_machine_that_sleeps_in_the_middle_of_everything_loses_nothing(calm, tmp_path):
    path = tmp_path / "asleep.db"
    with Crawl(calm[0], path) as crawl:
        assert crawl.until(lambda: outcomes(path) >= 12), crawl.said
        crawl.signal(signal.SIGSTOP, everyone=True)
        time.sleep(12)  # longer than a page may take
        crawl.signal(signal.SIGCONT, everyone=True)
        assert crawl.ended() == 0, crawl.said
    assert faults(path) == []
    assert unlike(path, calm[1]) == []


def test_a_run_ends_with_its_budget_and_the_next_one_does_the_rest(tmp_path):
    path = tmp_path / "budget.db"
    with NewsWeb() as web:
        seeds = web.seeds(tmp_path / "seeds.toml", ["severny", "tepuy"])  # severny wants a second between requests
        assert run(seeds, tmp_path).returncode == 0
        with Crawl(seeds, path, "-s", "CRAWL_BUDGET=2") as crawl:
            assert crawl.ended() == 0, crawl.said
        assert "CRAWL_BUDGET is used up, the rest is for the next run" in crawl.said
        (ended,) = rows(path, "SELECT finished, reason FROM runs")
        assert ended["finished"] and ended["reason"] == "finished"
        assert unlike(path, tmp_path / "news.db"), "two seconds were enough: nothing is left for the next run"
        finish((seeds, tmp_path / "news.db"), path)
