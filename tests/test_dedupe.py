"""Claims about pipelines/dedupe/."""

from __future__ import annotations

import itertools
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedupe import Placed, content_hash, forget, out_by, place, prune, withdraw
from pipelines.dedupe.index import LONGEST_POSTINGS
from pipelines.dedupe.relation import kind_of, relation
from pipelines.dedupe.shape import Shape, containment, same_title, tokens

ROOT = Path(__file__).parent.parent
SCHEMA = """
CREATE TABLE articles (id INTEGER PRIMARY KEY, url TEXT UNIQUE, site TEXT, title TEXT, text TEXT, published TEXT,
    fetched TEXT, stored TEXT, content_hash TEXT, duplicate_of INTEGER REFERENCES articles (id), duplicate_kind TEXT,
    duplicate_score REAL, appeared TEXT);
CREATE TABLE passages (shorter INTEGER, longer INTEGER, "begin" INTEGER, "end" INTEGER, share REAL, kind TEXT,
    PRIMARY KEY (shorter, longer)) WITHOUT ROWID;
CREATE INDEX passages_longer ON passages (longer);
CREATE TABLE templates (article_id INTEGER, "begin" INTEGER, "end" INTEGER, PRIMARY KEY (article_id, "begin"))
    WITHOUT ROWID;
CREATE INDEX articles_content_hash ON articles (content_hash);
CREATE INDEX articles_duplicate_of ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE TABLE fingerprints (hash INTEGER, article_id INTEGER, PRIMARY KEY (hash, article_id)) WITHOUT ROWID;
CREATE TABLE fingerprinted (article_id INTEGER PRIMARY KEY, shingles INTEGER, hashes BLOB);
"""
WORDS = [a + b + c for a, b, c in itertools.product("bcdfglmnprst", "aeiou", ["", "n", "r", "s", "la", "to", "vi"])]


def story(seed: int, length: int = 300) -> str:
    """A text of ``length`` words that no other seed has."""
    rng = random.Random(seed)
    sentences = [" ".join(rng.choices(WORDS, k=15)).capitalize() + "." for _ in range(-(-length // 15))]
    return "\n\n".join(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3))


def cut(text: str, start: int, end: int) -> str:
    return " ".join(text.split()[start:end])


def edited(text: str, every: int) -> str:
    """``text`` with every so manieth word replaced."""
    return " ".join(f"x{i}x" if i % every == every - 1 else word for i, word in enumerate(text.split()))


def database(path: str | Path = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.executescript(SCHEMA)
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = database()
    yield opened
    opened.close()


def store(connection: sqlite3.Connection, text: str, **columns: str | None) -> tuple[int, Placed]:
    """Insert and place one article in a transaction of its own; its id and where it belongs."""
    connection.execute("BEGIN IMMEDIATE")
    (number,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM articles").fetchone()
    row = {
        "url": f"https://paper{number}.example/story",
        "site": f"paper{number}.example",
        "title": f"Headline {number}",
        "fetched": f"2024-07-02T00:{number % 60:02}:00Z",
        "published": None,
        **columns,
        "text": text,
        "content_hash": content_hash(text),
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    cursor = connection.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", [*row.values()])
    article_id = cursor.lastrowid
    assert article_id is not None
    placed = place(connection, article_id)
    connection.execute("COMMIT")
    return article_id, placed


def links(connection: sqlite3.Connection) -> dict[str, tuple[str | None, str | None]]:
    sql = """SELECT a.url, o.url, a.duplicate_kind FROM articles a LEFT JOIN articles o ON o.id = a.duplicate_of"""
    return {url: (original, kind) for url, original, kind in connection.execute(sql)}


def groups(connection: sqlite3.Connection) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for url, (original, _) in links(connection).items():
        members.setdefault(original or url, set()).add(url)
    return {frozenset(urls) for urls in members.values()}


def links_of(connection: sqlite3.Connection) -> dict[int, int | None]:
    return dict(connection.execute("SELECT id, duplicate_of FROM articles").fetchall())


def edges(connection: sqlite3.Connection) -> set[tuple[int, int, str]]:
    return set(connection.execute("SELECT shorter, longer, kind FROM passages").fetchall())


# content_hash


@given(st.text(alphabet="abcdeéñü яё 東京", max_size=80), st.data())
def test_the_hash_ignores_case_spacing_punctuation_and_invisible_characters(text, data):
    changed = "".join(
        data.draw(st.sampled_from(["{}", "{}\u00ad", "{}\u200b"])).format(c) if c != " " else data.draw(spacing)
        for c in data.draw(st.sampled_from([text, text.upper()]))
    )
    assert content_hash(changed) == content_hash(text)


spacing = st.sampled_from(["  ", "\n\n", " — ", ", ", "\u00a0", " «"])


@given(st.text())
def test_composed_and_decomposed_letters_are_the_same_text(text):
    from unicodedata import normalize

    assert content_hash(normalize("NFD", text)) == content_hash(normalize("NFC", text)) == content_hash(text)


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.lists(st.sampled_from(WORDS), min_size=1))
def test_other_words_or_another_order_are_another_text(first, second):
    assert (content_hash(" ".join(first)) == content_hash(" ".join(second))) == (first == second)


def test_a_text_without_a_word_has_no_hash():
    assert content_hash("") == content_hash(" — … \u200b") == ""


def test_scripts_without_spaces_are_one_token_a_character():
    assert tokens("東京のニュース") == list("東京のニュース")
    assert tokens("ข่าว BBC 24") == [*"ข่าว", "bbc", "24"]


def test_another_process_computes_the_same_hash_and_fingerprints():
    program = (
        "import sys; from pipelines.dedupe.shape import Shape; s = Shape(sys.argv[1]); print(s.hash, s.fingerprints)"
    )
    shape = Shape(story(1))
    run = subprocess.run(
        [sys.executable, "-c", program, story(1)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == f"{shape.hash} {shape.fingerprints}"


# comparing two texts


@given(st.text(min_size=1).filter(tokens), st.text(min_size=1).filter(tokens))
def test_measures_do_not_depend_on_which_text_comes_first(a, b):
    first, second = Shape(a), Shape(b)
    assert 0 <= containment(first, second) == containment(second, first) <= 1
    assert relation(first, second) == relation(second, first)
    assert same_title(a, b) == same_title(b, a)


@given(st.integers(0, 50), st.integers(100, 300), st.integers(0, 80))
@settings(max_examples=30)
def test_a_part_of_a_text_is_wholly_contained_in_it(seed, length, start):
    whole = Shape(story(seed, 400))
    assert containment(Shape(cut(story(seed, 400), start, start + length)), whole) == 1


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("exact", lambda text: text.upper()),
        ("copy", lambda text: f"LISBON, July 1 (Agency) — {text}"),
        ("copy", lambda text: edited(text, 25)),
        ("excerpt", lambda text: cut(text, 0, 90)),
        ("excerpt", lambda text: cut(text, 0, 180)),
        ("update", lambda text: f"{story(99, 200)}\n\n{text}"),
    ],
)
def test_each_way_of_republishing_has_its_kind(connection, kind, change):
    first, _ = store(connection, story(1))
    _, placed = store(connection, change(story(1)))
    assert (placed.of, placed.kind) == (first, kind)


def test_a_shorter_version_in_the_same_outlet_is_an_update():
    original, article = Shape(story(1)), Shape(cut(story(1), 0, 180))
    assert kind_of(article, original, same_site=True) == "update"
    assert kind_of(article, original, same_site=False) == "excerpt"


def test_stories_that_share_only_boilerplate_at_the_end_stay_apart(connection):
    boilerplate = story(7, 200)
    store(connection, f"{story(1, 150)}\n\n{boilerplate}")
    assert store(connection, f"{story(2, 150)}\n\n{boilerplate}")[1] == Placed()


def test_a_short_text_and_a_long_one_that_share_a_quotation_stay_apart(connection):
    quotation = story(6, 50)
    short, long = f"{story(1, 30)} {quotation}", f"{story(2, 200)}\n\n{quotation}\n\n{story(3, 200)}"
    assert containment(Shape(short), Shape(long)) > 0.6
    store(connection, short)
    assert store(connection, long)[1] == Placed()


def test_reports_from_one_template_with_other_numbers_stay_apart(connection):
    template = "Shares closed {} percent higher, the index gained {} points to {} with a turnover of {} million. "
    template += story(3, 60)
    store(connection, template.format(11, 52, 8130, 77))
    assert store(connection, template.format(14, 38, 8265, 91))[1].of is None
    assert store(connection, template.format(14, 38, 8265, 92))[1].kind == "copy"


def test_a_line_shared_by_many_articles_neither_links_them_nor_fills_the_table(connection):
    line = story(5, 60)
    for seed in range(LONGEST_POSTINGS + 10):
        assert store(connection, f"{line}\n\n{story(100 + seed, 200)}")[1].of is None
    (most,) = connection.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM fingerprints GROUP BY hash)").fetchone()
    assert most == LONGEST_POSTINGS + 1


def test_a_few_equal_words_are_not_a_copy_unless_the_headline_is_the_same(connection):
    first, _ = store(connection, "Photo: archive", title="Port reopens after the storm")
    assert store(connection, "Photo: archive", title="Minister resigns")[1] == Placed()
    assert store(connection, "Photo: archive", title="Port reopens after the storm")[1].of == first


def test_articles_without_text_are_not_copies_of_each_other(connection):
    store(connection, "")
    assert store(connection, "…")[1] == Placed()


# groups


def test_every_copy_points_to_the_original_and_never_to_another_copy(connection):
    first, _ = store(connection, story(1))
    for text in (f"{story(9, 200)}\n\n{story(1)}", cut(story(1), 0, 200), f"{story(9, 200)}\n\n{story(1)}\n\nEnd."):
        assert store(connection, text)[1].of == first


def test_an_earlier_article_that_arrives_later_becomes_the_original_of_the_whole_group(connection):
    late, _ = store(connection, story(1), published="2024-07-01T12:00:00Z")
    copy, _ = store(connection, edited(story(1), 40), published="2024-07-01T13:00:00Z")
    early, placed = store(connection, story(1).upper(), published="2024-07-01T09:00:00Z")
    assert placed.of is None and set(placed.regrouped) == {late, copy}
    rows = connection.execute("SELECT id, duplicate_of, duplicate_kind, duplicate_score FROM articles")
    assert [row for row in rows if row[0] == late] == [(late, early, "exact", 1.0)]
    assert connection.execute("SELECT duplicate_of FROM articles WHERE id = ?", [copy]).fetchone() == (early,)
    assert connection.execute("SELECT duplicate_of FROM articles WHERE id = ?", [early]).fetchone() == (None,)


@pytest.mark.parametrize(
    ("published", "fetched", "out"),
    [
        ("2024-07-01T12:00:00Z", "2024-07-02T00:00:00Z", "2024-07-01T12:00:00Z"),
        ("2024-07-01", "2024-07-02T00:00:00Z", "2024-07-01T23:59:59Z"),
        ("2024-07-02", "2024-07-02T00:30:00Z", "2024-07-02T00:30:00Z"),
        (None, "2024-07-02T00:00:00Z", "2024-07-02T00:00:00Z"),
        ("2024-07-09T00:00:00Z", "2024-07-02T00:00:00Z", "2024-07-02T00:00:00Z"),
        ("2024-07-01", "", "2024-07-01T23:59:59Z"),
    ],
)
def test_an_article_was_out_by_its_time_its_days_end_or_when_it_was_seen(published, fetched, out):
    assert out_by(published, fetched) == out


def test_a_text_that_joins_two_groups_makes_one_of_them(connection):
    whole = story(1, 400)
    top, end = store(connection, cut(whole, 0, 260))[0], store(connection, cut(whole, 150, 400))[0]
    _, placed = store(connection, whole)
    assert placed.of == top and placed.regrouped == (end,)
    assert len(groups(connection)) == 1


def test_parts_of_one_text_that_have_nothing_in_common_are_not_joined_by_it(connection):
    whole = story(1, 400)
    top, end = store(connection, cut(whole, 0, 200))[0], store(connection, cut(whole, 200, 400))[0]
    store(connection, whole)
    assert links_of(connection)[end] is None and links_of(connection)[top] is None


@given(st.permutations(range(8)), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_copies_form_the_same_groups_with_the_same_originals_in_whatever_order_they_arrive(order, seed):
    first, second = story(seed), story(seed + 100)
    texts = [first, edited(first, 50), f"Agency — {first}", f"{first}\n\nMore on our site.", cut(first, 0, 270)]
    texts += [second, f"Agency — {second}", second.upper()]
    connection = database()
    for i in order:
        when = {"published": f"2024-07-01T{10 + i}:00:00Z", "fetched": "2024-07-03T00:00:00Z"}
        store(connection, texts[i], url=f"https://example.com/{i}", **when)
    found = {url: original for url, (original, _) in links(connection).items()}
    connection.close()
    originals = [None, *["https://example.com/0"] * 4, None, *["https://example.com/5"] * 2]
    assert found == {f"https://example.com/{i}": original for i, original in enumerate(originals)}


def test_a_stream_cut_into_many_runs_gives_the_links_of_one_run(tmp_path):
    texts = [edited(story(i % 7), 30 + i) for i in range(40)]
    whole = database()
    for i, text in enumerate(texts):
        store(whole, text, url=f"https://example.com/{i}", site=f"paper{i}.example")
    database(tmp_path / "cut.db").close()
    for i, text in enumerate(texts):
        connection = sqlite3.connect(tmp_path / "cut.db", isolation_level=None)
        store(connection, text, url=f"https://example.com/{i}", site=f"paper{i}.example")
        found = links(connection)
        connection.close()
    assert found == links(whole)
    whole.close()


WRITER = """
import sqlite3, sys
from tests.test_dedupe import edited, links, store, story
path, parity = sys.argv[1], int(sys.argv[2])
connection = sqlite3.connect(path, isolation_level=None, timeout=60)
for i in range(parity, 60, 2):
    times = {"published": f"2024-07-01T{10 + i // 10}:{i % 60:02}:00Z", "fetched": "2024-07-03T00:00:00Z"}
    store(connection, edited(story(i % 6), 30 + i), url=f"https://example.com/{i}", site=f"paper{i}.example", **times)
"""


def test_two_processes_that_write_at_once_find_the_groups_of_one(tmp_path):
    connection = database(tmp_path / "two.db")
    connection.execute("PRAGMA journal_mode = WAL")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "two.db"), parity], cwd=ROOT)
        for parity in ("0", "1")
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    found = {url: original for url, (original, _) in links(connection).items()}
    connection.close()
    assert found == {f"https://example.com/{i}": f"https://example.com/{i % 6}" if i >= 6 else None for i in range(60)}


def test_placing_outside_a_transaction_is_refused(connection):
    with pytest.raises(RuntimeError, match="BEGIN IMMEDIATE"):
        place(connection, 1)


# block pages


HEADLINES = ["Port reopens after the storm", "Minister resigns over grain deal", "Museum finds a lost letter"]


@pytest.mark.parametrize("numbered", [False, True])
def test_one_outlet_showing_few_words_under_many_headlines_is_reported_and_not_linked(connection, numbered):
    wall = story(1, 90)
    texts = [f"{wall} Reference {n}f3." if numbered else wall for n in range(4)]
    for title, text in zip([*HEADLINES, "Trams stop for a day"], texts, strict=True):
        placed = store(connection, text, site="paper.example", title=title)[1]
    assert placed.of is None and placed.block_page in (1, 2, 3)
    assert set(links_of(connection).values()) == {None}


@pytest.mark.parametrize("texts", [[cut(story(1), 0, n) for n in (60, 150, 300)], [story(1)] * 3])
def test_a_growing_text_and_a_long_one_under_new_headlines_are_no_block_page(connection, texts):
    placed = [
        store(connection, text, site="paper.example", title=t)[1] for t, text in zip(HEADLINES, texts, strict=True)
    ]
    assert [p.of for p in placed] == [None, 1, 1]


def test_a_changed_headline_of_the_same_story_is_no_block_page(connection):
    first, _ = store(connection, story(1), site="paper.example", title="Minister resigns over grain deal")
    title = "Update: Minister of agriculture resigns over deal"
    assert store(connection, story(1), site="paper.example", title=title)[1].of == first


def test_the_same_text_under_another_headline_in_another_outlet_is_a_copy(connection):
    first, _ = store(connection, story(1), title="Port reopens after the storm")
    assert store(connection, story(1), title="Ships return")[1].of == first


# what contains an article


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_text_that_holds_two_others_is_the_same_as_neither_in_any_order(connection, order):
    parts = [story(1, 120), story(2, 110)]
    texts = [*parts, f"{parts[0]}\n\n{parts[1]}\n\n{story(3, 60)}"]
    number = {which: store(connection, texts[which], title=HEADLINES[which])[0] for which in order}
    assert set(links_of(connection).values()) == {None}
    assert edges(connection) == {(number[0], number[2], "contains"), (number[1], number[2], "contains")}


def test_two_reports_of_unlike_length_on_one_page_are_not_that_page(connection):
    parts = [story(1, 210), story(2, 110)]
    store(connection, parts[0], title=HEADLINES[0])
    store(connection, "\n\n".join(parts), title="Two reports")
    store(connection, parts[1], title=HEADLINES[1])
    assert set(links_of(connection).values()) == {None}


@pytest.mark.parametrize("form", ["{}: residents queue for water {}.", "Residents of {} queue for water {}."])
def test_the_caption_of_another_place_is_not_this_one(form):
    rest = "at the main square after the pipe burst on Monday morning, as the mayor waits"
    first, second = (Shape(form.format(place, rest)) for place in ("Vale", "Torre"))
    found = relation(first, second)
    assert found is not None and found.kind == "form"


def test_the_region_of_a_part_is_in_characters_of_the_longer_text(connection):
    part = story(2, 80)
    whole = f"{story(1, 200)}\n\n{part}\n\n{story(3, 100)}"
    store(connection, part)
    store(connection, whole)
    begin, end = connection.execute('SELECT "begin", "end" FROM passages').fetchone()
    inside = whole[begin:end]
    assert inside in part and len(inside) > 0.8 * len(part)


def test_copies_of_what_a_round_up_holds_are_still_copies(connection):
    first, _ = store(connection, story(1, 120), title=HEADLINES[0])
    store(connection, f"{story(1, 120)}\n\n{story(2, 110)}\n\n{story(3, 90)}", title="The week in brief")
    copy, _ = store(connection, f"(Agency) {story(1, 120)}", title="Harbour open")
    store(connection, story(2, 110), title=HEADLINES[1])
    assert links_of(connection) == {first: None, 2: None, copy: first, 4: None}


def test_a_shared_passage_is_kept_as_one_and_hides_nothing(connection):
    statement = story(6, 60)
    for seed in (1, 2):
        store(connection, f"{story(seed, 100)}\n\n{statement}\n\n{story(seed + 10, 100)}")
    assert set(links_of(connection).values()) == {None}
    assert {kind for *_, kind in edges(connection)} == {"passage"}


def test_regions_follow_a_changed_text_and_go_with_it(connection):
    part = story(2, 80)
    store(connection, part)
    whole, _ = store(connection, f"{story(1, 200)}\n\n{part}\n\n{story(3, 100)}")
    before = connection.execute('SELECT "begin" FROM passages').fetchone()
    change(connection, whole, f"{story(4, 30)}\n\n{story(1, 200)}\n\n{part}\n\n{story(3, 100)}")
    assert connection.execute('SELECT "begin" FROM passages').fetchone() > before
    change(connection, whole, story(1, 200))
    assert edges(connection) == set()


# forms, corrections, popular texts, dates

NOTICE = "The water board of {} says pressure will be low from {} to {} o'clock while pipes in {} are flushed. {}"


def test_one_form_with_other_names_or_other_figures_is_another_text(connection):
    rest = "Residents should keep a bucket ready and close the taps at night. Questions are answered by telephone."
    store(connection, NOTICE.format("Vale", 6, 9, "Upper Mill", rest), title="Low pressure in Vale")
    other = NOTICE.format("Torre", 6, 9, "Harbour End", rest)
    assert store(connection, other, title="Low pressure in Torre")[1].of is None


def test_a_correction_of_figures_is_an_update_and_tomorrows_bulletin_is_not(connection):
    bulletin = (
        story(4, 40) + " The river stands at {} centimetres, {} more than before, and {} barges wait. " + story(5, 40)
    )
    times = [{"published": f"2024-07-0{day}T{hour:02}:00:00Z"} for day, hour in ((1, 8), (1, 11), (2, 8))]
    same = {"site": "paper.example", "title": "River level"}
    first, _ = store(connection, bulletin.format(410, 12, 31), **same, **times[0])
    corrected = store(connection, bulletin.format(412, 14, 33), **same, **times[1])[1]
    assert (corrected.of, corrected.kind) == (first, "update")
    assert store(connection, bulletin.format(436, 24, 40), **same, **times[2])[1].of is None


@pytest.mark.parametrize(
    ("first", "second"), [("1.250", "1 250"), ("12,400", "12400"), ("1\u00a0250\u00a0000", "1250000")]
)
def test_digit_groups_are_joined_before_figures_are_compared(first, second):
    text = story(1, 60) + " They counted {} sacks and {} boxes in the hold. " + story(2, 60)
    found = relation(Shape(text.format(first, first)), Shape(text.format(second, second)))
    assert found is not None and found.kind == "same"


def test_what_many_outlets_print_with_lines_of_their_own_is_one_group(connection):
    for n in range(60):
        store(connection, f"{story(1, 200)}\n\n{story(100 + n, 50)}\n\n{story(200 + n, 40)}")
    assert len(groups(connection)) == 1
    (known,) = connection.execute("SELECT count(*) FROM fingerprinted").fetchone()
    assert known < 20


def test_a_caption_under_another_headline_is_a_copy_and_one_from_its_form_is_not(connection):
    caption = "Fishermen of {} mend their nets before the first boats of the season leave on {} morning."
    first, _ = store(connection, caption.format("Vale", "Monday"), title=HEADLINES[0])
    assert store(connection, caption.format("Vale", "Monday") + " (Agency)", title=HEADLINES[1])[1].of == first
    other = store(connection, caption.format("Porto Novo", "Friday"), title=HEADLINES[2])[1]
    assert other.of is None


def test_a_date_that_all_copies_speak_against_makes_no_original(connection):
    seen = {"fetched": "2024-07-03T12:00:00Z"}
    wrong, _ = store(connection, story(1), published="2019-07-01T09:00:00Z", **seen)
    first, placed = store(connection, edited(story(1), 40), published="2024-07-03T09:00:00Z", **seen)
    assert placed.of is None and links_of(connection) == {wrong: first, first: None}
    appeared = dict(connection.execute("SELECT id, appeared FROM articles").fetchall())
    assert appeared == {wrong: "2024-07-03T12:00:00Z", first: "2024-07-03T09:00:00Z"}


def test_old_dates_that_confirm_each_other_are_believed(connection):
    seen = {"fetched": "2024-07-03T12:00:00Z"}
    first, _ = store(connection, story(1), published="2019-07-01T09:00:00Z", **seen)
    store(connection, edited(story(1), 40), published="2019-07-02", **seen)
    store(connection, edited(story(1), 45), published="2024-07-03T09:00:00Z", **seen)
    assert links_of(connection) == {first: None, 2: first, 3: first}
    (appeared,) = connection.execute("SELECT appeared FROM articles WHERE id = 2").fetchone()
    assert appeared == "2019-07-02T23:59:59Z"


# changes, removal, age


def test_copies_of_what_an_address_once_said_leave_it_and_keep_together(connection):
    first, _ = store(connection, story(1))
    for every in (40, 45):
        store(connection, edited(story(1), every))
    change(connection, first, story(2))
    assert links_of(connection) == {first: None, 2: None, 3: 2}


def change(connection: sqlite3.Connection, article_id: int, text: str) -> Placed:
    connection.execute("BEGIN IMMEDIATE")
    values = [text, content_hash(text), article_id]
    connection.execute("UPDATE articles SET text = ?, content_hash = ? WHERE id = ?", values)
    placed = place(connection, article_id)
    connection.execute("COMMIT")
    return placed


def test_a_copy_whose_text_became_another_story_leaves_its_group(connection):
    store(connection, story(1))
    copy, _ = store(connection, edited(story(1), 40))
    assert change(connection, copy, story(2)) == Placed()
    assert store(connection, edited(story(2), 40))[1].of == copy


def test_an_original_whose_text_changed_keeps_its_copies_and_what_they_are_to_it_is_told_anew(connection):
    first, _ = store(connection, story(1))
    copy, placed = store(connection, story(1))
    assert placed.kind == "exact"
    assert change(connection, first, edited(story(1), 20)) == Placed()
    row = connection.execute("SELECT duplicate_of, duplicate_kind FROM articles WHERE id = ?", [copy]).fetchone()
    assert row == (first, "copy")


def test_placing_an_article_again_changes_nothing(connection):
    for i in range(12):
        store(connection, edited(story(i % 3), 20 + i))
    before = [*links(connection).items(), *connection.execute("SELECT * FROM fingerprints")]
    connection.execute("BEGIN IMMEDIATE")
    for number in range(1, 13):
        place(connection, number)
    connection.execute("COMMIT")
    assert [*links(connection).items(), *connection.execute("SELECT * FROM fingerprints")] == before


def test_a_group_whose_original_is_withdrawn_goes_to_the_next_oldest(connection):
    first, _ = store(connection, story(1))
    second, third = store(connection, edited(story(1), 40))[0], store(connection, edited(story(1), 45))[0]
    withdraw(connection, first)
    connection.execute("DELETE FROM articles WHERE id = ?", [first])
    found = connection.execute("SELECT id, duplicate_of FROM articles ORDER BY id").fetchall()
    assert found == [(second, None), (third, second)]


def test_forgotten_and_pruned_articles_leave_no_fingerprint_and_keep_their_links(connection):
    store(connection, story(1), fetched="2024-05-01T00:00:00Z")
    store(connection, edited(story(1), 8), fetched="2024-05-02T00:00:00Z")
    young, _ = store(connection, story(2), fetched="2024-06-20T00:00:00Z")
    before = links(connection)
    assert prune(connection, "2024-06-01T00:00:00Z") == 2
    assert prune(connection, "2024-06-01T00:00:00Z") == 0
    assert {i for (i,) in connection.execute("SELECT DISTINCT article_id FROM fingerprints")} == {young}
    forget(connection, young)
    assert connection.execute("SELECT count(*) FROM fingerprints").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM fingerprinted").fetchone() == (0,)
    assert links(connection) == before


def test_an_exact_copy_is_found_however_old_its_original_is(connection):
    first, _ = store(connection, story(1), fetched="2020-05-01T00:00:00Z")
    prune(connection, "2024-06-01T00:00:00Z")
    assert store(connection, story(1))[1].of == first


def test_no_query_reads_a_whole_growing_table(connection):
    seen: list[str] = []
    store(connection, story(1))
    connection.set_trace_callback(seen.append)
    store(connection, edited(story(1), 40))
    store(connection, story(1))
    store(connection, story(2, 90))
    connection.set_trace_callback(None)
    ours = [sql for sql in seen if "max(id)" not in sql and sql.split()[0] in {"SELECT", "UPDATE", "DELETE"}]
    assert len(ours) > 10
    for sql in ours:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [step for step in plan if step.startswith("SCAN")], (sql, plan)
