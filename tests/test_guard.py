"""The address guard in a real crawl: whatever leads into a private network, nobody there is ever asked."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

HITS = []


class Tripwire(BaseHTTPRequestHandler):
    def do_GET(self):
        HITS.append((self.headers.get("Host"), self.path))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html><body><p>secret</p></body></html>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def tripwire():
    """A server on 127.0.0.1 that nobody may ask."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tripwire)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


class Outside(BaseHTTPRequestHandler):
    """The one server that is allowed, at 127.0.0.77: everything on it leads to the tripwire."""

    trap = 0

    def do_GET(self):
        inside = f"http://127.0.0.1:{self.trap}"
        body, status, headers = b"", 200, {}
        if self.path == "/robots.txt":
            body = f"User-agent: *\nAllow: /\nSitemap: {inside}/sitemap.xml\n".encode()
        elif self.path == "/feed.xml":
            links = [
                f"{inside}/linked",
                f"http://{self.headers['Host']}/redirect",
                f"http://{self.headers['Host']}/page",
            ]
            links += [f"http://localhost:{self.trap}/name", f"http://2130706433:{self.trap}/number"]
            items = "".join(f"<item><title>x</title><link>{link}</link></item>" for link in links)
            body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()
        elif self.path in ("/redirect", "/moved.xml"):
            status, headers = 302, {"Location": f"{inside}/target"}
        elif self.path == "/page":
            words = " ".join(f"<p>Sentence number {n} of a page that is harmless in itself.</p>" for n in range(9))
            head = (
                f'<link rel="canonical" href="{inside}/canonical"><meta property="og:image" content="{inside}/i.png">'
            )
            body = (
                f"<html><head><title>Page</title>{head}</head><body><article>{words}</article></body></html>".encode()
            )
        else:
            status = 404
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def outside(tripwire):
    Outside.trap = tripwire
    server = ThreadingHTTPServer(("127.0.0.77", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.77:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


SPELLINGS = (
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
)


def test_nobody_in_a_private_network_is_asked_however_the_address_is_spelt(scrapy, tmp_path, tripwire, outside, query):
    HITS.clear()
    sources = [(f"trap {host}", f"http://{host}:{tripwire}/feed.xml") for host in SPELLINGS]
    sources += [("outside", f"{outside}/feed.xml"), ("moved", f"{outside}/moved.xml")]
    seeds = tmp_path / "guard.toml"
    lines = ['title = "Guard"', "[terms]", 'all = ["*"]']
    for name, url in sources:
        lines += ["[[sources]]", f'name = "{name}"', f'url = "{url}"']
    seeds.write_text("\n".join(lines) + "\n")
    settings = ("-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.77/32", "-s", "DOWNLOAD_DELAY=0")
    result = scrapy("crawl", "guard", "-a", f"seeds={seeds}", *settings)
    assert HITS == []
    assert result.returncode == 0, result.stderr
    assert [row["url"] for row in query("SELECT url FROM articles")] == [f"{outside}/page"]
    refused = query("SELECT url, state, reason FROM pages WHERE host NOT LIKE '127.0.0.77' ORDER BY url")
    assert len(refused) >= len(SPELLINGS)
    assert {row["state"] for row in refused} <= {"failed", "queued"}
    assert all("private or reserved" in row["reason"] for row in refused), [tuple(row) for row in refused]


def test_only_http_and_https_are_spoken(scrapy, tmp_path):
    seeds = tmp_path / "files.toml"
    seeds.write_text('title = "Files"\n[terms]\nall = ["*"]\n[[sources]]\nname = "Local"\nurl = "file:///etc/passwd"\n')
    result = scrapy("crawl", "files", "-a", f"seeds={seeds}")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1 and "file:///etc/passwd" in result.stderr


@pytest.mark.parametrize(
    "setting",
    [
        'DOWNLOAD_HANDLERS={"https": "scrapy.core.downloader.handlers.http2.H2DownloadHandler"}',
        "TWISTED_DNS_RESOLVER=scrapy.resolver.CachingThreadedResolver",
    ],
)
def test_no_run_begins_without_the_guard(setting, scrapy):
    result = scrapy("crawl", "venezuela_russia", "-s", setting)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1 and setting.partition("=")[0] in result.stderr
    assert "address guard" in result.stderr
