"""Archived pages are read again with today's rules: what differs is written, once, and nothing else is touched."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from scrapy.utils.project import get_project_settings

from crawler.commands.crawl import load_topics
from crawler.run import Run
from pipelines import reextract
from pipelines.reextract import Reextraction
from pipelines.reextract.selection import Selection
from tests.conftest import rows, run, same
from tests.newsroom import Newsroom, ask

TOPIC = "venezuela_russia"
TERMS = re.compile(r"\[terms\].*?(?=\n\[)", re.DOTALL)
ALL = "SELECT * FROM {} ORDER BY 1, 2"
TABLES = ("articles", "matches", "revisions", "outcomes", "archived", "stories", "passages")


class Desk:
    """A copy of a crawl: its database, archive and seeds, which a test may change."""

    def __init__(self, crawled: Path, folder: Path):
        self.crawled = crawled
        self.path, self.seeds = folder / "news.db", folder / "seeds.toml"
        with closing(sqlite3.connect(crawled)) as source, closing(sqlite3.connect(self.path)) as target:
            source.backup(target)
        shutil.copytree(crawled.with_suffix(".warc"), folder / "news.warc")
        shutil.copy(crawled.parent / "seeds.toml", self.seeds)

    def reextract(self, *more: object, topic: str = TOPIC) -> str:
        line = ["--topic", topic, "-a", f"seeds={self.seeds}", "-s", f"DATABASE={self.path}", *map(str, more)]
        code, out, err = ask("reextract", *line, "-s", "EXTRACT_WORKERS=0")
        assert (code, err) == (0, ""), out + err
        return out

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def everything(self) -> dict[str, list[tuple]]:
        return {table: [tuple(row) for row in rows(self.path, ALL.format(table))] for table in TABLES}


@pytest.fixture
def desk(crawled, tmp_path):
    return Desk(crawled[2], tmp_path)


def revised(path):
    """How often each article was read better."""
    return Counter(row[0] for row in rows(path, "SELECT article_id FROM revisions WHERE kind = 'extractor'"))


def test_the_same_rules_change_nothing(desk):
    before = desk.everything()
    articles = len(before["articles"])
    assert desk.reextract() == f"{articles} pages: {articles} as before\n"
    assert desk.everything() == before


def test_what_was_read_worse_is_read_again_and_nothing_else_is_touched(desk):
    """The texts, a headline and authors are as an older version might have read them."""
    before = desk.everything()
    known = revised(desk.path)
    worse = "text = text || char(10) || 'Share this story', content_hash = 'x'"
    desk.change(
        f"UPDATE articles SET {worse} WHERE id IN (2, 4)",
        "UPDATE revisions SET text = text || char(10) || 'Share this story' WHERE article_id IN (2, 4)",
        "UPDATE articles SET title = 'News | ' || title WHERE id = 6",
        "UPDATE articles SET authors = '[\"Share\"]', published = '2020-01-01' WHERE id = 8",
        "UPDATE matches SET role = NULL, parts = NULL WHERE article_id = 11",
    )
    checked = desk.reextract("--check", 100)
    assert "Share this story" in checked and "News | " in checked and "authors: ['Share'] -> " in checked
    assert revised(desk.path) == known
    count = len(before["articles"])
    said = desk.reextract()
    assert said.startswith(f"{count} pages: 3 with another text or headline, 1 with other facts")
    assert said.endswith(f"1 with other matches, {count - 5} as before\n")
    after = desk.everything()
    assert revised(desk.path) - known == Counter([2, 4, 6])
    assert after["matches"] == before["matches"]
    columns = "id, url, title, text, authors, published, content_hash, language, duplicate_of"
    now, then = (rows(path, f"SELECT {columns} FROM articles ORDER BY id") for path in (desk.path, desk.crawled))
    assert [tuple(row) for row in now] == [tuple(row) for row in then]
    assert desk.reextract() == f"{count} pages: {count} as before\n"


def test_what_no_topic_wants_any_more_leaves_with_the_reason_and_comes_back(desk):
    before, count = same(desk.path), len(rows(desk.path, "SELECT 1 FROM articles"))
    terms = desk.seeds.read_text()
    desk.seeds.write_text(TERMS.sub('[terms]\ngrain = ["grano*", "grain", "зерн*", "grãos"]\n', terms))
    said = desk.reextract()
    left = rows(desk.path, "SELECT reason FROM pages WHERE state = 'irrelevant' AND reason = 'no mention of grain'")
    kept = rows(desk.path, "SELECT terms FROM matches")
    assert len(left) >= 5 and len(kept) >= 5 and all("grain" in row[0] for row in kept)
    assert f"{len(left)} no article of a topic any more" in said
    assert rows(desk.path, "SELECT count(*) FROM articles")[0][0] == len(kept) == count - len(left)

    desk.seeds.write_text(terms)
    assert f"{len(left)} new, from pages that had been turned away" in desk.reextract()
    assert same(desk.path) == before
    assert f"{count} pages: {count} as before" in desk.reextract()


def test_a_new_topic_has_the_matches_that_a_crawl_would_have_made(crawled, tmp_path):
    """The archive is that of a topic that takes everything; the new one is that of the other crawl."""
    served, _, path = crawled
    wide = tmp_path / "wide.toml"
    wide.write_text(TERMS.sub('[terms]\nall = ["*"]\n', served.seeds(tmp_path / "seeds.toml").read_text()))
    assert run(wide, tmp_path).returncode == 0
    arguments = ("-a", f"seeds={tmp_path / 'seeds.toml'}", "-s", f"DATABASE={tmp_path / 'news.db'}")
    code, _, err = ask("reextract", "--topic", "late", *arguments, "-s", "EXTRACT_WORKERS=0")
    assert (code, err) == (0, "")
    matches = (
        "SELECT url, score, role, terms FROM matches JOIN articles ON id = article_id WHERE topic = ? ORDER BY url"
    )
    found, wanted = rows(tmp_path / "news.db", matches, "late"), rows(path, matches, TOPIC)
    assert [tuple(row) for row in found] == [tuple(row) for row in wanted]
    assert len(rows(tmp_path / "news.db", "SELECT 1 FROM articles")) > len(found) + 10


def test_scores_of_old_rows_are_written_from_the_texts_alone(desk):
    before = desk.everything()
    shutil.rmtree(desk.path.with_suffix(".warc"))
    desk.change("UPDATE matches SET role = NULL, parts = NULL, score = 1, terms = '{}' WHERE article_id < 9")
    count = len(before["articles"])
    assert desk.reextract("--matches") == f"{count} articles: 8 with other matches, {count - 8} as before\n"
    assert desk.everything() == before
    assert desk.reextract("--matches") == f"{count} articles: {count} as before\n"
    assert desk.reextract() == f"{count} pages: {count} not in the archive\n"


def test_a_rewritten_article_keeps_what_it_was_stored_for(tmp_path):
    """Its publisher took the topic out; in the other one it was our reading that put it in."""
    room = Newsroom(tmp_path)
    room.seeds.write_text(room.seeds.read_text().replace('["*"]', '["harpsichord"]'))
    numbers = [room.add("x", text=f"A harpsichord arrived in {town}.", title=town) for town in ("Quay", "Pier", "Mole")]
    connection = room.db.conn
    for number, kind in zip(numbers, ("publisher", "extractor"), strict=False):
        article = room.archive.get(number)
        article.text, article.matches = "A piano arrived.", []
        connection.execute("BEGIN IMMEDIATE")
        room.archive.revise(number, article, kind)
        connection.execute("COMMIT")
    for _ in range(2):
        code, out, err = room.ask("reextract", "--matches", "-s", f"SEEDS_DIR={tmp_path}", "-s", "EXTRACT_WORKERS=0")
        assert (code, err) == (0, ""), err
    assert out == "2 articles: 2 as before\n"
    terms = [row["terms"] for row in connection.execute("SELECT terms FROM matches ORDER BY article_id")]
    assert terms == ['{"all": {"harpsichord": 1}}'] * 2
    states = connection.execute("SELECT state, reason FROM pages ORDER BY id").fetchall()
    assert [row["state"] for row in states] == ["stored", "irrelevant", "stored"]
    assert states[1]["reason"] == "no mention of all"
    room.close()


def test_what_was_stopped_goes_on_behind_what_is_done(desk, monkeypatch):
    monkeypatch.setattr(reextract, "BATCH", 4)
    desk.change("UPDATE articles SET title = 'News'")
    settings = get_project_settings()
    settings.setdict({"DATABASE": str(desk.path), "EXTRACT_WORKERS": 0})
    topic, topics = load_topics(TOPIC, desk.seeds, Path("seeds"))

    def again(tell):
        current = Run.begin(settings, topic, topics)
        with closing(current.db):
            work = Reextraction(current, Selection(), tell)
            asyncio.run(work.all())
            return work.progress

    def stop(progress):
        if progress.done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(stop)
    assert rows(desk.path, "SELECT articles FROM reextractions")[0][0] == 8
    count = len(rows(desk.path, "SELECT 1 FROM articles"))
    assert again(lambda progress: None).size == count - 8
    assert rows(desk.path, "SELECT 1 FROM articles WHERE title = 'News'") == []
    assert rows(desk.path, "SELECT 1 FROM reextractions") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--source", "Nobody"), '--source Nobody: there is no such source: "scrapy sources" lists them'),
        (("--topic", "nothing"), 'there is no topic "nothing"'),
        (("--check", "0"), "--check needs a number of pages from 1 on"),
        (("--matches", "--check", "3"), "goes without --matches"),
        (("12",), '"12" means nothing here: name a topic with --topic, articles with --ids'),
        (("--since", "soon"), "--since soon: write it like"),
    ],
)
def test_wrong_usage_is_told_in_a_line(desk, arguments, said):
    code, out, err = ask("reextract", *arguments, "-s", f"DATABASE={desk.path}")
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err


def test_one_source_and_single_articles_may_be_chosen(desk):
    desk.change("UPDATE articles SET title = 'News'")
    assert desk.reextract("--ids", 3, 5, 4000).startswith("2 pages: 2 with another text or headline")
    name, number = rows(desk.path, "SELECT source, count(*) FROM articles WHERE title = 'News' GROUP BY 1 LIMIT 1")[0]
    assert f" {number} with another text" in desk.reextract("--source", name)
    assert desk.reextract("--since", "2999-01-01") == "no pages to look at\n"
