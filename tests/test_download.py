"""All of a search as a file: row for row what SQL has, however many there are, and ended when its reader leaves."""

import asyncio
import csv
import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from urllib.request import urlopen

import feedparser
import pytest
from pyarrow import parquet

from crawler import database
from crawler.browse.download import AHEAD, CHUNK, Download
from crawler.browse.plugin import AT_ONCE
from crawler.search.filters import Filters
from tests.browser import served
from tests.test_browse import get
from tests.test_finding import fill, row

ARTICLES = 1_200  # more than any page or export ever had, and more than is held in memory
LONG = "harbour " * 250


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("download") / "news.db"
    connection = database.open_to_write(path).conn
    connection.execute("BEGIN")
    rows = [
        row(number, f"Titel {number}", LONG, f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}T10:00:00Z", "Alpha")
        for number in range(1, ARTICLES + 1)
    ]
    fill(connection, [(*one[:9], 7 if one[0] in (8, 9) else None, one[10]) for one in rows])
    connection.execute("COMMIT")
    connection.close()
    return path


@pytest.fixture(scope="module")
def address(path):
    with served(path) as address:
        yield address


def right(path):
    with database.reading(path) as db:
        sql = "SELECT id FROM articles WHERE duplicate_of IS NULL ORDER BY coalesce(published, fetched) DESC, id DESC"
        return [number for (number,) in db.execute(sql)]


def test_every_form_has_every_article_that_sql_has_in_its_order(path, address):
    said = {form: urlopen(f"{address}/search.{form}?q=harbour").read() for form in ("csv", "json", "jsonl", "parquet")}
    csv.field_size_limit(1 << 20)
    found = {
        "csv": [int(line["id"]) for line in csv.DictReader(io.StringIO(said["csv"].decode()))],
        "json": [article["id"] for article in json.loads(said["json"])],
        "jsonl": [json.loads(line)["id"] for line in said["jsonl"].splitlines()],
        "parquet": parquet.read_table(io.BytesIO(said["parquet"])).column("id").to_pylist(),
    }
    assert all(numbers == right(path) for numbers in found.values())
    assert json.loads(said["json"])[0]["text"] == LONG
    assert "1,198 articles" in get(address, "/search?q=harbour")[2].decode()
    assert "/article/" in get(address, "/search?q=harbour&page=60")[2].decode()


def test_the_feed_goes_on_to_the_last_article(path, address):
    found, place = [], f"{address}/search.atom?source=Alpha"
    while place:
        read = feedparser.parse(urlopen(place).read())
        assert len(read.entries) <= 100 and not read.bozo
        found += [int(entry.link.rsplit("/", 1)[1]) for entry in read.entries]
        place = next((link.href for link in read.feed.links if link.rel == "next"), None)
    assert found == right(path)


@pytest.mark.parametrize(("asked", "said"), [("q=%22open", "is never closed"), ("from=soon", "write it like")])
def test_what_cannot_be_meant_is_told(address, asked, said):
    for form in ("csv", "atom"):
        status, _, body = get(address, f"/search.{form}?{asked}")
        assert status == 400 and said in body.decode()


def test_readers_who_leave_make_room_for_the_next(address):
    host, port = urlsplit(address).hostname, urlsplit(address).port
    for _ in range(3 * AT_ONCE):
        with socket.create_connection((host, port)) as connection:
            connection.sendall(f"GET /search.csv?q=harbour HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")


def test_who_does_not_read_is_not_written_for(path):
    async def ask():
        threads, received, leaves = ThreadPoolExecutor(1), [], asyncio.Event()

        async def receive():
            await leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            received.append(message)
            if message["type"] == "http.response.body":
                await asyncio.sleep(0)
                while threads._work_queue.qsize() == 0 and not leaves.is_set():  # until it waits for this reader
                    threads.submit(lambda: None)
                leaves.set()
                await asyncio.sleep(0)

        download = Download(path, Filters(words="harbour", limit=None), "csv", receive, threads)
        await download.asgi_send(send)
        threads.shutdown()
        return received

    received = asyncio.run(ask())
    size = sum(len(message.get("body", b"")) for message in received)
    assert size <= (AHEAD + 2) * 2 * CHUNK < ARTICLES * len(LONG)
    assert received[-1].get("more_body")  # without an end: it is not complete
