"""What reads foreign bytes in the crawling process takes time in proportion to them, whatever they are made of.

tests/test_growth.py asks each expression for itself; here are the functions that a run calls with what came.
"""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.http import Response, TextResponse

from crawler import urls
from crawler.charset import broken, declarations, decode
from crawler.fetching import outcome, robots_rules, walls
from crawler.frontier.pages import body_hash
from crawler.frontier.parameters import Parameters
from crawler.items import Fetched
from crawler.output.terminal import safe, safe_line
from crawler.spiders import topic as spider
from crawler.terms import Terms
from pipelines import gate, spellings
from tests.growing import WORSE, growth

TERMS = Terms({"place": ("venezuel*", "каракас", "=Maduro"), "side": ("russia*", '"oil tanker"~9', "кремл*")})
GATE = gate.Gate([SimpleNamespace(name="t", terms=TERMS)])
UNITS = (
    "<title", "<title>", "<", "<a", "<!--", "<script ", "<script>", "</script", "<style>", "<meta charset=",
    "<meta http-equiv=", "charset=", "<?xml", "<p>a", "<html>", "&", "&#", "&#x", "&amp;", "&amp", '"', "'", " ", "\n",
    "\r", "\t", "%", "%2", "%25", "%c3%a9", "/", "/../", "/./", "?", "?a=", "&b=", ";", "=", ".", "..", "@", ":", "[",
    "]", "#", "\\", "é", "к", "ка", "\u0301", "\u00ad", "中", "a ", "venezuel", "Maduro ", "oil ", "oil tanker ", "\0",
    "\x1b[", "User-agent: *\n", "Disallow: /*a\n", "Allow: /%\n", "Sitemap: /a\n", "*", "$", "*a", "http://", "www.",
    ",", "max-age", "max-age=1,", "1", "Access denied ", "Just a moment",
)  # fmt: skip
ADDRESS = "http://news.example/"


def page(body: bytes, kind: type[Response] = TextResponse, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in ({"Content_Type": "text/html"} | headers).items()}
    return kind(ADDRESS, status=200, headers=named, body=body, request=Request(ADDRESS))


BYTES = {
    "outcome.of_response": lambda body: outcome.of_response(page(body)),
    "outcome.of_status, refused": lambda body: outcome.of_status(403, body, None),
    "outcome.of_size": outcome.of_size,
    "walls.wall_in": walls.wall_in,
    "walls.admitted": lambda body: walls.admitted(page(body)),
    "charset.decode": decode,
    "charset.decode, declared": lambda body: decode(body, "windows-1251"),
    "charset.declarations": declarations,
    "pages.body_hash": body_hash,
    "gate.Gate.gap": lambda body: GATE.gap(Fetched(url=ADDRESS, body=body, fetched="2026-12-01T00:00:00Z")),
    "gate.says_little": gate.says_little,
    "gate.is_wall": gate.is_wall,
    "spellings.resolved": spellings.resolved,
    "robots_rules.whole_lines": robots_rules.whole_lines,
    "robots_rules.records": lambda body: list(robots_rules.records(body.decode("utf-8", "replace"))),
    "topic.exchange_of": lambda body: spider.exchange_of(page(body, Response)),
}
TEXTS = {
    "urls.clean_url": lambda text: urls.clean_url(ADDRESS + text),
    "urls.clean_url, of a host": lambda text: urls.clean_url("http://" + text),
    "urls.clean_url, relative": lambda text: urls.clean_url(text, ADDRESS),
    "urls.absolute": lambda text: urls.absolute(text, ADDRESS),
    "urls.page_key": lambda text: urls.page_key(ADDRESS + text),
    "urls.site_of": lambda text: urls.site_of("http://" + text),
    "outcome.retry_after": lambda text: outcome.retry_after(text, outcome.clock.now()),
    "outcome.max_age": outcome.max_age,
    "outcome.leads_out_of_the_web": lambda text: outcome.leads_out_of_the_web(page(b"", Response, Location=text)),
    "topic.header_charset": lambda text: spider.header_charset(page(b"", Response, Content_Type=text)),
    "charset.broken": broken,
    "Terms.hits, of a title": TERMS.hits,
    "robots_rules.normalised": robots_rules.normalised,
    "robots_rules.Pattern, one": lambda text: robots_rules.Pattern.read(True, text).matches("/a/b" * 400),
    "Parameters.key": lambda text: Parameters(_known()).key(ADDRESS + text),
    "terminal.safe": safe,
    "terminal.safe_line": safe_line,
}


def _known() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE link_parameters (host, name, times)")
    return connection


def worst(function, give):
    """How the work of a function grows with the unit that is hardest for it, and that unit."""
    found = (1.0, "")
    for unit in UNITS:
        for tail in ("", "x" * 2_000):

            def work(size, unit=unit, tail=tail):
                given = give(unit * size + tail)
                return lambda: function(given)

            found = max(found, (growth(work), unit))
        if found[0] > WORSE:
            return found
    return found


@pytest.mark.parametrize("name", BYTES)
def test_what_reads_bytes_needs_no_more_than_time_in_proportion(name):
    grew, unit = worst(BYTES[name], lambda text: text.encode("utf-8", "surrogatepass"))
    assert grew <= WORSE, repr(unit)


@pytest.mark.parametrize("name", TEXTS)
def test_what_reads_text_needs_no_more_than_time_in_proportion(name):
    grew, unit = worst(TEXTS[name], lambda text: text)
    assert grew <= WORSE, repr(unit)


def test_what_needs_more_is_noticed():
    grew, _ = worst(lambda text: [text[place:].count("<") for place in range(0, len(text), 4)], str)
    assert grew > WORSE
