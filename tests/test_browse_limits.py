"""The web page when others want to use it, or too much is asked of it."""

import csv
import io
import json
import sqlite3
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress

import psutil
import pytest

from crawler.browse import limits
from crawler.browse.plugin import stem
from tests.browser import start
from tests.newsroom import Newsroom

PAGES = ("/", "/article/1", "/search?q=quay", "/sources", "/trends")
DATA = ("/news", "/news/articles", "/news/articles.json", "/news.csv?sql=select+1", "/-/static/app.css", "/-/plugins")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("limits"))
    room.add(1, title='=HYPERLINK("x");=1+1')
    room.add(2, text="word " * 300_000, title="Long")
    room.close()
    running = start(room.path)
    running.database = room.path
    yield running
    running.kill()


@pytest.fixture
def get(server):
    def ask(path, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(server.address + path, headers=named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    return ask


def sql(form, text, **values):
    return f"/news.{form}?{urllib.parse.urlencode({'sql': text, **values})}"


@pytest.mark.parametrize("path", [*PAGES, *DATA])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "same-origin", "something-new"])
def test_what_another_site_asks_for_is_refused(get, path, site):
    allowed = site in ("none", "same-origin")
    for mode, dest in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "script")):
        status, _, body = get(path, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=dest)
        assert (status == 200) is allowed, (mode, dest)
        assert allowed or (status, body.count("\n")) == (403, 1)


@pytest.mark.parametrize("path", PAGES)
def test_a_link_of_another_site_may_lead_to_a_page_of_ours(get, path):
    navigation = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert get(path, **navigation)[0] == 200
    assert get(path, method="POST", **navigation)[0] == 403


@pytest.mark.parametrize("path", DATA)
def test_but_not_to_data_and_sql(get, path):
    navigation = {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert get(path, **navigation)[0] == 403


def test_without_fetch_metadata_a_foreign_origin_is_refused(get, server):
    port = server.address.rpartition(":")[2]
    assert get("/")[0] == get("/", Origin=server.address)[0] == 200
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{int(port) + 1}", f"http://localhost:{port}"):
        assert get("/", Origin=origin)[0] == 403, origin


@pytest.mark.parametrize("path", [*PAGES, *DATA, "/nothing", "/article/99", "/news.json?sql=select+x"])
def test_no_answer_can_be_framed_or_read_elsewhere(get, path):
    _, headers, _ = get(path)
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "base-uri 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY" and headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] in (
        "same-origin",
        "no-referrer",
    )
    assert ("unsafe-inline" in policy) is (path in ("/news", "/news/articles", "/-/plugins"))


TOO_LARGE = {
    "stem of much": "select stem(replace(hex(zeroblob(4000000)), '00', ' a'))",
    "a value": "select length(replace(hex(zeroblob(2000000)), '00', 'abcdefgh'))",
    "a blob": "select zeroblob(300000000)",
    "printf": "select printf('%.*c', 300000000, 'x')",
    "many columns": "select " + ", ".join(f"hex(zeroblob(1000000)) as c{number}" for number in range(150)),
    "many rows": "with recursive n(i) as (select 1 union all select i + 1 from n limit 900)"
    " select hex(zeroblob(500000)) from n",
    "blobs": "with recursive n(i) as (select 1 union all select i + 1 from n limit 900) select zeroblob(500000) from n",
    "aggregate": "with recursive n(i) as (select 1 union all select i + 1 from n limit 900)"
    " select group_concat(hex(zeroblob(500000))) from n",
    "pattern": "select 1 where hex(zeroblob(100000)) like replace(hex(zeroblob(500)), '00', '%_')",
}


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("what", TOO_LARGE)
def test_too_large_an_answer_is_refused_and_takes_no_memory(get, server, what, form):
    status, _, body = get(sql(form, TOO_LARGE[what]))
    assert len(body) < 5_000
    assert status == 400 or form == "csv" or what == "printf", body  # which gives NULL
    assert psutil.Process(server.process.pid).memory_info().rss < 600e6


def test_what_is_large_and_within_the_bounds_is_given(get):
    status, _, body = get("/news/articles.json?_shape=array&_col=text")
    assert status == 200 and max(len(row["text"]) for row in json.loads(body)) == 1_500_000
    assert get("/article/2")[0] == 200


@pytest.mark.parametrize("words", ["a" * 1_001, b"bytes", "(" * 5_000])
def test_stem_looks_at_short_words_only(words):
    assert stem(words) == '""'
    assert stem("ports") != '""' and stem(None) is None


CSV = ("/news/articles.csv?id=1", "/news/articles.csv?_stream=1&id=1", sql("csv", "select title from articles"))


@pytest.mark.parametrize("path", CSV)
def test_the_csv_of_the_page_has_no_formulas(get, path):
    _, _, body = get(path)
    titles = [row["title"] for row in csv.DictReader(io.StringIO(body))]
    assert "'=HYPERLINK(\"x\");'=1+1" in titles
    assert body.startswith('"')


def test_a_page_that_takes_too_long_is_given_up():
    deadline = limits.Deadline()
    threading.Timer(0.2, deadline.stop).start()
    with pytest.raises(limits.TooLong):
        deadline.run(for_ever)
    deadline.stop()  # later: nothing is hurt
    assert limits.Deadline().run(lambda: 7) == 7
    late = limits.Deadline()
    late.stop()
    with pytest.raises(limits.TooLong):
        late.run(for_ever)


def for_ever():
    while True:
        try:
            time.sleep(0)
        except Exception:  # as code that is called may do
            continue


def test_work_that_ends_as_it_is_stopped_ends_or_is_stopped():
    for _ in range(300):
        deadline = limits.Deadline()
        stopper = threading.Thread(target=deadline.stop)
        stopper.start()
        with suppress(limits.TooLong):
            assert deadline.run(lambda: sum(range(500))) == 124_750
        stopper.join()


def test_our_pages_answer_while_all_threads_of_sql_are_busy(get):
    slow = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    threads = [threading.Thread(target=get, args=[sql("json", slow)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert get("/")[0] == 200
    assert any(thread.is_alive() for thread in threads), "the page did not wait for them"
    for thread in threads:
        thread.join()


def test_the_limits_hold_for_a_connection_of_any_kind():
    connection = sqlite3.connect(":memory:")
    limits.bound(connection)
    for number in range(3):  # each query has an answer of its own
        assert connection.execute("SELECT hex(zeroblob(1500000)) UNION ALL SELECT 'b'").fetchall()[1][0] == "b", number
    with pytest.raises(sqlite3.DataError):
        connection.execute("SELECT hex(zeroblob(3000000))").fetchall()
    connection.close()


def test_many_long_paragraphs_that_were_rewritten_are_shown(get, server):
    database = sqlite3.connect(server.database)
    database.row_factory = sqlite3.Row
    number = database.execute("SELECT min(id) FROM articles").fetchone()[0]
    for revision, word in enumerate(("alpha", "beta", "gamma"), 1):
        text = "\n".join(" ".join(f"{word}{(n * k) % 977}" for n in range(2_000)) for k in range(60))
        row = (number, revision, "2026-01-01T00:00:00Z", "publisher", word, text, word)
        database.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    database.execute("UPDATE articles SET revision = 3, text = ? WHERE id = ?", (text, number))
    database.commit()
    database.close()
    status, _, body = get(f"/article/{number}")
    assert status == 200 and body.count("<del>") >= 2 and body.count("<ins>") >= 2
