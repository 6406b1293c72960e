"""``scrapy browse``: the real command, and a real browser that walks through its pages."""

from __future__ import annotations

import html
import json
import re
import signal
import socket
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler import database
from tests.browser import Watched, browser, chromium, new_page, served
from tests.conftest import needs

EVIL = '<script>document.title = "hacked"; fetch("http://127.0.0.99/")</script>'
TEXT = f'Caracas and Moscow agree. <img src="http://127.0.0.99/x.png" onerror="alert(1)"> {EVIL}\nThe second paragraph.'
REVISED = TEXT.replace("agree", "disagree")
EVERY = (
    "/",
    "/story/{story}",
    "/article/{article}",
    "/search?q=caracas",
    "/sources",
    "/trends",
    "/terms",
    "/story/999999",
)
DATA = ("/news", "/news/articles", "/news/stories", "/news/articles/{article}", "/news?sql=select+title+from+stories")


@pytest.fixture(scope="module")
def news(crawled, tmp_path_factory):
    """The crawled news web, and in it an article that attacks its readers, with a revision, in a story with a copy."""
    _, result, path = crawled
    assert result.returncode == 0
    copy = tmp_path_factory.mktemp("browse") / "news.db"
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.executescript(
        f"""
        INSERT INTO stories (id, title, first_seen, last_seen, articles, outlets, languages)
        VALUES (500, {quoted(EVIL)}, '2030-01-01T10:00:00Z', '2030-01-01T12:00:00Z', 2, 2, '["en"]');
        INSERT INTO articles (id, url, canonical_url, source, site, title, authors, published, published_from, fetched,
          language, text, section, agency, image, content_hash, duplicate_of, duplicate_kind, duplicate_score, story_id,
          revision)
        VALUES (900, 'javascript:alert(1)', 'javascript:alert(1)', {quoted(EVIL)}, '127.0.0.99', {quoted(EVIL)},
          {quoted(json.dumps([EVIL]))}, '2030-01-01T10:00:00Z', 'feed', '2030-01-01T10:05:00Z', 'en', {quoted(REVISED)},
          {quoted(EVIL)}, {quoted(EVIL)}, 'javascript:alert(2)', 'x', NULL, NULL, NULL, 500, 2),
          (901, 'https://copy.example/a', 'https://copy.example/a', 'The Copyist', 'copy.example', 'A plain headline',
          '[]', '2030-01-01T12:00:00Z', 'feed', '2030-01-01T12:05:00Z', 'en', {quoted(TEXT)}, NULL, NULL, NULL, 'x',
          900, 'copy', 0.97, 500, 1);
        INSERT INTO matches (article_id, topic, score, terms) VALUES (900, 'venezuela_russia', 0.5,
          {quoted(json.dumps({"venezuela": {"caracas": 1}, "russia": {"moscow": 1}}))});
        INSERT INTO revisions VALUES (900, 1, '2030-01-01T10:05:00Z', 'publisher', 'The first headline', {quoted(TEXT)},
          'x'), (900, 2, '2030-01-01T11:05:00Z', 'publisher', {quoted(EVIL)}, {quoted(REVISED)}, 'y');
        INSERT INTO sources (topic, url, name, state, reason, expected_rate, last_new)
        VALUES ('venezuela_russia', 'javascript:alert(3)', {quoted(EVIL)}, 'silent', {quoted(EVIL)}, 4.5,
          '2026-01-01T10:00:00Z');
        """
    )
    target.close()
    return copy


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def address(news):
    with served(news) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    executable = chromium()
    needs(executable, "no Chromium here: on Debian, apt install chromium")
    with browser(executable) as opened:
        yield opened


@pytest.fixture(params=["light"])
def watched(chrome, address, request):
    """A page of the browser; nothing that it did may have gone elsewhere or made the browser complain."""
    context = chrome.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    page = new_page(context, address)
    yield page
    context.close()
    assert page.abroad() == []
    assert [said for said in page.complaints if "404" not in said] == []


def story_with_copies(path: Path) -> tuple[int, int]:
    """A story of the news web that has a copy, and its first article."""
    connection = sqlite3.connect(path)
    row = connection.execute(
        "SELECT story_id, duplicate_of FROM articles WHERE duplicate_of IS NOT NULL AND id < 900 ORDER BY id"
    ).fetchone()
    connection.close()
    return row


@pytest.fixture(scope="module")
def paths(news):
    """Fill in a path's numbers."""
    story, article = story_with_copies(news)
    return lambda path: path.format(story=story, article=article)


def get(address: str, path: str, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body; a status that tells of an error, too."""
    request = urllib.request.Request(address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_front_page_story_article_search_facet_and_sql_lead_to_each_other(watched: Watched, news):
    page = watched.page
    watched.go("/")
    assert page.inner_text("h1") == "Venezuela-Russia relations"
    story, article = story_with_copies(news)
    page.click(f"h3 a[href='/story/{story}']")
    page.wait_for_url("**/story/*")
    reports = page.locator(".reports > li")
    assert reports.count() > 3 and page.locator("ul.copies li").count() == 1
    page.click(f".reports h3 a[href='/article/{article}']")
    page.wait_for_url("**/article/*")
    assert page.locator(".text mark").count() > 3 and "caracas" in page.inner_text(".side .terms")
    page.fill("input[name=q]", "caracas")
    page.press("input[name=q]", "Enter")
    page.wait_for_url("**/search?q=caracas")
    results = page.locator(".hits > li").count()
    assert results > 1 and page.locator(".hits mark").count() > 1
    page.click(".facets a:has-text('Spanish')")
    page.wait_for_url("**/search?q=caracas&language=es")
    assert 0 < page.locator(".hits > li").count() < results
    assert set(page.locator(".hits .lang").all_inner_texts()) == {"ES"}
    narrowed = page.locator(".hits > li").count()
    page.click("footer a:has-text('SQL')")
    page.wait_for_url("**/news?sql=*")
    assert page.locator(".rows-and-columns tbody tr").count() == narrowed
    page.click("header summary")
    page.click("header a:has-text('Front page')")
    page.wait_for_url(f"{watched.address}/")


def test_the_same_way_is_walked_with_the_keyboard_alone(watched: Watched, news):
    page = watched.page
    story, article = story_with_copies(news)
    watched.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    watched.tab_to(f"h3 a[href='/story/{story}']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/story/*")
    watched.tab_to(f"h3 a[href='/article/{article}']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/*")
    watched.tab_to("input[name=q]")
    page.keyboard.type("caracas")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=caracas")
    watched.tab_to(".facets a[href*='language=pt']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*language=pt*")
    watched.tab_to("footer a[href^='/news?sql=']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/news?sql=*")
    assert page.locator(".rows-and-columns tbody tr").count() > 0


def test_a_script_in_a_title_and_an_address_that_is_one_do_nothing(watched: Watched):
    page = watched.page
    for path in ("/", "/story/500", "/article/900", "/search?q=second+paragraph", "/search", "/sources"):
        watched.go(path)
        assert page.title() != "hacked" and "document.title" in page.content(), path
        assert page.locator("main script, main img, main iframe").count() == 0
        assert page.locator("a[href^='javascript']").count() == 0


def test_a_link_to_an_original_tells_it_nothing_and_there_is_none_where_it_is_no_web_address(watched: Watched, paths):
    watched.go(paths("/article/{article}"))
    link = watched.page.locator("a.original")
    assert link.get_attribute("href").startswith("http://127.0.0.")
    assert set(link.get_attribute("rel").split()) == {"noopener", "noreferrer", "nofollow"}
    watched.go("/article/900")
    assert watched.page.locator("a.original").count() == 0
    assert "javascript:alert(1)" in watched.page.inner_text(".side")


def test_a_revision_is_shown_as_what_was_taken_out_and_put_in(watched: Watched):
    for path in ("/article/900", "/story/500"):
        watched.go(path)
        assert watched.page.locator(".change del").all_inner_texts()[-1] == "agree. "
        assert watched.page.locator(".change ins").all_inner_texts()[-1] == "disagree. "
        assert "1 paragraph unchanged" in watched.page.inner_text(".change")


def test_no_page_is_wider_than_a_phone(chrome, address, paths):
    context = chrome.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    watched = new_page(context, address)
    widths = {}
    for path in (*EVERY, "/article/900", "/story/500"):
        watched.go(paths(path))
        widths[path] = watched.page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert {path: width for path, width in widths.items() if width > 390} == {}


@pytest.fixture(scope="module")
def axe_pages(chrome, address):
    """A page in light and one in dark into which axe may be put, in spite of the pages' policy."""
    contexts = {
        scheme: chrome.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 1280, "height": 900})
        for scheme in ("light", "dark")
    }
    yield {scheme: new_page(context, address) for scheme, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("path", [*EVERY, "/story/500"])
def test_axe_finds_nothing_serious_in_light_and_dark(axe_pages, paths, path):
    found = {}
    for scheme, watched in axe_pages.items():
        watched.go(paths(path))
        for violation in Axe().run(watched.page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found[scheme, violation["id"]] = [node["html"] for node in violation["nodes"]]
    assert found == {}


@pytest.mark.parametrize("path", [*EVERY, "/article/900", "/story/500", "/search?q=%22", "/search?from=yesterday"])
def test_the_html_is_valid_and_the_policy_allows_no_script_and_no_style_of_its_own(address, paths, path):
    status, headers, body = get(address, paths(path))
    assert status == (404 if "999999" in path else 200)
    html5lib.HTMLParser(strict=True).parse(body.decode())
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["style-src"] == "'self'" and "script-src" not in policy
    assert headers["referrer-policy"] == "same-origin" and headers["x-content-type-options"] == "nosniff"
    assert not re.search(rb"<script|<style|\sstyle=|\son[a-z]+=\"", body.split(b"<body", 1)[0] + markup(body))


def markup(body: bytes) -> bytes:
    """The tags of a page, as they are written."""
    return b"".join(re.findall(rb"<[^>]*>", body))


@pytest.mark.parametrize("path", DATA)
def test_tables_rows_and_sql_are_those_of_datasette_with_json_beside_them(address, paths, path):
    address_and_query = paths(path).split("?")
    assert get(address, "?".join(address_and_query))[0] == 200
    address_and_query[0] += ".json"
    status, headers, body = get(address, "?".join(address_and_query))
    assert status == 200 and headers["content-type"].startswith("application/json") and json.loads(body)


def test_each_page_gives_itself_as_data(address, paths):
    for path in ("/", "/story/{story}", "/article/{article}", "/search?q=caracas&language=es", "/sources", "/trends"):
        body = get(address, paths(path))[2].decode()
        links = dict(re.findall(r'<a href="([^"]+)">(SQL|JSON|CSV)</a>', body))
        assert len(links) == 3
        for href, form in links.items():
            status, _, data = get(address, href.replace("&amp;", "&"))
            assert status == 200, (path, form, data)
            if form == "JSON":
                rows = json.loads(data)
            elif form == "CSV":
                exported = data.decode().splitlines()
        assert len(rows) > 0 and len(exported) > len(rows), path


@pytest.mark.parametrize(
    "sql", ["delete from articles", "update articles set title = ''", "pragma query_only = 0", "vacuum into 'x.db'"]
)
def test_writing_sql_is_refused(address, news, sql):
    before = news.read_bytes()
    status, _, body = get(address, f"/news.json?{urllib.parse.urlencode({'sql': sql})}")
    assert status == 400 and "SELECT" in json.loads(body)["error"]
    assert news.read_bytes() == before


def test_stem_finds_inflected_forms_in_sql(address):
    sql = "select count(*) as n from articles_fts where articles_fts match stem(:q)"
    counts = [
        json.loads(get(address, f"/news.json?{urllib.parse.urlencode({'sql': sql, 'q': words})}&_shape=array")[2])[0][
            "n"
        ]
        for words in ("acuerdos", "acuerdo", "соглашением", '"', "")
    ]
    assert counts[0] == counts[1] > 0 and counts[2] > 0 and counts[3:] == [0, 0]


def test_what_is_not_there_says_so(address):
    for path, said in (
        ("/story/999999", "There is no story 999999"),
        ("/article/999999999999999999999999", "There is no article 999999999999999999…"),
        ("/topic/lithium", "There is no topic &#34;lithium&#34; in this database. It has: venezuela_russia."),
        ("/nothing", "There is no such page."),
    ):
        status, _, body = get(address, path)
        assert status == 404 and said in body.decode()


def test_a_wrong_search_says_what_is_wrong(address):
    assert "is never closed: add another" in get(address, "/search?q=%22!")[2].decode()
    assert (
        "From yesterday: write it like 30m, 12h, 7d, 2w or 2024-07-01"
        in get(address, "/search?from=yesterday")[2].decode()
    )
    assert get(address, "/search?page=99999999999999999999&to=9999-12-31")[0] == 200


def test_another_name_for_our_address_is_refused(address):
    assert get(address, "/", Host="evil.example")[0] == 421
    assert get(address, "/news.json", Host=f"evil.example:{address.rpartition(':')[2]}")[0] == 421
    assert get(address, "/", Host=f"localhost:{address.rpartition(':')[2]}")[0] == 200


def test_a_page_shows_what_a_crawl_has_stored_meanwhile(address, news):
    writer = sqlite3.connect(news)
    writer.execute("UPDATE stories SET title = 'Changed while it was read' WHERE id = 500")
    writer.commit()
    try:
        assert "Changed while it was read" in get(address, "/")[2].decode()
    finally:
        writer.execute("UPDATE stories SET title = ? WHERE id = 500", (EVIL,))
        writer.commit()
        writer.close()


def test_two_topics_have_a_page_each_and_a_list_until_sigterm(news, tmp_path):
    path = tmp_path / "sources.db"  # the name of a page of ours
    source, target = sqlite3.connect(news), sqlite3.connect(path)
    source.backup(target)
    source.close()
    target.execute("INSERT INTO sources (topic, url, name, state) VALUES ('lithium', 'https://a.example/', 'A', 'new')")
    target.execute("UPDATE matches SET topic = 'lithium' WHERE article_id = 900")
    target.commit()
    target.close()
    with served(path) as address:
        both = get(address, "/")[2].decode()
        html5lib.HTMLParser(strict=True).parse(both)
        assert 'href="/topic/lithium"' in both and 'href="/topic/venezuela_russia"' in both
        assert re.findall(r'<h3[^>]*><a href="/story/(\d+)', get(address, "/topic/lithium")[2].decode()) == ["500"]
        of_other = re.findall(r'h3[^>]*><a href="/story/(\d+)', get(address, "/topic/venezuela_russia")[2].decode())
        assert len(of_other) > 3 and "500" not in of_other
        for path_ in (
            "/search?topic=lithium",
            "/trends?topic=lithium",
            "/sources?topic=lithium",
            "/sources_db/articles",
        ):
            assert get(address, path_)[0] == 200


def test_an_empty_database_is_shown_as_such_until_ctrl_c(tmp_path):
    path = tmp_path / "an odd name.v2.db"
    database.open_to_write(path).close()
    with served(path, ended_by=signal.SIGINT) as address:
        front = get(address, "/")[2].decode()
        assert "Nothing is stored yet" in front
        for link in ("/search", "/trends", "/sources", *re.findall('"([^"]+)">(?:SQL|JSON|CSV|Data)</a>', front)):
            assert get(address, link.replace("&amp;", "&"))[0] == 200, link


def test_what_cannot_be_served_is_said_in_one_line(scrapy, tmp_path):
    (tmp_path / "empty.db").touch()
    database.open_to_write(tmp_path / "news.db").close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for arguments, code, said in (
            (("-s", f"DATABASE={tmp_path}/missing.db"), 1, "no such database: run"),
            (("-s", f"DATABASE={tmp_path}/empty.db"), 1, 'is empty: run "scrapy crawl TOPIC" first'),
            (("--port", str(port)), 1, f"--port {port}: another program listens there: choose another one"),
            (("--port", "70000"), 2, "--port 70000: give a number from 1 to 65535"),
        ):
            result = scrapy("browse", *arguments)
            assert (result.returncode, result.stdout) == (code, ""), arguments
            assert result.stderr.count("\n") == 1 and said in result.stderr, result.stderr


def test_help_teaches(scrapy):
    said = " ".join(scrapy("browse", "--help").stdout.split())
    assert "http://127.0.0.1:8001/" in said and "it only reads" in said and "ssh -L" in said


def test_sources_are_filtered_by_state_and_by_a_part_of_their_name(address):
    names = lambda path: set(re.findall(r'<th scope="row">.*?<bdi>(.*?)</bdi>', get(address, path)[2].decode()))  # noqa: E731
    everything = names("/sources")
    silent, tepuy = names("/sources?state=silent"), names("/sources?name=TEPUY")
    assert len(silent) == 1 and tepuy == {"Diario El Tepuy"} and silent | tepuy < everything
    assert names("/sources?state=silent&name=tepuy") == set()
    assert 'name="state" value="silent"' in get(address, "/sources?state=silent")[2].decode()


def test_what_is_usual_is_only_told_once_it_was_measured(address, news):
    connection = sqlite3.connect(news)
    sql = "SELECT name, json_extract(rhythm, '$.hours') FROM sources WHERE last_ok IS NOT NULL"
    unmeasured = [name for name, hours in connection.execute(sql) if not sum(json.loads(hours or "[]"))]
    connection.close()
    page = get(address, "/sources")[2].decode()
    row = r'<th scope="row">.*?<bdi>(.*?)</bdi>.*?data-label="Usual" class="n">(.*?)</td>'
    usual = dict(re.findall(row, page, re.DOTALL))
    assert len(unmeasured) > 1 and {usual[name] for name in unmeasured} == {""}


def test_data_lists_the_queries_of_the_docs_and_has_a_row_a_line(watched: Watched):
    assert watched.go("/news") == 200
    watched.page.get_by_role("link", name="Who had it first: stories of more than one outlet").click()
    watched.page.locator("table.rows-and-columns tbody tr").first.wait_for()
    assert watched.go("/news/articles") == 200
    heights = watched.page.eval_on_selector_all("tbody tr", "rows => rows.map(row => row.offsetHeight)")
    assert heights and max(heights) < 60


def test_languages_outlets_and_terms_of_trends_lead_to_a_search_that_finds_something(address):
    page = get(address, "/trends?days=365")[2].decode()
    links = [html.unescape(link) for link in re.findall(r'<th scope="row"><a href="(/search\?[^"]+)"', page)]
    for kind in ("language=", "source=", "q="):
        chosen = [link for link in links if kind in link]
        assert chosen, kind
        for link in chosen[:3]:
            status, _, body = get(address, link)
            assert status == 200 and "/article/" in body.decode(), link


def test_the_page_of_terms_tells_what_each_brings_and_what_nothing_has(address):
    status, _, body = get(address, "/terms?topic=venezuela_russia")
    assert status == 200 and "<bdi>venezuel*</bdi>" in body.decode() and "that no article has" in body.decode()
    assert get(address, "/terms?topic=nothing")[0] == 404
    assert "/terms" in get(address, "/trends")[2].decode()
