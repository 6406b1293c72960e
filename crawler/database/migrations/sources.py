"""A source is a number: pages and visits refer to it, whatever it is called and whichever topics follow it."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from crawler.database.migrations import rows

PAGES, POLLS, ARTICLES = "sources of pages", "sources of visits", "names of sources"
OUTCOMES = "outcomes of pages"
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


def outcomes(db: Database) -> None:
    """What each topic makes of a page; what ends a page for all of them is written by a trigger."""
    db.execute(
        "CREATE TABLE outcomes (page_id INTEGER, topic TEXT, state TEXT NOT NULL, reason TEXT,"
        " PRIMARY KEY (page_id, topic)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX idx_outcomes_queued ON outcomes (topic, page_id) WHERE state = 'queued'")
    db.execute("CREATE TABLE topics (name TEXT PRIMARY KEY, terms TEXT, since TEXT NOT NULL) WITHOUT ROWID")
    db.execute("INSERT INTO topics (name, since) SELECT DISTINCT topic, '' FROM sources")
    db.execute(
        "CREATE TRIGGER page_ended AFTER UPDATE OF state, article_id ON pages WHEN new.kind = 'article'"
        " AND new.article_id IS NULL AND (old.article_id IS NOT NULL"
        " OR new.state NOT IN ('queued', 'stored', 'irrelevant', 'language'))"
        " BEGIN UPDATE outcomes SET state = new.state, reason = new.reason WHERE page_id = new.id; END"
    )
    rows.begin(db, OUTCOMES, "pages")


def outcomes_of_other_addresses(db: Database) -> None:
    """A page that turns out to be another address of one has no outcomes of its own."""
    db.execute(
        "CREATE TRIGGER page_is_another_address AFTER UPDATE OF alias_of ON pages WHEN new.alias_of IS NOT NULL"
        " AND new.alias_of IS NOT old.alias_of BEGIN"
        " UPDATE OR IGNORE outcomes SET page_id = new.alias_of WHERE page_id = new.id;"
        " DELETE FROM outcomes WHERE page_id = new.id; END"
    )
    db.execute("DELETE FROM outcomes WHERE page_id IN (SELECT id FROM pages WHERE alias_of IS NOT NULL)")


def entries_say_more(db: Database) -> None:
    """What the entry of a source may say about it: who publishes it, what is usual, when it was checked."""
    for column in ("outlet TEXT", "quiet INTEGER", "checked TEXT"):
        db.execute(f"ALTER TABLE sources ADD COLUMN {column}")


def outlets(db: Database) -> None:
    db.execute("CREATE INDEX idx_sources_outlet ON sources (name, outlet) WHERE outlet IS NOT NULL")


def healed(db: Database) -> None:
    db.execute("ALTER TABLE sources ADD COLUMN healed TEXT")


def outcomes_of_pages(connection: sqlite3.Connection, first: int, last: int) -> None:
    """A page was judged for the topic that found it, and is kept by those that it matches."""
    between = {"first": first, "last": last}
    connection.execute(
        "INSERT OR IGNORE INTO outcomes (page_id, topic, state) SELECT pages.id, matches.topic, 'stored' FROM pages"
        " JOIN matches USING (article_id) WHERE alias_of IS NULL AND pages.id BETWEEN :first AND :last",
        between,
    )
    connection.execute(
        "INSERT OR IGNORE INTO outcomes (page_id, topic, state, reason) SELECT id, topic,"
        " iif(state = 'stored', 'irrelevant', state), reason FROM pages"
        " WHERE kind = 'article' AND topic IS NOT NULL AND alias_of IS NULL AND id BETWEEN :first AND :last",
        between,
    )
