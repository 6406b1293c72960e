"""A source is a number: pages and visits refer to it, whatever it is called and whichever topics follow it."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from crawler.database.migrations import rows

PAGES, POLLS, ARTICLES = "sources of pages", "sources of visits", "names of sources"
OF_PAGE = "(SELECT id FROM sources WHERE sources.topic = pages.topic AND sources.name = pages.source)"
OF_POLL = (
    "coalesce((SELECT id FROM sources WHERE sources.topic = polls.topic AND polls.url IN (sources.url, address)),"
    " (SELECT source_id FROM pages WHERE pages.url = polls.url))"
)


def source_ids(db: Database) -> None:
    db.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
    db.execute("INSERT INTO counters (name, value) SELECT 'articles', coalesce(max(id), 0) FROM articles")
    db.execute("ALTER TABLE sources ADD COLUMN id INTEGER")
    db.execute(
        "UPDATE sources SET id = numbered.id FROM"
        " (SELECT url, row_number() OVER (ORDER BY min(rowid)) AS id FROM sources GROUP BY url) AS numbered"
        " WHERE numbered.url = sources.url"
    )
    db.execute("INSERT INTO counters (name, value) SELECT 'sources', coalesce(max(id), 0) FROM sources")
    db.execute("CREATE INDEX idx_sources_id ON sources (id, topic)")
    db.execute("ALTER TABLE sources ADD COLUMN every INTEGER")
    db.execute("ALTER TABLE pages ADD COLUMN source_id INTEGER")
    db.execute("ALTER TABLE polls ADD COLUMN source_id INTEGER")
    db.execute(f"UPDATE pages SET source_id = {OF_PAGE} WHERE due IS NOT NULL")  # what the next run asks for
    for index in ("idx_pages_due", "idx_pages_stored", "idx_pages_seen_elsewhere"):
        db.execute(f"DROP INDEX {index}")
    db.execute(
        "CREATE INDEX idx_pages_due ON pages (host, priority DESC, id, due, source_id, topic) WHERE due IS NOT NULL"
    )
    db.execute(
        "CREATE INDEX idx_pages_stored ON pages (source_id, kind, state, alias_of)"
        " WHERE kind = 'article' AND state = 'stored' AND alias_of IS NULL"
    )
    db.execute(
        "CREATE INDEX idx_pages_seen_elsewhere ON pages (source_id) WHERE substr(reason, 1, 14) = 'seen elsewhere'"
    )
    db.execute("CREATE INDEX idx_pages_next ON pages (due, kind, source_id, topic) WHERE due IS NOT NULL")
    db.execute("CREATE INDEX idx_pages_lists ON pages (source_id) WHERE kind <> 'article'")
    db.execute("CREATE INDEX idx_hosts_not_before ON hosts (not_before) WHERE not_before IS NOT NULL")
    db.execute("CREATE INDEX idx_hosts_robots_fetched ON hosts (robots_fetched) WHERE robots_fetched IS NOT NULL")
    rows.begin(db, PAGES, "pages")
    rows.begin(db, POLLS, "polls")


def of_pages(connection: sqlite3.Connection, first: int, last: int) -> None:
    connection.execute(
        f"UPDATE pages SET source_id = {OF_PAGE} WHERE source_id IS NULL AND id BETWEEN ? AND ?", (first, last)
    )


def of_polls(connection: sqlite3.Connection, first: int, last: int) -> None:
    connection.execute(
        f"UPDATE polls SET source_id = {OF_POLL} WHERE source_id IS NULL AND id BETWEEN ? AND ?", (first, last)
    )


def names_of_articles(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Articles have the name that their source has now."""
    connection.execute(
        "UPDATE articles SET source = named.name FROM (SELECT article_id, sources.name, min(sources.topic)"
        " FROM pages JOIN sources ON sources.id = pages.source_id"
        " WHERE article_id BETWEEN :first AND :last AND alias_of IS NULL GROUP BY article_id) AS named"
        " WHERE named.article_id = articles.id AND articles.source IS NOT named.name",
        {"first": first, "last": last},
    )
