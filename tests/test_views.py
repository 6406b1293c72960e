"""The views: they say what the tables say, and are read from their top, whatever the size of the database."""

import pytest

from tests.conftest import rows


def tuples(path, sql):
    return [tuple(row) for row in rows(path, sql)]


def test_latest_has_every_article_but_copies_newest_first_with_its_topics(crawled):
    path = crawled[2]
    assert tuples(path, "SELECT id, newest, topics, url FROM latest") == tuples(
        path,
        "SELECT id, coalesce(published, fetched),"
        " (SELECT group_concat(topic, ', ') FROM matches WHERE article_id = id), url"
        " FROM articles WHERE duplicate_of IS NULL ORDER BY 2 DESC, id DESC",
    )
    assert rows(path, "SELECT DISTINCT topics FROM latest")[0][0] == "venezuela_russia"


def test_by_story_names_the_first_report_which_is_no_copy(crawled):
    path = crawled[2]
    stories = rows(path, "SELECT * FROM by_story")
    assert len(stories) == rows(path, "SELECT count(*) FROM stories")[0][0]
    assert [story["last_seen"] for story in stories] == sorted((story["last_seen"] for story in stories), reverse=True)
    for story in stories:
        first = rows(path, "SELECT * FROM articles WHERE id = ?", story["first_id"])[0]
        assert first["duplicate_of"] is None and first["story_id"] == story["story_id"]
        assert (first["title"], first["url"], first["source"], first["language"]) == (
            story["title"], story["first_url"], story["first_source"], story["first_language"],
        )  # fmt: skip
    assert sum(story["articles"] for story in stories) == rows(path, "SELECT count(*) FROM articles")[0][0]
    copies = rows(path, "SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL")[0][0]
    assert sum(story["copies"] for story in stories) == copies > 0


def test_coverage_counts_every_article_once_a_topic(crawled):
    path = crawled[2]
    counted = tuples(path, "SELECT day, topic, language, source, articles, copies FROM coverage")
    assert sorted(counted) == tuples(
        path,
        "SELECT substr(coalesce(published, fetched), 1, 10), topic, language, source, count(*),"
        " sum(duplicate_of IS NOT NULL) FROM articles JOIN matches ON article_id = id"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    )
    days = [row[0] for row in counted]
    assert days == sorted(days, reverse=True)
    some = days[len(days) // 2]
    assert tuples(path, f"SELECT * FROM coverage WHERE day >= '{some}'") == [row for row in counted if row[0] >= some]


@pytest.mark.parametrize("view", ["latest", "by_story", "coverage"])
@pytest.mark.parametrize("more", ["", " OFFSET 100"])
def test_a_view_is_walked_along_an_index_and_sorts_at_most_one_story_or_day(crawled, view, more):
    plan = [row["detail"] for row in rows(crawled[2], f"EXPLAIN QUERY PLAN SELECT * FROM {view} LIMIT 10{more}")]
    scanned = [line for line in plan if line.startswith(("SCAN articles", "SCAN stories", "SCAN matches"))]
    assert all("INDEX" in line for line in scanned), plan
    sorted_at = [
        place for place, line in enumerate(plan) if line.startswith("USE TEMP B-TREE FOR") and "RIGHT PART" not in line
    ]
    inner = [place for place, line in enumerate(plan) if "CORRELATED" in line or "CO-ROUTINE (" in line]
    assert all(inner and place > min(inner) for place in sorted_at), plan
