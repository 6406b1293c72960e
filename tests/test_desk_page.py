"""The desk in the web page: ``scrapy browse --writable``, walked with a real browser, and what it refuses."""

from __future__ import annotations

import http.client
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.browse.desk import LARGEST
from crawler.desk import Desk, place_of
from tests.browser import browser, chromium, start
from tests.conftest import needs
from tests.newsroom import Newsroom

EVIL = "<script>document.title = 'hacked'</script>"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("desk"))
    room.add("dam", language="es")
    room.add("ship", outlet="pier", title=EVIL)
    yield room
    room.close()


@pytest.fixture(scope="module")
def address(room):
    server = start(room.path, "--writable")
    yield server.address
    server.kill()


def ask(address: str, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    body = urlencode(form or {})
    sent = {"Content-Type": "application/x-www-form-urlencoded", **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request(method, path, body if method == "POST" else None, sent if method == "POST" else headers)
    answer = connection.getresponse()
    said = answer.headers.get("Location") or answer.read().decode()
    connection.close()
    return answer.status, said


def test_marks_and_searches_are_put_on_the_desk_by_hand(room, address):
    executable = chromium()
    needs(executable, "Chromium: on Debian, apt install chromium")
    desk = Desk(place_of(room.path))
    with browser(executable) as chrome:
        page = chrome.new_context(bypass_csp=True).new_page()  # axe is a script
        page.goto(f"{address}/article/2")
        page.get_by_role("button", name="Star").click()
        page.get_by_label("Tag").fill(EVIL)
        page.get_by_role("button", name="Add").click()
        page.get_by_label("Note").fill("ask the ministry")
        page.get_by_role("button", name="Keep the note").click()
        assert page.get_by_role("button", name="Starred").get_attribute("aria-pressed") == "true"
        assert page.get_by_label("Note").input_value() == "ask the ministry"
        page.goto(f"{address}/search?language=es")
        page.get_by_label("Keep this search as").fill("spanish")
        page.get_by_role("button", name="Save").click()
        assert page.url == f"{address}/desk"
        assert "ask the ministry" in page.inner_text("main") and page.title() != "hacked"
        page.get_by_role("link", name="spanish", exact=True).click()
        assert page.url == f"{address}/search?language=es"
        for path in ("/desk", "/article/2"):
            page.goto(f"{address}{path}")
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert {(mark.kind, mark.value) for mark in desk.marks()} == {
        ("star", ""), ("tag", EVIL[:60]), ("note", "ask the ministry"),
    }  # fmt: skip
    assert desk.search("spanish").filters.language == "es"


def test_forms_are_ours_short_and_ask_for_what_there_is(room, address):
    ours = {"Origin": address}
    star = {"do": "read", "article": "1"}
    before = Desk(place_of(room.path)).marks()
    assert ask(address, "POST", "/desk", star)[0] == 403
    assert ask(address, "POST", "/desk", star, Origin="http://evil.example")[0] == 403
    assert ask(address, "POST", "/article/1", star, **ours)[0] == 405
    assert ask(address, "POST", "/desk", {**star, "article": "99"}, **ours)[0] == 400
    assert ask(address, "POST", "/desk", {"do": "drop"}, **ours)[0] == 400
    assert ask(address, "POST", "/desk", {"do": "note", "article": "1", "value": "x" * LARGEST}, **ours)[0] == 413
    assert ask(address, "POST", "/desk", {"do": "save", "name": "all"}, **ours)[0] == 400
    assert Desk(place_of(room.path)).marks() == before
    assert ask(address, "POST", "/desk", star, **ours, Cookie="ds_actor=x") == (303, "/article/1")
    assert len(Desk(place_of(room.path)).marks()) == len(before) + 1


def test_without_writable_there_is_no_desk(room):
    server = start(room.path)
    try:
        assert ask(server.address, "GET", "/desk")[0] == 404
        assert ask(server.address, "POST", "/desk", {"do": "star", "article": "1"}, Origin=server.address)[0] == 405
        assert "/desk" not in ask(server.address, "GET", "/article/1")[1]
    finally:
        server.kill()


def test_a_muted_story_is_left_out_of_the_front_page_which_says_so(room, address):
    own = {"Origin": address}
    title = room.db.conn.execute("SELECT title FROM articles WHERE id = 1").fetchone()[0]

    def post(**form: str) -> tuple[int, str]:
        return ask(address, "POST", "/desk", form, **own)

    assert title in ask(address, "GET", "/")[1]
    assert post(do="mute", kind="story", article="1") == (303, "/article/1")
    front = ask(address, "GET", "/")[1]
    assert title not in front and "1 muted story left out" in front
    assert title in ask(address, "GET", "/?muted=shown")[1]
    assert title in ask(address, "GET", "/desk")[1]
    assert "Story is muted" in ask(address, "GET", "/article/1")[1]
    assert post(do="mute", kind="source", value="pier.example") == (303, "/desk")
    assert "2 muted stories left out" in ask(address, "GET", "/")[1]
    assert post(do="mute", kind="source", value="Nobody")[0] == 400
    assert post(do="mute", kind="words", value="!")[0] == 400
    assert (
        post(do="unmute", kind="story", article="1")[0]
        == post(do="unmute", kind="source", value="pier.example")[0]
        == 303
    )
    assert title in ask(address, "GET", "/")[1] and Desk(place_of(room.path)).mutes() == []
