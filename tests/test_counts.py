"""How many articles of a search there are over time: ``scrapy articles --count``."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.browse.chart import chart
from crawler.search.counts import Counts, between
from crawler.search.filters import Filters
from crawler.search.parser import WrongQuery
from tests.newsroom import TOPIC, Newsroom

DAYS = ["2024-01-30", "2024-01-31", "2024-01-31T23:30:00Z", "2024-02-02", "2024-02-05T00:00:00Z", "2024-03-03"]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("counts"))
    for place, day in enumerate(DAYS):
        topics = (TOPIC, "rivers") if place == 0 else (TOPIC,)
        language = "es" if place % 2 else "en"
        room.add(place, outlet="pier" if place > 3 else "quay", published=day, language=language, topics=topics)
    room.add(0, outlet="mole", published="2024-01-31", url="https://mole.example/copy")
    room.db.conn.execute("UPDATE articles SET duplicate_of = 1, duplicate_kind = 'copy' WHERE url LIKE '%copy'")
    yield room
    room.close()


def counted(newsroom, *arguments: str):
    code, out, err = newsroom.ask("articles", *arguments, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("day", {"2024-01-30": 1, "2024-01-31": 2, "2024-02-02": 1, "2024-02-05": 1, "2024-03-03": 1}),
        ("week", {"2024-01-29": 4, "2024-02-05": 1, "2024-02-26": 1}),
        ("month", {"2024-01": 3, "2024-02": 2, "2024-03": 1}),
    ],
)
def test_each_article_counts_in_its_period_and_empty_ones_are_there(newsroom, period, expected):
    rows = counted(newsroom, "--count", period)
    assert {row[period]: row["articles"] for row in rows if row["articles"]} == expected
    assert [row[period] for row in rows] == sorted(row[period] for row in rows)
    assert len(rows) == {"day": 34, "week": 5, "month": 3}[period]


def test_the_parts_make_the_whole_and_no_limit_cuts_it(newsroom):
    for by, expected in (
        ("language", {"en": 3, "es": 3}),
        ("source", {"The Quay": 4, "The Pier": 2}),
        ("topic", {TOPIC: 6, "rivers": 1}),
    ):
        parts: Counter[str] = Counter()
        for row in counted(newsroom, "--count", "month", "--by", by, "--limit", "1"):
            parts[row[by]] += row["articles"]
        assert parts == expected
    assert sum(row["articles"] for row in counted(newsroom, "--count", "month", "--all-copies")) == 7


def test_words_have_a_share_of_all_articles_that_pass_the_other_filters(newsroom):
    title = newsroom.db.conn.execute("SELECT title FROM articles WHERE id = 2").fetchone()[0]
    rows = counted(newsroom, f'"{title}"', "--count", "month", "--language", "es")
    assert rows == [{"month": "2024-01", "articles": 1, "share": 1.0}]
    rows = counted(newsroom, f'"{title}"', "--count", "week")
    assert rows == [{"week": "2024-01-29", "articles": 1, "share": 0.25}]


def test_a_spreadsheet_and_a_terminal_have_the_same_numbers(newsroom):
    table = newsroom.ask("articles", "--count", "month", "--by", "language")[1]
    lines = [line.split() for line in table.splitlines()[1:]]
    assert [(line[0], line[1]) for line in lines] == [("2024-01", "3"), ("2024-02", "2"), ("2024-03", "1")]
    written = newsroom.ask("articles", "--count", "month", "--format", "csv")[1]
    assert [row["articles"] for row in csv.DictReader(io.StringIO(written))] == ["3", "2", "1"]


@pytest.mark.parametrize(
    "arguments", [["--by", "language"], ["--count", "day", "--stories"], ["--count", "day", "--format", "md"]]
)
def test_what_cannot_be_counted_says_so_in_one_line(newsroom, arguments):
    code, out, err = newsroom.ask("articles", *arguments)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1


def test_nothing_found_is_nothing_counted(newsroom):
    assert Counts(newsroom.db.conn, Filters(words="nowhere"), "day", "language").periods == []
    assert newsroom.ask("articles", "nowhere", "--count", "day")[2] == "no article matches\n"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400), st.sampled_from([1, 7]))
def test_no_period_is_left_out(first, steps, days):
    last = first + timedelta(days=days * steps)
    found = between([last.isoformat(), first.isoformat()], "day" if days == 1 else "week")
    assert (found[0], found[-1], len(found)) == (first.isoformat(), last.isoformat(), steps + 1)
    months = between([last.isoformat()[:7], first.isoformat()[:7]], "month")
    assert len(months) == (last.year - first.year) * 12 + last.month - first.month + 1


@pytest.mark.parametrize(
    ("beside", "names", "totals"),
    [("", ["es"], [3]), ("language=en; nowhere", ["es", "language=en", "nowhere"], [3, 3, 0])],
)
def test_the_page_draws_a_search_beside_others(newsroom, beside, names, totals):
    drawn = chart(newsroom.db.conn, Filters(language="es"), 3, {"language": "es"}, beside)
    assert [one["name"] for one in drawn["series"]] == names
    assert [one["total"] for one in drawn["series"]] == totals
    assert all("<svg" in one["plot"] and one["name"] in one["plot"] for one in drawn["series"])
    assert (
        drawn["period"] == "day"
        and [sum(row[2][place] for row in drawn["rows"]) for place in range(len(totals))] == totals
    )
    first = drawn["rows"][0]
    assert first[1] == f"/search?language=es&from={first[0]}&to={first[0]}"


def test_many_days_are_drawn_by_week_or_month_and_too_many_articles_not_at_all(newsroom):
    newsroom.add("old", published="2022-02-11")
    everything = Filters(topic=TOPIC)
    drawn = chart(newsroom.db.conn, everything, 7, {}, "")
    assert (drawn["period"], drawn["begin"], drawn["end"], len(drawn["rows"])) == ("month", "2022-02", "2024-03", 26)
    assert drawn["rows"][0][1] == "/search?from=2022-02-01&to=2022-02-28"
    assert chart(newsroom.db.conn, everything, 50_001, {}, "")["too_many"] == 50_000
    with pytest.raises(WrongQuery):
        chart(newsroom.db.conn, everything, 7, {}, "(oil")
    newsroom.db.conn.execute("DELETE FROM articles WHERE published = '2022-02-11'")
