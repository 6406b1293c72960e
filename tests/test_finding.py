"""Finding: the right articles in the right order, in a database where a common word has more than can be ranked."""

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler import clock, database
from crawler.search import finding, index
from crawler.search.filters import Filters
from crawler.search.results import find_stories

MANY = finding.CANDIDATES + 2_000
LATE = finding.CANDIDATES + 100  # old articles that were stored last
NOW = clock.now()
SOURCES, LANGUAGES = ("Alpha", "Béta, «2»", "Gamma"), ("es", "ru")


def row(number, title, text, published, source="Alpha", language="es", original=None):
    url = f"https://a.example/{number}"
    fetched = clock.text(NOW)
    return number, url, url, title, text, published, fetched, source, language, original, number // 3 + 1


def fill(connection, rows, topics=()):
    """Articles as any SQLite tool may write them."""
    connection.executemany(
        "INSERT INTO articles (id, url, canonical_url, title, text, published, fetched, source, language, duplicate_of,"
        " story_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    connection.execute(
        "INSERT OR REPLACE INTO stories (id, title, first_seen, last_seen, articles, outlets, languages)"
        " SELECT story_id, min(title), min(published), max(published), count(*), 1, '[]' FROM articles GROUP BY 1"
    )
    connection.executemany("INSERT INTO matches (article_id, topic) VALUES (?, ?)", topics)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """MANY articles, a hundred a day, all with the word common; LATE more, years old, were stored last."""
    connection = database.open_to_write(tmp_path_factory.mktemp("many") / "news.db").conn
    rows, topics = [], []
    for number in range(1, MANY + LATE + 1):
        age = timedelta(minutes=14 * (MANY - number)) if number <= MANY else timedelta(hours=40_000 + number - MANY)
        published = clock.text(NOW - age)[: 10 if number % 7 == 0 else None]
        text = f"common word{number % 50}" + " seldom" * (number % 4000 == 17)
        title = "Common" if number % 10 == 3 else "Other"
        source, language = SOURCES[number % 11 % 3], LANGUAGES[number % 5 == 0]
        rows.append(row(number, title, text, published, source, language, number - 1 if number % 6 == 0 else None))
        topics += [(number, "venezuela_russia")] + [(number, "ли тий")] * (number % 1000 == 1)
    connection.execute("BEGIN")
    fill(connection, rows, topics)
    connection.execute("COMMIT")
    yield connection
    connection.close()


def expected(connection, filters, words=""):
    """The numbers that plain SQL finds, newest first; ``words`` is a condition.

    When there are words, an original is found by any of its copies that passes the same filters.
    """
    where = ["true"]
    for column in ("language", "source"):
        if value := getattr(filters, column):
            where.append(f"{column} = '{value}'")
    if filters.topic:
        where.append(f"id IN (SELECT article_id FROM matches WHERE topic = '{filters.topic}')")
    newest = "coalesce(published, fetched)"
    if filters.since:
        where.append(f"({newest} >= '{filters.since}' OR {newest} = '{filters.since[:10]}')")
    if filters.until:
        where.append(f"({newest} < '{filters.until}' AND {newest} <> '{filters.until[:10]}')")
    passing = f"SELECT * FROM articles WHERE {' AND '.join(where)}"
    found = "id" if filters.copies else "coalesce(duplicate_of, id)"
    hits = f"SELECT {found} FROM ({passing}) WHERE {words or ('true' if filters.copies else 'duplicate_of IS NULL')}"
    limit = -1 if filters.limit is None else filters.limit
    sql = f"SELECT id FROM ({passing}) WHERE id IN ({hits}) ORDER BY {newest} DESC, id DESC LIMIT {limit}"
    return [number for (number,) in connection.execute(sql)]


moments = st.integers(0, 200 * 24).map(lambda hours: clock.text(NOW - timedelta(hours=hours)))
wanted = st.builds(
    Filters,
    words=st.sampled_from(["", "common", "title:common", "seldom", "word7 NOT title:other", "common -seldom"]),
    topic=st.sampled_from([None, "venezuela_russia", "ли тий", "nothing"]),
    language=st.sampled_from([None, *LANGUAGES, "pt"]),
    source=st.sampled_from([None, *SOURCES]),
    since=st.none() | moments | moments.map(lambda moment: moment[:10]),
    until=st.none() | moments | moments.map(lambda moment: moment[:10]),
    copies=st.booleans(),
    limit=st.sampled_from([1, 20, None]),
    newest=st.just(True),
)
CONDITIONS = {
    "common": "true",
    "title:common": "title = 'Common'",
    "seldom": "text LIKE '%seldom%'",
    "word7 NOT title:other": "title = 'Common' AND text LIKE 'common word7%' AND text NOT LIKE 'common word7_'",
    "common -seldom": "text NOT LIKE '%seldom%'",
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=wanted)
def test_newest_first_is_what_plain_sql_finds_whatever_the_words_and_filters(many, filters):
    right = expected(many, filters, CONDITIONS.get(filters.words, ""))
    found = finding.find(many, filters)
    assert found.numbers == right or found.note  # with a note, older ones may be missing
    assert len(found.numbers) == len(right)
    assert list(finding.each(many, filters)) == right


@pytest.fixture
def group(tmp_path):
    """An article, a longer copy of it that alone has the word pelican, and another article."""
    connection = database.open_to_write(tmp_path / "news.db").conn
    with database.transaction(connection):
        days = [(NOW - timedelta(days=age)).strftime("%Y-%m-%dT08:00:00Z") for age in (9, 8, 7)]
        rows = [
            row(1, "Harbour", "The harbour opens.", days[0], "Alpha", "es"),
            row(2, "Harbour", "The harbour opens. A pelican watched, and nobody else did.", days[1], "Gamma", "es", 1),
            row(3, "Birds", "A pelican slept.", days[2], "Alpha", "es"),
        ]
        fill(connection, rows, [(1, "venezuela_russia"), (2, "venezuela_russia")])
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("words", "more", "found"),
    [
        ("pelican", {}, [3, 1]),
        ("harbour", {}, [1]),
        ("pelican", {"copies": True}, [3, 2]),
        ("pelican", {"source": "Gamma"}, []),  # the original is of another source
        ("pelican", {"since": clock.text(NOW - timedelta(days=8))[:10]}, [3]),
        ("pelican watched", {"limit": 1}, [1]),
    ],
)
def test_a_group_is_found_by_a_word_that_only_its_longer_copy_has(group, words, more, found):
    filters = Filters(words=words, newest=True, **more)
    assert finding.find(group, filters).numbers == found
    assert list(finding.each(group, filters)) == found
    ranked = Filters(words=words, **more)
    assert sorted(finding.find(group, ranked).numbers) == sorted(found)


def test_common_words_are_listed_newest_first_exactly_although_old_articles_were_stored_last(many):
    for more in ({}, {"language": "ru"}, {"source": SOURCES[1]}, {"copies": True}):
        filters = Filters(words="common", newest=True, **more)
        assert finding.find(many, filters) == (expected(many, filters), "")


def test_common_words_are_ranked_among_the_newest_and_the_note_says_so(many):
    for asked in (None, clock.text(NOW - timedelta(days=300))):
        numbers, note = finding.find(many, Filters(words="common", since=asked))
        said = re.fullmatch(rf"more than {finding.CANDIDATES:,} articles match: ranked are those since (\S+)", note)
        in_title = expected(many, Filters(since=said[1]), CONDITIONS["title:common"])
        assert numbers == in_title[:20]
        ranked = len(expected(many, Filters(since=said[1], limit=None, copies=True)))
        assert 500 < ranked <= finding.CANDIDATES
    assert ranked > finding.CANDIDATES // 2  # where no old articles came in between


def test_a_rare_word_beside_a_common_one_is_ranked_exactly_over_all_times(many):
    found = finding.find(many, Filters(words="common seldom"))
    assert sorted(found.numbers) == sorted(expected(many, Filters(), CONDITIONS["seldom"])) and not found.note


def test_when_none_of_the_newest_match_the_note_says_what_was_looked_at(tmp_path):
    connection = database.open_to_write(tmp_path / "old.db").conn
    connection.execute("BEGIN")
    fill(connection, [row(n, "T", "common", "2019-01-01T00:00:00Z") for n in range(1, finding.CANDIDATES + 10)])
    connection.execute("COMMIT")
    numbers, note = finding.find(connection, Filters(words="common"))
    assert len(numbers) == 20 and note.endswith(f"ranked are the {finding.CANDIDATES:,} that were stored last")
    connection.close()


def test_stories_come_in_the_order_of_their_articles_each_once(many):
    for filters in (Filters(), Filters(words="common", newest=True), Filters(topic="ли тий"), Filters(words="seldom")):
        stories, _ = find_stories(many, filters)
        numbers = finding.find(many, Filters(**{**vars(filters), "limit": 2000})).numbers
        told = dict.fromkeys(number // 3 + 1 for number in numbers)
        assert [story.row["id"] for story in stories] == list(told)[:20]


@pytest.fixture
def small(tmp_path):
    connection = database.open_to_write(tmp_path / "news.db").conn
    yield connection
    connection.close()


def found(connection, words, **more):
    return finding.find(connection, Filters(words=words, **more)).numbers


def ago(days):
    return clock.text(NOW - timedelta(days=days))


def test_best_first_means_titles_then_how_often_then_how_fresh(small):
    texts = {
        1: ("Nothing", "tanker left the port of the town today again", ago(1)),
        2: ("Tanker", "it left the port of the town today again", ago(1)),
        3: ("Nothing", "tanker tanker tanker left tanker the port of", ago(1)),
        4: ("Nothing", "tanker left the port of the town today again", ago(0)),
    }
    others = [row(n, "Other", "nothing at all of that", ago(1)) for n in range(10, 30)]
    fill(small, [row(number, *text) for number, text in texts.items()] + others)
    assert found(small, "tanker") == [2, 3, 4, 1]
    assert found(small, "tanker", newest=True) == [4, 3, 2, 1]


def test_words_that_are_everywhere_still_count_in_titles(small):
    fill(small, [row(n, "Tanker" if n == 3 else "Other", "tanker", ago(n)) for n in range(1, 9)])
    assert found(small, "tanker") == [3, 1, 2, 4, 5, 6, 7, 8]


def test_phrases_stand_in_one_text_as_they_are_and_not_among_the_stems(small):
    texts = {
        1: ("Direct flight", "planes"),
        2: ("Directed planes, many flights", "they were directed to many flights"),
        3: ("It is direct", "Flight is late"),
        4: ("x", "A Dírect, FLIGHT"),
    }
    fill(small, [row(number, title, text, ago(0), language="en") for number, (title, text) in texts.items()])
    for number in texts:
        index.add(small, number)
    assert sorted(found(small, '"direct flight"')) == [1, 4]
    assert sorted(found(small, "direct flight")) == [1, 2, 3, 4]
    assert found(small, 'title:"direct flight"') == [1]
    assert sorted(found(small, "direct*")) == [1, 2, 3, 4] and found(small, '"flights"') == [2]
    assert sorted(found(small, '"direct fl*"')) == [1, 4]
    assert found(small, "NOT direct") == [] and sorted(found(small, "late OR planes -many")) == [1, 3]


def test_a_beginning_of_very_many_words_is_found_too(small):
    many_words = [f"pre{number}" for number in range(index.MOST_PREFIXED + 50)]
    fill(small, [row(1, "x", " ".join(many_words), ago(0)), row(2, "x", "pr", ago(0)), row(3, "x", "pre", ago(0))])
    assert found(small, "pre*", newest=True) == [3, 1]
    assert found(small, "pre34*") == [1] and found(small, "prex*") == []


def test_a_day_without_a_time_is_since_any_time_of_it_and_not_until_one(small):
    fill(
        small,
        [row(1, "x", "a", "2024-07-01"), row(2, "x", "a", "2024-07-01T10:00:00Z"), row(3, "x", "a", "2024-07-02")],
    )
    for words in ("", "a"):
        for moment, later, earlier in (
            ("2024-07-01T12:00:00Z", [3, 1], [2]),
            ("2024-07-01T09:00:00Z", [3, 2, 1], []),
            ("2024-07-02", [3], [2, 1]),
            ("2024-07-01", [3, 2, 1], []),
        ):
            assert found(small, words, since=moment, newest=True) == later
            assert found(small, words, until=moment, newest=True) == earlier


def test_times_that_are_none_and_absurd_ones_do_not_end_a_search(small):
    fill(small, [row(1, "x", "a", "soon"), row(2, "x", "a", "9999-12-31"), row(3, "x", "a", "0001-01-01")])
    assert found(small, "a", newest=True) == [1, 2, 3]
    assert found(small, "a", since="2024-01-01", newest=True)[-1] == 2
    assert 3 in found(small, "a", until="2024-01-01")
