"""The schema of the database, as migrations: each runs once, in this order, in a transaction of its own.

Never change a migration that was released; add one. docs/schema.md explains every table and column.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler.urls import page_key

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
    """What the pages of stories, trends and sources walk along, without a look at the articles themselves."""
    db.execute("CREATE INDEX idx_stories_last_seen ON stories (last_seen)")
    db.execute("CREATE INDEX idx_polls_at ON polls (at, url, new)")
    db.execute("DROP INDEX idx_articles_newest")
    db.execute(
        "CREATE INDEX idx_articles_newest ON articles"
        " (coalesce(published, fetched), language, source, site, published, fetched)"
    )


@migrations()
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


@migrations()
def stems_and_facets(db: Database) -> None:
    """Words, their stems and what searches filter by get columns of their own (crawler/search.py).

    Phrases and prefixes need the words alone; filters that are words of the index cost nothing, however rare.
    """
    newest = "coalesce({0}.published, {0}.fetched)"
    facets = (
        "'0article 0language0' || {0}.language"
        f" || ' 0day' || replace(substr({newest}, 1, 10), '-', '')"
        f" || ' 0month' || replace(substr({newest}, 1, 7), '-', '') || ' 0year' || substr({newest}, 1, 4)"
        " || coalesce(' 0source0' || nullif(lower(hex({0}.source)), ''), '')"
        " || coalesce(' 0agency0' || nullif(lower(hex({0}.agency)), ''), '')"
        " || coalesce((SELECT group_concat(' 0topic0' || lower(hex(topic)), '') FROM matches"
        " WHERE article_id = {0}.id), '')"
    )
    plain = "{0}"  # what the tokenizer of FTS5 does not fold
    for letter, folded in zip("йЙёЁ", "ииее", strict=True):
        plain = f"replace({plain}, '{letter}', '{folded}')"
    words = f"{plain.format('new.title')}, {plain.format('new.text')}"
    columns = "title, text, title_stems, text_stems, facets"

    for trigger in ("articles_added", "articles_changed", "articles_removed"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.table("new_words").create(
        {"id": int, "facets": str, "title": str, "title_stems": str, "text": str, "text_stems": str},
        pk="id",
        not_null={"facets"},
        defaults={"facets": ""},
    )
    # Until now the stems stood behind a line break; the words that a trigger wrote are the text itself.
    halves = (
        "CASE WHEN w.{0} = a.{0} OR instr(w.{0}, char(10)) = 0 THEN w.{0}"
        " ELSE substr(w.{0}, 1, instr(w.{0}, char(10)) - 1) END,"
        " CASE WHEN w.{0} = a.{0} OR instr(w.{0}, char(10)) = 0 THEN NULL"
        " ELSE substr(w.{0}, instr(w.{0}, char(10)) + 1) END"
    )
    db.execute(
        "INSERT INTO new_words (id, facets, title, title_stems, text, text_stems)"
        f" SELECT w.id, {facets.format('a')}, {halves.format('title')}, {halves.format('text')}"
        " FROM article_words AS w JOIN articles AS a ON a.id = w.id"
    )
    for table in ("article_words", "articles_fts"):
        db.execute(f"DROP TABLE {table}")
    db.execute("ALTER TABLE new_words RENAME TO article_words")
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5 ({columns}, content='article_words', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
    db.execute("CREATE VIRTUAL TABLE article_terms USING fts5vocab (articles_fts, instance)")

    new, old = (", ".join(f"{row}.{column}" for column in ("id", *columns.split(", "))) for row in ("new", "old"))
    index = f"INSERT INTO articles_fts (rowid, {columns}) VALUES ({new});"
    forget = f"INSERT INTO articles_fts (articles_fts, rowid, {columns}) VALUES ('delete', {old});"
    topic = "' 0topic0' || lower(hex({0}.topic))"
    has_topic = f"instr(facets || ' ', {topic} || ' ') > 0"
    add_topic = (
        f"UPDATE article_words SET facets = facets || {topic.format('new')}"
        f" WHERE id = new.article_id AND NOT {has_topic.format('new')};"
    )
    drop_topic = (
        f"UPDATE article_words SET facets = rtrim(replace(facets || ' ', {topic.format('old')} || ' ', ' '))"
        f" WHERE id = old.article_id AND {has_topic.format('old')};"
    )
    for name, event, action in (
        ("article_words_added", "INSERT ON article_words", index),
        ("article_words_removed", "DELETE ON article_words", forget),
        ("article_words_changed", "UPDATE ON article_words", f"{forget} {index}"),
        (
            "articles_added",
            "INSERT ON articles",
            f"INSERT INTO article_words (id, facets, title, text) SELECT new.id, {facets.format('new')}, {words}"
            " WHERE NOT EXISTS (SELECT 1 FROM article_words WHERE id = new.id);"
            f" UPDATE article_words SET facets = {facets.format('new')} WHERE id = new.id AND facets = '';",
        ),
        (
            "articles_changed",
            "UPDATE OF title, text ON articles WHEN old.title IS NOT new.title OR old.text IS NOT new.text",
            f"UPDATE article_words SET (title, text, title_stems, text_stems) = ({words}, NULL, NULL)"
            " WHERE id = new.id;",
        ),
        (
            "articles_refiled",
            "UPDATE OF language, source, agency, published, fetched ON articles WHEN old.language IS NOT new.language"
            " OR old.source IS NOT new.source OR old.agency IS NOT new.agency"
            f" OR {newest.format('old')} IS NOT {newest.format('new')}",
            f"UPDATE article_words SET facets = {facets.format('new')} WHERE id = new.id;",
        ),
        ("articles_removed", "DELETE ON articles", "DELETE FROM article_words WHERE id = old.id;"),
        ("matches_added", "INSERT ON matches", add_topic),
        ("matches_removed", "DELETE ON matches", drop_topic),
        ("matches_changed", "UPDATE OF article_id, topic ON matches", f"{drop_topic} {add_topic}"),
    ):
        db.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {action} END")
    # Narrow rows for what filters and sorts many articles, without their texts
    db.execute("CREATE INDEX idx_articles_narrow ON articles (id, duplicate_of, published, fetched, story_id)")


@migrations()
def views(db: Database) -> None:
    """What people ask for most, for any SQLite tool; each is read from its top, whatever the size of the database."""
    newest = "coalesce(published, fetched)"
    appeared = (  # the latest moment an article can have appeared: of a date alone, the end of its day
        "min(CASE WHEN published IS NULL THEN fetched WHEN instr(published, 'T') THEN published"
        " ELSE published || 'T23:59:59Z' END, fetched)"
    )
    db.execute(
        f"CREATE VIEW latest AS SELECT id, {newest} AS newest, source, language, title,"
        " (SELECT group_concat(topic, ', ') FROM matches WHERE article_id = articles.id) AS topics,"
        " agency, story_id, url, description FROM articles WHERE duplicate_of IS NULL"
        f" ORDER BY {newest} DESC, id DESC"
    )
    db.execute(
        "CREATE VIEW by_story AS SELECT stories.id AS story_id, stories.title, first_seen, last_seen, stories.articles,"
        " (SELECT count(*) FROM articles WHERE story_id = stories.id AND duplicate_of IS NOT NULL) AS copies,"
        " stories.outlets, stories.languages, first.id AS first_id, first.source AS first_source,"
        " first.language AS first_language, first.url AS first_url FROM stories JOIN articles AS first ON first.id ="
        " (SELECT id FROM articles WHERE story_id = stories.id"
        f" ORDER BY duplicate_of IS NOT NULL, {appeared}, id LIMIT 1) ORDER BY last_seen DESC, stories.id DESC"
    )
    names = ("topic", "language", "source", "articles", "copies")
    columns = (f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    db.execute(  # one day after the other, so that a LIMIT and a condition for days end it early
        "CREATE VIEW coverage AS WITH RECURSIVE days (day) AS ("
        f" SELECT (SELECT substr({newest}, 1, 10) FROM articles ORDER BY {newest} DESC LIMIT 1)"
        f" UNION ALL SELECT (SELECT substr({newest}, 1, 10) FROM articles WHERE {newest} < day"
        f" ORDER BY {newest} DESC LIMIT 1) FROM days WHERE day IS NOT NULL)"
        f" SELECT day, {', '.join(columns)} FROM days"
        " CROSS JOIN json_each((SELECT json_group_array(json(counted)) FROM ("
        " SELECT json_array(topic, language, source, count(*), sum(duplicate_of IS NOT NULL)) AS counted"
        " FROM articles CROSS JOIN matches ON article_id = articles.id"
        f" WHERE {newest} >= day AND {newest} < day || '~' GROUP BY topic, language, source)))"
    )
    db.execute(
        "CREATE INDEX idx_pages_stored ON pages (source, kind, state, alias_of)"
        " WHERE kind = 'article' AND state = 'stored' AND alias_of IS NULL"
    )
    db.execute("CREATE INDEX idx_pages_seen_elsewhere ON pages (source) WHERE substr(reason, 1, 14) = 'seen elsewhere'")


@migrations()
def indexes_without_a_query(db: Database) -> None:
    db.execute("DROP INDEX idx_polls_topic_url_id")
