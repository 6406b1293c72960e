"""The full-text index over articles, and the triggers that keep it."""

from __future__ import annotations

from sqlite_utils import Database

NEWEST = "coalesce({0}.published, {0}.fetched)"
FACETS = (  # of the row {0} of ``articles``
    "'0article 0language0' || {0}.language"
    f" || ' 0day' || replace(substr({NEWEST}, 1, 10), '-', '')"
    f" || ' 0month' || replace(substr({NEWEST}, 1, 7), '-', '') || ' 0year' || substr({NEWEST}, 1, 4)"
    " || coalesce(' 0source0' || nullif(lower(hex({0}.source)), ''), '')"
    " || coalesce(' 0agency0' || nullif(lower(hex({0}.agency)), ''), '')"
    " || coalesce((SELECT group_concat(' 0topic0' || lower(hex(topic)), '') FROM matches"
    " WHERE article_id = {0}.id), '')"
)


def plain(row: str) -> str:
    """The words of title and text of a row of ``articles``, in SQL: what the tokenizer of FTS5 does not fold is."""
    folded = "{0}"
    for letter, other in zip("йЙёЁ", "ииее", strict=True):
        folded = f"replace({folded}, '{letter}', '{other}')"
    return f"{folded.format(f'{row}.title')}, {folded.format(f'{row}.text')}"


def words_of_old_articles(db: Database) -> None:
    """Articles that are older than the index get their words, as a trigger would have written them."""
    db.execute(
        f"INSERT INTO article_words (id, facets, title, text) SELECT old.id, {FACETS.format('old')}, {plain('old')}"
        " FROM articles AS old WHERE NOT EXISTS (SELECT 1 FROM article_words WHERE id = old.id)"
    )


def full_text(db: Database) -> None:
    """``article_words`` holds folded words and stems (crawler/search/index.py), ``articles_fts`` indexes them.

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


def stems_and_facets(db: Database) -> None:
    """Words, their stems and what searches filter by get columns of their own (crawler/search/index.py).

    Phrases and prefixes need the words alone; filters that are words of the index cost nothing, however rare.
    """
    newest, facets, words = NEWEST, FACETS, plain("new")
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
