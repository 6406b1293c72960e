"""What machines made of foreign articles."""

from __future__ import annotations

from sqlite_utils import Database


def gists(db: Database) -> None:
    db.table("gists").create(
        {"article_id": int, "language": str, "title": str, "text": str, "maker": str, "made": str},
        pk=("article_id", "language"),
        not_null={"title", "text", "maker", "made"},
    )
    gone = "BEGIN DELETE FROM gists WHERE article_id = old.id; END"
    db.execute(f"CREATE TRIGGER gists_of_removed AFTER DELETE ON articles {gone}")
    db.execute(
        "CREATE TRIGGER gists_of_changed AFTER UPDATE OF title, text ON articles"
        f" WHEN old.title IS NOT new.title OR old.text IS NOT new.text {gone}"
    )
