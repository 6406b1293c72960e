"""Servers that are only sloppy are read as browsers read them, with the real command."""

from __future__ import annotations

import gzip
import os

import pytest

from crawler.middlewares.unpacking import complete
from tests.conftest import rows, run
from tests.newsweb.hostile import HostileWeb, Trap
from tests.newsweb.traps.answers import XML, feed, http, item, raw, rss, says, story

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LIKE_BROTLI = 1_796_074_992  # a time at which a file packed by gzip is an empty one to a decoder of brotli
STORED, BROKEN = ("stored", ""), ("queued", "the answer broke off")


def chunks(body: bytes, end: bytes = b"\r\n", last: bytes = b"0\r\n\r\n") -> bytes:
    half = len(body) // 2
    return b"".join(b"%x%b%b%b" % (len(part), end, part, end) for part in (body[:half], body[half:])) + last


def bodies(body: bytes) -> dict[str, bytes]:
    """The same body, sent in ways that are wrong and can be understood."""
    return {
        "coding UTF-8": http(body, Content_Encoding="UTF-8"),
        "coding none": http(body, Content_Encoding="none"),
        "coding aws": http(gzip.compress(body), Content_Encoding="aws-chunked, gzip"),
        "gzip unsaid": http(gzip.compress(body)),
        "gzip called br": http(gzip.compress(body, mtime=LIKE_BROTLI), Content_Encoding="br"),
        "no last chunk": CHUNKED + chunks(body, last=b""),
        "LF in chunks": CHUNKED + chunks(body, end=b"\n", last=b"0\n\n"),
        "not chunked": CHUNKED + body,
        "coding identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + body,
        "too long": HEAD + b"Content-Length: 99999\r\n\r\n" + body,
    }


def sloppy() -> list[Trap]:
    page, list_of_one = story("of the sloppy server").encode(), rss(item("http://HOST/a")).encode()
    found = []
    for name, answer in bodies(page).items():
        rules = bodies(b"User-agent: *\nDisallow: /closed\n")[name]
        answers = {"/robots.txt": raw(rules), "/feed.xml": feed("/a", "/closed/b"), "/a": raw(answer)}
        found.append(
            Trap(f"page, {name}", answers, {"/a": STORED, "/closed/b": ("blocked", "robots")}, seed={"language": "es"})
        )
    for name in bodies(list_of_one):

        def listing(visit, name=name):
            body = list_of_one.replace(b"HOST", visit.home.removeprefix("http://").encode())
            return [bodies(body)[name]]

        found.append(Trap(f"feed, {name}", {"/feed.xml": listing, "/a": says(story(name))}, {"/a": STORED}))
    half = page[: len(page) // 2]
    lists = {"/feed.xml": feed("/a")}
    found.append(Trap("half a page", lists | {"/a": raw(CHUNKED + chunks(half, last=b""))}, {"/a": BROKEN}))
    found.append(
        Trap("half a length", lists | {"/a": raw(HEAD + b"Content-Length: 99999\r\n\r\n" + half)}, {"/a": BROKEN})
    )
    cut = http(b"User-agent: *\nDisallow: /clos", Content_Length="999")
    found.append(
        Trap("half a rule", lists | {"/robots.txt": raw(cut), "/a": says(page)}, {"/feed.xml": ("queued", "robots")})
    )

    def with_cookie(visit):
        if "Cookie: seen=1; lang=es" in visit.head:
            return says(page)(visit)
        return says("", status=302, Location="{home}/a", Set_Cookie="seen=1; Path=/\r\nSet-Cookie: lang=es")(visit)

    wall = says("", status=302, Location="{home}/a", Set_Cookie="seen=1")
    plain = says("", status=302, Location="{home}/a")
    itself = ("failed", "redirects to itself")
    found.append(Trap("cookie", lists | {"/a": with_cookie}, {"/a": STORED}, 4))
    found.append(Trap("cookie again", lists | {"/a": wall}, {"/a": ("blocked", "needs cookies")}, 4))
    found.append(Trap("itself", lists | {"/a": plain}, {"/a": itself}, 3))

    def editions(visit):
        accepts = [line for line in visit.head.splitlines() if line.lower().startswith("accept-language")]
        wanted = ["Accept-Language: ru"] if visit.path.startswith("/ru") else []
        return says(page if accepts == wanted else "")(visit)

    found.append(
        Trap("one language", {"/feed.xml": feed("/ru"), "/ru": editions}, {"/ru": STORED}, seed={"language": "ru"})
    )
    found.append(Trap("no language", {"/feed.xml": feed("/x"), "/x": editions}, {"/x": STORED}))

    def behind_a_login(visit):
        allowed = "Authorization: Basic bWU6cHc=" in visit.head
        return (
            (says(page) if visit.path == "/a" else lists["/feed.xml"])(visit)
            if allowed
            else says("", status=401)(visit)
        )

    answers = {"/feed.xml": behind_a_login, "/a": behind_a_login}
    found.append(Trap("login", answers, {"/a": STORED}, seed={"login": "${FEED_LOGIN}"}))
    for name, index in (
        ("index of url", "<sitemapindex><url><loc>{home}/kid.xml</loc></url></sitemapindex>"),
        ("urlset of sitemaps", "<urlset><url><loc>{home}/kid.xml</loc></url></urlset>"),
    ):
        kid = says("<urlset><url><loc>{home}/a</loc></url></urlset>", XML)
        answers = {"/map.xml": says(index, XML), "/kid.xml": kid, "/a": says(page)}
        found.append(Trap(name, answers, {"/a": STORED}, 4, source="/map.xml"))
    return found


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sloppy")
    os.environ["FEED_LOGIN"] = "me:pw"
    with HostileWeb(sloppy()) as web:
        result = run(web.seeds(folder / "seeds.toml"), folder, "-s", "EXTRACT_WORKERS=0")
        del os.environ["FEED_LOGIN"]
        yield web, result, rows(folder / "news.db", "SELECT url, state, reason FROM pages")


def test_what_browsers_can_read_is_read_and_what_broke_off_is_not(crawled):
    web, result, pages = crawled
    found = {row["url"]: (row["state"], row["reason"] or "") for row in pages}
    assert result.returncode == 0 and "Traceback" not in result.stderr, result.stderr[-2000:]
    wrong = {}
    for key, trap in web.traps.items():
        for path, (state, why) in trap.ends.items():
            ended = found.get(web.home(key) + path, ("unknown", ""))
            if ended[0] != state or why not in ended[1]:
                wrong[key, path] = ended
    assert wrong == {}
    assert "me:pw" not in result.stderr and "bWU6cHc" not in result.stderr


def test_nobody_is_asked_more_often_than_it_takes(crawled):
    web = crawled[0]
    for key, trap in web.traps.items():
        assert sum(asked.key == key for asked in web.asked) <= trap.most, key


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"<html>a</html>\n<!-- kept for an hour -->\n", True),
        (b"<rss></RSS>\r\n", True),
        (b'{"items": []}\n', True),
        (b"<html><body><p>a", False),
        (b"<rss><item>", False),
        (b'{"items": [', False),
        (b"", False),
    ],
)
def test_a_document_is_complete_when_its_end_is_there(body, whole):
    assert complete(body) is whole
