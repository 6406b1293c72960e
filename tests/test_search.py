"""Search: inflected forms are found, accents do not matter, odd queries are errors with a remedy."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler import database
from crawler.database.data_migrations import Mover
from crawler.database.migrations import migrations
from crawler.database.queries import read_articles
from crawler.output.terminal import safe_line
from crawler.search import finding, index
from crawler.search.filters import Filters
from crawler.search.parser import WrongQuery

TEXTS = {
    "es": ("Nuevas sanciones", "Moscú anunció ataques y los presidentes hablaron de policías."),
    "ru": (
        "Санкции против флота",
        "Россия и Венесуэла обсуждали порты; Венесуэлой управляют из Каракаса, российский танкер.",
    ),
    "pt": ("Sanções e navios", "Os navios russos chegaram aos portos venezuelanos."),
    "en": ("Sanctions bite", "Tankers were attacked near the Kremlin's favourite ports."),
    "sq": ("Lajme", "Anijet ruse mbërritën në port."),
}


def found(connection, filters):
    return read_articles(connection, finding.find(connection, filters).numbers)


@pytest.fixture
def connection(tmp_path):
    db = database.open_to_write(tmp_path / "news.db")
    for number, (language, (title, text)) in enumerate(TEXTS.items(), 1):
        db.table("articles").insert(
            {
                "id": number,
                "url": f"https://a.example/{language}",
                "canonical_url": f"https://a.example/{language}",
                "title": title,
                "text": text,
                "fetched": "2026-01-01T00:00:00Z",
                "language": language,
            }
        )
        index.add(db.conn, number)
    yield db.conn
    db.conn.close()


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ("ataque", "es"),
        ("policia", "es"),
        ("policías", "es"),
        ("presidente", "es"),
        ("MOSCU", "es"),
        ("санкциями", "ru"),
        ("Венесуэла", "ru"),
        ("венесуэлу", "ru"),
        ("российского", "ru"),
        ("navio", "pt"),
        ("navio venezuelano", "pt"),
        ("sanction", "en"),
        ("tanker attack", "en"),
        ("kremlin", "en"),
        ("anijet", "sq"),
        ("sancion", "es"),
        ("nothing", ""),
    ],
)
def test_inflected_forms_are_found(connection, words, languages):
    assert " ".join(sorted(row["language"] for row in found(connection, Filters(words=words)))) == languages


IN_MANY_SCRIPTS = {
    "tr": ("Yaptırım kararı", "Meclis YAPTIRIMLARI onayladı, kitaplar İstanbul'da."),
    "de": ("Häuser", "Die Regierungen verhandelten über die Straßen."),
    "hi": ("बाढ़", "नदियों में बाढ़ से दान और दिन बदले।"),
    "ar": ("العقوبات", "أعلنت الحكومة عقوباتٍ جديدة على المدينة"),
    "fa": ("تحریم", "می‌روند و کتاب‌ها"),
    "zh": ("委内瑞拉总统", "委内瑞拉总统马杜罗在加拉加斯会见俄罗斯外长。"),
    "ja": ("ベネズエラ", "プロシアの歴史とロシアの船。"),
    "th": ("น้ำท่วม", "ประเทศไทยเผชิญน้ำท่วมใหญ่"),
    "ro": ("Vești", "El a put pleca."),
    "und": ("Putin", "putinization"),
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    connection = database.open_to_write(tmp_path_factory.mktemp("scripts") / "news.db").conn
    for number, (language, (title, text)) in enumerate(IN_MANY_SCRIPTS.items(), 1):
        connection.execute(
            "INSERT INTO articles (id, url, canonical_url, title, text, fetched, language)"
            " VALUES (?1, ?2, ?2, ?3, ?4, '2026-01-01T00:00:00Z', ?2)",
            (number, language, title, text),
        )
    assert index.complete(connection, 100) == len(IN_MANY_SCRIPTS)  # what another program wrote
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ("yaptırımlar", "tr"),
        ("YAPTIRIM", "tr"),
        ("kitap", "tr"),
        ("istanbul", "tr"),
        ("Regierung", "de"),
        ("strasse", "de"),
        ("नदी", "hi"),
        ("दान", "hi"),
        ("दन", ""),
        ("عقوبة", "ar"),
        ("كتاب", "fa"),
        ("马杜罗", "zh"),
        ("罗在加", "zh"),
        ("斯", "zh"),
        ("长", "zh"),
        ("俄加", ""),
        ("title:总统", "zh"),
        ("title:俄罗斯", ""),
        ('"委内瑞拉总统马杜罗"', "zh"),
        ("俄罗*", "zh"),
        ("ロシア", "ja"),
        ("ロシア -プロシア", ""),
        ("ท่วม", "th"),
        ("putin", "und"),
    ],
)
def test_words_are_found_in_every_script_whoever_wrote_the_article(scripts, words, languages):
    assert " ".join(sorted(row["language"] for row in found(scripts, Filters(words=words)))) == languages


@pytest.mark.parametrize("words", ["!!!", "– &", " "])
def test_a_query_without_a_word_says_what_is_missing(connection, words):
    with pytest.raises(WrongQuery, match="no word to search for"):
        found(connection, Filters(words=words))


def facets_of(connection, number):
    return sorted(connection.execute("SELECT facets FROM article_words WHERE id = ?", [number]).fetchone()[0].split())


def in_step(connection):
    """Whether index and words agree, and each article's facets with its row and its matches."""
    connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    for row in connection.execute("SELECT * FROM articles").fetchall():
        matches = connection.execute("SELECT * FROM matches WHERE article_id = ?", [row["id"]]).fetchall()
        assert facets_of(connection, row["id"]) == sorted(right_facets(row, matches))
    return True


def right_facets(row, matches):
    year, month, day = (row["published"] or row["fetched"])[:10].split("-")
    roles = {(match["topic"].encode().hex(), match["role"] or "subject") for match in matches}
    source = row["source_id"] or (row["source"] and f"0{row['source'].encode().hex()}")
    return [
        *("0article", "0original" if row["duplicate_of"] is None else "0copy", f"0language0{row['language']}"),
        *(f"0day{year}{month}{day}", f"0month{year}{month}", f"0year{year}"),
        *([f"0source{source}"] if source else []),
        *([f"0agency0{row['agency'].encode().hex()}"] if row["agency"] else []),
        *{f"0{role}" for _, role in roles},
        *(f"0topic0{topic}" for topic, _ in roles),
        *(f"0{role}0{topic}" for topic, role in roles),
    ]


def test_triggers_write_the_same_facets_as_the_store_and_keep_them_in_step(connection):
    assert in_step(connection)
    for change in (
        "INSERT INTO matches (article_id, topic) VALUES (1, 'a'), (1, 'a b'), (2, 'тема'), (3, 'b')",
        "INSERT OR IGNORE INTO matches (article_id, topic) VALUES (1, 'a')",
        "UPDATE matches SET topic = 'c' WHERE topic = 'a b'",
        "UPDATE matches SET score = 1",
        "UPDATE matches SET role = 'mention' WHERE topic IN ('c', 'b')",
        "UPDATE articles SET duplicate_of = 2 WHERE id IN (1, 4)",
        "UPDATE articles SET duplicate_of = NULL WHERE id = 4",
        "UPDATE articles SET source = 'A', source_id = 7 WHERE id IN (2, 3)",
        "UPDATE articles SET source = 'B' WHERE id = 2",
        "DELETE FROM matches WHERE topic = 'a'",
        "UPDATE articles SET language = 'fr', source = '\"x\" -y', agency = 'EFE' WHERE id = 1",
        "UPDATE articles SET published = '2024-07-01' WHERE id = 2",
        "UPDATE articles SET published = NULL, fetched = '2024-07-02T10:00:00Z' WHERE id = 2",
        "UPDATE articles SET title = 'Ёлка', text = 'й' WHERE id = 2",
        "DELETE FROM matches WHERE article_id = 3",
        "DELETE FROM articles WHERE id = 3",
    ):
        connection.execute(change)
        assert in_step(connection)
    assert connection.execute("SELECT count(*) FROM article_words").fetchone()[0] == len(TEXTS) - 1


def test_filters_find_what_another_program_wrote_whatever_its_letters(connection):
    connection.execute("INSERT INTO matches (article_id, topic) VALUES (2, 'тема \"1\"')")
    connection.execute("UPDATE articles SET source = 'Ёж & Co.', agency = 'ТАСС' WHERE id = 2")
    for words in ("", "венесуэла"):
        for wanted in ({"topic": 'тема "1"'}, {"source": "Ёж & Co."}, {"agency": "ТАСС"}, {"language": "ru"}):
            assert [row["id"] for row in found(connection, Filters(words=words, **wanted))] == [2]
            nothing = {key: f"{value}x" for key, value in wanted.items()}
            assert found(connection, Filters(words=words, **nothing)) == []


def test_what_another_program_wrote_is_found_by_its_words_in_any_spelling(connection):
    connection.execute(
        "INSERT INTO articles (id, url, canonical_url, title, text, fetched, language)"
        " VALUES (9, 'u', 'u', 'Ёлка', 'Российский\nфлот, Moscú', '2026-01-01T00:00:00Z', 'ru')"
    )
    for words in ("елка", "РОССИЙСКИЙ", '"российский флот"', "moscu", "title:ёлка флот", "россий*"):
        assert 9 in [row["id"] for row in found(connection, Filters(words=words))], words


def test_an_index_of_before_is_taken_over(tmp_path):
    path = tmp_path / "old.db"
    db = database.sqlite_utils.Database(path)
    migrations.apply(db, stop_before="stems_and_facets")
    for number, (title, text, words) in enumerate(
        [("Las sanciones", "Moscú habló", True), ("Plain\ntitle", "First line.\nSecond line.", False)], 1
    ):
        if words:
            db.execute(
                "INSERT INTO article_words VALUES (?, 'las sanciones\nla sancion', 'moscu hablo\nhabl')", [number]
            )
        db.table("articles").insert(
            {"id": number, "url": str(number), "canonical_url": str(number), "title": title, "text": text}
            | {"fetched": "2026-01-01T00:00:00Z", "language": "es", "source": "A"}
        )
    db.execute("INSERT INTO matches (article_id, topic) VALUES (1, 'x y')")
    db.conn.commit()
    db.conn.close()
    connection = database.open_to_write(path).conn
    connection.execute(
        "INSERT INTO articles (id, url, canonical_url, title, text, fetched, language)"
        " VALUES (3, 'u', 'u', 'x', 'New sanciones', '2026-01-02T00:00:00Z', 'es')"
    )
    mover = Mover(connection)
    mover.size = 1
    is_left = True
    while is_left:  # before, between and after the batches
        for words, numbers in (
            ("sancion", [1]),
            ("sanciones", [1, 3]),
            ('"las sanciones"', [1]),
            ("hablar", [1]),
            ('"plain title"', [2]),
            ('"line second"', [2]),
            ('"sanciones la"', []),
            ("sanc* -new", [1]),
            ("sanciones -las", [3]),
        ):
            assert sorted(row["id"] for row in found(connection, Filters(words=words))) == numbers, words
            wanted = Filters(words=words, topic="x y", source="A", language="es", role="subject")
            assert [row["id"] for row in found(connection, wanted)] == [n for n in numbers if n == 1]
            assert sorted(finding.each(connection, Filters(words=words))) == numbers
        assert finding.unknown(connection, Filters(source="A", language="pt")) == ["language"]
        is_left = mover.batch()
    assert in_step(connection)
    assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name LIKE 'article%_before%'").fetchall()
    assert index.complete(connection, 10) == 1 and index.complete(connection, 10) == 0
    assert sorted(row["id"] for row in found(connection, Filters(words="sancion"))) == [1, 3] and in_step(connection)
    connection.close()


@pytest.fixture(scope="module")
def empty():
    db = database.sqlite_utils.Database(memory=True)
    migrations.apply(db)
    yield db.conn
    db.conn.close()


SIGNS = [
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    '"',
    "*",
    "-",
    "title:",
    "язык:",
    " ",
    "a",
    "bc",
    "Москва",
    "\0",
    "NEAR",
    "{",
    "^",
]


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(min_size=1) | st.lists(st.sampled_from(SIGNS), min_size=1, max_size=40).map("".join))
def test_any_string_gives_rows_or_one_line_that_says_what_is_wrong(empty, words):
    try:
        found(empty, Filters(words=words))
    except WrongQuery as error:
        assert safe_line(str(error)) == str(error)
