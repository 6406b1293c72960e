"""Search: inflected forms are found, accents do not matter, odd queries are errors with a remedy."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler import database, search
from crawler.filters import Filters
from crawler.migrations import migrations
from crawler.queries import find_articles
from crawler.terminal import safe_line

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


@pytest.fixture
def connection(tmp_path):
    db = database.open_to_write(tmp_path / "news.db")
    for number, (language, (title, text)) in enumerate(TEXTS.items(), 1):
        search.index(db.conn, number, title, text, language)
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
    found = find_articles(connection, Filters(words=words))
    assert " ".join(sorted(row["language"] for row in found)) == languages


@pytest.mark.parametrize("words", ["!!!", "– &", " "])
def test_a_query_without_a_word_says_what_is_missing(connection, words):
    with pytest.raises(search.WrongQuery, match="no word to search for"):
        find_articles(connection, Filters(words=words))


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
        find_articles(empty, Filters(words=words))
    except search.WrongQuery as error:
        assert safe_line(str(error)) == str(error)
