"""One report in each of twenty languages (scripts.toml), from the term that keeps it to the mail that tells it."""

import html
import re
import tomllib

import pytest

from crawler import clock
from crawler.digest import contents
from crawler.digest.entry import Digest
from crawler.digest.html import as_html
from crawler.items import Fetched
from crawler.search import finding
from crawler.search.filters import Filters
from crawler.search.parser import parse
from crawler.search.snippets import snippet
from crawler.search.tree import spans
from crawler.terms import Terms
from pipelines.boilerplate import Surroundings, without_frame
from pipelines.gate import Gate
from pipelines.language import detect
from pipelines.metadata.agency import credited_agency
from tests.browser import served
from tests.conftest import ROOT
from tests.newsroom import TOPIC, Newsroom
from tests.test_browse import get
from tests.test_gate import topic

REPORTS = tomllib.loads((ROOT / "tests" / "scripts.toml").read_text(encoding="utf-8"))
FRAMES = REPORTS.pop("frames")
in_each = pytest.mark.parametrize("language", REPORTS)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("scripts"))
    for hours, (language, report) in enumerate(REPORTS.items(), 1):
        room.add(language, hours, title=report["title"], text=report["text"], language=language)
    yield room
    room.close()


def text_of(language):
    report = REPORTS[language]
    return f"{report['text']} {report.get('also', '')}"


@in_each
def test_a_term_hits_the_text_and_no_near_word_and_an_exception_keeps_the_longer_one_out(language):
    report = REPORTS[language]
    plain, excepting = Terms({"a": [report["term"]]}), Terms({"a": [report["term"], report["exception"]]})
    for terms in (plain, excepting):
        assert terms.hits(text_of(language)) and not terms.hits(report["near"])
    assert plain.hits(report["whole"]) and not excepting.hits(report["whole"])
    assert Terms({"a": [report["phrase"]]}).hits(text_of(language))
    page = f"<html><body>{'<p>Nothing else is here to be seen, and it goes on so.</p>' * 80}<p>{text_of(language)}</p>"
    gate = Gate([topic({"a": [report["term"]]})])
    assert gate.gap(Fetched("https://a.example/", page.encode(), "2026-01-01T00:00:00Z")) is None
    assert gate.gap(Fetched("https://a.example/", page.replace(text_of(language), "").encode(), "2026")) == "a"


@in_each
def test_the_language_is_told_from_the_text(language):
    report = REPORTS[language]
    assert detect(report["text"], report["title"]).code == language


@in_each
def test_a_search_finds_another_form_and_a_phrase_and_marks_them_in_a_snippet(newsroom, language):
    report = REPORTS[language]
    number = list(REPORTS).index(language) + 1
    for words in (report["asked"], f'"{report["phrase"]}"', report["asked"].upper()):
        assert finding.find(newsroom.db.conn, Filters(words=words, language=language)).numbers == [number], words
    wanted = parse(report["asked"])
    text = f"{'— ' * 300}{report['text']}"
    shown = snippet(text, spans(wanted, text, language), 120)
    assert report["marked"] in [piece.text for piece in shown if piece.hit]
    assert sum(len(piece.text) for piece in shown) <= 122


def test_titles_stand_in_blocks_that_have_their_own_direction_in_page_and_mail(newsroom):
    with served(newsroom.path) as address:
        pages = "".join(get(address, f"/search?page={page}")[2].decode() for page in (1, 2))
        pages_of_arabic = get(address, f"/article/{list(REPORTS).index('ar') + 1}")[2].decode()
    told = contents.entries(newsroom.db.conn, TOPIC, "2000-01-01")
    mail = as_html(Digest(TOPIC, "Ports", "2000-01-01", clock.text(clock.now()), told))
    for language, report in REPORTS.items():
        in_page = rf'<h2 lang="{language}" dir="auto"><a [^>]*>{re.escape(report["title"])}</a></h2>'
        assert re.search(in_page, html.unescape(pages)), language
        in_mail = rf'<(h2|li)(?= [^>]*dir="auto")[^>]*><a [^>]*lang="{language}"[^>]*>{re.escape(report["title"])}</a>'
        assert re.search(in_mail, html.unescape(mail)), language
    assert re.search('<h1 lang="ar" dir="auto">', pages_of_arabic) and '<p dir="auto">' in pages_of_arabic


@pytest.mark.parametrize("language", FRAMES)
def test_what_pages_put_around_a_text_leaves_it_and_sentences_that_begin_alike_stay(language):
    frame, text = FRAMES[language], REPORTS[language]["text"]
    head, foot = frame["around"][:2], frame["around"][2:]
    lines = [*head, text, *frame["inside"], text[::-1], *foot]
    assert without_frame(lines, Surroundings()) == [text, *frame["inside"], text[::-1]]
    for line in frame["inside"]:  # a sentence is one at the end of a text, too
        assert without_frame([text, line], Surroundings()) == [text, line]


@pytest.mark.parametrize("language", FRAMES)
def test_agencies_are_credited_by_their_usual_name(language):
    text = REPORTS[language]["text"]
    assert credited_agency([FRAMES[language]["dateline"], text]) == FRAMES[language]["agency"]
    assert credited_agency([text]) is None
