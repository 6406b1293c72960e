"""The tables of the frontier: addresses, sources, visits, hosts and runs."""

from __future__ import annotations

from sqlite_utils import Database

from crawler.urls import page_key


def frontier(db: Database) -> None:
    pages = db.table("pages")
    pages.create(
        {
            "id": int,
            "url": str,
            "key": str,
            "kind": str,
            "topic": str,
            "source": str,
            "host": str,
            "state": str,
            "reason": str,
            "found_on": str,
            "first_seen": str,
            "fetched": str,
            "due": str,
            "priority": int,
            "attempts": int,
            "status": int,
            "etag": str,
            "last_modified": str,
            "body_hash": str,
            "unchanged": int,
            "hints": str,
            "article_id": int,
        },
        pk="id",
        not_null={"url", "kind", "host", "state", "first_seen"},
        defaults={"attempts": 0, "priority": 0, "unchanged": 0},
        foreign_keys=[("article_id", "articles", "id")],
    )
    pages.create_index(["url"], unique=True)
    pages.create_index(["key"])
    db.execute("CREATE INDEX idx_pages_due ON pages (topic, host, priority DESC, id) WHERE due IS NOT NULL")
    db.execute("CREATE INDEX idx_pages_article_id ON pages (article_id) WHERE article_id IS NOT NULL")
    db.table("sources").create(
        {
            "topic": str,
            "url": str,
            "name": str,
            "address": str,
            "kind": str,
            "interval": int,
            "due": str,
            "expected_rate": float,
            "rhythm": str,
            "last_ok": str,
            "last_new": str,
            "failures": int,
            "state": str,
            "reason": str,
        },
        pk=("topic", "url"),
        not_null={"name", "state"},
        defaults={"failures": 0},
    )
    polls = db.table("polls")
    polls.create(
        {
            "id": int,
            "topic": str,
            "url": str,
            "at": str,
            "status": int,
            "announced": int,
            "new": int,
            "reason": str,
        },
        pk="id",
    )
    polls.create_index(["topic", "url", "id"])
    db.table("hosts").create(
        {
            "host": str,
            "not_before": str,
            "delay": float,
            "failures": int,
            "robots": str,
            "robots_origin": str,
            "robots_fetched": str,
            "reason": str,
        },
        pk="host",
        defaults={"failures": 0},
    )
    db.table("runs").create(
        {"id": int, "topic": str, "started": str, "finished": str, "reason": str, "counts": str}, pk="id"
    )


def other_addresses(db: Database) -> None:
    """Other addresses of a page name its row; the index by which pages are claimed holds all that is asked of it."""
    db.execute("ALTER TABLE pages ADD COLUMN alias_of INTEGER REFERENCES pages (id)")
    others = "reason LIKE 'another address of %'"
    db.execute(
        "UPDATE pages SET alias_of = (SELECT own.id FROM pages AS own WHERE own.url = substr(pages.reason, 20))"
        f" WHERE {others}"
    )
    for number, url in db.execute(f"SELECT id, url FROM pages WHERE {others}").fetchall():
        db.execute("UPDATE pages SET key = ? WHERE id = ?", (page_key(url), number))
    db.execute("CREATE INDEX idx_pages_alias_of ON pages (alias_of) WHERE alias_of IS NOT NULL")
    db.execute("DROP INDEX idx_pages_due")
    db.execute(
        "CREATE INDEX idx_pages_due ON pages (topic, host, priority DESC, id, due, source) WHERE due IS NOT NULL"
    )


def indexes_without_a_query(db: Database) -> None:
    db.execute("DROP INDEX idx_polls_topic_url_id")


def removals(db: Database) -> None:
    """What was removed on request: a page or the host of a site, as crawler/frontier/removals.py compares it."""
    db.table("removals").create({"key": str, "address": str, "at": str}, pk="key", not_null={"address", "at"})


def unreadable_robots(db: Database) -> None:
    db.execute("ALTER TABLE hosts ADD COLUMN robots_failing TEXT")


def known_is_not_for_ever(db: Database) -> None:
    """What was given up is asked again while it is announced; lists and parameters that mislead us are remembered."""
    db.execute("ALTER TABLE pages ADD COLUMN again INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE pages ADD COLUMN unlisted INTEGER")
    db.execute("ALTER TABLE pages ADD COLUMN misled INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE sources ADD COLUMN max_age INTEGER")
    db.execute(
        "CREATE INDEX idx_pages_given_up ON pages (found_on, unlisted) WHERE due IS NULL AND alias_of IS NULL"
        " AND state IN ('failed', 'gone', 'blocked', 'not_article')"
    )
    parameters = db.table("link_parameters")
    parameters.create({"host": str, "name": str, "times": int}, pk=("host", "name"), not_null={"times"})
