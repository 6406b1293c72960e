"""Claims about what becomes of the links of a database that knew partial copies."""

from __future__ import annotations

from pathlib import Path

import sqlite_utils

from crawler.database import open_to_write
from crawler.database.data_migrations import Mover
from crawler.database.migrations import migrations
from pipelines.dedupe import content_hash
from tests.test_dedupe import story


def of_the_version_before(path: Path, articles: list[tuple[str, str, str | None, int | None, str | None]]) -> None:
    """A database as the migrations before made it: (text, title, published, duplicate_of, duplicate_kind) a row."""
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="passages")
    assert "passages" not in db.table_names()
    for number, (text, title, published, original, kind) in enumerate(articles, start=1):
        row = {
            "id": number,
            "url": f"https://paper{number}.example/",
            "canonical_url": f"https://paper{number}.example/",
            "site": f"paper{number}.example",
            "title": title,
            "text": text,
            "published": published,
            "fetched": f"2024-07-02T00:{number:02}:00Z",
            "language": "en",
            "content_hash": content_hash(text),
            "duplicate_of": original,
            "duplicate_kind": kind,
            "duplicate_score": 0.5 if kind else None,
        }
        db.table("articles").insert(row)
    db.close()


def test_partial_copies_become_passages_and_find_their_like(tmp_path):
    harbour, museum = story(1, 120), story(2, 110)
    path = tmp_path / "news.db"
    of_the_version_before(
        path,
        [
            (f"{harbour}\n\n{museum}\n\n{story(3, 60)}", "The week in brief", "2024-07-01T08:00:00Z", None, None),
            (museum, "Museum finds a lost letter", "2024-07-01T09:00:00Z", 1, "partial"),
            (f"(Agency) {museum}", "A letter turns up", "2024-07-01", 1, "partial"),
            (story(4), "Trams stop for a day", None, None, None),
            (story(4), "Trams stop", None, 4, "exact"),
        ],
    )
    db = open_to_write(path)
    assert Mover(db.conn).move(60)
    links = db.execute("SELECT id, duplicate_of, duplicate_kind, appeared FROM articles ORDER BY id").fetchall()
    assert [tuple(row) for row in links] == [
        (1, None, None, "2024-07-01T08:00:00Z"),
        (2, None, None, "2024-07-01T09:00:00Z"),
        (3, 2, "copy", "2024-07-01T23:59:59Z"),
        (4, None, None, "2024-07-02T00:04:00Z"),
        (5, 4, "exact", "2024-07-02T00:05:00Z"),
    ]
    passages = db.execute("SELECT shorter, longer, kind FROM passages ORDER BY shorter").fetchall()
    assert [tuple(row) for row in passages] == [(2, 1, "contains"), (3, 1, "contains")]
    db.close()
