"""Headlines and times for who reads: READER_LANGUAGES, READER_TIMEZONE, and what a browser asks for."""

from __future__ import annotations

import re
import urllib.request
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.browse import page
from crawler.reader import ANYBODY, Reader
from tests.browser import start
from tests.newsroom import TOPIC, Newsroom, ask

TITLES = {"ru": "Пожар на причале", "es": "Incendio en el muelle", "en": "Fire on the quay"}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """One story: first in Russian, then in Spanish, then in English, at 02:10, 02:40 and 03:10 UTC."""
    made = Newsroom(tmp_path_factory.mktemp("reader"))
    first = made.add("quay", outlet="prichal", language="ru", title=TITLES["ru"], text="Пожар. " * 40)
    others = [
        made.add("quay", outlet=f"outlet{code}", language=code, title=TITLES[code], text=f"{TITLES[code]}. " * 30)
        for code in ("es", "en")
    ]
    with made.db.conn as connection:
        for number, minute in zip((first, *others), ("02:10", "02:40", "03:10"), strict=True):
            when = f"2026-11-20T{minute}:00Z"
            connection.execute(
                "UPDATE articles SET story_id = 1, duplicate_of = NULL, published = :when, appeared = :when"
                " WHERE id = :id",
                {"when": when, "id": number},
            )
        connection.execute("DELETE FROM stories WHERE id <> 1")
        connection.execute(
            "UPDATE stories SET title = ?, first_seen = '2026-11-20T02:10:00Z', last_seen = '2026-11-20T03:10:00Z',"
            ' articles = 3, outlets = 3, languages = \'["ru", "es", "en"]\' WHERE id = 1',
            [TITLES["ru"]],
        )
    made.close()
    return made


@pytest.mark.parametrize(
    ("languages", "head"), [("", "ru"), ("es", "es"), ("en,es", "en"), ("de,es", "es"), ("de", "ru"), ("ru,en", "ru")]
)
def test_a_digest_is_headed_by_the_best_of_the_readers_languages(room, languages, head):
    settings = ("-s", f"READER_LANGUAGES={languages}", "-a", f"seeds={room.seeds}")
    code, out, _ = room.ask("digest", "--topic", TOPIC, "--since", "2026-11-01", *settings)
    assert code == 0
    assert re.search(r"^## .*", out, re.MULTILINE)[0].count(TITLES[head]) == 1
    assert all(out.count(f"[{title}]") == 1 for title in TITLES.values())  # the others stand beside it
    assert "First: The Prichal (ru), 20 Nov 2026, 02:10 UTC" in out


@pytest.mark.parametrize("form", ["html", "atom"])
def test_each_form_has_the_headline_and_its_address(room, form):
    settings = ("-s", "READER_LANGUAGES=en", "-a", f"seeds={room.seeds}", "--format", form)
    _, out, _ = room.ask("digest", "--topic", TOPIC, "--since", "2026-11-01", *settings)
    heading = {"html": r"<h2[^>]*><a[^>]*>(.*?)</a>", "atom": r"<entry>\s*<id>.*?</id>\s*<title>(.*?)</title>"}[form]
    assert re.search(heading, out, re.DOTALL)[1] == TITLES["en"]
    alternate = {"html": r'<h2[^>]*><a[^>]*href="([^"]*)"', "atom": r'<link rel="alternate" href="([^"]*)"'}[form]
    assert "outleten" in re.search(alternate, out)[1]


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "20 Nov 2026, 02:10 UTC"),
        ("America/Caracas", "19 Nov 2026, 22:10 UTC-04"),
        ("Asia/Kolkata", "07:40 IST"),
    ],
)
def test_a_digest_has_the_readers_times(room, zone, said):
    settings = ("-s", f"READER_TIMEZONE={zone}", "-a", f"seeds={room.seeds}")
    assert said in room.ask("digest", "--topic", TOPIC, "--since", "2026-11-01", *settings)[1]


def opened(address, path, language=None):
    request = urllib.request.Request(address + path, headers={"Accept-Language": language} if language else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def headings(html):
    return re.findall(r"<h[13] lang=\"(\w+)\"[^>]*>(?:<a[^>]*>)?([^<]+)", html)


def test_the_page_has_the_browsers_headlines_unless_the_settings_say_whose(room):
    running = start(room.path)
    try:
        for language, head in (("en-GB,en;q=0.8", "en"), ("es,en;q=.5", "es"), ("de", "ru"), (None, "ru")):
            for path in ("/", "/story/1"):
                assert headings(opened(running.address, path, language))[0] == (head, TITLES[head]), (path, language)
        front = opened(running.address, "/", "en")
        assert TITLES["ru"] in front and TITLES["es"] not in front  # the first report's beside the reader's
        assert "All times are UTC." in front and "<h2>Friday 20 November 2026</h2>" in front
    finally:
        running.kill()
    running = start(room.path, "-s", "READER_LANGUAGES=es", "-s", "READER_TIMEZONE=America/Caracas")
    try:
        front = opened(running.address, "/", "en")
        assert headings(front)[0] == ("es", TITLES["es"])
        assert "All times are America/Caracas." in front and "<h2>Thursday 19 November 2026</h2>" in front
        assert '<time datetime="2026-11-20T03:10:00Z">23:10</time>' in front
    finally:
        running.kill()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("READER_LANGUAGES=english", "ISO 639-1"),
        ("READER_TIMEZONE=Caracas", "no time zone"),
        ("READER_TIMEZONE=../x", "no"),
    ],
)
def test_wrong_settings_are_refused_in_a_line(setting, said):
    code, _, err = ask("digest", "--topic", TOPIC, "-s", setting)
    assert (code, err.count("\n")) == (2, 1) and said in err


def test_a_date_alone_is_the_same_day_everywhere():
    reader = Reader(zone=ZoneInfo("America/Caracas"))
    assert reader.day("2026-11-20") == "2026-11-20" and reader.day("2026-11-20T02:00:00Z") == "2026-11-19"
    assert page.time("2026-11-20", "full", reader) == '<time datetime="2026-11-20">20 Nov 2026</time>'
    assert ANYBODY.zone is UTC and reader.day("nonsense") == "nonsense"


@given(st.lists(st.sampled_from(["en", "es", "ru", "und"])), st.lists(st.sampled_from(["en", "es", "ru"]), unique=True))
def test_the_best_is_the_first_in_the_first_language_that_is_there(reports, languages):
    best = Reader(tuple(languages)).best(enumerate(reports), lambda report: report[1])
    wanted = next((code for code in languages if code in reports), None)
    assert best == (None if wanted is None else (reports.index(wanted), wanted))


@given(st.text())
def test_any_header_names_languages_or_none(header):
    assert all(len(code) == 2 for code in page.accepted(header))


def test_a_browsers_languages_are_in_its_order():
    assert page.accepted("fr;q=0.2, es-419, en;q=0.9, de;q=0, *;q=0.1") == ("es", "en", "fr")
