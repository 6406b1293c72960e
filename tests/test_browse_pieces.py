"""The parts of the web page that need no browser: texts in pieces, plots, names of outlets, pages of stories."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import clock, database
from crawler.browse import plots, queries, trends
from crawler.browse.front import sparkline
from crawler.browse.marks import with_terms
from crawler.browse.outlets import Outlets
from crawler.browse.page import count, language_name, reader, time, web_address
from crawler.browse.queries import Place

GROUPS = {"venezuela": ["venezuel*", "caracas"], "russia": ["ruso*", "rusa", "росси*", "-montaña rusa"]}
WORDS = [
    "Caracas",
    "ru\u00adsos",
    "ｒｕｓｏ",
    "montaña rusa",
    "rusa",
    "Росси\u0301я",
    "½",
    "o'clock",
    "\n",
    "<b>",
    "ﬁn",
]


def marked(text):
    return [(piece.text, piece.kind) for piece in with_terms(text, GROUPS) if piece.kind]


def test_terms_are_marked_as_they_are_written_whatever_their_case_accents_and_invisible_characters():
    text = "CARACAS: los ru\u00adsos, la montaña rusa y la rusa; «Росси́я»; Vénezuela."
    assert marked(text) == [
        ("CARACAS", "venezuela"),
        ("ru\u00adsos", "russia"),
        ("rusa", "russia"),  # the second one: the first belongs to an exception
        ("Росси́я", "russia"),
        ("Vénezuela", "venezuela"),
    ]
    assert with_terms(text, GROUPS)[3].text == ", la montaña rusa y la "


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text())
def test_pieces_make_up_the_text_again(text):
    assert "".join(piece.text for piece in with_terms(text, GROUPS)) == text


@given(st.lists(st.integers(0, 10**6), max_size=60), st.text(), st.none() | st.floats(0, 10**6))
def test_plots_are_well_formed_whatever_they_are_called(counts, says, level):
    says = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "", says)  # what XML may hold
    drawn = ElementTree.fromstring(plots.bars(counts, says, level=level))
    assert drawn.find("title").text == says.replace("\r", "\n") or (drawn.find("title").text, says) == (None, "")
    height = int(drawn.attrib["viewBox"].split()[3])
    numbers = re.findall(r"v-([0-9.]+)h", drawn.find("path").attrib["d"] if any(counts) else "")
    assert all(0 < float(number) <= height for number in numbers) and len(numbers) == sum(map(bool, counts))


def test_a_time_line_has_a_row_for_each_language():
    dots = [plots.Dot(0, 0), plots.Dot(1, 1, copy=True)]
    drawn = ElementTree.fromstring(plots.time_line(dots, 2, 'says "this" & <that>'))
    assert [circle.attrib for circle in drawn.iter("circle")] == [
        {"cx": "0.00%", "cy": "11", "r": "5"},
        {"class": "copy", "cx": "100.00%", "cy": "33", "r": "5"},
    ]


def test_a_sparkline_counts_hours_and_leaves_out_days_without_a_time():
    drawn = sparkline(["2026-11-20T10:16:00Z", "2026-11-20T10:59:00Z", "2026-11-20T12:00:00Z", "2026-11-20"])
    assert drawn and "24 hours from 20 Nov, 10:00 UTC on: at most 2" in drawn
    assert drawn.count("M") == 2 and sparkline(["2026-11-20"]) is None


def test_an_outlet_is_called_as_in_the_seeds_unless_somebody_elses_feed_brought_it():
    outlets = Outlets({"El Tepuy": ["https://www.tepuy.example/rss"], "A search": ["https://search.example/?q=x"]})
    assert outlets.name("El Tepuy", "tepuy.example") == "El Tepuy"
    assert outlets.name("El Tepuy", "deportes.tepuy.example") == "El Tepuy"
    assert outlets.name("A search", "tepuy.example") == "tepuy.example"
    assert outlets.name("Gone from the seeds", "gone.example") == "Gone from the seeds"
    assert outlets.name(None, "gone.example") == "gone.example" and outlets.name(None, None) == "unknown"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://a.example/x?y", True),
        ("http://127.0.0.1:80/", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        ("data:text/html,x", False),
        (" javascript:alert(1)", False),
        ("//a.example/", False),
        ("https:///x", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_a_link_leads_to_the_web_or_is_none(address, allowed):
    assert web_address(address) == (address if allowed else None)


def test_times_keep_what_the_database_says_and_escape_what_others_wrote_there():
    assert time("2026-11-20T09:02:00Z") == '<time datetime="2026-11-20T09:02:00Z">20 Nov 2026, 09:02</time>'
    assert time("2026-11-20T09:02:00Z", "clock") == '<time datetime="2026-11-20T09:02:00Z">09:02</time>'
    assert time("2026-11-20", "clock") == '<time datetime="2026-11-20">20 Nov</time>'
    assert time('"><script>') == "&#34;&gt;&lt;script&gt;" and time(None) == ""
    assert (count(1, "story"), count(1200, "story"), language_name("es")) == ("1 story", "1,200 stories", "Spanish")


@pytest.fixture
def stories(tmp_path):
    """70 stories, several at a time, two of three of the topic ``grain``."""
    connection = database.open_to_write(tmp_path / "news.db").conn
    begin = clock.moment("2026-11-01T00:00:00Z")
    for number in range(1, 71):
        seen = clock.text(begin + timedelta(hours=number // 3))
        connection.execute("INSERT INTO stories VALUES (?, ?, ?, ?, 1, 1, '[\"en\"]')", (number, "A story", seen, seen))
        connection.execute(
            "INSERT INTO articles (id, url, canonical_url, source, site, title, published, fetched, language, text,"
            " story_id) VALUES (?, ?, ?, 'A', 'a.example', 'A story', ?, ?, 'en', 'Its text', ?)",
            (number, f"https://a.example/{number}", f"https://a.example/{number}", seen, seen, number),
        )
        topic = "grain" if number % 3 else "ice"
        connection.execute(
            'INSERT INTO matches (article_id, topic, score, terms) VALUES (?, ?, 1, \'{"g": {"story": 1}}\')',
            (number, topic),
        )
    yield connection
    connection.close()


@pytest.mark.parametrize("topic", [None, "grain"])
def test_pages_of_stories_follow_each_other_without_a_gap_or_a_repetition(stories, topic):
    found, behind = [], None
    while lines := queries.front_page(stories, topic, behind, limit=7):
        found += [line.row["id"] for line in lines]
        behind = Place(lines[-1].row["last_seen"], lines[-1].row["id"])
    assert found == [number for number in range(70, 0, -1) if topic is None or number % 3]


def test_trends_and_the_pulse_count_each_article_once(stories):
    found = queries.trends(stories, "2026-11-01", "2026-11-02", "grain")
    assert found.languages == {"en": {"2026-11-01": 47}} and found.terms == {"g: story": {"2026-11-01": 47}}
    assert found.outlets == {"A": {"2026-11-01": 47}}
    assert queries.pulse(stories, "2026-11-01T22:00:00Z")["en"] == {"2026-11-01T22": 3, "2026-11-01T23": 2}


def test_the_queries_of_the_web_page_walk_indexes(stories):
    """No growing table is read from one end to the other."""
    plans: dict[str, list[str]] = {}

    def explain(sql):
        if sql.startswith(("SELECT", "WITH")):
            plans[sql] = [row["detail"] for row in other.execute(f"EXPLAIN QUERY PLAN {sql}")]

    other = database.open_to_read(Path(stories.execute("PRAGMA database_list").fetchone()["file"])).conn
    stories.set_trace_callback(explain)
    for topic in (None, "grain"):
        queries.front_page(stories, topic, Place("2026-11-01T20:00:00Z", 50))
        queries.most_reported(stories, "2026-11-01", topic)
        queries.pulse(stories, "2026-11-01", topic)
        queries.trends(stories, "2026-11-01", "2026-11-02", topic)
    queries.new_by_day(stories, "2026-11-01")
    queries.matches_of_story(stories, 1)
    stories.set_trace_callback(None)
    other.close()
    growing = re.compile(r"SCAN (articles|stories|matches|pages|polls|revisions)\b(?! USING (COVERING )?INDEX)")
    assert len(plans) > 10
    assert [(sql, step) for sql, steps in plans.items() for step in steps if growing.match(step)] == []


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("es-AR,es;q=0.9,en;q=0.8", "es"),
        ("xx, de;q=0.5, fr;q=0.7", "fr"),
        ("", "en"),
        ("*;q=nan, ,;;;q=9", "en"),
        ("../../x", "en"),
    ],
)
def test_languages_are_named_in_the_language_that_the_browser_asks_for_first(accepted, code):
    assert reader(accepted) == code


def test_a_language_without_a_name_in_the_readers_language_has_one():
    assert [language_name("ru", code) for code in ("en", "es", "ru")] == ["Russian", "ruso", "русский"]
    assert language_name("xx", "es") == "xx"


@pytest.mark.parametrize(
    ("term", "query"),
    [
        ("rusia", '"rusia"'),
        ("=Maduro", '"Maduro"'),
        ("venezuel*", "venezuel*"),
        ("совет* федерации", "совет* федерации"),
        ("nicolas maduro", '"nicolas maduro"'),
        ('"su-30 maracay"~20', "su-30 maracay"),
        ("*", None),
    ],
)
def test_a_term_is_searched_for_by_its_words(term, query):
    assert trends.of_term(f"group: {term}") == (query and {"q": query})
