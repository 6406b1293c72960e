"""The tables of articles: what is kept of each, their copies, the blocks of their sites, what finds their stories."""

from __future__ import annotations

import sqlite3

from scrapy.utils.misc import load_object
from sqlite_utils import Database

from crawler.database.migrations import rows

STORED = "when articles were stored"


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


def near_duplicates(db: Database) -> None:
    db.execute(
        "CREATE TABLE fingerprints (hash INTEGER, article_id INTEGER, PRIMARY KEY (hash, article_id)) WITHOUT ROWID"
    )
    db.table("fingerprinted").create({"article_id": int, "shingles": int, "hashes": bytes}, pk="article_id")


def repeated_blocks(db: Database) -> None:
    db.execute(
        "CREATE TABLE host_blocks (site TEXT, hash INTEGER, pages INTEGER, last_seen TEXT, first_page INTEGER,"
        " second_page INTEGER, PRIMARY KEY (site, hash)) WITHOUT ROWID"
    )


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


def passages(db: Database) -> None:
    """What contains an article and hides nothing; when an article appeared, as its copies have it."""
    db.execute("ALTER TABLE articles ADD COLUMN appeared TEXT")
    db.execute(
        'CREATE TABLE passages (shorter INTEGER, longer INTEGER, "begin" INTEGER, "end" INTEGER, share REAL, kind TEXT,'
        " PRIMARY KEY (shorter, longer)) WITHOUT ROWID"
    )
    db.table("passages").create_index(["longer"])
    rows.begin(db, "appeared", "articles")
    rows.begin(db, "partial copies", "articles")


def origin_of_authors(db: Database) -> None:
    """Where the authors stand on the page, or that they are no persons."""
    db.execute("ALTER TABLE articles ADD COLUMN authors_from TEXT")


def appeared(connection: sqlite3.Connection, first: int, last: int) -> None:
    """The latest moment at which an article can have appeared: of a date alone, the end of its day."""
    connection.execute(
        "UPDATE articles SET appeared = min(CASE WHEN published IS NULL THEN fetched WHEN instr(published, 'T')"
        " THEN published ELSE published || 'T23:59:59Z' END, fetched) WHERE appeared IS NULL AND id BETWEEN ? AND ?",
        (first, last),
    )


def partial_copies(connection: sqlite3.Connection, first: int, last: int) -> None:
    """What was linked for a part that it has in common stands alone or with its like, beside a row of passages."""
    load_object("pipelines.dedupe.partial.regroup")(connection, first, last)


def templates(db: Database) -> None:
    """What of a text is no news, and whether an outlet is in a story."""
    db.execute(
        'CREATE TABLE templates (article_id INTEGER, "begin" INTEGER, "end" INTEGER, PRIMARY KEY (article_id, "begin"))'
        " WITHOUT ROWID"
    )
    db.execute("CREATE INDEX idx_articles_story_site ON articles (story_id, site) WHERE story_id IS NOT NULL")


def stored(db: Database) -> None:
    """When a row was written: long after its page was fetched when that came from an archive."""
    db.execute("ALTER TABLE articles ADD COLUMN stored TEXT")
    db.execute("DROP INDEX idx_story_vectors_hour")
    rows.begin(db, STORED, "articles")


def stored_when_fetched(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Until then nobody knew better."""
    connection.execute(
        "UPDATE articles SET stored = fetched WHERE stored IS NULL AND id BETWEEN ? AND ?", (first, last)
    )


def roles(db: Database) -> None:
    """Whether a topic is the subject of an article; NULL in rows of old until their terms are looked for again."""
    for column in ("role", "parts"):
        db.execute(f"ALTER TABLE matches ADD COLUMN {column} TEXT")
