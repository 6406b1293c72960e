"""Digests: one entry a story, and whatever a headline holds, the Markdown, the mail and the feed stay sound."""

import re
from datetime import timedelta
from itertools import pairwise

import feedparser
import html5lib
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler import clock
from crawler.digest import contents, wording
from crawler.digest.atom import as_atom
from crawler.digest.entry import Digest, Entry, Notice, Report
from crawler.digest.html import as_html
from crawler.digest.text import as_markdown, as_text
from tests.newsroom import TOPIC, Newsroom, report

NASTY = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](http://t.example/x.png) <http://t.example>",
    "# *bold* _it_ `code` ~~gone~~ | a | & &amp; &#60; \\",
    "1. first - + > = www.t.example http://t.example me@t.example",
    "\x00\x1b[31m\ud800\ufffe\U0001ffff\u202eesrever\u2066 ]]> <![CDATA[ --> \r\nBcc: x@y.example",
    "-->{{ 7*7 }}${x}'\"",
    "",
]
ANYTHING = st.one_of(st.text(max_size=60), st.text("<>&[]()*_`#!\\|~-+=.:/@w1 \n\x00\ud800\u202e", max_size=40))


def since(**ago):
    return clock.text(clock.now() - timedelta(**ago))


def made(headline="A title", text="Some text.", label=""):
    """A digest of one story, whose headline, source, host, agency, label and excerpt hold what was given."""
    title, url = wording.line(headline) or "-", "https://quay.example/a"
    first = Report(1, title, "quay.example", "en", title, url, "2026-01-02", "2026-01-02T23:59:59Z", False)
    second = Report(2, "", title, "und", title + "!", url, "2026-01-03", "2026-01-03T10:00:00Z", False)
    labels = (wording.line(label),) if label else ()
    entry = Entry(7, (first, second), wording.beginning(text), ((headline, 3),), labels)
    notice = Notice(title, wording.line(text))
    return Digest("t", headline, "2026-01-01", "2026-01-03T10:00:00Z", [entry], [notice], more=2)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def test_a_story_is_one_entry_with_its_outlets_languages_and_agency(newsroom):
    first = newsroom.add(1, hours=5, agency="Reuters")
    newsroom.add(1, hours=4, outlet="pier")
    newsroom.add(1, hours=3, outlet="dock", language="es")
    newsroom.add(2, hours=2, outlet="rada", language="ru")
    found = contents.entries(newsroom.db.conn, TOPIC, since(days=1))
    assert [entry.first.id for entry in found] == [first, 4]
    story = contents.completed(newsroom.db.conn, found[0])
    assert story.outlets == [("The Quay", ("en",)), ("The Pier", ("en",)), ("The Dock", ("es",))]
    assert story.wires == (("Reuters", 3),)
    assert report(1)[1].startswith(story.excerpt[:40]) and len(story.excerpt) <= 320
    text = as_text(Digest(TOPIC, "T", since(days=1), since(), [story]))
    assert "3 outlets: The Quay (en), The Pier (en), The Dock (es); 2 copies" in text
    assert "Reuters, carried by 3 outlets" in text


def test_only_stories_with_a_report_since_then_that_is_no_copy_are_told(newsroom):
    newsroom.add("old", hours=50)
    newsroom.add("old", hours=2, outlet="pier")  # a copy, out later
    newsroom.add("older", hours=70, topics=("other",))
    newsroom.add("foreign", hours=2, topics=("other",))
    assert contents.entries(newsroom.db.conn, TOPIC, since(days=1)) == []
    assert len(contents.entries(newsroom.db.conn, TOPIC, since(days=3))) == 1


def test_a_date_without_a_time_is_that_days_end_but_not_after_it_was_fetched(newsroom):
    today = clock.text(clock.now())[:10]
    newsroom.add(1, published=today, fetched=since(minutes=10))
    assert contents.entries(newsroom.db.conn, TOPIC, since(hours=1))
    assert not contents.entries(newsroom.db.conn, TOPIC, since(minutes=5))


def test_articles_of_other_programs_are_told_too(newsroom):
    row = {"fetched": since(hours=1), "published": "yesterday", "language": "en", "text": "", "title": None}
    newsroom.db.table("articles").insert({"id": 9, "url": "ftp://a/b", "canonical_url": "ftp://a/b", **row})
    newsroom.db.table("matches").insert({"article_id": 9, "topic": TOPIC})
    (entry,) = contents.entries(newsroom.db.conn, TOPIC, "2020-01-01")
    digest = Digest(TOPIC, "T", "2020-01-01", since(), [contents.completed(newsroom.db.conn, entry)])
    assert entry.title == "ftp://a/b" and "href" not in as_html(digest)
    assert not feedparser.parse(as_atom(digest, "db").encode()).bozo


def test_hosts_that_came_by_one_source_are_named_by_themselves(newsroom):
    newsroom.add(1, outlet="pier", source="Aggregator")
    newsroom.add(1, outlet="dock", source="Aggregator")
    (entry,) = contents.entries(newsroom.db.conn, TOPIC, since(days=1))
    assert sorted(name for name, _ in entry.outlets) == ["dock.example", "pier.example"]


def test_the_excerpt_ends_with_a_sentence_or_between_words():
    assert wording.beginning("One. Two.") == "One. Two."
    assert wording.beginning("A sentence of some words that goes on and on, " * 5 + "ends. " + "B" * 300).endswith(
        "ends."
    )
    cut = wording.beginning("word " * 100)
    assert len(cut) <= 321 and cut.endswith("word…")
    assert wording.beginning("ы" * 400) == "ы" * 320 + "…"


def test_only_addresses_of_the_web_are_linked():
    assert wording.address("javascript:alert(1)") == wording.address("data:text/html,x") == wording.address("//x") == ""
    assert wording.address('https://a.example/x y"<>)(\\\n') == "https://a.example/x%20y%22%3C%3E%29%28%5C"


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING, ANYTHING)
@example(NASTY[0], NASTY[1])
@example(NASTY[2], NASTY[3])
@example(NASTY[4], NASTY[5])
def test_the_mail_is_valid_html_that_shows_the_headline_as_it_is(title, text):
    page = as_html(made(title, text, label=title))
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert not tree.findall(".//script") and not tree.findall(".//img") and not tree.findall(".//link")
    assert "".join(tree.find(".//h2/a").itertext()) == (wording.line(title) or "-")
    assert {a.get("href") for a in tree.findall(".//a")} == {"https://quay.example/a"}
    assert not [element for element in tree.iter() if {"src", "srcset", "background", "onload"} & set(element.attrib)]
    assert not re.search(r"url\(|@import", "".join(tree.find(".//style").itertext()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING, ANYTHING)
@example(NASTY[0], NASTY[1])
@example(NASTY[2], NASTY[3])
@example(NASTY[4], NASTY[5])
def test_the_feed_is_valid_whatever_a_headline_holds(title, text):
    feed = feedparser.parse(as_atom(made(title, text, label=title), "db").encode())
    assert not feed.bozo, feed.bozo_exception
    (entry,) = feed.entries
    assert (entry.id[:9], entry.link) == ("urn:uuid:", "https://quay.example/a")
    assert entry.published_parsed and entry.updated_parsed


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
@example(NASTY[0])
@example(NASTY[1])
@example(NASTY[2])
@example(NASTY[3])
@example(NASTY[4])
@example("1) x")
@example("- x")
def test_markdown_shows_every_headline_as_it_is(title):
    shown = wording.line(title) or "-"
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(as_markdown(made(title)))
    headlines = [inline for before, inline in pairwise(tokens) if before.tag == "h2"]
    headline = next(inline for inline in headlines if inline.type == "inline")
    assert "".join(child.content for child in headline.children) == shown
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {
        "text",
        "text_special",
        "link_open",
        "link_close",
        "hardbreak",
        "softbreak",
        "strong_open",
        "strong_close",
    }
    links = [child.attrs["href"] for t in tokens for child in t.children or () if child.type == "link_open"]
    assert set(links) == {"https://quay.example/a"}


def test_a_storys_id_in_the_feed_stays_when_it_grows(newsroom):
    newsroom.add(1, hours=5)
    arguments = (TOPIC, "T", since(days=1), since())

    def ids():
        entries = contents.entries(newsroom.db.conn, TOPIC, since(days=1))
        return [entry.id for entry in feedparser.parse(as_atom(Digest(*arguments, entries), "db").encode()).entries]

    before = ids()
    newsroom.add(1, hours=8, outlet="pier")  # an earlier report is found later
    newsroom.add(2, hours=1)
    assert len(set(ids())) == 2 and set(before) <= set(ids())
    other = as_atom(Digest(*arguments, contents.entries(newsroom.db.conn, TOPIC, since(days=1))), "another db")
    assert not set(before) & {entry.id for entry in feedparser.parse(other.encode()).entries}


def test_the_command_prints_writes_and_explains(newsroom, tmp_path):
    newsroom.add(1, hours=5, title="Prices *rise* <b>")
    arguments = ("digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}")
    code, out, err = newsroom.ask(*arguments, "--since", "1d")
    assert (code, err) == (0, "")
    assert r"## [Prices \*rise\* \<b\>](<https://quay.example/1-0>)" in out
    feed = tmp_path / "feed.xml"
    assert newsroom.ask(*arguments, "--format", "atom", "-o", str(feed)) == (0, "", "")
    assert [entry.title for entry in feedparser.parse(feed.read_bytes()).entries] == ["Prices *rise* <b>"]
    code, out, err = newsroom.ask(*arguments, "--since", "1m")
    assert (code, out) == (0, "") and "nothing on harbours since" in err
    code, out, err = newsroom.ask("digest", "--topic", TOPIC)  # its seeds file is gone
    assert code == 0 and out.startswith("# harbours: 1 story")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a topic with --topic: there is "),
        (["--topic", "nope"], 'no topic "nope" in '),
        (["--topic", TOPIC, "--since", "yesterday"], "--since yesterday: write it like"),
        (["--topic", TOPIC, "--limit", "0"], "--limit 0: give a number of 1 or more"),
        (["--topic", TOPIC, "--send", "--format", "atom"], "write a feed without --send"),
    ],
)
def test_a_wrong_call_is_one_line(newsroom, arguments, said):
    code, out, err = newsroom.ask("digest", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and said in err


@pytest.mark.parametrize(
    ("output", "said"),
    [("missing/feed.xml", "No such file or directory"), (".", "is a folder: name a file")],
)
def test_a_file_that_cannot_be_written_is_named(newsroom, tmp_path, output, said):
    newsroom.add(1)
    code, _, err = newsroom.ask("digest", "--topic", TOPIC, "--format", "html", "-o", str(tmp_path / output))
    assert code == 1 and len(err.splitlines()) == 1 and said in err


def test_notices_and_labels_are_shown_in_every_form():
    digest = made("Quiet", label="Reached 3 outlets in ru")
    for text in (as_text(digest), as_markdown(digest), as_html(digest)):
        assert "Reached 3 outlets in ru" in text and "2 more stories since then" in text
