"""The full-text index over articles in its second form, and the triggers that keep it.

``article_words`` has a row for each article: what searches filter by, stems, and its words where SQL cannot read them
from the text. ``article_index`` is that with the words of all; ``articles_fts`` indexes it. A row without facets is
not indexed: it keeps its article out until ``crawler.search.index.add`` writes it as a whole.
"""

from __future__ import annotations

import sqlite3

from scrapy.utils.misc import load_object
from sqlite_utils import Database

from crawler.database.migrations import rows

NAME = "search index"
COLUMNS = "title, text, title_stems, text_stems, facets"
TOKENIZER = "tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\""
NEWEST = "coalesce({0}.published, {0}.fetched)"
ROLE = "iif(role = 'mention', 'mention', 'subject')"
FACETS = (  # of the row {0} of ``articles``
    "'0article ' || iif({0}.duplicate_of IS NULL, '0original', '0copy') || ' 0language0' || {0}.language"
    f" || ' 0day' || replace(substr({NEWEST}, 1, 10), '-', '')"
    f" || ' 0month' || replace(substr({NEWEST}, 1, 7), '-', '') || ' 0year' || substr({NEWEST}, 1, 4)"
    " || coalesce(' 0source' || {0}.source_id, ' 0source0' || nullif(lower(hex({0}.source)), ''), '')"
    " || coalesce(' 0agency0' || nullif(lower(hex({0}.agency)), ''), '')"
    " || coalesce((SELECT replace(group_concat(DISTINCT ' 0' || role), ',', '')"
    " || group_concat(' 0topic0' || topic || ' 0' || role || '0' || topic, '')"
    f" FROM (SELECT lower(hex(topic)) AS topic, {ROLE} AS role FROM matches"
    " WHERE article_id = {0}.id ORDER BY 2 DESC, 1)), '')"
)
# What the tokenizer of FTS5 does not fold as crawler/terms/folding.py does, where letters of Latin and Cyrillic go
FOLDED = dict(zip("йЙёЁїЇўЎłŁøØđĐı", "ииееііууlloodd" + "i", strict=True))
FOLDED |= {"ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"}


def plain(column: str) -> str:
    """The words of a column, in SQL: right where ``crawler.search.tokens.readable`` says so."""
    for letter, other in FOLDED.items():
        column = f"replace({column}, '{letter}', '{other}')"
    return column


def search_index(db: Database) -> None:
    for name in (
        *("article_words_added", "article_words_removed", "article_words_changed"),
        *("articles_added", "articles_changed", "articles_refiled", "articles_removed"),
        *("matches_added", "matches_removed", "matches_changed"),
    ):
        db.execute(f"DROP TRIGGER {name}")
    db.execute("DROP TABLE article_terms")
    db.execute("ALTER TABLE articles ADD COLUMN source_id INTEGER")
    if db.execute("SELECT 1 FROM articles LIMIT 1").fetchone():
        db.execute("ALTER TABLE article_words RENAME TO article_words_before")
        db.execute("ALTER TABLE articles_fts RENAME TO articles_fts_before")
        db.execute("CREATE VIRTUAL TABLE article_terms_before USING fts5vocab (articles_fts_before, instance)")
    else:
        db.execute("DROP TABLE articles_fts")
        db.execute("DROP TABLE article_words")
    db.execute(
        "CREATE TABLE article_words (id INTEGER PRIMARY KEY, language TEXT, facets TEXT NOT NULL,"
        " title TEXT, title_stems TEXT, text TEXT, text_stems TEXT)"
    )
    db.execute("CREATE INDEX idx_article_words_unread ON article_words (id) WHERE language IS NULL")
    db.execute(
        f"CREATE VIEW article_index AS SELECT articles.id, coalesce(words.title, {plain('articles.title')}) AS title,"
        f" coalesce(words.text, {plain('articles.text')}) AS text, title_stems, text_stems, facets"
        " FROM article_words AS words CROSS JOIN articles ON articles.id = words.id WHERE facets <> ''"
    )
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5 ({COLUMNS}, content='article_index', content_rowid='id',"
        f" {TOKENIZER})"
    )
    db.execute("CREATE VIRTUAL TABLE article_terms USING fts5vocab (articles_fts, instance)")
    for name, event, action in _triggers():
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {action} END")
    rows.begin(db, NAME, "articles")


def _triggers() -> list[tuple[str, str, str]]:
    """Name, event and statements of each."""
    index = f"INSERT INTO articles_fts (rowid, {COLUMNS}) SELECT id, {COLUMNS} FROM article_index WHERE id = new.id;"
    forget = (
        f"INSERT INTO articles_fts (articles_fts, rowid, {COLUMNS})"
        f" SELECT 'delete', id, {COLUMNS} FROM article_index WHERE id = old.id;"
    )
    add = (
        f"INSERT INTO article_words (id, facets) SELECT new.id, {FACETS.format('new')}"
        " WHERE NOT EXISTS (SELECT 1 FROM article_words WHERE id = new.id);"
    )
    # As they are before a change: the index can only be told to forget what it was told
    rewritten = "ON articles WHEN old.title IS NOT new.title OR old.text IS NOT new.text"
    filed = ("language", "source_id", "agency", "published", "fetched", "duplicate_of")
    refiled = " OR ".join(
        [
            *(f"old.{column} IS NOT new.{column}" for column in filed),
            "new.source_id IS NULL AND old.source IS NOT new.source",
        ]
    )
    facets = f"(SELECT {FACETS.format('articles')} FROM articles WHERE id = {{0}}.article_id)"
    follow = (
        f"UPDATE article_words SET facets = {facets} WHERE id = {{0}}.article_id AND facets <> ''"
        f" AND facets <> {facets};"
    )
    return [
        ("article_words_added", "AFTER INSERT ON article_words WHEN new.facets <> ''", index),
        ("article_words_removed", "BEFORE DELETE ON article_words WHEN old.facets <> ''", forget),
        (
            "article_words_changing",
            f"BEFORE UPDATE OF {COLUMNS} ON article_words WHEN old.facets <> ''",
            forget,
        ),
        ("article_words_changed", f"AFTER UPDATE OF {COLUMNS} ON article_words WHEN new.facets <> ''", index),
        ("articles_added", "AFTER INSERT ON articles", add),
        ("articles_removed", "BEFORE DELETE ON articles", "DELETE FROM article_words WHERE id = old.id;"),
        (
            "articles_changing",
            f"BEFORE UPDATE OF title, text {rewritten}",
            "DELETE FROM article_words WHERE id = old.id AND facets <> '';",
        ),
        ("articles_changed", f"AFTER UPDATE OF title, text {rewritten}", add),
        (
            "articles_refiled",
            f"AFTER UPDATE OF {', '.join(filed)}, source ON articles WHEN {refiled}",
            f"UPDATE article_words SET facets = {FACETS.format('new')},"
            " language = iif(new.language IS old.language, language, NULL) WHERE id = new.id AND facets <> '';",
        ),
        ("matches_added", "AFTER INSERT ON matches", follow.format("new")),
        ("matches_removed", "AFTER DELETE ON matches", follow.format("old")),
        (
            "matches_changed",
            "AFTER UPDATE OF article_id, topic, role ON matches",
            f"{follow.format('old')} {follow.format('new')}",
        ),
    ]


def of_articles(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Articles move from the index of before; when that has none left, it goes."""
    connection.execute(
        "UPDATE articles SET source_id = (SELECT source_id FROM pages WHERE article_id = articles.id"
        " AND source_id IS NOT NULL AND alias_of IS NULL ORDER BY id LIMIT 1)"
        " WHERE source_id IS NULL AND id BETWEEN ? AND ?",
        (first, last),
    )
    add = load_object("crawler.search.index.add")
    for (number,) in connection.execute(
        "SELECT id FROM articles WHERE id BETWEEN ? AND ?"
        " AND NOT EXISTS (SELECT 1 FROM article_words WHERE article_words.id = articles.id AND language IS NOT NULL)"
        " ORDER BY id DESC",
        (first, last),
    ).fetchall():
        add(connection, number)
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'article_words_before'").fetchone():
        return
    connection.execute("DELETE FROM article_words_before WHERE id >= ?", (first,))
    if not connection.execute("SELECT 1 FROM articles WHERE id < ? LIMIT 1", (first,)).fetchone():
        for table in ("article_terms_before", "articles_fts_before", "article_words_before"):
            connection.execute(f"DROP TABLE {table}")


def totals(db: Database) -> None:
    """What lists of articles are filtered, sorted and counted by, without their texts."""
    db.execute("DROP INDEX idx_articles_narrow")
    db.execute(
        "CREATE INDEX idx_articles_listed ON articles"
        " (id, duplicate_of, published, fetched, story_id, language, source, agency)"
    )
    db.execute("CREATE INDEX idx_matches_roles ON matches (article_id, topic, role, score)")
