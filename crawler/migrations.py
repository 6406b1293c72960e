"""The schema of the database, as migrations: each runs once, in this order, in a transaction of its own.

Never change a migration that was released; add one. docs/schema.md explains every table and column.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("newscrawler")


@migrations()
def articles_and_matches(db: Database) -> None:
    db.execute(  # AUTOINCREMENT: the id of a story that is no more is never given again
        "CREATE TABLE stories (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, first_seen TEXT, last_seen TEXT,"
        " articles INTEGER, outlets INTEGER, languages TEXT)"
    )
    articles = db.table("articles")
    articles.create(
        {
            "id": int,
            "url": str,
            "canonical_url": str,
            "canonical_elsewhere": str,
            "source": str,
            "site": str,
            "title": str,
            "authors": str,
            "published": str,
            "published_from": str,
            "modified": str,
            "fetched": str,
            "language": str,
            "language_confidence": float,
            "language_from": str,
            "text": str,
            "description": str,
            "image": str,
            "section": str,
            "tags": str,
            "agency": str,
            "paywalled": int,
            "content_hash": str,
            "duplicate_of": int,
            "duplicate_kind": str,
            "duplicate_score": float,
            "story_id": int,
            "revision": int,
            "extractor": str,
        },
        pk="id",
        not_null={"url", "canonical_url", "text", "fetched", "language"},
        defaults={"authors": "[]", "tags": "[]", "paywalled": 0, "revision": 1},
        foreign_keys=[("duplicate_of", "articles", "id"), ("story_id", "stories", "id")],
    )
    articles.create_index(["url"], unique=True)
    articles.create_index(["canonical_url"], unique=True)
    articles.create_index(["content_hash"])
    db.execute("CREATE INDEX idx_articles_newest ON articles (coalesce(published, fetched))")
    db.execute("CREATE INDEX idx_articles_duplicate_of ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL")
    db.execute(
        "CREATE INDEX idx_articles_story_id ON articles (story_id, duplicate_of, published, fetched, site, language)"
        " WHERE story_id IS NOT NULL"
    )
    db.table("matches").create(
        {"article_id": int, "topic": str, "score": float, "terms": str},
        pk=("article_id", "topic"),
        foreign_keys=[("article_id", "articles", "id")],
    )
    db.table("revisions").create(
        {
            "article_id": int,
            "number": int,
            "seen": str,
            "kind": str,
            "title": str,
            "text": str,
            "content_hash": str,
        },
        pk=("article_id", "number"),
        foreign_keys=[("article_id", "articles", "id")],
    )


@migrations()
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


@migrations()
def full_text(db: Database) -> None:
    """``article_words`` holds folded words and stems (crawler/search.py), ``articles_fts`` indexes them.

    Our store writes the words of an article before the article itself; for rows that other tools insert or
    change, triggers index the plain words, so nothing is unsearchable and no trigger needs Python.
    """
    db.table("article_words").create({"id": int, "title": str, "text": str}, pk="id")
    db.execute(
        "CREATE VIRTUAL TABLE articles_fts USING fts5 (title, text, content='article_words', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    index = "INSERT INTO articles_fts (rowid, title, text) VALUES (new.id, new.title, new.text);"
    forget = (
        "INSERT INTO articles_fts (articles_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);"
    )
    for statement in (
        f"CREATE TRIGGER article_words_added AFTER INSERT ON article_words BEGIN {index} END",
        f"CREATE TRIGGER article_words_removed AFTER DELETE ON article_words BEGIN {forget} END",
        f"CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN {forget} {index} END",
        "CREATE TRIGGER articles_added AFTER INSERT ON articles"
        " WHEN NOT EXISTS (SELECT 1 FROM article_words WHERE id = new.id)"
        " BEGIN INSERT INTO article_words (id, title, text) VALUES (new.id, new.title, new.text); END",
        "CREATE TRIGGER articles_changed AFTER UPDATE OF title, text ON articles"
        " WHEN old.title IS NOT new.title OR old.text IS NOT new.text"
        " BEGIN UPDATE article_words SET title = new.title, text = new.text WHERE id = new.id; END",
        "CREATE TRIGGER articles_removed AFTER DELETE ON articles"
        " BEGIN DELETE FROM article_words WHERE id = old.id; END",
    ):
        db.execute(statement)


@migrations()
def near_duplicates(db: Database) -> None:
    db.execute(
        "CREATE TABLE fingerprints (hash INTEGER, article_id INTEGER, PRIMARY KEY (hash, article_id)) WITHOUT ROWID"
    )
    db.table("fingerprinted").create({"article_id": int, "shingles": int, "hashes": bytes}, pk="article_id")


@migrations()
def repeated_blocks(db: Database) -> None:
    db.execute(
        "CREATE TABLE host_blocks (site TEXT, hash INTEGER, pages INTEGER, last_seen TEXT, first_page INTEGER,"
        " second_page INTEGER, PRIMARY KEY (site, hash)) WITHOUT ROWID"
    )


@migrations()
def story_index(db: Database) -> None:
    db.execute(
        "CREATE TABLE story_postings (term INTEGER, hour INTEGER, article_id INTEGER,"
        " PRIMARY KEY (term, hour, article_id)) WITHOUT ROWID"
    )
    db.table("story_terms").create({"term": int, "articles": int}, pk="term")
    vectors = db.table("story_vectors")
    vectors.create(
        {
            "article_id": int,
            "hour": int,
            "language": str,
            "script": str,
            "names": int,
            "long_words": int,
            "terms": bytes,
            "weights": bytes,
            "leading": bytes,
            "sense": bytes,
        },
        pk="article_id",
    )
    vectors.create_index(["hour"])


@migrations()
def deliveries(db: Database) -> None:
    table = db.table("deliveries")
    table.create(
        {
            "id": int,
            "topic": str,
            "address": str,
            "rule": str,
            "subject": str,
            "story_id": int,
            "article_id": int,
            "at": str,
            "state": str,
        },
        pk="id",
        not_null={"topic", "address", "rule", "subject", "at", "state"},
    )
    table.create_index(["topic", "address", "rule", "subject"], unique=True)
    db.execute("CREATE INDEX idx_deliveries_article_id ON deliveries (article_id) WHERE article_id IS NOT NULL")
    db.execute(  # the id of a deleted article may be given again
        "CREATE TRIGGER article_of_delivery_removed AFTER DELETE ON articles"
        " BEGIN UPDATE deliveries SET article_id = NULL WHERE article_id = old.id; END"
    )


@migrations()
def web_page(db: Database) -> None:
    """What the front page and the pages of sources and search walk along."""
    db.execute("CREATE INDEX idx_stories_last_seen ON stories (last_seen)")
    db.execute("CREATE INDEX idx_polls_at ON polls (at, url, new)")
    db.execute("CREATE INDEX idx_articles_agency ON articles (agency) WHERE agency IS NOT NULL")


@migrations()
def other_addresses(db: Database) -> None:
    """Other addresses of a page name its row; the index by which pages are claimed holds all that is asked of it."""
    db.execute("ALTER TABLE pages ADD COLUMN alias_of INTEGER REFERENCES pages (id)")
    db.execute(
        "UPDATE pages SET alias_of = (SELECT own.id FROM pages AS own WHERE own.url = substr(pages.reason, 20))"
        " WHERE reason LIKE 'another address of %'"
    )
    db.execute("CREATE INDEX idx_pages_alias_of ON pages (alias_of) WHERE alias_of IS NOT NULL")
    db.execute("DROP INDEX idx_pages_due")
    db.execute(
        "CREATE INDEX idx_pages_due ON pages (topic, host, priority DESC, id, due, source) WHERE due IS NOT NULL"
    )
