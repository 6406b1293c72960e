"""A topic begun with ``scrapy newtopic``: what it finds, what it writes, and that a crawl can use it at once."""

import os
import pty
import signal
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.cmdline import execute
from scrapy.settings import Settings

from crawler.items import Found
from crawler.newtopic import headlines
from crawler.newtopic.survey import Finding
from crawler.newtopic.wish import Wish, read_addresses, read_groups, read_languages
from crawler.newtopic.writer import source_names, topic_file
from crawler.seeds import read_topic
from crawler.terms import Terms
from tests.conftest import ROOT, rows
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer
from tests.newsweb.surfaces import ALTERNATE, home, packed_news_sitemap

OPEN = ("-s", "DOWNLOAD_DELAY=0", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8")
TERMS = (
    "--terms",
    "venezuela=venezuel*,venezolan*,maduro,caracas,caraque*,miraflores,венесуэл*,мадуро,каракас*",
    "--terms",
    "russia=russia*,rusia,ruso*,rusa,russo*,putin*,kremlin*,moscow,moscú,moscou,росси*,путин*,москв*,-montaña rusa",
)


def newtopic(folder: Path, *arguments: str, settings: tuple[str, ...] = OPEN) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "scrapy", "newtopic", *arguments, "-s", f"SEEDS_DIR={folder}", *settings]
    return subprocess.run(
        line, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A news web and what the command made of nine addresses in it: result, folder, topic."""
    folder = tmp_path_factory.mktemp("seeds")
    with NewsWeb() as web:
        web.outlet("lagoon").surfaces = {"/": home(ALTERNATE)}
        web.outlet("vestnik").surfaces = {"/sitemap-news.xml.gz": packed_news_sitemap}
        web.outlet("gazeta").files["/"] = Answer(503, b"later")
        web.outlet("instituto").files["/robots.txt"] = Answer(200, b"User-agent: *\nDisallow: /", "text/plain")
        addresses = [
            web.url("tepuy"),
            web.url("lagoon"),
            web.url("meridian", "/atom.xml"),
            web.url("vestnik", "/sitemap-news.xml.gz"),
            web.url("cardumen", "/edicion/"),
            web.url("lagoon", "/feed/"),
            web.url("gazeta"),
            web.url("instituto"),
            "http://127.0.0.251:9/",
        ]
        title = 'Caracas "y" Moscú'
        result = newtopic(folder, "amistad", *addresses, "--title", title, "--language", "es,en", *TERMS)
        assert result.returncode == 0, result.stderr
        yield web, result, folder, read_topic(folder / "amistad.toml")


@pytest.fixture
def said_at_once(monkeypatch, capsys):
    """Run the command in this process, for what ends before a crawl could begin: exit code, standard error."""

    def run(*arguments: str) -> tuple[object, str]:
        monkeypatch.chdir(ROOT)
        ours = Settings()
        ours.setmodule("crawler.settings", "project")
        with pytest.raises(SystemExit) as left:
            execute(["scrapy", "newtopic", *arguments], ours)
        shown = capsys.readouterr()
        assert shown.out == ""
        return left.value.code, shown.err

    return run


def source(topic, url):
    return next(source for source in topic.sources if source.url == url)


def test_the_file_asks_for_what_was_wished(begun):
    topic = begun[3]
    assert (topic.title, topic.languages) == ('Caracas "y" Moscú', ("es", "en"))
    assert topic.max_age
    assert list(topic.terms.groups) == ["venezuela", "russia"]
    assert "moscú" in topic.terms.groups["russia"]


def test_behind_a_home_page_its_feed_is_found_and_named_as_it_calls_itself(begun):
    web, result, _, topic = begun
    tepuy, lagoon = source(topic, web.url("tepuy", "/rss/")), source(topic, web.url("lagoon", "/feed/"))
    assert (tepuy.name, tepuy.language, tepuy.enabled) == ("Diario El Tepuy", "es", True)
    assert lagoon.name == "Lagoon Wire 24"
    newest = max(web.outlet("tepuy").published(piece) for piece in web.outlet("tepuy").pieces.values())
    entries = len(web.outlet("tepuy").entries())
    found = f"a feed with {entries} entries, the newest of {newest:%Y-%m-%d %H:%M}"
    assert f"{web.url('tepuy')}\n    {found}: {web.url('tepuy', '/rss/')}\n" in result.stdout
    assert f"# {found}, found behind {web.url('tepuy')}\n" in topic.path.read_text()


def test_feeds_sitemaps_and_sections_are_taken_as_they_are(begun):
    web, _, _, topic = begun
    assert source(topic, web.url("meridian", "/atom.xml")).name == "The Meridian Tribune"
    assert source(topic, web.url("vestnik", "/sitemap-news.xml.gz")).kind is None
    section = source(topic, web.url("cardumen", "/edicion/"))
    assert (section.kind, section.enabled) == ("section", True)


def test_an_address_that_leads_to_the_same_feed_is_left_out_and_named(begun):
    web, result, _, topic = begun
    assert [source.url for source in topic.sources].count(web.url("lagoon", "/feed/")) == 1
    assert f"{web.url('lagoon', '/feed/')} is left out" in result.stdout


def test_what_gives_nothing_is_disabled_with_the_reason(begun):
    web, result, _, topic = begun
    reasons = {
        web.url("gazeta"): "server error (503)",
        web.url("instituto"): "robots.txt does not allow it",
        "http://127.0.0.251:9/": "127.0.0.251 refused the connection",
    }
    for url, reason in reasons.items():
        assert f"{url}\n    nothing to watch: {reason}\n" in result.stdout
        assert not source(topic, url).enabled
        assert source(topic, url).note.endswith(f": {reason}")


def test_robots_txt_is_obeyed(begun):
    web = begun[0]
    asked = {request.path for request in web.requests if request.host == "127.0.0.19"}
    assert asked == {"/robots.txt"}


def test_nothing_is_downloaded_but_sources(begun):
    web = begun[0]
    articles = {f"{request.host}{request.path.partition('?')[0]}" for request in web.requests}
    assert not [url for url in web.truth if url.removeprefix("http://").replace(f":{web.port}", "") in articles]


def test_the_next_step_is_a_page_whose_headline_is_on_topic(begun):
    web, result, _, topic = begun
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("  scrapy try amistad ")]
    address = line.split()[3].strip("'")
    title = next(item.title for item in web.truth.values() if address.startswith(item.url))
    assert len(topic.terms.hits(title)) == 2


def test_the_written_topic_is_crawled_as_it_is(begun, tmp_path):
    web, _, folder, topic = begun
    line = [sys.executable, "-m", "scrapy", "crawl", "amistad", "-s", f"SEEDS_DIR={folder}", *OPEN]
    result = subprocess.run(
        [*line, "-s", f"DATABASE={tmp_path / 'news.db'}", "-s", "EXTRACT_WORKERS=0"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    stored = {row["url"]: row["source"] for row in rows(tmp_path / "news.db", "SELECT url, source FROM articles")}
    watched = {"tepuy", "lagoon", "meridian", "vestnik", "cardumen"}
    kept = {page.url for page in web.truth.values() if page.outlet in watched and page.fate == "stored"}
    assert {url for url in kept if web.truth[url].language in topic.languages} == set(stored)
    assert set(stored.values()) <= {source.name for source in topic.sources}


def test_a_file_is_never_overwritten_and_no_address_is_asked(begun, said_at_once):
    web, _, folder, topic = begun
    before, asked = topic.path.read_bytes(), len(web.requests)
    code, said = said_at_once("amistad", web.url("tepuy"), *TERMS, "-s", f"SEEDS_DIR={folder}")
    assert (code, said) == (
        2,
        f"scrapy: {topic.path} exists and is never overwritten: edit it, or choose another name\n",
    )
    assert topic.path.read_bytes() == before
    assert len(web.requests) == asked


def test_without_a_network_the_file_keeps_every_address_for_the_next_crawl(tmp_path):
    addresses = ("http://127.0.0.251:9/", "http://127.0.0.252:9/feed")
    result = newtopic(tmp_path, "offline", *addresses, "--terms", "any=*")
    assert result.returncode == 1
    assert "nobody could be reached: is there a network?" in result.stdout
    topic = read_topic(tmp_path / "offline.toml")
    assert [(source.url, source.enabled) for source in topic.sources] == [(url, True) for url in addresses]


def test_a_private_network_is_not_entered_unless_it_is_allowed(begun, tmp_path):
    web = begun[0]
    asked = len(web.requests)
    result = newtopic(tmp_path, "inside", web.url("tepuy"), "--terms", "any=*", settings=())
    assert result.returncode == 1
    assert "ALLOWED_PRIVATE_NETWORKS can open it" in result.stdout
    assert len(web.requests) == asked
    assert not read_topic(tmp_path / "inside.toml").sources[0].enabled


def test_on_a_terminal_it_asks_for_what_is_missing_and_again_after_a_mistake(begun, tmp_path):
    web = begun[0]
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "scrapy", "newtopic", "rare_earths", "-s", f"SEEDS_DIR={tmp_path}", *OPEN]
    said = ""
    with subprocess.Popen(line, cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        for asked, answer in (
            ("Title (Rare earths): ", ""),
            ("(all): ", "spanish"),
            ("no ISO 639-1 code", ""),
            ("place=chile,bolivia*: ", "place"),
            ("place=chile,bolivia*: ", "place=caracas,zulia"),
            ("A further group (none): ", ""),
            ("with spaces between: ", web.url("tepuy", "/rss/")),
        ):
            while asked not in said:
                said += os.read(ours, 4096).decode()
            said = said.partition(asked)[2]
            os.write(ours, f"{answer}\n".encode())
        shown = process.communicate(timeout=60)[0].decode()
    os.close(ours)
    assert process.returncode == 0, shown
    topic = read_topic(tmp_path / "rare_earths.toml")
    assert (topic.title, topic.languages) == ("Rare earths", ())
    assert topic.terms.groups == {"place": ("caracas", "zulia")}
    assert [source.name for source in topic.sources] == ["Diario El Tepuy"]


def test_who_leaves_a_question_gets_no_file(tmp_path):
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "scrapy", "newtopic", "lithium", "-s", f"SEEDS_DIR={tmp_path}"]
    with subprocess.Popen(line, cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        os.write(ours, b"\x04")  # the end of input
        said = process.communicate(timeout=60)[1].decode()
    os.close(ours)
    assert process.returncode == 1
    assert said.endswith("scrapy: nothing was written\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_is_told_in_one_line_and_gets_no_file(tmp_path, number):
    """At once, although the one address that it looks at never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        line = [sys.executable, "-m", "scrapy", "newtopic", "lithium", address, "--terms", "any=*", *OPEN]
        line += ["-s", f"SEEDS_DIR={tmp_path}", "-s", "DOWNLOAD_TIMEOUT=3600"]
        with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
            asked = silent.accept()[0]
            process.send_signal(number)
            said = process.communicate(timeout=60)[1].decode()
            asked.close()
    assert process.returncode == 1
    assert said == (
        "looking at 1 address, as a crawl would\n"
        "scrapy: stopped before every address was looked at: nothing was written\n"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name the new topic"),
        (["Lithium!"], 'a topic cannot be called "Lithium!": use only a-z'),
        (["../lithium"], 'a topic cannot be called "../lithium"'),
        (["lithium", "--terms", "any=*"], "no address: give the home pages"),
        (["lithium", "https://example.com"], "no terms: give --terms"),
        (["lithium", "-s", "SEEDS_DIR=/nowhere"], "the folder /nowhere does not exist"),
        (["lithium", "--colour"], "unknown option --colour"),
        (["lithium", "--title"], "--title: needs a value behind it"),
        (["lithium", "--title", " "], '--title " ": write one line of text'),
        (["lithium", "--language", "esp"], 'did you mean "es"?'),
        (["lithium", "--terms", "place"], '--terms "place" names no group: write --terms "place='),
        (["lithium", "--terms", "place=,"], "--terms place: names no term"),
        (["lithium", "--terms", "place=chile,*uyuni"], '--terms place: "*uyuni" has a "*" before its end'),
        (["lithium", "--terms", "place=-santiago"], 'group "place" has no term that counts'),
        (["lithium", "ftp://example.com/feed"], '"ftp://example.com/feed" is no web address'),
        (["lithium", "exa mple"], '"exa mple" is no web address'),
    ],
)
def test_a_mistake_is_one_line_that_names_it(arguments, said, tmp_path, said_at_once):
    more = [] if "-s" in arguments else ["-s", f"SEEDS_DIR={tmp_path}"]
    code, shown = said_at_once(*arguments, *more)
    assert code == 2
    assert len(shown.splitlines()) == 1 and said in shown
    assert not list(tmp_path.iterdir())


def test_groups_languages_and_addresses_are_read_as_people_write_them():
    assert read_groups(["place=chile, salar de uyuni ,chile", "place=-chile con carne", "metal=litio"]) == {
        "place": ["chile", "salar de uyuni", "-chile con carne"],
        "metal": ["litio"],
    }
    assert read_languages(["es,EN", "ru es"]) == ("es", "en", "ru")
    assert read_addresses(["example.com", "https://www.example.com/", "http://EXAMPLE.org/feed?utm_source=x"]) == [
        "https://example.com/",
        "http://example.org/feed",
    ]


@pytest.mark.parametrize(
    ("kind", "address", "titles", "name"),
    [
        ("feed", "https://daily.example/feed", ["RSS - Example Daily"], "Example Daily"),
        ("feed", "https://daily.example/feed", ["Example Daily » Feed"], "Example Daily"),
        ("feed", "https://daily.example/feed", ["BBC: Новости"], "BBC"),
        ("section", "https://daily.example/mundo/", ["Mundo | Example Daily"], "Example Daily"),
        ("section", "https://daily.example/", ["Example Daily | News from here"], "Example Daily"),
        ("feed", "https://www.daily.example/feed", ["RSS"], "daily.example"),
        (None, "https://www.daily.example/", [], "daily.example"),
        ("feed", "https://daily.example/feed", ["Ex " * 50], "Ex " * 19 + "Ex…"),
    ],
)
def test_a_source_is_called_as_its_outlet(kind, address, titles, name):
    assert source_names([Finding(address, address, kind, titles=tuple(titles))]) == [name]


def test_headlines_tell_how_much_of_the_topic_they_name_and_which_forms_are_missed():
    terms = Terms({"metal": ["litio"], "place": ["chile", "bolivia*", "perú"]})
    titles = ["Litio chileno en Bolivia", "Los chilenos del litio", "Chilenos en Perú", "Peruanos"]
    assert headlines.counts(terms, titles) == (1, {"metal": 2, "place": 2})
    assert headlines.further_forms(terms, titles) == {
        "place": {"chile": ["chilenos", "chileno"], "perú": ["peruanos"]},
    }


LINES = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and text.isprintable())


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    return tmp_path_factory.mktemp("draft") / "lithium.toml"


@settings(max_examples=60, deadline=None)
@given(
    title=LINES,
    groups=st.dictionaries(LINES, st.just(["litio", "chile*"]), min_size=1, max_size=3),
    titles=st.lists(st.text(max_size=80), max_size=6),
    reason=st.text(max_size=80),
)
def test_whatever_publishers_write_the_file_can_be_read_and_says_the_same(draft, title, groups, titles, reason):
    found = (Found("https://a.example/"),)
    findings = [
        Finding("https://a.example/", f"https://{number}.example/feed", "feed", found=found, titles=(shown,))
        for number, shown in enumerate(titles)
    ]
    findings.append(Finding("https://last.example/", "https://last.example/", reason=reason))
    wish = Wish("lithium", title.strip(), ("es",), groups)
    draft.write_text(topic_file(wish, findings, {}, date(2026, 7, 1)), encoding="utf-8")
    topic = read_topic(draft)
    assert (topic.title, topic.languages) == (title.strip(), ("es",))
    assert topic.terms.groups == {group: tuple(terms) for group, terms in groups.items()}
    assert [source.url for source in topic.sources] == [finding.address for finding in findings]
    assert len({source.name.casefold() for source in topic.sources}) == len(findings)
