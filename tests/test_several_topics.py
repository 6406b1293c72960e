"""Several topics in one command: one after the other, each within its own budget, their articles in one file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT, rows
from tests.smallworld import World, feed, page
from tests.watching import OPEN

TOPICS = {"alpha": "quay", "beta": "pier"}


@pytest.fixture
def world(tmp_path):
    with World(*TOPICS.values()) as world:
        (tmp_path / "seeds").mkdir()
        for topic, site in TOPICS.items():
            for number in range(3):
                path = f"/{topic}-{number}"
                world[site].pages[path] = page(f"{site} {number}", title=f"Venezuela {topic} {number}")
            world[site].pages["/feed"] = feed(*(world[site].url(f"/{topic}-{number}") for number in range(3)))
            source = f'[[sources]]\nname = "{site}"\nurl = "{world[site].url()}"\n'
            (tmp_path / "seeds" / f"{topic}.toml").write_text(
                f'title = "{topic}"\n[terms]\nall = ["{topic}"]\n{source}'
            )
        yield world


@pytest.fixture
def line(tmp_path):
    settings = ("-s", f"SEEDS_DIR={tmp_path / 'seeds'}", "-s", f"DATABASE={tmp_path / 'news.db'}")
    return [sys.executable, "-m", "scrapy", "crawl", *OPEN, *settings, "-s", "DOWNLOAD_DELAY=0"]


def crawled(line, *arguments, code=0):
    result = subprocess.run([*line, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == code and "Traceback" not in result.stderr, result.stderr
    return result


def articles(path):
    text = path.read_text()
    read = json.loads(text) if path.suffix == ".json" else map(json.loads, text.splitlines())
    return sorted(row["title"] for row in read)


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_they_are_crawled_in_turn_and_exported_together(world, line, tmp_path, ending):
    out = tmp_path / f"out.{ending}"
    crawled(line, "beta", "alpha", "beta", "-O", str(out))
    runs = rows(tmp_path / "news.db", "SELECT topic, started, finished, reason FROM runs ORDER BY id")
    assert [(run["topic"], run["reason"]) for run in runs] == [("beta", "finished"), ("alpha", "finished")]
    assert runs[0]["finished"] <= runs[1]["started"]
    assert articles(out) == sorted(f"Venezuela {topic} {number}" for topic in TOPICS for number in range(3))
    again = crawled(line, "alpha", "beta")
    assert (again.stdout, again.stderr) == ("", "")


def test_each_has_a_budget_of_its_own(world, line, tmp_path):
    """A budget of nothing ends the first run; the second begins all the same."""
    crawled(line, "alpha", "beta", "-s", "CRAWL_BUDGET=0.001")
    runs = rows(tmp_path / "news.db", "SELECT topic, finished FROM runs ORDER BY id")
    assert [run["topic"] for run in runs] == ["alpha", "beta"]
    assert all(run["finished"] for run in runs)


def test_the_exit_code_is_the_worst_and_the_others_are_crawled(world, line, tmp_path):
    (tmp_path / "seeds" / "broken.toml").write_text('title = "no terms"\n')
    said = crawled(line, "broken", "alpha", "nonsense", "beta", code=2).stderr
    assert "broken.toml: " in said and 'there is no topic "nonsense"' in said
    assert [run["topic"] for run in rows(tmp_path / "news.db", "SELECT topic FROM runs")] == ["alpha", "beta"]


def test_a_topic_that_nobody_answers_is_worse_than_one_that_works(world, line, tmp_path):
    source = '[[sources]]\nname = "nobody"\nurl = "http://127.0.51.99:9/feed"\n'
    (tmp_path / "seeds" / "alpha.toml").write_text(f'title = "alpha"\n[terms]\nall = ["alpha"]\n{source}')
    crawled(line, "alpha", "beta", code=1)
    assert len(rows(tmp_path / "news.db", "SELECT 1 FROM articles")) == 3


def test_a_file_is_one_topic(line):
    said = crawled(line, "alpha", "beta", "-a", "seeds=x.toml", code=2).stderr
    assert said.count("\n") == 1 and "name one" in said


def test_a_signal_ends_the_run_and_begins_no_other(world, line, tmp_path):
    process = None

    def stop():
        process.send_signal(signal.SIGTERM)
        return feed()

    world["quay"].pages["/feed"] = stop
    process = subprocess.Popen([*line, "alpha", "beta"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0 and "Traceback" not in said, said
    assert [run["topic"] for run in rows(tmp_path / "news.db", "SELECT topic FROM runs")] == ["alpha"]
