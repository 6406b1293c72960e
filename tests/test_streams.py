"""Whatever becomes of its output, a run ends, does its work where it can, and leaves no process."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from crawler.output import streams
from tests.conftest import ROOT, command, rows
from tests.crashing import Crawl, faults, outcomes
from tests.newsweb import NewsWeb

LOST = {  # how the output is lost: what the shell does with COMMAND, and the exit code of the run
    "stdout closed": ("COMMAND >&-", 0),
    "stderr closed": ("COMMAND 2>&-", 0),
    "both closed": ("COMMAND >&- 2>&-", 0),
    "all closed": ("COMMAND <&- >&- 2>&-", 0),
    "stdout full": ("COMMAND >/dev/full", 0),
    "stderr full": ("COMMAND 2>/dev/full", 0),
    "both full": ("COMMAND >/dev/full 2>&1", 0),
    "head": ("COMMAND 2>&1 | head -1", 0),
    "head of much": ("COMMAND -L DEBUG 2>&1 | head -1", 0),
    "a reader who leaves at once": ("COMMAND 2>&1 | true", 0),
    "a reader who leaves in between": ("COMMAND 2>&1 >/dev/null | sleep 0.7", 0),
    "stdout closed, and a reader who leaves": ("COMMAND 2>&1 >&- | sleep 0.3", 0),
    "articles to a reader who leaves": ("COMMAND -o -:jsonl 2>/dev/null | true", 1),
    "articles to what is full": ("COMMAND -o -:jsonl >/dev/full", 1),
    "articles to what is closed": ("COMMAND -o -:jsonl >&-", 1),
    "a full file for articles": ("COMMAND -o /dev/full:jsonl", 1),
    "a full log file": ("COMMAND -s LOG_FILE=/dev/full", 0),
}


@pytest.fixture(scope="module")
def web():
    with NewsWeb() as served:
        yield served


@pytest.fixture
def crawl(web, tmp_path):
    """The command line of a crawl of one small outlet."""
    seeds = web.seeds(tmp_path / "seeds.toml", ["vestnik"])
    return command(seeds, tmp_path, "news.db", "-s", "EXTRACT_WORKERS=1")


def check(process, folder):
    """Nothing of a run's session is left, and its database is sound and has its articles."""
    deadline = time.monotonic() + 60
    while left := [pid for pid in psutil.pids() if session(pid) == process.pid]:
        assert time.monotonic() < deadline, [psutil.Process(pid).cmdline() for pid in left]
        time.sleep(0.05)
    assert faults(folder / "news.db") == []
    (run,) = rows(folder / "news.db", "SELECT finished, reason FROM runs")
    assert run["finished"]
    return run["reason"]


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


@pytest.mark.parametrize("way", LOST)
def test_a_run_whose_output_is_lost_does_its_work_and_ends(way, crawl, tmp_path):
    line, code = LOST[way]
    written = line.replace("COMMAND", '"$@"')
    begin, bar, reader = written.partition(" | ")
    script = f"({begin}; echo $? >'{tmp_path}/code') {bar} {reader}"
    process = subprocess.Popen(
        ["sh", "-c", script, "sh", *crawl],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    said = process.communicate(timeout=120)[1].decode()
    assert check(process, tmp_path) == "finished"
    assert (tmp_path / "code").read_text() == f"{code}\n", said
    assert "Traceback" not in said and "Exception ignored" not in said
    assert rows(tmp_path / "news.db", "SELECT 1 FROM articles")


def test_a_reader_who_does_not_read_is_not_waited_for(crawl, tmp_path):
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    line = [*crawl, "-L", "DEBUG"]
    process = subprocess.Popen(line, cwd=ROOT, stdout=writing, stderr=writing, start_new_session=True)
    os.close(writing)
    assert process.wait(120) == 0
    os.close(reading)
    assert check(process, tmp_path) == "finished"


@pytest.mark.parametrize("end", ["terminal", "socket"])
def test_a_terminal_or_connection_that_is_gone_ends_nothing(end, crawl, tmp_path):
    ours, theirs = pty.openpty() if end == "terminal" else (it.detach() for it in socket.socketpair())
    process = subprocess.Popen(crawl, cwd=ROOT, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    time.sleep(0.5)
    os.close(ours)
    assert process.wait(120) == 0
    assert check(process, tmp_path) == "finished"


@pytest.fixture
def hangups():
    """Commands that the test starts are ended by SIGHUP, even if the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("everyone", [False, True], ids=["crawler", "group"])
def test_a_hangup_is_as_sigterm_also_when_it_comes_twice(everyone, hangups, web, tmp_path):
    path = tmp_path / "news.db"
    with Crawl(web.seeds(tmp_path / "seeds.toml", ["severny"]), path) as crawl:  # wants a second between requests
        assert crawl.until(lambda: outcomes(path) >= 2), crawl.said
        crawl.signal(signal.SIGHUP, everyone)
        crawl.signal(signal.SIGHUP, everyone)
        assert crawl.ended() == 0, crawl.said
    assert "SIGHUP" in crawl.said and "Traceback" not in crawl.said
    assert check(crawl.process, tmp_path) == "shutdown"


def test_under_nohup_a_hangup_is_ignored(web, tmp_path):
    path = tmp_path / "news.db"
    with Crawl(web.seeds(tmp_path / "seeds.toml", ["vestnik"]), path, prefix=("nohup",)) as crawl:
        assert crawl.until(lambda: outcomes(path) >= 2), crawl.said
        crawl.signal(signal.SIGHUP, everyone=True)
        assert crawl.ended() == 0, crawl.said
    assert check(crawl.process, tmp_path) == "finished"


HANGS = {
    "waits for a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "has a thread that does not end": "import threading, time; threading.Thread(target=time.sleep, args=[99]).start()",
    "counts for ever": "while True: pass",
    "sleeps in C, which no thread can interrupt": "import ctypes; ctypes.PyDLL(None).sleep(99)",
}


@pytest.mark.parametrize("way", HANGS)
def test_the_last_resort_ends_what_hangs_with_exit_code_1(way):
    code = f"from crawler.stopping import last_resort\nlast_resort(0.2)()\n{HANGS[way]}"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr in ("", "scrapy: it did not end within 0.2 s: ended, the next run does the rest\n")


FULL, CLOSED = (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")


@pytest.mark.parametrize(
    ("arguments", "lost"),
    [("list", FULL), ("sources", FULL), ("articles", CLOSED), ("articles --format=csv", FULL), ("show --help", CLOSED)],
)
def test_results_that_cannot_be_written_are_one_line_and_exit_code_1(arguments, lost, crawled):
    into, why = lost
    name, *more = arguments.split()
    line = [sys.executable, "-m", "scrapy", name, "-s", f"DATABASE={crawled[2]}", *more]
    result = subprocess.run(["sh", "-c", f'"$@" {into}', "sh", *line], cwd=ROOT, capture_output=True, text=True)
    said = f"scrapy: standard output cannot be written ({why}): give it a file or a pipe with room\n"
    assert (result.returncode, result.stderr) == (1, said)


def test_what_the_reader_has_had_enough_of_is_no_failure(crawled):
    line = [sys.executable, "-m", "scrapy", "articles", "-s", f"DATABASE={crawled[2]}"]
    result = subprocess.run(["sh", "-c", '("$@"; echo $? >&2) | true', "sh", *line], cwd=ROOT, capture_output=True)
    assert result.stderr == b"0\n"


def test_a_line_waits_for_its_reader_once(monkeypatch):
    monkeypatch.setattr(streams, "PATIENCE", 1)
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    remarks = streams.Remarks(writing, "w")
    remarks.patience = 1
    assert remarks.write(b"x" * 9000) == 4096, "what surely fits"
    assert remarks.write(b"y" * 9000) == 9000 and remarks.patience == 0, "left out"
    assert os.read(reading, 9000) == b"x" * 4096
    assert remarks.write(b"z") == 1 and remarks.patience == streams.PATIENCE
    assert os.read(reading, 9000) == b"z"
    os.close(reading)
    assert remarks.write(b"x") == 1
    remarks.close()
