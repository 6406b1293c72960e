"""The rules of a robots.txt: which lines are for us, and which of them decides."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.autodiscovery import named_sitemaps
from crawler.discovery.bodies import decoded
from crawler.fetching.robots_rules import LONGEST, RobotsRules, normalised, whole_lines
from crawler.frontier import hosts
from tests.newsweb import Fault, NewsWeb
from tests.watching import Watch, write_seeds

SITE = "https://tepuy.example"
AGENT = "newscrawler/0.1.0 (+mailto:desk@tepuy.example)"


def allowed(text: str, path: str = "/n/1", agent: str = AGENT) -> bool:
    return RobotsRules(text, agent).allowed(SITE + path)


OURS = ("newscrawler", "NewsCrawler", "newscrawler/0.1.0", "newscrawler/*", "NEWSCRAWLER bot", "newscrawler\t# us")
OTHERS = ("news", "n", "newscrawler-images", "newscrawler_test", "xnewscrawler", "Mozilla/5.0 newscrawler", "", "*bot")


@pytest.mark.parametrize("name", OURS)
def test_a_group_is_ours_whatever_stands_behind_the_product_token(name):
    assert not allowed(f"User-agent: *\nDisallow:\n\nUser-agent: {name}\nDisallow: /\n")


@pytest.mark.parametrize("name", OTHERS)
def test_a_group_of_another_product_is_not_ours(name):
    assert allowed(f"User-agent: {name}\nDisallow: /\n")
    assert not allowed(f"User-agent: {name}\nAllow: /\n\nUser-agent: *\nDisallow: /\n")


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("User-agent: newscrawler\nNoindex: /x\nUser-agent: *\nDisallow: /\n", False),
        ("User-agent: newscrawler\nCrawl-delay: 5\nUser-agent: other\nDisallow: /\n", False),
        ("User-agent: newscrawler\nSitemap: /s.xml\n\nClean-param: a\nDisallow: /\n", False),
        ("User-agent: newscrawler\n\n# a note\n\nDisallow: /\n", False),
        ("User-agent: newscrawler\nAllow: /a\nUser-agent: other\nDisallow: /\n", True),
        ("User-agent: newscrawler\nAllow: /a\nUser-agent: x\nAllow: /\nUser-agent: newscrawler\nDisallow: /", False),
        ("Disallow: /\nUser-agent: newscrawler\nDisallow: /a\n", True),
        ("User-agent: newscrawler\nUser-agent: *\nDisallow:\n", True),
        ("User-agent: *\rDisallow: /\r", False),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("user-agent *\ndisallow /\n", False),
        ("Useragent: *\nDissallow: /\n", False),
        ("User agent: *\nDISALLOW :/n\n", False),
        ("User-agent: *\u2028\nDisallow: /a\u2028b\n", True),
        ("<html>no robots.txt</html>", True),
        ("", True),
    ],
)  # fmt: skip
def test_where_groups_begin_and_end(text, may):
    assert allowed(text) is may


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("Disallow: /fish", "/fishheads/catfish.php?id=1", False),
        ("Disallow: /fish", "/Fish", True),
        ("Disallow: /fish/", "/fish", True),
        ("Disallow: fish", "/fish", True),
        ("Disallow: /*.php", "/folder/any.php.file.php/", False),
        ("Disallow: /*.php$", "/file.php?a=1", True),
        ("Disallow: /*.php$", "/a.php5/b.php", False),
        ("Disallow: /fish*.php", "/fishheads/catfish.php?a", False),
        ("Disallow: /a*$", "/abc", False),
        ("Disallow: /$", "/n", True),
        ("Disallow: /$", "/", False),
        ("Disallow: *", "/n", False),
        ("Disallow: /*ab*ab$", "/xab", True),
        ("Disallow: /*ab*ab$", "/xabab", False),
        ("Disallow: /a$b", "/a$b", False),
        ("Disallow: /a$b", "/a", True),
        ("Disallow: /a%2A", "/a*", False),
        ("Disallow: /a%2A", "/abc", True),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Allow: /$\nDisallow: /", "/", True),
        ("Allow: /$\nDisallow: /", "/page.htm", False),
        ("Disallow: /\nAllow: /index.html", "/", True),
        ("Disallow: /\nAllow: /mundo/index.html", "/mundo/", True),
        ("Disallow: /\nAllow: /mundo/index.html", "/mundo/n", False),
        ("Disallow:", "/n", True),
        ("Disallow: /?s=", "/?s=puerto", False),
        ("Disallow: /búsqueda", "/b%c3%basqueda/1", False),
        ("Disallow: /b%C3%BAsqueda", "/búsqueda", False),
        ("Disallow: /%62%61%7A", "/baz", False),
        ("Disallow: /a%3cd", "/a%3Cd", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /a # all of it", "/abc", False),
    ],
)
def test_the_longest_pattern_decides(rules, path, may):
    assert allowed(f"User-agent: *\n{rules}\n", path) is may


def test_a_crawl_delay_is_for_whom_its_group_names():
    text = "User-agent: a\nCrawl-delay: 9\nDisallow: /x\n\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /y\n"
    assert RobotsRules(text, AGENT).crawl_delay == 2.5
    assert RobotsRules(text + "User-agent: newscrawler\nDisallow:\n", AGENT).crawl_delay is None
    assert RobotsRules(text + "User-agent: newscrawler\nCrawl-delay: 7s\n", AGENT).crawl_delay is None
    assert RobotsRules("User-agent: *\nCrawl-delay: 0\n", AGENT).crawl_delay is None


def test_bytes_that_are_no_utf_8_close_what_they_name_and_not_the_site():
    body = "User-agent: *\nDisallow: /поиск\n".encode("windows-1251")
    assert allowed(decoded(body)) and allowed(decoded(body, "windows-1251"))
    assert not allowed(decoded(body, "windows-1251"), "/поиск/1")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_line_that_our_own_bound_cuts_is_no_rule(end):
    line = b"Disallow: /buscar/interno/"
    start = b"User-agent: *" + end
    filler = b"# a note\n" * (LONGEST // 9)
    body = start + filler[: LONGEST - len(start) - len(end) - len(b"Disallow: /")] + end + line + end + line
    assert body[:LONGEST].endswith(b"Disallow: /")
    assert allowed(decoded(whole_lines(body)))
    assert not allowed(decoded(whole_lines(start + line)), "/buscar/interno/")
    assert allowed(decoded(whole_lines(start + line, broke_off=True)), "/buscar/interno/")


@pytest.mark.parametrize(
    "line",
    ["Sitemap:{}", "sitemap {}", "SITEMAP:\u00a0{}", "Site-map : {}", "\tSitemap:{} # all", "Allow: /\rSitemap:{}"],
)  # fmt: skip
def test_sitemaps_are_named_in_the_same_lines(line):
    address = f"{SITE}/todo.xml"
    body = ("User-agent: *\nDisallow: /x\n" + line.format(address) + "\n").encode()
    assert [found.url for found in named_sitemaps(body, f"{SITE}/robots.txt")] == [address]


LETTERS = st.text("ab/*$%?é", max_size=12)


@given(st.lists(st.tuples(st.booleans(), LETTERS), max_size=4), st.text("ab/?é", max_size=12))
def test_rules_say_what_a_regular_expression_would(rules, path):
    """Slow and plain: each pattern as an expression, the longest that matches, allow before disallow."""
    lines = "\n".join(f"{'Allow' if allow else 'Disallow'}: /{pattern}" for allow, pattern in rules)
    wanted = normalised(f"/{path}")
    best = (0, True)
    for allow, pattern in rules:
        written = normalised(f"/{pattern}")
        end = "$" if written.endswith("$") else ""
        body = (written[:-1] if end else written).replace("$", "%24")
        if re.match(".*".join(map(re.escape, body.split("*"))) + end.replace("$", r"\Z"), wanted):
            best = max(best, (len(written), allow))
    assert allowed(f"User-agent: *\n{lines}", f"/{quote(path, safe='/?é')}") is best[1]


@given(st.text(max_size=300), st.text(max_size=40))
def test_whatever_is_written_is_read(text, path):
    rules = RobotsRules(text, AGENT)
    assert rules.allowed(f"{SITE}/{path}") in (True, False)


def test_many_stars_cost_no_more_than_their_letters():
    def seconds(size):
        text = "User-agent: *\n" + f"Disallow: /{'*a' * size}b\n" * 5
        path = "/" + "a" * size * 3
        began = time.process_time()
        for _ in range(5):
            assert allowed(text, path)
        return time.process_time() - began

    seconds(500)
    assert seconds(16_000) < 24 * max(seconds(2_000), 0.001)


def test_a_robots_txt_that_cannot_be_read_for_a_month_counts_as_none_and_that_is_said(tmp_path):
    with NewsWeb() as web:
        pampas = web.outlet("pampas")
        pampas.fault = Fault(503, below="/robots.txt")
        seeds = write_seeds(tmp_path / "seeds.toml", f'name = "pampas"\nurl = "{pampas.url(pampas.imprint.feed_path)}"')
        watch = Watch(web, tmp_path, seeds)
        for day in (0, 20):
            assert {r.path for r in watch.run(24 * day, "-a", "now=1").requests} == {"/robots.txt"}
        late = watch.run(24 * 31, "-a", "now=1")
        assert len(late.requests) > 2
        assert "its robots.txt could not be read for 31 days" in late.said and "as if it had none" in late.said
        pampas.fault = None
        watch.run(24 * 33, "-a", "now=1")
        assert watch.column("SELECT robots_failing FROM hosts") == [None]
        pampas.fault = Fault(503, below="/robots.txt")
        assert {r.path for r in watch.run(24 * 40, "-a", "now=1").requests} == {"/robots.txt"}


def test_rules_read_before_the_month_still_hold_after_it(tmp_path):
    with NewsWeb() as web:
        pampas = web.outlet("pampas")
        seeds = write_seeds(tmp_path / "seeds.toml", f'name = "pampas"\nurl = "{pampas.url(pampas.imprint.feed_path)}"')
        watch = Watch(web, tmp_path, seeds)
        assert "/robots.txt" in {r.path for r in watch.run(0, "-a", "now=1").requests}
        pampas.fault = Fault(503, below="/robots.txt")
        watch.run(48, "-a", "now=1")
        late = watch.run(24 * 33, "-a", "now=1")
        assert "by those read last" in late.said
        assert hosts.robots(_open(watch.database), pampas.imprint.address, web.url("pampas").rstrip("/"), True)


def _open(path: Path):
    from crawler import database

    return database.open_to_write(path).conn
