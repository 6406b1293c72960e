"""Systems without fork, limits and locks: everything can be loaded, what is stored can be read, a crawl says no."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.newsroom import Newsroom

# What other packages need is loaded before: they know where they run. Ours find what Windows has.
WINDOWS = """
import importlib, multiprocessing.context, multiprocessing.forkserver, os, pkgutil, runpy, select, signal, sys
import datasette.app, filelock, mcp.server, pebble, scrapy.cmdline, scrapy.crawler, trafilatura, uvicorn

for module, names in {
    os: ("fork", "fchmod", "getuid", "geteuid", "getpgid", "killpg", "pwrite", "pread", "sched_getaffinity", "sysconf"),
    select: ("poll", "PIPE_BUF"),
    signal: ("SIGHUP", "SIGKILL", "SIGPROF", "SIGALRM", "ITIMER_PROF", "setitimer", "pthread_sigmask", "SIG_BLOCK"),
    multiprocessing.context: ("ForkServerContext", "ForkServerProcess"),
}.items():
    for name in names:
        delattr(module, name)
for name in ("fcntl", "grp", "pwd", "resource", "termios", "multiprocessing.forkserver"):
    sys.modules[name] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in ("fcntl", "resource") else found(name, package)
"""
ALL = """
import crawler, pipelines
missing = []
for package in (crawler, pipelines):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name not in ("pipelines.reading.worker", "pipelines.reading.nursery"):  # of worker processes alone
            importlib.import_module(module.name)
"""
COMMAND = """
sys.argv = ["scrapy", *sys.argv[1:]]
runpy.run_module("scrapy", run_name="__main__")
"""


def run(code, *arguments):
    line = [sys.executable, "-c", WINDOWS + code, *map(str, arguments)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_everything_can_be_loaded():
    assert run(ALL) == (0, "", "")


@pytest.fixture
def room(tmp_path):
    room = Newsroom(tmp_path)
    room.add(1, title="A ferry on the river")
    room.close()
    return room


@pytest.mark.parametrize("words", [("articles",), ("show", "1"), ("export",)])
def test_what_is_stored_can_be_read(room, tmp_path, words):
    more = ("-o", tmp_path / "all.jsonl") if words == ("export",) else ()
    code, out, err = run(COMMAND, *words, *more, "-s", f"DATABASE={room.path}")
    assert code == 0 and "Traceback" not in err, err
    assert out or (tmp_path / "all.jsonl").stat().st_size


def test_a_crawl_says_what_is_missing_and_what_to_do(room):
    code, out, err = run(COMMAND, "crawl", "venezuela_russia", "-s", f"DATABASE={room.path}")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "no fork, limits of CPU time, limits of memory, locks" in err and "in WSL or in a container" in err
