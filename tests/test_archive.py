"""The archive: one row for one article, whatever its addresses; nothing that was shown is lost."""

from types import SimpleNamespace

import pytest

from crawler import database
from crawler.items import Article, Claim, Match
from crawler.terms import Terms
from pipelines.archive import Archive
from pipelines.language import LanguageTag
from pipelines.relevance import Relevance

TEXT = """The mill at Acarigua ground its first Siberian wheat on Monday, after four months of waiting for a spare part.
The part came by ship, by truck and, for the last eleven kilometres, on the back of the miller's own mule.
Flour will be sold at the old price until the end of the month, the cooperative said in a statement."""


@pytest.fixture
def archive(tmp_path):
    db = database.open_to_write(tmp_path / "news.db")
    db.execute("BEGIN IMMEDIATE")
    yield Archive(db)
    db.conn.close()


def article(url, text=TEXT, title="A mule brings the part", **more):
    return Article(url, title, text, site="a.example", fetched="2026-01-01T00:00:00Z", language="en", **more)


def put(archive, new):
    known = archive.same(new)
    return known["id"] if known else archive.add(new)


def test_the_same_canonical_address_is_one_row(archive):
    first = put(archive, article("https://a.example/x?print=1", canonical_url="https://a.example/x"))
    assert put(archive, article("https://a.example/y", canonical_url="https://a.example/x")) == first


def test_a_site_that_gives_every_page_the_same_canonical_address_is_not_believed(archive):
    numbers = [
        put(
            archive,
            article(f"https://a.example/{n}", f"{TEXT} {n}", f"Title {n}", canonical_url="https://a.example/all"),
        )
        for n in ("one", "two", "three")
    ]
    assert len(set(numbers)) == 3
    urls = archive.db.conn.execute("SELECT canonical_url FROM articles ORDER BY id").fetchall()
    assert [row[0] for row in urls] == ["https://a.example/all", "https://a.example/two", "https://a.example/three"]


def test_a_number_with_another_slug_is_the_same_article(archive):
    first = put(archive, article("https://a.example/news/812345-mule-brings-part"))
    assert put(archive, article("https://a.example/news/812345-mill-grinds-again")) == first
    assert put(archive, article("https://a.example/news/812346-mill-grinds-again")) != first
    assert (
        put(archive, article("https://b.example/news/812345-mule", title="x")) == first
    )  # same site field, same number


def test_the_same_text_elsewhere_is_an_exact_copy_of_its_own(archive):
    first = put(archive, article("https://a.example/1"))
    copy = article("https://b.example/1")
    copy.site = "b.example"
    second = put(archive, copy)
    row = archive.db.conn.execute("SELECT * FROM articles WHERE id = ?", (second,)).fetchone()
    assert (row["duplicate_of"], row["duplicate_kind"], row["duplicate_score"]) == (first, "exact", 1.0)
    stories = {row[0] for row in archive.db.conn.execute("SELECT story_id FROM articles")}
    assert len(stories) == 1


def test_a_revision_keeps_what_was_shown_before_and_is_found_by_its_new_words(archive):
    new = article("https://a.example/1", matches=[Match("wheat", 0.5, {"goods": {"wheat": 1}})])
    number = put(archive, new)
    archive.revise(number, article("https://a.example/1", TEXT + "\nA second mule was hired on Tuesday."), "publisher")
    archive.revise(number, article("https://a.example/1", TEXT + "\nA second mule was hired on Tuesday."), "publisher")
    kept = archive.db.conn.execute("SELECT number, text FROM revisions ORDER BY number").fetchall()
    assert [row["number"] for row in kept] == [1, 2]
    assert kept[0]["text"] == TEXT
    assert archive.get(number).text.endswith("hired on Tuesday.")
    found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'hired'"
    assert archive.db.conn.execute(found).fetchone()[0] == 1


def test_a_text_that_was_rewritten_off_its_topic_is_kept_with_what_it_was_stored_for(archive):
    new = article("https://a.example/1", matches=[Match("wheat", 0.5, {"goods": {"wheat": 1}})])
    number = put(archive, new)
    rewritten = article("https://a.example/1", "This report was withdrawn by its author.", "Withdrawn")
    rewritten.claim = Claim(1, rewritten.url, "article", "s", "a.example", article_id=number)
    stage = Relevance([SimpleNamespace(name="wheat", terms=Terms({"goods": ["wheat"]}))])
    tagged = LanguageTag({"wheat": ("es",)}).process_item(stage.process_item(rewritten))
    archive.revise(number, tagged, "publisher")
    again = archive.get(number)
    assert (again.text, again.matches) == (rewritten.text, new.matches)
    assert archive.db.conn.execute("SELECT count(*) FROM revisions").fetchone()[0] == 2


def test_what_is_removed_leaves_nothing_behind(archive):
    first = put(archive, article("https://a.example/1"))
    copy = article("https://b.example/1")
    copy.site = "b.example"
    second = put(archive, copy)
    archive.remove(first)
    for table in ("articles", "revisions", "article_words", "stories"):
        assert archive.db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 1, table
    row = archive.db.conn.execute("SELECT id, duplicate_of FROM articles").fetchone()
    assert tuple(row) == (second, None)
    with pytest.raises(KeyError):
        archive.get(first)


def test_an_article_comes_back_as_it_went_in(archive):
    new = article("https://a.example/1", authors=["Ana Duarte"], tags=["wheat"], paywalled=True, agency="EFE")
    new.matches = [Match("wheat", 0.5, {"goods": {"wheat": 1}})]
    number = put(archive, new)
    again = archive.get(number)
    for field in ("url", "title", "text", "authors", "tags", "paywalled", "agency", "matches", "language"):
        assert getattr(again, field) == getattr(new, field), field
