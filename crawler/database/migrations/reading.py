"""What readers need: whom was told what, indexes for the web page, views for any SQLite tool."""

from __future__ import annotations

from sqlite_utils import Database


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


def exports(db: Database) -> None:
    db.execute(
        "CREATE TABLE exported (article_id INTEGER, number INTEGER, PRIMARY KEY (article_id, number)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TRIGGER exported_article_removed AFTER DELETE ON articles"
        " BEGIN DELETE FROM exported WHERE article_id = old.id; END"
    )


def web_page(db: Database) -> None:
    """What the pages of stories, trends and sources walk along, without a look at the articles themselves."""
    db.execute("CREATE INDEX idx_stories_last_seen ON stories (last_seen)")
    db.execute("CREATE INDEX idx_polls_at ON polls (at, url, new)")
    db.execute("DROP INDEX idx_articles_newest")
    db.execute(
        "CREATE INDEX idx_articles_newest ON articles"
        " (coalesce(published, fetched), language, source, site, published, fetched)"
    )


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
