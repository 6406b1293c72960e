"""What docs/operations.md and deploy/ say is what works."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess

import pytest

from crawler import database
from tests.conftest import ROOT, needs
from tests.newsroom import Newsroom, ask

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
UNITS = sorted((ROOT / "deploy").glob("newscrawler*"))
TOPIC = "venezuela_russia"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder like the one of the page, with articles of the topic, while a crawl has the database open."""
    for name in ("scrapy.cfg", "crawler", "pipelines", "seeds", "deploy", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    room = Newsroom(tmp_path)
    for number in range(4):
        room.add(number, hours=1 + number, topics=(TOPIC,), language="es")
    room.add("old", hours=3 * 365 * 24, topics=(TOPIC,))
    room.db.table("runs").insert({"topic": TOPIC, "started": "2026-01-01T00:00:00Z", "reason": "finished"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWS_DATABASE", "news.db")
    monkeypatch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}")
    yield tmp_path
    room.close()


def run(line):
    """Exit code, output and errors of one command of the page; ours run in this process."""
    words = shlex.split(line)
    if words[0] == "scrapy":
        return ask(*words[1:])
    result = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60, check=False)
    return result.returncode, result.stdout, result.stderr


def count(path):
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    finally:
        connection.close()


def test_every_command_of_the_page_works_in_the_order_of_the_page(server):
    needs(shutil.which("sqlite3"), "the command line of SQLite: on Debian, apt install sqlite3")
    assert len(COMMANDS) >= 15
    said = {}
    for line in COMMANDS:
        code, said[line], err = run(line)
        assert (code, err) == (0, ""), f"{line}: {err}"
    assert all(said[line].strip() for line in COMMANDS if line.startswith(("scrapy articles", "scrapy sources")))
    assert "1 article, 0 visits and 0 runs" in said["scrapy prune --older-than 2y"]
    for made in ("feed.xml", "digest.html", "articles.jsonl", "month.csv", "spanish.parquet"):
        assert (server / made).stat().st_size > 0
    assert count(server / "moved.db") == count(server / "backups" / "today.db") == 5
    assert [count(copy) for copy in (server / "backups").glob("news-*.db")] == [5]
    assert count(server / "news.db") == 4


def test_a_backup_holds_what_was_committed_while_others_write(server):
    writer = database.open_to_write(server / "news.db").conn
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE articles SET title = 'not committed'")
    assert run('deploy/backup.sh "$NEWS_DATABASE" backups') == (0, "", "")
    writer.execute("ROLLBACK")
    writer.close()
    (copy,) = (server / "backups").iterdir()
    assert count(copy) == 5
    assert run('deploy/backup.sh "$NEWS_DATABASE" backups')[0] == 0  # takes the place of the one of the same day
    (server / "note.db").write_text("this is no database, although it is called so")
    for wrong, said in (("missing.db", "no such database"), ("note.db", "no backup was made: sqlite3.DatabaseError")):
        code, _, err = run(f"deploy/backup.sh {wrong} backups")
        assert code == 1 and err.startswith(f"backup.sh: {wrong}: {said}") and len(err.splitlines()) == 1
    assert [path.name for path in (server / "backups").iterdir()] == [copy.name]


def test_the_questions_that_readme_and_quickstart_ask_are_answered(server):
    """Those that need neither a network nor an address of one's own, nor wait for a browser."""
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/quickstart.md")]
    lines = re.findall(
        r"^(?:\$ )?((?:scrapy (?:articles|sources|digest|export)|sqlite-utils) .*?)(?:  +#.*)?$", "\n".join(pages), re.M
    )
    asked = [line.removesuffix(" --send") for line in lines if "demo.db" not in line]
    assert len(asked) >= 9
    for line in asked:
        code, _, err = run(line)
        assert code == 0 and "rror" not in err, f"{line}: {err}"


def test_every_line_of_the_crontab_names_commands_and_options_that_there_are(server):
    lines = [line for line in (ROOT / "deploy" / "crontab").read_text().splitlines() if re.match(r"(# )?[*\d]", line)]
    commands = [line.partition("cd /srv/news && ")[2] for line in lines]
    assert len(commands) == 7 and all(commands)
    for command in commands:
        program, *words = shlex.split(re.sub(r"said=\$\((.*)\).*", r"\1", command))
        assert (server / program).exists()
        if program.endswith("scrapy") and words[0] not in ("crawl", "health"):
            code, _, err = ask(*words)
            assert code == 0 or "no addresses to send to" in err, err


@pytest.mark.parametrize("bad", [False, True])
def test_the_crontab_is_silent_when_all_is_well_and_says_what_is_not(server, bad):
    """Its shell lines, as cron runs them."""
    (line,) = [line for line in (ROOT / "deploy" / "crontab").read_text().splitlines() if line.startswith("17 * ")]
    command = line.partition("cd /srv/news && ")[2].replace(
        "health", "health --free 99999999" if bad else "health --free 0"
    )
    code, out, err = run(command)
    assert (code, err) == (0, "") and bool(out) is bad


def test_the_units_are_valid_and_hardened(tmp_path):
    needs(shutil.which("systemd-analyze"), "systemd-analyze: on Debian, apt install systemd")
    for unit in UNITS:  # as they would be installed; the page's folder is this one
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/news/", f"{ROOT}/"))
    names = [f"./{unit.name}" for unit in UNITS]
    assert len(names) == 14
    line = ["systemd-analyze", "verify", "--man=no", *names]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("./newscrawler@.service", "./newscrawler-backup.service"):  # the others are hardened alike
        line = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", name]
        result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stdout[-300:]


def test_every_service_is_hardened_alike_has_its_timer_and_stands_on_the_page():
    services = [unit for unit in UNITS if unit.suffix == ".service"]
    hardened = {unit.read_text().partition("\nNice=5\n")[2] for unit in services}
    assert len(hardened) == 1 and "ProtectSystem=strict" in hardened.pop()
    for unit in services:
        assert unit.with_suffix(".timer") in UNITS
        assert f"| `{unit.stem.replace('@', '@TOPIC')}` |" in PAGE
        assert "docs/operations.md" in unit.read_text()


def test_the_commands_of_the_units_are_ours(server):
    codes = {}
    for unit in (unit for unit in UNITS if unit.suffix == ".service"):
        (line,) = re.findall(r"^ExecStart=/srv/news/(.+)", unit.read_text(), re.MULTILINE)
        program, *words = shlex.split(line.replace("%i", TOPIC).replace("${NEWS_DATABASE}", "news.db"))
        assert (server / program).exists()
        if program.endswith(".sh"):
            words = [words[0], str(server / "copies")]
            assert run(shlex.join([program, *words])) == (0, "", "")
        elif words[0] != "crawl":
            code, out, err = ask(*words)
            codes[unit.stem] = code
            assert code == 0 or "no addresses to send to" in err or "its disk" in out, err
    assert len(codes) == 5


def test_the_rotation_of_logs_is_valid(tmp_path):
    program = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin")
    if not program:
        pytest.skip("logrotate: on Debian, apt install logrotate")
    log = tmp_path / "crawl.log"
    log.write_text("a line\n")
    rules = (ROOT / "deploy" / "logrotate").read_text()
    me = subprocess.check_output(["id", "-un"], text=True).strip(), subprocess.check_output(["id", "-gn"], text=True)
    rules = rules.replace("/srv/news/*.log", f"{tmp_path}/*.log").replace(
        "su newscrawler newscrawler", f"su {me[0]} {me[1].strip()}"
    )
    (tmp_path / "rules").write_text(rules)
    line = [program, "--force", "--state", "state", "rules"]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "crawl.log.1").read_text() == "a line\n"


class Checkout:
    """A clone of a repository whose ``make setup`` needs no package index, and a database beside it."""

    def __init__(self, folder):
        self.origin, self.path = folder / "origin", folder / "news"
        self.called = folder / "systemctl.log"
        programs = folder / "bin"
        programs.mkdir()
        (programs / "systemctl").write_text(  # as one timer that is active
            f'#!/bin/sh\ncase "$*" in *timer*active*) echo newscrawler@x.timer loaded;; list*) ;;'
            f" *) echo $* >>{self.called};; esac\n"
        )
        (programs / "systemctl").chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        (self.origin / "deploy").mkdir(parents=True)
        for name in ("backup.sh", "upgrade.sh"):
            shutil.copy(ROOT / "deploy" / name, self.origin / "deploy" / name)
        self.publish("one")
        self.git("init", "-q")
        self.commit()
        subprocess.run(["git", "clone", "-q", self.origin, self.path], check=True)
        subprocess.run(["make", "-s", "setup"], cwd=self.path, check=True)
        connection = sqlite3.connect(self.path / "news.db")
        connection.execute("CREATE TABLE articles (id)")
        connection.close()

    def git(self, *words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=self.origin, check=True)

    def publish(self, version, answers=True):
        (self.origin / "version").write_text(version)
        tools = "ln -s $(TOOLS)/sqlite-utils .venv/bin/"
        scrapy = f"printf '\\043!/bin/sh\\nexit {0 if answers else 1}\\n' >.venv/bin/scrapy; chmod +x .venv/bin/scrapy"
        (self.origin / "Makefile").write_text(
            f"TOOLS := {ROOT / '.venv' / 'bin'}\n"
            f"setup:\n\t@mkdir -p .venv/bin; cp version .venv/; {tools}\n\t@{scrapy}\n"
        )

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a version")

    def upgrade(self):
        line = ["deploy/upgrade.sh", "news.db"]
        done = subprocess.run(
            line, cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def versions(self):
        return (self.path / "version").read_text(), (self.path / ".venv" / "version").read_text()


def test_an_upgrade_is_there_as_a_whole_or_not_at_all(tmp_path):
    needs(shutil.which("git") and shutil.which("make"), "git and make")
    checkout = Checkout(tmp_path)
    checkout.publish("two")
    checkout.commit()
    code, out, err = checkout.upgrade()
    assert (code, err) == (0, "") and out.startswith("upgraded to ")
    assert checkout.versions() == ("two", "two")
    assert [count(copy) for copy in (checkout.path / "backups").glob("news-*.db")] == [0]

    checkout.publish("three", answers=False)
    checkout.commit()
    code, _, err = checkout.upgrade()
    assert (code, err) == (1, "upgrade.sh: the new version does not answer: the old one is in its place again\n")
    assert checkout.versions() == ("two", "two")

    (checkout.path / ".venv").rename(checkout.path / ".venv.old")  # as an upgrade that was cut short leaves it
    assert checkout.upgrade()[0] == 1 and checkout.versions() == ("two", "two")
    assert sorted(path.name for path in checkout.path.glob(".venv*")) == [".venv"]
    calls = checkout.called.read_text().splitlines()
    assert calls == ["stop newscrawler@x.timer", "start newscrawler@x.timer"] * 3
