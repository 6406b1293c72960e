"""No output of any command goes where it would destroy a database."""

import os
import sqlite3
import subprocess

import pytest

from crawler.output.targets import WrongTarget, local_path, need_harmless
from tests.conftest import ROOT
from tests.newsroom import TOPIC, Newsroom, ask


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    room.add(1)
    yield room
    room.close()


def other(folder):
    connection = sqlite3.connect(folder / "other.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    return folder / "other.db"


def targets(path):
    """Files that nothing may be written to, by all names that lead to them."""
    folder = path.parent
    (folder / "link.jsonl").symlink_to(path)
    os.link(path, folder / "hard.jsonl")
    (folder / "inner").mkdir()
    (folder / "way").symlink_to(folder / "inner")
    yield from (path, folder / "link.jsonl", folder / "hard.jsonl", folder / "way" / ".." / path.name)
    yield from (folder / f"{path.name}{ending}" for ending in ("-wal", "-shm", "-journal", ".lock", ".send.lock"))
    yield other(folder)
    yield folder / "other.db-wal"
    (folder / "other.csv").symlink_to(folder / "other.db")
    yield folder / "other.csv"


def contents(folder):
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm"))
    return {path: path.read_bytes() for path in files}


def commands(newsroom, target):
    """Each command that writes a file, told to write to ``target``."""
    seeds = f"seeds={newsroom.seeds}"
    yield "export", "--format", "csv", "-o", f"{target}"
    yield "digest", "--topic", TOPIC, "-a", seeds, "-o", f"{target}"
    for option in ("-o", "-O"):
        yield "crawl", TOPIC, "-a", seeds, "-a", "now=1", option, f"{target}:jsonl"
    yield "crawl", TOPIC, "-a", seeds, "-a", "now=1", "-o", f"{target.absolute().as_uri()}:csv"
    yield "crawl", TOPIC, "-a", seeds, "-a", "now=1", "-s", f"LOG_FILE={target}"


def test_every_command_refuses_every_such_target_in_one_line(newsroom):
    wrong = list(targets(newsroom.path))
    before = contents(newsroom.path.parent)
    for target in wrong:
        for command in commands(newsroom, target):
            code, out, err = newsroom.ask(*command)
            assert (code, out, len(err.splitlines())) == (2, "", 1), (command, err)
            assert target.name in err and "name another file" in err
    after = contents(newsroom.path.parent)
    assert {path: text for path, text in after.items() if path in before} == before


def test_the_database_that_is_not_there_yet_is_refused_as_well(tmp_path):
    path = tmp_path / "new.db"
    with pytest.raises(WrongTarget, match="is the database: name another file"):
        need_harmless("-o", path, path)
    assert not path.exists()


@pytest.mark.parametrize("name", ["out.csv", "missing/out.csv", "news.db.csv", "old.db", "news.db-wal.txt"])
def test_other_files_are_written_to(newsroom, name):
    folder = newsroom.path.parent
    (folder / "old.db").write_text("a list of doors\n")
    need_harmless("-o", folder / name, newsroom.path)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a.csv", "a.csv"), ("/x/a%20b.csv", "/x/a%20b.csv"), ("file:///x/a%20b.csv", "/x/a b.csv"),
        ("s3://bucket/a.csv", None), ("stdout:", None), ("-", None),
    ],
)  # fmt: skip
def test_a_feed_address_is_a_file_or_none(address, path):
    found = local_path(address)
    assert found is path or str(found) == path


def test_a_backup_does_not_take_the_place_of_its_database(newsroom):
    day = subprocess.run(["date", "+%a"], capture_output=True, text=True, check=True).stdout.strip()
    copy = newsroom.path.with_name(f"news-{day}.db")
    copy.symlink_to(newsroom.path)
    line = ["sh", str(ROOT / "deploy" / "backup.sh"), str(newsroom.path), str(newsroom.path.parent)]
    result = subprocess.run(line, capture_output=True, text=True, check=False)
    assert result.returncode == 2 and "is the database itself: name another folder" in result.stderr
    assert copy.is_symlink() and ask("articles", "-s", f"DATABASE={newsroom.path}")[0] == 0
