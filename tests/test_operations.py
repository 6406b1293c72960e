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
    monkeypatch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}")
    yield tmp_path
    room.close()


def run(line):
    """Exit code, output and errors of one command of the page; ours run in this process."""
    words = shlex.split(line)
    if words[0] == "scrapy":
        return ask(*words[1:], "-s", "DATABASE=news.db")
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
    assert run("deploy/backup.sh news.db backups") == (0, "", "")
    writer.execute("ROLLBACK")
    writer.close()
    (copy,) = (server / "backups").iterdir()
    assert count(copy) == 5
    assert run("deploy/backup.sh news.db backups")[0] == 0  # takes the place of the one of the same day
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
    assert len(commands) == 5 and all(commands)
    for command in commands:
        program, *words = shlex.split(command)
        assert (server / program).exists()
        if program.endswith("scrapy") and words[0] != "crawl":
            code, _, err = ask(*words, "-s", "DATABASE=news.db")
            assert code == 0 or "no addresses to send to" in err, err


def test_the_units_are_valid_and_hardened(tmp_path):
    needs(shutil.which("systemd-analyze"), "systemd-analyze: on Debian, apt install systemd")
    for unit in UNITS:  # as they would be installed; the page's folder is this one
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/news/", f"{ROOT}/"))
    names = [f"./{unit.name}" for unit in UNITS]
    assert len(names) == 4
    line = ["systemd-analyze", "verify", "--man=no", *names]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    for name in (name for name in names if name.endswith(".service")):
        line = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", name]
        result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stdout[-300:]


def test_the_units_commands_and_settings_are_ours():
    for unit in UNITS:
        for command in re.findall(r"^ExecStart=/srv/news/.venv/bin/scrapy (\w+)", unit.read_text(), re.MULTILINE):
            assert (ROOT / "crawler" / "commands" / f"{command}.py").exists()
        assert f"docs/{'operations.md'}" in unit.read_text() or unit.suffix == ".timer"
