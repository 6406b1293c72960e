"""READER_POOL: another class reads pages and lists; and what the pool of processes leaves behind when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from crawler.commands.backfill import remove_leftovers
from tests.conftest import ROOT
from tests.smallworld import World, feed
from tests.watching import Watch, write_seeds

POOL = """
import os
from pipelines.language import check
from pipelines.reading import Reader, Watched

class Notebook:
    'Reads in the crawling process, and writes down what it was asked.'
    def __init__(self, topics):
        self.reader = Reader([Watched(topic.name, topic.terms, ()) for topic in topics])
        self.say('made')

    @classmethod
    def from_settings(cls, settings, topics):
        return cls(topics)

    def say(self, what):
        with open(os.environ['NOTEBOOK'], 'a') as file:
            print(what, file=file)

    def start(self):
        self.say('start')

    async def read(self, page):
        self.say('read')
        return self.reader(page)

    async def ask(self, function, *arguments, **named):
        self.say('ask')
        return function(*arguments, **named)

    async def close(self):
        self.say('close')
"""


def test_a_class_of_somebody_else_reads_pages_and_lists(tmp_path):
    (tmp_path / "notebook_pool.py").write_text(POOL)
    with World("quay") as world:
        for name in ("/a", "/b"):
            world["quay"].article(name, name)
        world["quay"].pages["/feed"] = feed(world["quay"].url("/a"), world["quay"].url("/b"))
        seeds = write_seeds(tmp_path / "seeds.toml", f'name = "Quay"\nurl = "{world["quay"].url()}"')
        watch = Watch(world, tmp_path, seeds)
        setting = ("-s", "READER_POOL=notebook_pool.Notebook")
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        run = watch.run(0, *setting, PYTHONPATH=path, NOTEBOOK=str(tmp_path / "asked"))
    assert run.code == 0, run.said
    asked = (tmp_path / "asked").read_text().split()
    assert (asked[0], asked[-1]) == ("made", "close")
    assert asked.count("read") == 2 and "ask" in asked and "start" in asked
    assert len(watch.rows("SELECT 1 FROM articles")) == 2


def test_a_killed_run_leaves_no_folder_of_its_sockets(tmp_path):
    code = "from pipelines.reading.worker import open_nursery; open_nursery(); print('ready', flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        assert list(tmp_path.glob("pymp-*"))
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while left := list(tmp_path.iterdir()):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_what_a_killed_backfill_had_unpacked_goes_with_the_next(tmp_path):
    for name in ("apart-x1", "download-x2", "else"):
        (tmp_path / name).mkdir()
        Path(tmp_path / name / "saved.warc.gz").write_bytes(b"x")
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["else"]
