"""The news web serves what it says it does: truth and pages agree, and its pages are not too easy."""

from __future__ import annotations

import http.client
import json
import tomllib
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import feedparser
import lxml.html
import pytest
import trafilatura
from protego import Protego

from crawler.seeds import read_topic
from crawler.terms import Terms
from crawler.urls import clean_url
from tests.newsweb import CannotListen, Fault, NewsWeb, Truth
from tests.newsweb.web import TOPIC

BOTH = {"venezuela", "russia"}


@pytest.fixture(scope="module")
def web() -> Iterator[NewsWeb]:
    """One web for all tests that change nothing."""
    with NewsWeb() as web:
        yield web


@pytest.fixture
def fresh() -> Iterator[NewsWeb]:
    """A web of its own for a test that changes it."""
    with NewsWeb() as web:
        yield web


@pytest.fixture(scope="module")
def pages(web: NewsWeb) -> list[tuple[Truth, bytes]]:
    """Truth and page of every article."""
    return [(truth, get(url)) for url, truth in web.truth.items()]


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms(tomllib.loads(TOPIC.read_text(encoding="utf-8"))["terms"])


def asking(url: str, headers: dict[str, str]) -> urllib.request.Request:
    return urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def get(url: str, **headers: str) -> bytes:
    with urllib.request.urlopen(asking(url, headers), timeout=10) as response:
        return response.read()


def status_of(url: str, **headers: str) -> tuple[int, Message]:
    try:
        with urllib.request.urlopen(asking(url, headers), timeout=10) as response:
            return response.status, response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


def flat(text: str) -> str:
    return " ".join(text.split())


# Truth


def test_every_page_shows_its_true_text_and_all_that_is_planted(pages: list[tuple[Truth, bytes]]) -> None:
    for truth, body in pages:
        shown = flat(lxml.html.fromstring(body).text_content())
        missing = [phrase for phrase in (*truth.text.split("\n"), *truth.planted) if flat(phrase) not in shown]
        assert not missing, truth.url


def test_nothing_planted_is_part_of_the_true_text(web: NewsWeb) -> None:
    for truth in web.truth.values():
        assert [phrase for phrase in truth.planted if phrase in truth.text] == [], truth.url


def test_relevant_is_what_names_both_sides_in_title_or_text(web: NewsWeb, terms: Terms) -> None:
    judged = {url: terms.hits(truth.title, truth.text).keys() >= BOTH for url, truth in web.truth.items()}
    assert judged == {url: truth.relevant for url, truth in web.truth.items()}


def test_boxes_on_every_irrelevant_page_name_both_sides(pages: list[tuple[Truth, bytes]], terms: Terms) -> None:
    for truth, _ in pages:
        assert truth.relevant or terms.hits(*truth.planted).keys() >= BOTH, truth.url


def test_one_event_stands_at_six_outlets_and_another_three_days_later_at_five_in_four_languages(web: NewsWeb) -> None:
    stored = [truth for truth in web.truth.values() if truth.fate == "stored"]
    first = [truth for truth in stored if truth.event == "grain-terminal"]
    second = [truth for truth in stored if truth.event == "direct-flight"]
    assert len({truth.outlet for truth in first}) == 6
    assert len({truth.outlet for truth in second}) == 5
    assert {t.language for t in first} == {t.language for t in second} == {"en", "es", "ru", "pt"}
    days = [datetime.fromisoformat(min(t.published for t in event)) for event in (first, second)]
    assert (days[1] - days[0]).days in (2, 3)


def test_the_same_base_gives_the_same_web() -> None:
    base = datetime(2025, 3, 1, 12, 34, 56, tzinfo=UTC)
    assert NewsWeb(base=base).truth == NewsWeb(base=base).truth
    assert max(truth.published for truth in NewsWeb(base=base).truth.values()) < "2025-03-01T12:34:00Z"


# Difficulty


def test_plain_trafilatura_leaks_at_every_outlet_and_takes_off_topic_pages_for_relevant(
    pages: list[tuple[Truth, bytes]], terms: Terms
) -> None:
    leaks: Counter[str] = Counter()
    taken_in = 0
    for truth, body in pages:
        text = flat(trafilatura.extract(body, url=truth.url, include_comments=False) or "")
        leaks[truth.outlet] += sum(flat(phrase) in text for phrase in truth.planted)
        taken_in += not truth.relevant and terms.hits(text).keys() >= BOTH
    assert all(leaks[truth.outlet] >= 2 for truth, _ in pages), leaks
    assert taken_in >= 15


def test_one_host_repeats_short_blocks_around_the_text_of_twelve_pages(web: NewsWeb) -> None:
    ledger = [set(truth.planted) for truth in web.truth.values() if truth.outlet == "ledger"]
    assert len(ledger) >= 12
    assert len(set.intersection(*ledger)) >= 8


# Addresses


def test_an_exact_copy_has_the_text_of_its_original(web: NewsWeb) -> None:
    copies = [truth for truth in web.truth.values() if truth.copy_of]
    assert [web.truth[truth.copy_of].text for truth in copies if truth.copy_of] == [truth.text for truth in copies]
    assert copies
    assert all(web.truth[truth.copy_of].outlet != truth.outlet for truth in copies if truth.copy_of)


def test_every_alias_serves_the_page_that_names_its_canonical_address(web: NewsWeb) -> None:
    aliased = [truth for truth in web.truth.values() if truth.aliases]
    assert len(aliased) == 2
    for truth in aliased:
        for alias in truth.aliases:
            canonical = lxml.html.fromstring(get(alias)).xpath("//link[@rel='canonical']/@href")
            assert canonical == [truth.url]


@pytest.mark.parametrize("key", ["tepuy", "lagoon", "vestnik", "meridian", "ledger", "pampas", "severny"])
def test_xml_feeds_are_well_formed_and_announce_every_article_with_date_and_tracking(web: NewsWeb, key: str) -> None:
    outlet = web.outlet(key)
    feed = feedparser.parse(get(outlet.url(outlet.imprint.feed_path)))
    assert not feed.bozo
    truths = [truth for truth in web.truth.values() if truth.outlet == key]
    assert {clean_url(entry.link) for entry in feed.entries} == {u for t in truths for u in (t.url, *t.aliases)}
    assert all("?" in entry.link for entry in feed.entries) == bool(outlet.imprint.tracking)
    times = [e.published_parsed if "published_parsed" in e else e.updated_parsed for e in feed.entries]
    published = {f"{datetime(*time[:6]):%Y-%m-%dT%H:%M:%SZ}" for time in times}
    assert published == {truth.published for truth in truths}


def test_json_feed_announces_every_article_and_gives_the_amp_variant_of_one(web: NewsWeb) -> None:
    entries = json.loads(get(web.url("gazeta", "/feed.json")))["items"]
    assert len(entries) == len([truth for truth in web.truth.values() if truth.outlet == "gazeta"])
    (amp,) = [entry["url"] for entry in entries if entry["url"].endswith("/amp/")]
    assert clean_url(amp) in web.truth


def test_section_page_links_to_every_article_and_all_its_own_links_answer(web: NewsWeb) -> None:
    links = lxml.html.fromstring(get(web.url("cardumen", "/edicion/")))
    links.make_links_absolute(web.url("cardumen", "/edicion/"))
    found = {link.partition("#")[0] for link in links.xpath("//a/@href") if link.startswith(web.url("cardumen"))}
    assert {truth.url for truth in web.truth.values() if truth.outlet == "cardumen"} <= found
    assert {link for link in found if status_of(link)[0] != 200} == {web.url("cardumen", "/archivo.pdf")}


def test_seeds_are_a_topic_file_with_every_outlet_whose_sources_answer(web: NewsWeb, tmp_path: Path) -> None:
    topic = read_topic(web.seeds(tmp_path / "venezuela_russia.toml"))
    assert [source.name for source in topic.sources] == [o.imprint.name for o in web.outlets.values()]
    assert [source.url for source in topic.sources if status_of(source.url)[0] != 200] == []


def test_robots_txt_closes_the_forbidden_article_and_nothing_else_and_one_host_asks_for_a_delay(web: NewsWeb) -> None:
    robots = {key: Protego.parse(get(web.url(key, "/robots.txt")).decode()) for key in web.outlets}
    closed = [truth for truth in web.truth.values() if not robots[truth.outlet].can_fetch(truth.url, "any")]
    assert [truth.fate for truth in closed] == ["forbidden"]
    assert {key: rules.crawl_delay("any") for key, rules in robots.items() if rules.crawl_delay("any")} == {
        "severny": 1
    }


def test_copy_site_links_to_its_sources_and_names_one_as_canonical(web: NewsWeb) -> None:
    copies = [truth for truth in web.truth.values() if truth.outlet == "lagoon" and truth.relevant]
    sources = [lxml.html.fromstring(get(truth.url)).xpath("//a[.='Source link']/@href")[0] for truth in copies]
    assert len(sources) == 3
    assert all(web.truth[source].outlet == "tepuy" for source in sources)
    assert sum(truth.canonical_elsewhere == source for truth, source in zip(copies, sources, strict=True)) == 1


# Server


def test_the_address_decides_and_the_host_header_does_not(web: NewsWeb) -> None:
    assert b"Diario El Tepuy" in get(web.url("tepuy"), Host="127.0.0.12")


def test_pages_and_feeds_answer_304_to_either_validator(web: NewsWeb) -> None:
    for url in (next(iter(web.truth)), web.url("meridian", "/atom.xml"), web.url("gazeta", "/feed.json")):
        _, headers = status_of(url)
        assert status_of(url, If_None_Match=headers["ETag"])[0] == 304
        assert status_of(url, If_Modified_Since=headers["Last-Modified"])[0] == 304
        assert status_of(url, If_None_Match='"other"')[0] == 200


def test_pages_are_compressed_for_who_asks(web: NewsWeb) -> None:
    url = next(iter(web.truth))
    assert status_of(url, Accept_Encoding="gzip")[1]["Content-Encoding"] == "gzip"
    assert status_of(url)[1]["Content-Encoding"] is None


def test_requests_are_logged_with_address_path_status_and_headers(fresh: NewsWeb) -> None:
    get(fresh.url("vestnik", "/export/rdf.xml?x=1"), User_Agent="reader")
    (line,) = fresh.requests
    assert (line.host, line.path, line.status) == ("127.0.0.13", "/export/rdf.xml?x=1", 200)
    assert line.headers["User-Agent"] == "reader"


def test_a_port_that_is_taken_is_named_with_its_address(fresh: NewsWeb) -> None:
    with pytest.raises(CannotListen, match=rf"127\.0\.0\.11, port {fresh.port}: Address already in use"):
        NewsWeb(fresh.port).start()


# Changes


def test_a_published_article_is_in_feed_truth_and_web(fresh: NewsWeb) -> None:
    url = fresh.outlet("pampas").publish("new", "News from Caracas and Moscow", "First.\n\nSecond.", relevant=True)
    assert url.encode() in get(fresh.url("pampas", "/feed/"))
    assert b"<p>Second.</p>" in get(url)
    assert fresh.truth[url].text == "First.\nSecond."


def test_a_revised_article_keeps_its_address_and_changes_its_validators(fresh: NewsWeb) -> None:
    (slug, *_) = fresh.outlet("tepuy").pieces
    url = fresh.outlet("tepuy").url_of(fresh.outlet("tepuy").pieces[slug])
    _, before = status_of(url)
    assert fresh.outlet("tepuy").revise(slug, text="Todo cambió.") == url
    status, after = status_of(url, If_None_Match=before["ETag"])
    assert (status, fresh.truth[url].text) == (200, "Todo cambió.")
    assert after["ETag"] != before["ETag"]
    assert status_of(url, If_Modified_Since=before["Last-Modified"])[0] == 200


def test_a_withdrawn_article_is_gone_from_web_feed_and_truth(fresh: NewsWeb) -> None:
    url = fresh.outlet("pampas").withdraw("museum-of-lost-bandoneons-opens")
    assert status_of(url)[0] == 410
    assert url.encode() not in get(fresh.url("pampas", "/feed/"))
    assert url not in fresh.truth


def test_a_fault_concerns_one_outlet_and_the_paths_below_it(fresh: NewsWeb) -> None:
    fresh.outlet("ledger").fault = Fault(429, {"Retry-After": "120"}, below="/abroad/")
    status, headers = status_of(fresh.url("ledger", "/abroad/story.php?id=1"))
    assert (status, headers["Retry-After"]) == (429, "120")
    assert status_of(fresh.url("ledger", "/news.rss"))[0] == 200
    assert status_of(fresh.url("pampas", "/feed/"))[0] == 200


def test_a_hanging_outlet_never_answers(fresh: NewsWeb) -> None:
    fresh.outlet("ledger").fault = Fault(hang=0.05)
    with pytest.raises(http.client.RemoteDisconnected):
        get(fresh.url("ledger", "/news.rss"))
    assert [line.status for line in fresh.requests] == [0]
