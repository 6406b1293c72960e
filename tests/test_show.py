"""scrapy show: all that is known, every line of it safe to look at."""

import sqlite3

import pytest

from tests.conftest import rows


@pytest.fixture
def changed(scrapy, crawled, tmp_path):
    """Show an article of the crawled database after some statements."""

    def show(number, *statements):
        path = tmp_path / "changed.db"
        with sqlite3.connect(crawled[2]) as source, sqlite3.connect(path) as copy:
            source.backup(copy)
            for statement in statements:
                copy.execute(statement)
        source.close()
        copy.close()
        return scrapy("show", str(number), "-s", f"DATABASE={path}").stdout

    return show


def test_every_column_that_says_something_is_a_line_and_so_is_every_revision(changed, crawled):
    shown = changed(
        3,
        "INSERT INTO revisions SELECT article_id, 2, '2026-12-01T00:00:00Z', 'publisher', 'New title', text, 'x'"
        " FROM revisions WHERE article_id = 3",
    ).splitlines()
    article = rows(crawled[2], "SELECT * FROM articles WHERE id = 3")[0]
    assert shown[0] == f"3: {article['title']}"
    for column in ("url", "canonical_url", "source", "site", "published", "published_from", "fetched", "language"):
        assert f"{column:<20} {article[column]}" in shown
    page = rows(crawled[2], "SELECT * FROM pages WHERE article_id = 3")[0]
    assert f"{'found on':<20} {page['found_on']}, {page['first_seen']}" in shown
    assert f"{'revision':<20} 2 (publisher), seen 2026-12-01T00:00:00Z: New title" in shown
    assert f"{'':<20} scrapy show 3 --diff shows what changed" in shown
    assert shown[-1] == article["text"].splitlines()[-1]


def test_copies_name_their_original_and_the_story_its_first_report(changed, crawled):
    copy = rows(crawled[2], "SELECT * FROM articles WHERE duplicate_of IS NOT NULL")[0]
    original = rows(crawled[2], "SELECT * FROM articles WHERE id = ?", copy["duplicate_of"])[0]
    shown = changed(copy["id"])
    assert (
        f"{'original':<20} {original['id']} {original['source']}, {original['published']}: {original['title']}" in shown
    )
    first = rows(crawled[2], "SELECT * FROM by_story WHERE story_id = ?", copy["story_id"])[0]
    assert f"{'first report':<20} {first['first_id']} {first['first_source']}, " in shown
    assert f"{'copy':<20} {copy['id']} ({copy['duplicate_kind']}) " in changed(original["id"])


def test_what_contains_an_article_is_named_with_how_much_and_where(changed, crawled):
    row = "INSERT INTO passages (shorter, longer, begin, end, share, kind) VALUES (3, 4, 10, 60, 0.875, '{}')"
    part, whole = (rows(crawled[2], f"SELECT * FROM articles WHERE id = {number}")[0] for number in (3, 4))
    shown = changed(4, row.format("contains"))
    beginning = " ".join(whole["text"][10:60].split()[:8])
    said = f"3 {part['source']}: {part['title']}; 88% of the shorter text, from"
    assert f'{"contains":<20} {said} "{beginning} ..."' in shown
    assert f"{'is contained in':<20} 4 {whole['source']}: " in changed(3, row.format("contains"))
    assert "shares a passage with 4 " in changed(3, row.format("passage"))


def test_an_original_says_where_the_fuller_text_is(changed, crawled):
    copy = rows(crawled[2], "SELECT * FROM articles WHERE duplicate_of IS NOT NULL")[0]
    longer = f"UPDATE articles SET text = text || char(10) || text WHERE id = {copy['id']}"
    assert f"{'fuller text at':<20} {copy['id']} {copy['source']}: " in changed(copy["duplicate_of"], longer)


def test_what_a_page_says_cannot_play_with_the_terminal(changed):
    shown = changed(
        3, "UPDATE articles SET title = 'a' || char(27) || '[31mb' || char(8238) || 'c', text = char(155, 7)"
    )
    assert shown.startswith("3: a\ufffd[31mbc\n") and "\x9b" not in shown and shown.endswith("\ufffd\ufffd\n")
