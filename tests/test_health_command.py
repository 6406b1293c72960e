"""``scrapy health`` and ``/-/metrics``: well is 0, anything wrong is 1 and a line that names it."""

import json
import re
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from crawler import __version__, clock
from tests.browser import served
from tests.newsroom import TOPIC, Newsroom, ask

SAMPLE = re.compile(r'newscrawler_\w+(\{\w+="(?:[^"\\\n]|\\["\\n])*"(,\w+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[0-9.e+]+')


def ago(**time):
    return clock.text(clock.now() - timedelta(**time))


class Watched(Newsroom):
    """A newsroom whose sources were visited."""

    def source(self, name, state="ok", due=None, topic=TOPIC):
        number = self.db.table("sources").count + 1
        row = {"id": number, "topic": topic, "url": f"https://quay.example/{name}", "name": name, "state": state}
        self.db.table("sources").insert({**row, "due": due or ago(hours=-1), "last_ok": ago(minutes=20)})
        return number

    def run(self, started, finished=None, topic=TOPIC, reason="finished", **counts):
        row = {"topic": topic, "started": started, "finished": finished, "counts": json.dumps(counts)}
        self.db.table("runs").insert({**row, "reason": reason if finished else None})

    def page(self, due, source, host="quay.example"):
        self.db.table("pages").insert(
            {"url": f"https://{host}/{self.count()}-{due}", "key": f"{host}-{due}", "kind": "article", "topic": TOPIC,
             "source": "a", "source_id": source, "host": host, "state": "queued", "first_seen": due, "due": due}
        )  # fmt: skip


@pytest.fixture
def room(tmp_path):
    room = Watched(tmp_path)
    room.run(ago(minutes=12), ago(minutes=11), stored=1)
    yield room
    room.close()


def test_all_is_well_in_one_line(room):
    room.source("a")
    room.add(1)
    code, out, err = room.ask("health", "--free", "0")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert out.startswith(f"{room.path}: well: last run 12 minutes ago, 1 sources (0 due), 0 pages due, 1 articles,")
    assert out.endswith(f"version {__version__}\n")


def wrong(room, *options):
    code, out, _ = room.ask("health", "--format", "json", "--free", "0", *options)
    report = json.loads(out)
    assert report["ok"] is (code == 0)
    return [(fault["kind"], fault["message"]) for fault in report["faults"]]


@pytest.mark.parametrize("state", ["failing", "blocked", "silent"])
def test_a_source_that_needs_a_look_is_named_unless_it_is_to_be_ignored(room, state):
    for name in "abcde":
        room.source(name, state if name != "e" else "ok")
    assert wrong(room) == [(state, f"4 of 5 sources {state}: a, b, c and 1 more")]
    assert wrong(room, "--ignore", f"{state},disk") == []


def test_new_and_disabled_sources_are_well(room):
    room.source("a", "new")
    room.source("b", "disabled", due=ago(days=9))
    assert wrong(room) == []


def test_sources_are_late_when_no_run_began_since_they_are_due(room):
    room.source("a", due=ago(hours=1))
    room.source("b", due=ago(hours=5))
    assert wrong(room) == []  # the last run did not reach it: its host was to be left alone
    room.db.execute("UPDATE runs SET started = ?, finished = ?", (ago(hours=4), ago(hours=4)))
    assert wrong(room) == [("late", "2 sources due and the last run began 4 hours ago: is it still scheduled?")]
    assert wrong(room, "--late", "6h") == []
    room.db.execute("DELETE FROM runs")
    assert wrong(room) == [("late", "2 sources due and the last run began never: is it still scheduled?")]


def test_a_run_that_goes_on_is_well_and_one_that_was_killed_is_not(room):
    room.source("a")
    room.run(ago(minutes=5))
    assert wrong(room) == []
    room.run(ago(minutes=1), ago(minutes=1), topic="other")  # only one works at a time
    assert wrong(room) == [("run", "the last run began 5 minutes ago and did not end: it was killed, or hangs")]
    room.run(ago(hours=3))
    assert [kind for kind, _ in wrong(room)] == ["run"]
    room.run(ago(minutes=3), ago(minutes=2), reason="database")
    assert wrong(room) == [("run", "the last run 3 minutes ago could not write to the database: its log says why")]
    room.run(ago(minutes=2), ago(minutes=1), surprises=2)
    assert wrong(room) == [("run", "the last run 2 minutes ago had 2 unexpected errors: its log names them")]


def test_pages_wait_too_long_only_where_they_may_be_asked_for(room):
    followed, left = room.source("a"), room.source("b", "disabled")
    for source, host in ((left, "quay.example"), (followed, "paused.example")):
        room.page(ago(days=8), source, host)
    room.db.table("hosts").insert({"host": "paused.example", "not_before": ago(days=-1), "failures": 1})
    room.page(ago(hours=2), followed)
    assert wrong(room) == []
    room.page(ago(days=5), followed)
    assert wrong(room) == [("queue", "2 pages are due, one for 5 days: runs are too short or too seldom")]


def test_a_full_disk_is_wrong(room):
    room.source("a")
    code, out, _ = room.ask("health", "--free", str(10**12))
    assert code == 1 and re.fullmatch(r".*: [\d,]+ MB free on its disk\n", out)


def test_topics_are_told_apart_and_those_without_a_seeds_file_are_left_out(room):
    room.source("a", "silent")
    room.source("b", "failing", topic="venezuela_russia")
    assert wrong(room) == [("failing", "1 of 1 sources failing: b")]
    assert wrong(room, "--topic", TOPIC) == [("silent", "1 of 1 sources silent: a")]
    code, _, err = room.ask("health", "--topic", "rivers")
    assert code == 2 and "--topic rivers" in err and err.count("\n") == 1


def test_damage_and_what_is_missing_are_found(room, tmp_path):
    room.source("a")
    number = room.add(1)
    assert wrong(room, "--check") == []
    (page,) = room.db.execute("SELECT id FROM pages").fetchone()
    where = {"file": "gone.warc.gz", "offset": 0, "length": 9, "before": 0, "digest": "sha1:X"}
    room.db.table("archived").insert({"page_id": page, "fetched": ago(hours=1), **where})
    assert wrong(room) == []
    ((kind, said),) = wrong(room, "--check")
    assert kind == "database" and said.endswith("missing or cut: gone.warc.gz")
    room.db.execute("DELETE FROM archived")
    room.db.execute("PRAGMA writable_schema = 1")
    (root,) = room.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'polls'").fetchone()
    room.db.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = 'counters'", (root,))
    room.db.conn.close()
    ((kind, said),) = wrong(room)
    assert (number, kind) == (1, "database") and "damaged" in said and "restore a backup" in said
    (tmp_path / "text.db").write_text("no database at all, although it is called so" * 99)
    for name, said in (("none.db", "no such database"), ("text.db", "is not an SQLite database")):
        code, out, _ = ask("health", "-s", f"DATABASE={tmp_path / name}")
        assert (code, out.count("\n")) == (1, 1) and f"{name}: {said}" in out


@pytest.mark.parametrize("options", [("--ignore", "rain"), ("--late", "soon"), ("now",)])
def test_wrong_usage_is_one_line(room, options):
    code, out, err = room.ask("health", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_the_page_tells_prometheus_the_same_behind_the_same_checks(room):
    room.source('the "Quay"\\n\n', "failing")
    room.source("b", due=ago(minutes=1))
    room.add(1)
    with served(room.path) as address:
        with urllib.request.urlopen(f"{address}/-/metrics", timeout=60) as answer:
            text, kind = answer.read().decode(), answer.headers["Content-Type"]
        foreign = urllib.request.Request(f"{address}/-/metrics", headers={"Sec-Fetch-Site": "cross-site"})
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(foreign, timeout=60)
        refused.value.close()
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    samples = [line for line in text.splitlines() if not line.startswith("# ")]
    assert not [line for line in samples if not SAMPLE.fullmatch(line)]
    for name in {re.match(r"\w+", line)[0] for line in samples}:
        assert text.count(f"# HELP {name} ") == text.count(f"# TYPE {name} gauge\n") == 1
    assert f'newscrawler_info{{version="{__version__}"}} 1' in samples
    assert f'newscrawler_sources{{topic="{TOPIC}",state="failing"}} 1' in samples
    assert f'newscrawler_sources_due{{topic="{TOPIC}"}} 1' in samples
    assert 'newscrawler_fault{kind="failing"} 1' in samples and 'newscrawler_fault{kind="late"} 0' in samples
    assert f'newscrawler_run_pages{{topic="{TOPIC}",outcome="stored"}} 1' in samples
    assert "newscrawler_articles 1" in samples
    assert any(r'source="the \"Quay\"\\n\n"' in line for line in samples)
