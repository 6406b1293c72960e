"""The past from web archives comes through the same gate, reading and store as a crawl; nothing twice, nothing lost."""

from __future__ import annotations

import gzip
import http.server
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler import clock, database
from crawler.warc.http_message import message
from crawler.warc.reading import records
from crawler.warc.record import Record, member
from pipelines import dedupe, stories
from pipelines.store import Store
from tests.conftest import ROOT, rows, same
from tests.newsroom import Newsroom, ask


@pytest.fixture(scope="module")
def archive(crawled):
    """The seeds file, the database and the archive's folder of a crawl of the news web."""
    _, _, path = crawled
    return path.parent / "seeds.toml", path, path.with_suffix(".warc")


def line(archive, path, *more):
    seeds, _, _ = archive
    head = [sys.executable, "-m", "scrapy", "backfill", "venezuela_russia", "-a", f"seeds={seeds}"]
    return [*head, "-s", f"DATABASE={path}", *map(str, more)]


def backfill(archive, path, *more, code=0):
    """What the command says, in this process and without workers."""
    ended, out, err = ask(*line(archive, path, *more)[3:], "-s", "EXTRACT_WORKERS=0")
    assert ended == code, out + err
    return SimpleNamespace(stdout=out, stderr=err)


def fresh(archive, path):
    """An empty database that knows what the outlets repeat, as one does that has crawled them."""
    _, crawled_path, _ = archive
    with closing(database.open_to_write(path)) as db:
        db.attach("crawled", crawled_path)
        db.execute("INSERT INTO host_blocks SELECT * FROM crawled.host_blocks")
    return path


def test_an_archive_gives_the_database_of_its_crawl(archive, tmp_path):
    """Nothing else is left: what the outlets repeat is known from the archive's folder."""
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    result = backfill(archive, tmp_path / "news.db", file)
    assert same(tmp_path / "news.db") == same(path)
    assert f" {len(rows(path, 'SELECT 1 FROM archived'))} stored, 0 known before, 0 broken" in result.stdout
    times = "SELECT url, published, published_from, title, authors, fetched, source FROM articles ORDER BY url"
    assert rows(tmp_path / "news.db", times) == rows(path, times)
    assert rows(tmp_path / "news.db", "SELECT count(*) FROM pages WHERE due IS NOT NULL")[0][0] == 0

    again = backfill(archive, tmp_path / "news.db", file)
    assert " 0 records" in again.stdout and same(tmp_path / "news.db") == same(path)


def test_the_archive_of_a_backfill_is_as_good_as_the_first(archive, tmp_path):
    _, path, folder = archive
    backfill(archive, fresh(archive, tmp_path / "one.db"), *folder.glob("*.warc.gz"))
    copied = list((tmp_path / "one.warc").glob("*.warc.gz"))
    backfill(archive, fresh(archive, tmp_path / "two.db"), *copied)
    assert same(tmp_path / "two.db") == same(path)
    kept = rows(tmp_path / "one.db", "SELECT fetched, digest FROM archived ORDER BY 1, 2")
    assert kept == rows(path, "SELECT fetched, digest FROM archived ORDER BY 1, 2")


def test_its_own_archive_is_located_and_not_copied(archive, tmp_path):
    _, path, folder = archive
    shutil.copytree(folder, tmp_path / "news.warc")
    backfill(archive, tmp_path / "news.db", *(tmp_path / "news.warc").glob("*.warc.gz"))
    located = "SELECT file, offset, length, before, digest FROM archived ORDER BY file, offset"
    assert rows(tmp_path / "news.db", located) == rows(path, located)
    assert len(list((tmp_path / "news.warc").glob("*.warc.gz"))) == 1


@pytest.mark.parametrize("form", ["all.warc", "all.warc.gz", "all.wacz"])
def test_files_without_members_of_their_own_are_read(archive, tmp_path, form):
    """Each is larger than what is read as one: a plain file, one that is a single gzip member, a WACZ."""
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    image = gzip.decompress(member("resource", {"WARC-Target-URI": "https://quay.example/i"}, os.urandom(2 * 1024**2)))
    content = image * 5 + gzip.decompress(file.read_bytes()) + image * 5
    target = tmp_path / form
    if form.endswith("wacz"):
        with zipfile.ZipFile(target, "w") as saved:
            saved.writestr("archive/data.warc", content)
    else:
        target.write_bytes(gzip.compress(content, 1) if form.endswith("gz") else content)
    backfill(archive, fresh(archive, tmp_path / "news.db"), target)
    assert same(tmp_path / "news.db") == same(path)


def test_days_choose_what_is_read(archive, tmp_path):
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    day = rows(path, "SELECT min(fetched) FROM archived")[0][0][:10]
    assert (
        " 0 stored"
        in backfill(archive, tmp_path / "news.db", file, "--from", "2000-01-01", "--to", "2000-02-01").stdout
    )
    result = backfill(archive, tmp_path / "other.db", file, "--from", day)
    assert " 0 stored" not in result.stdout
    assert "hours" in backfill(archive, tmp_path / "none.db", file, "--estimate").stdout
    assert not (tmp_path / "none.db").exists()


class Ranges(http.server.SimpleHTTPRequestHandler):
    """A server of files that honours ranges, or not."""

    honours = True

    def do_GET(self):
        name = self.path.lstrip("/")
        content = b"" if name.startswith("cdx") else (Path(self.directory) / name).read_bytes()
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted or self.path)
        if wanted and self.honours:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            content = content[int(first) : int(last) + 1 if last else None]
        self.send_response(206 if wanted and self.honours else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("honours", [True, False])
def test_places_of_a_remote_file_are_fetched(archive, tmp_path, honours):
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    handler = type("Handler", (Ranges,), {"honours": honours})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *more: handler(*more, directory=str(folder))
    ) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        places = [tuple(row) for row in rows(path, "SELECT file, offset, length FROM archived")]
        listed = tmp_path / "places.txt"
        address = f"http://127.0.0.1:{server.server_port}/{file.name}"
        listed.write_text("".join(f"{address} {offset} {length}\n" for _, offset, length in places))
        backfill(archive, tmp_path / "news.db", listed)
        assert len(server.asked) == len(places) and all(server.asked)
        again = backfill(archive, tmp_path / "news.db", listed)
        assert len(server.asked) == len(places) and " 0 records" in again.stdout
        backfill(archive, fresh(archive, tmp_path / "whole.db"), address)
        server.shutdown()
    urls = "SELECT url FROM articles ORDER BY 1"
    assert rows(tmp_path / "news.db", urls) == rows(path, urls)
    assert same(tmp_path / "whole.db") == same(path)


class Cdx(http.server.BaseHTTPRequestHandler):
    """A CDX server over an archive: as Common Crawl, pywb or Wayback do, it answers with objects or rows, in parts."""

    def do_GET(self):
        self.server.asked.append(self.path)
        responses = self.server.responses
        if "id_/" in self.path:
            record = next(record for record in responses if self.path == f"/web/{stamp(record)}id_/{record.url}")
            kept = message(record.block)
            self.answer(kept.body, **{name: kept.fields[name] for name in kept.fields if name.startswith("content-")})
        elif "?" in self.path:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            self.answer(
                self.lines([record for record in responses if urlsplit(record.url).netloc == asked["url"]], asked)
            )
        elif self.server.speaks == "files":
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            self.answer(self.server.file.read_bytes()[first : last + 1], status=206)
        else:
            self.answer(b"no such file", status=404)

    def lines(self, found, asked):
        names = ["timestamp", "original" if self.server.speaks == "wayback" else "url", "filename", "offset", "length"]
        file = self.server.file.name
        values = [[stamp(record), record.url, file, str(record.offset), str(record.length)] for record in found]
        if self.server.speaks != "wayback":
            elsewhere = dict(zip(names, [*values[0][:2], "http://127.0.0.9:1/inside.warc.gz", "0", "9"], strict=True))
            objects = [elsewhere, *(dict(zip(names, row, strict=True)) for row in values)]
            return "".join(f"key {row['timestamp']} {json.dumps(row)}\n" for row in objects).encode()
        more = int(asked.get("resumeKey", "0")) + 1  # one row an answer
        key = [[], [str(more)]] if more < len(values) else []
        return json.dumps([names[:2], values[more - 1][:2], *key]).encode()

    def answer(self, content, status=200, **fields):
        self.send_response(status)
        for name, value in {**fields, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def stamp(record):
    return re.sub(r"\D", "", record.date)


@pytest.mark.parametrize(("speaks", "path"), [("files", "/cdx"), ("pywb", "/web/cdx"), ("wayback", "/cdx/search/cdx")])
def test_a_cdx_server_alone_gives_the_database_of_the_crawl(archive, tmp_path, speaks, path):
    _, crawled_path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    responses = [record for record in records(file.read_bytes()) if record.kind == "response"]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cdx) as server:
        server.file, server.responses, server.speaks, server.asked = file, responses, speaks, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}{path}"
        backfill(archive, fresh(archive, tmp_path / "news.db"), "--cdx", address, "--from", "2000-01-01")
        server.shutdown()
    assert same(tmp_path / "news.db") == same(crawled_path)
    assert "from=20000101" in server.asked[0] and "matchType=domain" in server.asked[0]
    assert sum(asked.endswith(".warc.gz") for asked in server.asked) == {"files": 26, "pywb": 1, "wayback": 0}[speaks]


def test_another_tool_finds_our_archive_sound_and_its_index_is_a_list_of_places(archive, tmp_path):
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    warcio = [sys.executable, "-m", "warcio.cli"]
    subprocess.run([*warcio, "check", file], check=True)
    listed = subprocess.run([*warcio, "index", "-f", "filename,offset,length", file], check=True, capture_output=True)
    shutil.copy(file, tmp_path)
    (tmp_path / "places.cdxj").write_bytes(listed.stdout)
    backfill(archive, fresh(archive, tmp_path / "news.db"), tmp_path / "places.cdxj")
    assert same(tmp_path / "news.db") == same(path)


PYWB = shutil.which("wayback", path=os.environ.get("PYWB", ""))


@pytest.mark.skipif(not PYWB, reason="PYWB names no folder with pywb's commands, which cannot share our environment")
def test_pywb_replays_what_we_keep(archive, tmp_path):
    _, path, folder = archive
    for words in (["init", "all"], ["add", "all", *map(str, folder.glob("*.warc.gz"))]):
        subprocess.run([f"{os.environ['PYWB']}/wb-manager", *words], cwd=tmp_path, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([PYWB, "-b", "127.0.0.1", "-p", str(port)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        backfill(archive, fresh(archive, tmp_path / "news.db"), "--cdx", f"http://127.0.0.1:{port}/all/cdx")
    finally:
        process.terminate()
        process.wait()
    assert same(tmp_path / "news.db") == same(path)


def test_a_backfill_that_is_killed_goes_on_where_it_was(archive, tmp_path):
    _, path, folder = archive
    (file,) = folder.glob("*.warc.gz")
    content = file.read_bytes()
    large = tmp_path / "large.warc.gz"
    members = [item for item in records(content) if isinstance(item, Record)]
    filler = b"".join(content[item.offset : item.offset + item.length] for item in members if item.kind == "request")
    large.write_bytes((filler * 300)[: 5 * 1024**2 // len(filler) * len(filler)] + content + filler * 100)
    path_of_rest = fresh(archive, tmp_path / "news.db")
    for seconds in (0.9, 1.4, 1.9, 2.4):
        process = subprocess.Popen(line(archive, path_of_rest, large), cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
    subprocess.run(line(archive, path_of_rest, large), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    assert same(path_of_rest) == same(path)


def test_it_runs_beside_a_crawl_and_says_what_is_wrong(archive, tmp_path, scrapy):
    _, _, folder = archive
    (file,) = folder.glob("*.warc.gz")
    for words, said in (
        ([], "give a topic and what to read"),
        (["gone.warc.gz"], "gone.warc.gz: no such file"),
        ([file, "--from", "yesterday"], '--from: "yesterday" is no day'),
        ([file, "--from", "2026-02-01", "--to", "2026-01-01"], "--from 2026-02-01 is later than --to 2026-01-01"),
        (["CC-NEWS"], "CC-NEWS needs --from and --to"),
    ):
        result = backfill(archive, tmp_path / "news.db", *words, code=2)
        assert said in result.stderr and result.stderr.count("\n") == 1
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(b"nothing like an archive" * 100)
    result = backfill(archive, tmp_path / "news.db", broken)
    assert "does not begin like a WARC file" in result.stderr and "1 broken" in result.stdout
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_it_forgets_what_lies_behind_it_and_nothing_of_a_crawl(tmp_path):
    """Fingerprints and vectors: of the crawl's day, of a backfill's month, and of a year that it has passed."""
    room = Newsroom(tmp_path)
    days = {"crawled": None, "near": "2021-03-05T00:00:00Z", "passed": "2020-01-05T00:00:00Z"}
    found = {name: room.add(name, **({"fetched": day, "published": day} if day else {})) for name, day in days.items()}
    store = Store(room.archive, None, None)

    def remembered():
        tables = ("fingerprinted", "story_vectors")
        return [[row[0] for row in room.db.execute(f"SELECT article_id FROM {t} ORDER BY 1")] for t in tables]

    assert remembered() == [sorted(found.values())] * 2
    store.forget_passed("2021-03-01T00:00:00Z")
    assert remembered() == [[found["crawled"], found["near"]]] * 2
    before = clock.text(clock.now() - timedelta(days=1))
    room.db.conn.execute("BEGIN IMMEDIATE")
    assert dedupe.prune(room.db.conn, before) == stories.prune(room.db.conn, before) == 0  # they were stored today
    room.close()


def test_a_topic_that_never_saw_an_article_gets_its_match(archive, tmp_path):
    seeds, path, folder = archive
    (tmp_path / "late.toml").write_text(seeds.read_text())
    shutil.copy(path, tmp_path / "news.db")
    shutil.copytree(folder, tmp_path / "news.warc")
    more = (
        "-a",
        f"seeds={tmp_path / 'late.toml'}",
        "-s",
        f"DATABASE={tmp_path / 'news.db'}",
        "-s",
        "EXTRACT_WORKERS=0",
    )
    code, out, err = ask("backfill", "late", *map(str, (tmp_path / "news.warc").glob("*.gz")), *more)
    assert (code, err) == (0, "") and " 0 stored, 26 known before" in out
    matches = "SELECT article_id, score, terms FROM matches WHERE topic = ? ORDER BY 1"
    found = [
        [tuple(row) for row in rows(tmp_path / "news.db", matches, topic)] for topic in ("late", "venezuela_russia")
    ]
    assert found[0] == found[1] and len(found[0]) == 25
