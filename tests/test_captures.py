"""Raw pages are kept beside the database, found again, and taken out with what was made of them."""

from __future__ import annotations

import gzip
import io
import sqlite3

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler import clock
from crawler.captures import Captures
from crawler.captures.removal import drop_empty, forget, rewrite
from crawler.urls import clean_url, page_key
from crawler.warc.capture import Exchange, capture
from crawler.warc.http_message import message
from tests.newsroom import Newsroom


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def exchange(url, words):
    body = gzip.compress(f"<p>{words}</p>".encode())
    return Exchange(url, (("User-Agent", "newscrawler"),), 200, (("Content-Encoding", "gzip"),), body)


@pytest.fixture
def archive(newsroom, tmp_path):
    """Three articles and what was fetched for each."""
    captures = Captures(newsroom.db.conn, tmp_path / "news.warc")
    for words in ("cuttlefish", "harpsichord", "zeppelin"):
        number = newsroom.add(words, url=f"https://quay.example/{words}")
        page_id = page_of(newsroom, number)
        kept = capture(exchange(f"https://quay.example/{words}", words), clock.stamp(), {"source": "Quay"})
        captures.keep(page_id, clock.stamp(), kept)
        captures.sync()
    yield captures
    captures.close()


def page_of(newsroom, number):
    return newsroom.db.conn.execute("SELECT id FROM pages WHERE article_id = ?", (number,)).fetchone()[0]


def bodies(captures):
    """What other tools find in the archive's responses, by the last word of their address."""
    found = {}
    for path in sorted(captures.folder.glob("*.warc.gz")):
        for record in ArchiveIterator(io.BytesIO(path.read_bytes()), check_digests="raise"):
            body = record.content_stream().read()
            if record.rec_type == "response":
                found[record.rec_headers["WARC-Target-URI"].rpartition("/")[2]] = body.decode()
    return found


def test_what_was_fetched_is_found_again(newsroom, archive):
    located = archive.last(page_of(newsroom, 2))
    record = archive.read(located)
    assert record.url == "https://quay.example/harpsichord"
    assert message(record.block).unpacked() == b"<p>harpsichord</p>"
    archive.keep_unchanged(located.page_id, record.url, clock.stamp())
    assert archive.last(located.page_id) == located  # the later one has no body of its own
    assert list(bodies(archive)) == ["cuttlefish", "harpsichord", "zeppelin"]


@pytest.mark.parametrize(("policy", "kept"), [("stored", 0), ("read", 1), ("none", 0)])
def test_pages_that_are_no_articles_are_kept_if_wanted(newsroom, tmp_path, policy, kept):
    captures = Captures(newsroom.db.conn, tmp_path / "news.warc", policy)
    newsroom.db.conn.execute(
        "INSERT INTO pages (id, url, key, kind, host, state, first_seen)"
        " VALUES (7, 'u', 'u', 'article', 'h', 'irrelevant', '')"
    )
    if policy != "none":  # then nothing is captured at all
        captures.keep(7, clock.stamp(), capture(exchange("https://quay.example/x", "x"), clock.stamp(), {}))
    captures.close()
    assert newsroom.db.conn.execute("SELECT count(*) FROM archived").fetchone()[0] == kept


def test_what_is_forgotten_leaves_the_files(newsroom, archive):
    forget(newsroom.db.conn, "article_id = :id", {"id": 2})
    archive.close()
    assert rewrite(newsroom.db.conn, archive.folder) > 0
    assert bodies(archive) == {"cuttlefish": "<p>cuttlefish</p>", "zeppelin": "<p>zeppelin</p>"}
    for number, words in ((1, b"cuttlefish"), (3, b"zeppelin")):
        record = archive.read(archive.last(page_of(newsroom, number)))
        assert words in message(record.block).unpacked()
    assert archive.last(page_of(newsroom, 2)) is None
    assert rewrite(newsroom.db.conn, archive.folder) == 0

    for number in (1, 3):
        forget(newsroom.db.conn, "article_id = :id", {"id": number})
    assert drop_empty(newsroom.db.conn, archive.folder) == 0  # it is of today, and may be written to
    assert rewrite(newsroom.db.conn, archive.folder) > 0 and not list(archive.folder.iterdir())


def test_what_was_turned_away_long_ago_leaves_the_archive_with_old_articles(newsroom, archive):
    """The article of one page is gone, its capture with the next prune; the others' stay."""
    connection = newsroom.db.conn
    connection.execute("UPDATE archived SET fetched = '2020-01-01T00:00:00Z' WHERE rowid < 3")
    connection.execute("UPDATE pages SET article_id = NULL, state = 'irrelevant' WHERE article_id = 2")
    archive.close()
    code, _, err = newsroom.ask("prune", "--older-than", "1y", "--vacuum")
    assert code == 0, err
    assert list(bodies(archive)) == ["cuttlefish", "zeppelin"]


def test_a_capture_that_is_lost_is_none(newsroom, archive):
    located = archive.last(page_of(newsroom, 1))
    path = archive.folder / located.file
    path.write_bytes(path.read_bytes()[::-1])
    assert archive.read(located) is None
    path.unlink()
    assert archive.read(located) is None


def test_removal_on_request_reaches_the_archive(newsroom, archive):
    archive.close()
    code, _, err = newsroom.ask("prune", "--url", "https://quay.example/harpsichord", "--yes")
    assert (code, err) == (0, "")
    assert list(bodies(archive)) == ["cuttlefish", "zeppelin"]


def test_a_full_disk_ends_the_batch(newsroom, tmp_path):
    (tmp_path / "news.warc").write_text("a file where the folder should be")
    captures = Captures(newsroom.db.conn, tmp_path / "news.warc", "read")
    with pytest.raises(sqlite3.OperationalError, match=r"news\.warc: "):
        captures.keep(1, clock.stamp(), capture(exchange("https://quay.example/x", "x"), clock.stamp(), {}))


def test_a_crawl_keeps_the_page_of_every_stored_article(crawled, tmp_path):
    _, _, path = crawled
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    captures = Captures(connection, path.with_suffix(".warc"))
    pages = connection.execute("SELECT id, url FROM pages WHERE article_id IS NOT NULL").fetchall()
    for row in pages:
        record = captures.read(captures.last(row["id"]))
        assert page_key(clean_url(record.url)) == page_key(row["url"])
        assert b"</html>" in message(record.block).unpacked()
    assert len(pages) == connection.execute("SELECT count(*) FROM archived").fetchone()[0] > 20
    connection.close()
