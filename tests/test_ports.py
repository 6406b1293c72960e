"""A feed makes us knock at no port that neither the web nor a seeds file uses."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from scrapy import Request
from scrapy.settings import Settings

from crawler.fetching.outcome import BadAnswer
from crawler.middlewares.destinations import Destinations
from tests.conftest import rows


class Site(BaseHTTPRequestHandler):
    """A feed, whose links lead to another port of its host; ``asked`` is what that port was asked for."""

    elsewhere = 0
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        port = self.server.server_address[1]
        if port == self.elsewhere:
            self.asked.append(self.path)
        links = [f"http://127.0.0.1:{self.elsewhere}/{name}" for name in ("a", "b")]
        links += [f"http://127.0.0.1:{port}/led", "http://127.0.0.1:22/", "http://127.0.0.1:6379/x"]
        items = "".join(f"<item><title>x</title><link>{link}</link></item>" for link in links)
        body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()
        self.send_response({"/feed": 200, "/led": 302}.get(self.path, 404))
        self.send_header("Location", f"http://127.0.0.1:{self.elsewhere}/target")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def servers():
    opened = [ThreadingHTTPServer(("127.0.0.1", 0), Site) for _ in range(2)]
    for server in opened:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [server.server_address[1] for server in opened]
    for server in opened:
        server.shutdown()
        server.server_close()


def test_nobody_is_asked_at_another_port_and_the_page_says_so(servers, crawl, tmp_path):
    port, Site.elsewhere = servers
    seeds = tmp_path / "ports.toml"
    source = f'[[sources]]\nname = "A"\nurl = "http://127.0.0.1:{port}/feed"\nkind = "feed"\n'
    seeds.write_text(f'title = "Ports"\n[terms]\nall = ["*"]\n{source}')
    result = crawl(seeds)
    assert result.returncode == 0, result.stderr
    assert Site.asked == []
    pages = {row["url"]: row["reason"] for row in rows(tmp_path / "news.db", "SELECT url, reason FROM pages")}
    for url in (f"http://127.0.0.1:{Site.elsewhere}/a", "http://127.0.0.1:22/", "http://127.0.0.1:6379/x"):
        assert "is no port of the web" in pages[url]


class Crawler:
    settings = Settings({"ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"]})

    class spider:
        given = ("https://quay.example:8443/feed", "http://pier.example/", "http://[broken")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://quay.example/", True), ("https://quay.example:443/", True), ("http://quay.example:80/", True),
        ("https://pier.example:8443/a", True), ("http://quay.example:8080/", False), ("http://quay.example:22/", False),
        ("http://quay.example:0/", False), ("http://127.0.0.1/", True), ("http://10.0.0.1/", False),
    ],
)  # fmt: skip
def test_ports_of_the_web_and_of_the_seeds_are_asked(url, allowed):
    destinations = Destinations(Crawler)
    if allowed:
        destinations.process_request(Request(url))
    else:
        with pytest.raises(BadAnswer, match=r"no port of the web|private or reserved"):
            destinations.process_request(Request(url))
