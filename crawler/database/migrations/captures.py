"""Where raw pages are in the web archive beside the database."""

from __future__ import annotations

from sqlite_utils import Database


def archived(db: Database) -> None:
    table = db.table("archived")
    table.create(
        {
            "page_id": int,
            "fetched": str,
            "file": str,
            "offset": int,
            "length": int,
            "before": int,
            "digest": str,
        },
        not_null={"page_id", "fetched", "file", "offset", "length", "before", "digest"},
    )
    table.create_index(["page_id", "fetched"])
    table.create_index(["file", "offset"])
    db.table("archive_rewrites").create({"file": str}, pk="file")


def backfills(db: Database) -> None:
    db.table("backfills").create(
        {
            "topic": str,
            "file": str,
            "position": int,
            "finished": str,
            "records": int,
            "passed": int,
            "stored": int,
            "broken": int,
        },
        pk=("topic", "file"),
        not_null={"position", "records", "passed", "stored", "broken"},
    )


def reextractions(db: Database) -> None:
    db.table("reextractions").create(
        {"selection": str, "rules": str, "articles": int, "pages": int},
        pk="selection",
        not_null={"rules", "articles", "pages"},
    )
