"""One real crawl of a web that does all it can to hurt, and a second one: nothing gets in, nothing goes on for ever."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import psutil
import pytest

from tests.conftest import ROOT, rows
from tests.newsweb.hostile import NETWORK, Asked, HostileWeb
from tests.newsweb.traps import traps
from tests.newsweb.traps.pages import DATES, STRINGS

LIMITS = ("DOWNLOAD_DELAY=0", "HOST_BUDGET=20", f"ALLOWED_PRIVATE_NETWORKS={NETWORK}")
MOST_MEMORY = 700 * 1024**2  # bytes, of the crawling process and its workers together; what they share counts once
NOT_ASKED_AGAIN = ("stored", "irrelevant", "language", "gone", "failed", "not_article", "old")


@dataclass
class Run:
    """What a run did: exit code, output, requests, and the memory of its processes together at its highest."""

    code: int
    said: str
    asked: list[Asked]
    peak: int  # bytes
    processes: set[psutil.Process] = field(repr=False)


def crawl(web, folder, seeds):
    """One run of the real command, its processes watched."""
    settings = [part for name in (*LIMITS, f"DATABASE={folder / 'news.db'}") for part in ("-s", name)]
    line = [sys.executable, "-m", "scrapy", "crawl", "hostile", "-a", f"seeds={seeds}", "-a", "now=1", *settings]
    before, peak, processes = len(web.asked), 0, set()
    said = folder / "said.txt"
    with said.open("w") as written:
        command = subprocess.Popen(line, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT)
        whole = psutil.Process(command.pid)
        while command.poll() is None:
            try:
                tree = {whole, *whole.children(recursive=True)}
                peak = max(peak, sum(process.memory_full_info().pss for process in tree))
                processes |= tree
            except psutil.NoSuchProcess:
                continue
            time.sleep(0.1)  # the web is served by this process, too
    return Run(command.returncode, said.read_text(errors="strict"), web.asked[before:], peak, processes)


@dataclass
class Crawled:
    """The hostile web, two runs over it, and the states that its pages had after each."""

    web: HostileWeb
    database: str
    runs: list[Run]
    states: list[dict[str, tuple[str, str, str | None]]]  # address -> state, reason, due

    def url(self, key, path):
        return path if "://" in path else self.web.home(key) + path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with HostileWeb(traps()) as web:
        seeds = web.seeds(folder / "seeds.toml")
        runs, states = [], []
        for _ in range(2):
            runs.append(crawl(web, folder, seeds))
            found = rows(folder / "news.db", "SELECT url, state, reason, due FROM pages")
            states.append({row["url"]: (row["state"], row["reason"] or "", row["due"]) for row in found})
        yield Crawled(web, folder / "news.db", runs, states)


def test_every_trap_ends_in_a_state_with_a_reason(crawled):
    wrong = []
    for after in crawled.states:
        for trap in crawled.web.traps.values():
            for path, (state, why) in trap.ends.items():
                ended = after.get(crawled.url(trap.key, path), ("unknown", "", None))
                if not (re.fullmatch(state, ended[0]) and re.search(why, ended[1])):
                    wrong.append(f"{trap.key}: {path[:40]} is {ended}, not {state}: {why}")
    assert not wrong, "\n".join(wrong)


def test_no_page_is_left_without_outcome_or_reason(crawled):
    asked = "SELECT url, state FROM pages WHERE fetched IS NOT NULL AND reason IS NULL AND state NOT IN ('stored')"
    assert [tuple(row) for row in rows(crawled.database, asked)] == []
    never = "SELECT url FROM pages WHERE kind <> 'article' AND fetched IS NULL AND url NOT LIKE '%/map/%'"
    assert [row["url"] for row in rows(crawled.database, never)] == []


def test_the_good_outlet_is_stored_and_comes_round_as_often_as_any_other(crawled):
    good = crawled.web.home("good")
    stored = rows(crawled.database, "SELECT url, text FROM articles WHERE url LIKE ? || '%'", good)
    assert {row["url"] for row in stored} == {f"{good}/{n}" for n in range(10)}
    assert all("The oldest of the pilots" in row["text"] for row in stored)
    turns = [place for place, asked in enumerate(crawled.runs[0].asked) if asked.key == "good"]
    assert len(turns) == 12
    longest = max(after - before for before, after in pairwise(turns))
    assert longest <= 3 * len(crawled.web.traps), "others were asked again and again before it was its turn"


def test_requests_to_every_trap_are_bounded_in_every_run(crawled):
    for run in crawled.runs:
        asked = Counter(request.key for request in run.asked)
        too_many = {key: number for key, number in asked.items() if number > crawled.web.traps[key].most}
        assert not too_many
    assert len(crawled.runs[1].asked) <= len(crawled.runs[0].asked)


def test_nobody_inside_is_asked_neither_by_us_nor_by_a_proxy(crawled):
    paths = [asked.path for run in crawled.runs for asked in run.asked if asked.key == "tripwire"]
    assert paths == []
    through = {asked.path for asked in crawled.runs[0].asked if asked.key == "proxy"}
    assert through == {"http://news.example/robots.txt", "http://news.example/feed.xml"}


def test_memory_stays_below_its_bound_and_no_process_is_left(crawled):
    for run in crawled.runs:
        assert run.peak < MOST_MEMORY, f"{run.peak / 1024**2:.0f} MB"
        gone, alive = psutil.wait_procs(run.processes, timeout=30)
        assert gone and not alive


def test_a_run_ends_well_and_each_surprise_is_one_line_with_address_and_reason(crawled):
    for run in crawled.runs:
        assert run.code == 0, run.said
        assert "Traceback" not in run.said and "a bug" not in run.said
        lines = [line for line in run.said.splitlines() if re.match(r"\d{4}-\d\d-\d\d \S+ (WARNING|ERROR)", line)]
        assert lines
        assert [line for line in lines if not re.search(r"https?://\S{9,}", line)] == []
        assert "\0" not in run.said and "\x1b" not in run.said


def test_walls_are_blocked_with_a_date_to_try_again_and_never_stored(crawled):
    walls = [key for key in crawled.web.traps if re.match("challenge|captcha|consent|shell", key)]
    assert len(walls) >= 16
    for key in walls:
        path = "/" if "source" in key else "/a"
        state, reason, due = crawled.states[0][crawled.url(key, path)]
        assert state == "blocked" and reason and due, key
    names = ", ".join("?" * len(walls))
    (stored,) = rows(crawled.database, f"SELECT count(*) AS n FROM articles WHERE source IN ({names})", *walls)
    assert stored["n"] == 0
    sources = f"SELECT name, state, reason FROM sources WHERE name IN ({names}) AND name LIKE '%source'"
    assert {row["state"] for row in rows(crawled.database, sources, *walls)} == {"blocked"}
    assert max(Counter(asked.path for asked in crawled.runs[0].asked if asked.key in walls).values()) <= 2 * len(walls)


def test_what_pages_say_is_data(crawled):
    home = crawled.web.home("strings")
    found = rows(crawled.database, "SELECT url, title, authors, text FROM articles WHERE url LIKE ? || '%'", home)
    titles = {row["url"].removeprefix(home + "/"): row["title"] for row in found}
    assert set(titles) == set(STRINGS)
    said = "".join(f"{row['title']}{row['authors']}{row['text']}" for row in found)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", said)
    assert "DROP TABLE articles" in titles["sql"]
    assert titles["path"].startswith("../../../etc/passwd")
    dated = rows(crawled.database, "SELECT published FROM articles WHERE source = '../../../../tmp/=1+1'")
    assert len(dated) == len(DATES)
    assert all(row["published"] is None or re.match("20[0-3]", row["published"]) for row in dated)


def test_neither_spreadsheets_nor_terminals_execute_it(crawled, scrapy):
    here = ("-s", f"DATABASE={crawled.database}", "--limit", "100", "--all-copies")
    table = list(csv.reader(io.StringIO(scrapy("articles", *here, "--format", "csv").stdout)))
    assert len(table) > 20
    assert [cell for line in table for cell in line if cell[:1] in tuple("=+-@\t\r")] == []
    shown = scrapy("articles", *here).stdout
    assert "Pilots" in shown
    assert "\x1b[31m" not in shown and "\a" not in shown and "\u202e" not in shown
