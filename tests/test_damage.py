"""A database that is damaged: nothing is written to it, one line says what to do; searches of old databases work."""

import pytest

from crawler import clock, database
from crawler.database import need_sound
from crawler.database.migrations import migrations
from tests.newsroom import TOPIC, Newsroom

REMEDY = 'is damaged: restore a backup, or save what is readable with "sqlite3 FILE .recover"'


@pytest.fixture
def path(tmp_path):
    """A database of some articles, with a run in it that did not end."""
    room = Newsroom(tmp_path)
    for number in range(30):
        room.add(number)
    room.db.table("runs").insert({"topic": TOPIC, "started": clock.text(clock.now())})
    room.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    room.close()
    return room.path


def damage(path, share):
    """Overwrite some pages of the file."""
    size = path.stat().st_size // 4096
    with path.open("r+b") as file:
        for page in range(int(size * share), int(size * share) + 12):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.8])
def test_a_run_after_one_that_did_not_end_writes_nothing_to_a_damaged_file(path, share, tmp_path, scrapy):
    damage(path, share)
    before = path.read_bytes()
    seeds = tmp_path / f"{TOPIC}.toml"
    result = scrapy("crawl", TOPIC, "-a", f"seeds={seeds}", "-a", "now=1")
    assert (result.returncode, result.stderr) == (1, f"scrapy: {path}: {REMEDY}\n")
    assert path.read_bytes() == before


def test_a_sound_one_is_looked_at_and_used(path):
    need_sound(path)
    database.open_to_write(path).conn.close()


def test_after_a_run_that_ended_nobody_looks(path):
    db = database.open_to_write(path)
    db.conn.execute("UPDATE runs SET finished = started")
    db.conn.close()
    damage(path, 0.6)
    need_sound(path)


@pytest.mark.parametrize("command", [("articles", "--format", "jsonl"), ("export",), ("show", "1")])
def test_whoever_comes_upon_damage_says_what_to_do(path, command, scrapy):
    db = database.open_to_write(path)
    root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'articles'").fetchone()[0]
    db.conn.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xa5" * 4096)
    result = scrapy(*command)
    assert (result.returncode, result.stderr) == (1, f"scrapy: {path}: {REMEDY}\n")


def test_articles_that_are_older_than_the_index_are_found_after_the_migration(tmp_path):
    path = tmp_path / "old.db"
    db = database._connect(path, "rwc")
    migrations.apply(db, stop_before="full_text")
    row = {"id": 1, "url": "u", "canonical_url": "u", "source": "The Quay", "title": "Harbour", "language": "en"}
    db.table("articles").insert(row | {"text": "A ferry came.", "fetched": "2024-07-01T10:00:00Z"}, alter=True)
    db.conn.close()
    database.open_to_write(path).conn.close()
    room = Newsroom(tmp_path, "old.db")
    for words in ("ferry", "title:harbour"):
        assert '"id": 1' in room.ask("articles", words, "--language", "en", "--format", "jsonl")[1], words
    room.close()
