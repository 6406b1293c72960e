"""Opening the database: a new file, an old one, a newer one, none at all."""

import sqlite3
from pathlib import Path

import pytest

from crawler import database
from crawler.database.migrations import migrations


def test_a_new_database_has_the_tables_of_the_contract(tmp_path):
    db = database.open_to_write(tmp_path / "news.db")
    assert {
        "articles", "matches", "stories", "revisions", "pages", "sources", "polls", "hosts", "runs", "articles_fts",
    } <= set(db.table_names())  # fmt: skip
    assert db.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    db.conn.close()


def test_opening_again_changes_nothing(tmp_path):
    path = tmp_path / "news.db"
    database.open_to_write(path).conn.close()
    db = database.open_to_write(path)
    assert migrations.pending(db) == []
    db.conn.close()


def test_a_database_of_an_older_version_is_migrated_with_its_rows(tmp_path):
    path = tmp_path / "news.db"
    db = database.sqlite_utils.Database(str(path))
    migrations.apply(db, stop_before="frontier")
    db.table("articles").insert(
        {
            "url": "https://a.example/1",
            "canonical_url": "https://a.example/1",
            "text": "t",
            "fetched": "2026-01-01T00:00:00Z",
            "language": "en",
        }
    )
    db.conn.close()
    db = database.open_to_write(path)
    assert migrations.pending(db) == []
    assert db.table("articles").count == 1
    db.conn.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "news.db"
    db = database.open_to_write(path)
    db.table("_sqlite_migrations").insert(
        {"migration_set": "newscrawler", "name": "from_the_future", "applied_at": "x"}
    )
    db.conn.close()
    for opened in (database.open_to_write, database.open_to_read):
        with pytest.raises(
            database.DatabaseError, match=r"newer version \(migration from_the_future\): update the crawler"
        ):
            opened(path)


def test_reading_makes_no_file_and_writes_nothing(tmp_path):
    path = tmp_path / "news.db"
    with pytest.raises(database.DatabaseError, match='no such database: run "scrapy crawl TOPIC" first'):
        database.open_to_read(path)
    assert not path.exists()
    database.open_to_write(path).conn.close()
    db = database.open_to_read(path)
    with pytest.raises(sqlite3.OperationalError):
        db.conn.execute("DELETE FROM articles")
    db.conn.close()


def test_any_tool_may_write_articles_and_they_are_found(tmp_path):
    path = tmp_path / "news.db"
    database.open_to_write(path).conn.close()
    connection = sqlite3.connect(path)
    found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
    row = "('https://a.example/1', 'https://a.example/1', 'Moscú', 'granero', '2026-01-01T00:00:00Z', 'es')"
    columns = "(url, canonical_url, title, text, fetched, language)"
    connection.execute(f"INSERT INTO articles {columns} VALUES {row}")
    assert connection.execute(found, ("moscu",)).fetchone()[0] == 1
    connection.execute("UPDATE articles SET text = 'puerto'")
    assert connection.execute(found, ("granero",)).fetchone()[0] == 0
    assert connection.execute(found, ("puerto",)).fetchone()[0] == 1
    connection.execute("DELETE FROM articles")
    assert connection.execute(found, ("moscu",)).fetchone()[0] == 0
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    connection.close()


def test_a_folder_that_cannot_be_written_is_no_other_crawl():
    with pytest.raises(database.DatabaseError, match="cannot be locked"), database.only_crawl(Path("/proc/news.db")):
        pass


def test_one_crawl_at_a_time(tmp_path):
    path = tmp_path / "news.db"
    with (
        database.only_crawl(path),
        pytest.raises(database.Locked, match="another crawl is running"),
        database.only_crawl(path),
    ):
        pass
    with database.only_crawl(path):
        pass


def test_a_link_to_the_database_has_its_lock(tmp_path):
    path, link = tmp_path / "news.db", tmp_path / "link.db"
    database.open_to_write(path).conn.close()
    link.symlink_to(path)
    with database.only_crawl(link), pytest.raises(database.Locked), database.only_crawl(path):
        pass
