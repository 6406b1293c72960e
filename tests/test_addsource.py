"""Sources put into a topic: ``scrapy addsource``, and lists of subscriptions that feed readers exchange."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawler.newtopic.opml import Subscription, opml, subscribed
from crawler.newtopic.survey import Finding, Survey
from crawler.newtopic.writer import source_block, source_names
from crawler.seeds import read_topic
from tests.conftest import ROOT
from tests.newsroom import ask
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer
from tests.newsweb.surfaces import ALTERNATE, home

TOPIC = """\
# What is loaded where.
[terms]
all = ["*"]

[[sources]]
name = "Diario El Tepuy"
url = "{}"  # the first

# Nobody is told yet.
"""
READERS = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<opml version="1.0" xmlns:fz="urn:forumzilla:"><head><title>Feeds &b;</title></head>
<body>
  <outline title="Harbours" text="Harbours">
    <outline type="rss" text="The Quay" title="The Quay" xmlUrl="https://quay.example/feed?a=1&b=2" htmlUrl="https://quay.example/"/>
    <outline text="Piers"><outline type="rss" text="&#1055;&#1080;&#1088;&#1089; &amp; Ко" xmlurl="feed://pier.example/rss"/></outline>
    <outline type="rss" text="Twice" XMLURL="https://quay.example/feed?a=1&amp;b=2"/>
    <outline type="link" text="A page" url="https://mole.example/news/"/>
    <outline type="include" text="More" url="https://mole.example/more.opml"/>
    <outline type="rss" text="Mine" xmlUrl="file:///etc/passwd"/>
    <outline type="rss" text="" xmlUrl="feed:https://lock.example/atom.xml" fz:options="x"/>
"""


def test_what_a_reader_exports_is_read_whatever_its_shape():
    assert subscribed(READERS.encode()) == {
        "https://quay.example/feed?a=1&b=2": "The Quay",
        "http://pier.example/rss": "Пирс & Ко",
        "https://mole.example/news/": "A page",
        "https://lock.example/atom.xml": "",
    }


@pytest.mark.parametrize("body", [b"", b"<html><body></body></html>", b"<opml><body><outline text='x'/></body></opml>"])
def test_what_is_no_list_or_subscribes_to_nothing_says_so(body):
    with pytest.raises(ValueError, match=r"OPML|subscribes to nothing"):
        subscribed(body)


@given(st.binary(max_size=400))
def test_whatever_stands_in_a_list_it_is_read_or_refused(body):
    with suppress(ValueError):
        assert subscribed(b"<opml>" + body)


LINES = st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable() and text.strip())


@given(st.lists(st.tuples(LINES, st.booleans()), min_size=1, max_size=5))
def test_what_is_exported_can_be_imported(named):
    there = [Subscription(name, f"https://{at}.example/?a=1&b=2", feed) for at, (name, feed) in enumerate(named)]
    written = opml("All & sundry", {"harbours <&>": there}).encode()
    assert list(subscribed(written)) == [item.url for item in there]
    assert [line.get("text") for line in etree.fromstring(written).iter("outline")][1:] == [name for name, _ in named]


def test_a_name_of_the_list_goes_before_what_the_feed_says_and_no_two_are_alike():
    feeds = [
        Finding("https://a.example/f", "https://a.example/f", "feed", titles=("A",), name=n) for n in ("B", "b", "")
    ]
    assert source_names(feeds, taken=["a"]) == ["B", "b (a.example)", "A (a.example)"]


def test_what_there_was_no_time_for_is_watched_all_the_same():
    told: list[Finding] = []
    survey = Survey(["https://a.example/", "https://b.example/"], told.append, {"https://b.example/": "B"})
    survey.found(Finding("https://b.example/", "https://b.example/feed", "feed"))
    assert told == []
    survey.give_up()
    assert [(finding.given, finding.looked, finding.name) for finding in told] == [
        ("https://a.example/", False, None),
        ("https://b.example/", True, "B"),
    ]
    assert "enabled" not in source_block("A", told[0], None)


@pytest.fixture
def topic(tmp_path, web: NewsWeb):
    """The seeds file of a topic that watches one outlet of the news web."""
    web.outlet("lagoon").surfaces = {"/": home(ALTERNATE)}
    path = tmp_path / "harbours.toml"
    path.write_text(TOPIC.format(web.url("tepuy")), encoding="utf-8")
    return path


def addsource(path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "scrapy", "addsource", path.stem, *arguments, "-s", f"SEEDS_DIR={path.parent}"]
    line += ["-s", "DOWNLOAD_DELAY=0", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8"]
    line += ["-s", f"DATABASE={path.parent / 'news.db'}"]
    return subprocess.run(
        line, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_feed_is_found_and_put_behind_the_last_source(topic, web):
    before = topic.read_text(encoding="utf-8")
    result = addsource(topic, web.url("lagoon"), web.url("tepuy"), web.url("lagoon", "/nothing-there"))
    assert result.returncode == 0, result.stderr
    after = topic.read_text(encoding="utf-8")
    head, _, tail = before.partition("\n# Nobody")
    assert after.startswith(head) and after.endswith(f"\n# Nobody{tail}")
    block = after.removeprefix(head).removesuffix(f"\n# Nobody{tail}")
    assert block.strip() in result.stdout
    assert [(source.name, source.url) for source in read_topic(topic).sources] == [
        ("Diario El Tepuy", web.url("tepuy")),
        ("Lagoon Wire 24", web.url("lagoon", "/feed/")),
    ]
    assert f"{web.url('tepuy')} is left out: it is there as Diario El Tepuy" in result.stdout
    assert "nothing to watch" in result.stdout
    assert addsource(topic, web.url("lagoon", "/feed/")).stdout.endswith("is there as Lagoon Wire 24\n")
    assert topic.read_text(encoding="utf-8") == after


def test_a_list_on_the_web_is_added_with_its_names_and_a_dry_run_only_shows_it(topic, web):
    there = [
        Subscription("Меридиан", web.url("meridian", "/atom.xml"), True),
        Subscription("Gone", web.url("gazeta", "/no"), True),
    ]
    web.outlet("gazeta").files["/all.opml"] = Answer(200, opml("All", {"news": there}).encode())
    before = topic.read_bytes()
    shown = addsource(topic, "--opml", web.url("gazeta", "/all.opml"), "--dry-run")
    assert topic.read_bytes() == before
    assert f"{web.url('gazeta', '/no')}: nothing to watch" in shown.stdout
    added = addsource(topic, "--opml", web.url("gazeta", "/all.opml"))
    assert (shown.returncode, added.returncode, shown.stdout) == (0, 0, added.stdout)
    assert [source.name for source in read_topic(topic).sources] == ["Diario El Tepuy", "Меридиан"]


def test_a_file_that_cannot_be_changed_by_lines_stays_and_the_block_is_printed(topic, web):
    inline = f'sources = [{{name = "Diario El Tepuy", url = "{web.url("tepuy")}"}}]\n[terms]\nall = ["*"]\n'
    topic.write_text(inline, encoding="utf-8")
    result = addsource(topic, web.url("lagoon"), "--name", "Lagoon")
    assert result.returncode == 2
    assert '[[sources]]\nname = "Lagoon"\n' in result.stdout
    assert len(result.stderr.splitlines()) == 1 and "paste the lines above yourself" in result.stderr
    assert topic.read_text(encoding="utf-8") == inline


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["harbours"], "name a topic and the addresses to add"),
        (["harbour", "https://a.example/"], 'did you mean "harbours"?'),
        (["harbours", "ftp://a.example/"], "is no web address"),
        (["harbours", "https://a.example/", "https://b.example/", "--name", "A"], "--name names one source"),
        (["harbours", "--opml", "nowhere.opml"], "--opml nowhere.opml: cannot be read"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(arguments, said, tmp_path):
    path = tmp_path / "harbours.toml"
    path.write_text(TOPIC.format("https://quay.example/"), encoding="utf-8")
    code, out, err = ask("addsource", *arguments, "-s", f"SEEDS_DIR={tmp_path}")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and said in err
