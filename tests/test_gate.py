"""The gate turns away pages that name no side of a topic, and never one that relevance would keep."""

import html
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.charset import decode
from crawler.exceptions import Irrelevant
from crawler.items import Claim, Fetched, Hints, Page, Refusal
from crawler.seeds import read_topic
from crawler.terms import Terms, parse_term, words
from pipelines.extract import extract
from pipelines.gate import Gate, Pieces, says_little
from pipelines.relevance import judge
from pipelines.spellings import finder, resolved
from tests.conftest import ROOT
from tests.test_terms import word_of_a_script

URL = "https://outlet.example/news/1"
SENTENCES = (
    "The harbour master counted eleven ships on Tuesday morning and three of them carried grain from the north. "
    "Two had waited since the storm of last week, which had also torn the nets of a dozen fishermen. "
    "A pilot said that the channel would be dredged again before the rainy season, as it was ten years ago. "
    "The ministry of ports did not say who would pay for it or when the work begins on the eastern pier. "
)
FILLER = "".join(f"<p>{number}. {SENTENCES}</p>" for number in range(9))
TOPIC = {
    "places": [
        "venezuel*",
        "caracas",
        "венесуэл*",
        "ciudad guayana",
        "República Bolivariana",
        "españ*",
        "Große Straße",
    ],
    "others": ["rusia", "русск*", "мария захарова", "moscú", "йод*", "müller", "finanz*", "moscow mule*"],
}


def page_of(text, title="Eleven ships wait"):
    article = f"<article><h1>{title}</h1><p>{text}</p>{FILLER}</article>"
    return f"<html><head><title>{title}</title></head><body>{article}</body></html>"


def fetched(markup, charset="utf-8", header=None, title=None):
    body = markup if isinstance(markup, bytes) else markup.encode(charset, "xmlcharrefreplace")
    return Fetched(URL, body, "2026-01-01T00:00:00Z", header, Hints(title=title))


def topic(groups, name="trade"):
    return SimpleNamespace(name=name, terms=Terms(groups))


GATE = Gate([topic(TOPIC)])


def passes(page, *groups):
    return Gate([topic(each) for each in groups]).gap(page) is None


def test_a_page_that_names_no_side_is_turned_away_with_the_first_one_missing():
    page = Page(Claim(1, URL, "article", "s", "outlet.example"), fetched(page_of("Nothing of it.")))
    with pytest.raises(Irrelevant, match="no mention of places anywhere on the page") as caught:
        Gate([topic(TOPIC)]).process_item(page)
    assert caught.value.state == "irrelevant"
    with pytest.raises(Irrelevant, match="no mention of others anywhere on the page"):
        Gate([topic({"any": ["*"], "places": ["ships"], "others": ["rusia"]})]).process_item(page)


def test_a_page_of_a_stored_article_always_passes():
    page = Page(Claim(1, URL, "article", "s", "outlet.example", article_id=7), fetched(page_of("Nothing of it.")))
    assert Gate([topic(TOPIC)]).process_item(page) is page


def test_one_topic_is_enough_and_a_topic_of_everything_takes_all():
    page = fetched(page_of("A shipment of lithium."))
    assert not passes(page, TOPIC)
    assert passes(page, TOPIC, {"metal": ["lithium"]})
    assert passes(page, {"any": ["*"]})
    assert not passes(page, {"any": ["*"], "places": ["caracas"]})


def test_an_exception_turns_nothing_away():
    assert passes(fetched(page_of("Una montaña rusa.")), {"country": ["rusa", "-montaña rusa"]})
    assert not passes(fetched(page_of("Una montaña.")), {"country": ["rusa", "-montaña rusa"]})


def test_the_announced_title_counts():
    page = fetched(page_of("Nothing of it."), title="Rusia y Venezuela")
    assert passes(page, TOPIC)


def test_whole_words_are_not_found_inside_of_others():
    page = fetched(page_of("Cloud computing and a Prussian crusade."))
    assert not passes(page, {"one": ["putin"]})
    assert not passes(page, {"one": ["rus*"]})
    assert not passes(page, {"one": ["rusa"]})
    assert passes(page, {"one": ["crusa*"]})


def test_a_word_of_a_phrase_is_not_the_phrase():
    groups = {"one": ["ciudad guayana", "moscú"]}
    assert not passes(fetched(page_of("In Guayana, nothing.")), groups)
    assert passes(fetched(page_of("In Ciudad Guayana, nothing.")), groups)
    assert passes(fetched(page_of("In Guayana, nothing of Mosc&uacute;.")), groups)


def test_what_a_page_hides_is_looked_at_only_for_what_its_bytes_have_not():
    pieces = Pieces(fetched(page_of("Venezuela y Mosc&uacute;.")))
    assert finder([parse_term("venezuel*")])(pieces)
    assert "resolved" not in vars(pieces)
    assert finder([parse_term("moscú")])(pieces)
    assert "resolved" in vars(pieces)


@pytest.mark.parametrize(
    "markup",
    [
        page_of("", title="Just a moment..."),
        "<html><body><p>Please wait.</p><script>" + "x=1;" * 9000 + "</script></body></html>",
    ],
)
def test_what_may_be_a_wall_is_left_to_extraction(markup):
    assert passes(fetched(markup), TOPIC)


def test_garbled_pages_are_left_to_extraction():
    assert passes(fetched(page_of("\ufffd" * 400)), TOPIC)


@pytest.mark.parametrize(
    ("term", "markup"),
    [
        ("venezuel*", "Vene<b>zuela</b>"),
        ("venezuel*", "V<i class='a>b'>e</i>nezuela"),
        ("venezuel*", "Vene<!-- an > ad -->zuela"),
        ("venezuel*", "Vene&shy;zuela Vene"),
        ("venezuel*", "Vene\u200bzuela"),
        ("venezuel*", "VENE&#90;UELA"),
        ("venezuel*", "Vene&#x7A;uela"),
        ("venezuel*", "Ｖｅｎｅｚｕｅｌａ"),
        ("venezuel*", "Ve\x07nezuela"),
        ("moscú", "Mosc&uacute;"),
        ("moscú", "Mosc&uacute"),
        ("moscú", "Mosc&#250;"),
        ("moscú", "Moscu\u0301"),
        ("moscú", "MOSC&Uacute;"),
        ("moscú", "Mosc&amp;uacute;"),
        ("йод*", "И\u0306одом"),
        ("Straße", "STRASSE"),
        ("Strasse", "Stra&szlig;e"),
        ("finanz*", "ﬁnanzas"),
        ("rus*", "Ruß"),
        ("россия", "&#1056;&#1086;&#1089;&#1089;&#1080;&#1103;"),
        ("ciudad guayana", "Ciudad<br>\n Guayana"),
        ("ciudad guayana", "Ciudad \u0640Guayana"),
        ("guayana", "⑴Guayana"),
        ("ciudad guayana", "Ciudad&nbsp;<b>Guayana</b>"),
        ("ciudad guayana", "Ciudad <button>Share</button>Guayana"),
        ("мария захарова", "Мария\u00a0Захарова"),
        ("hindi हिन्दी", "hindi हिन्दी"),
        ("푸틴*", "푸틴은"),
        ("푸*", unicodedata.normalize("NFD", "푸틴은")),
        ("दिन", unicodedata.normalize("NFD", "दिन")),
        ("सड़क", "स&#2396;क"),
        ("ম্যাক্রোঁ", unicodedata.normalize("NFD", "ম্যাক্রোঁ")),
        ("น้ำ", "ในน้ำมี"),
        ("ロシア", "プロシア"),
        ("putin", "俄罗斯Putin总统"),
        ("россия", "Pоссия"),
        ("moscow", "Mоscоw"),
        ("yaptırım*", "YAPTIRIMLAR"),
        ("حکومتی", "حكومتي"),
        ("می\u200cخواهم", "می خواهم"),
        ("می خواهم", "می\u200cخواهم"),
        ("می خواهم", "میخواهم"),
        ("venezuela", "#RusiaVenezuela"),
        ("rusia", "#<span>RusiaVenezuela</span>"),
        ("=Maduro", "MADURO"),
        ("совет* федерации", "Советом Федерации"),
        ('"su-30 maracay"~20', "Maracay: dos Su-30"),
        ("łódź", "Lodz"),
        ("Lodz", "Łódź"),
        ("oeuvre", "Œuvre"),
        ("الروسية", "الرُّوسِيَّة"),
        ("ロシア", "ﾛｼｱ"),
        ("委内瑞拉*", "委内瑞拉总统"),
    ],
)
def test_a_term_is_found_however_it_is_written(term, markup):
    assert may_have(resolved(markup.encode()), term)
    assert passes(fetched(page_of(f"The word is {markup} here.")), {"one": [term]})
    text = html.unescape(re.sub("<[^>]*>", " " if "<br>" in markup else "", markup)).replace("&uacute;", "ú")
    assert "\x07" in text or "Share" in text or ">" in text or Terms({"one": [term]}).hits(f"The word is {text} here.")


@pytest.mark.parametrize(
    "block",
    [
        r'{"@type": "NewsArticle", "headline": "Visita a Mosc\u00fa en marzo, dijo"}',
        r'{"@type": "NewsArticle", "headline": "Visita a\nMosc\u00fa en marzo"}',
        r'{"@type": "NewsArticle", "headline": "Visita a Mosc&uacute; en marzo"}',
        r'{"@type": "NewsArticle", "articleBody": "Visita a Mos\u003cb\u003ec&amp;uacute;\u003c/b\u003e en marzo"}',
    ],
)
def test_a_term_is_found_in_json_ld(block):
    script = f'<script type="application/ld+json">{block}</script>'
    assert passes(fetched(page_of("Nothing of it.").replace("</head>", f"{script}</head>")), {"one": ["moscú"]})


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "pages").glob("*.html")), ids=lambda path: path.stem)
def test_every_word_of_a_saved_page_is_found_in_its_bytes(path):
    page = Fetched(URL, path.read_bytes(), "2026-01-01T00:00:00Z")
    article = extract(page)
    if isinstance(article, Refusal):
        return
    body = resolved(decode(page.body)[0].encode())
    for text in (article.title or "", article.text):
        run = words(text)
        for place in range(0, len(run), max(1, len(run) // 3)):
            for term in (run[place], f"{run[place][:3]}*", " ".join(run[place : place + 3])):
                assert may_have(body, term), term


def may_have(body, term):
    find = finder([parse_term(term)])
    return find is None or find(body)


INVISIBLE = (
    "",
    "",
    "",
    "",
    "\u00ad",
    "\u200b",
    "&shy;",
    "\u2060",
    "\u0301",
    "&#173;",
    "&#8203;",
    "<wbr>",
    "<b>",
    "</b>",
)
TAGS = ("<i>", "</i>", '<span title="1 > 0">', "</span>", "<!-- so -> -->", "<a href='/x'>", "</a>")
NAMES = {value: name for name, value in html.entities.html5.items() if name.endswith(";") and len(value) == 1}


@st.composite
def misspelt(draw, term):
    """``term`` as some page may write it."""
    written = []
    for letter in unicodedata.normalize(draw(st.sampled_from(("NFC", "NFD"))), term.removesuffix("*")):
        letter = draw(st.sampled_from((letter, letter.upper(), letter.lower())))
        if "a" <= letter.lower() <= "z" and len(letter) == 1:
            wide = chr(ord(letter) + 0xFEE0)
            letter = draw(
                st.sampled_from((letter, letter, letter, unicodedata.normalize("NFC", f"{letter}\u0301"), wide))
            )
        if len(letter) == 1:
            forms = [letter, letter, letter, f"&#{ord(letter)};", f"&#x{ord(letter):X};", f"&#{ord(letter):05}"]
            letter = draw(st.sampled_from([*forms, f"&{NAMES[letter]}" if letter in NAMES else letter]))
            if re.fullmatch(r"&#\d+", letter):
                letter += ";"
        written.append(letter)
    breaks = [draw(st.sampled_from((*INVISIBLE, *INVISIBLE, *TAGS))) for _ in written[1:]]
    ending = draw(st.sampled_from(("", "a", "ов"))) if term.endswith("*") else ""
    return "".join(map("".join, zip(written, [*breaks, ending], strict=True)))


CHARSETS = (
    "utf-8",
    "utf-8-sig",
    "windows-1251",
    "koi8-r",
    "iso-8859-1",
    "windows-1252",
    "iso-8859-5",
    "utf-16",
    "gb18030",
    "big5",
)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(CHARSETS), st.booleans(), st.booleans())
def test_the_gate_never_drops_what_relevance_would_keep(data, charset, in_header, in_title):
    one, other = (data.draw(misspelt(data.draw(st.sampled_from(TOPIC[group])))) for group in TOPIC)
    markup = page_of(f"It was said that {one} and ({other}) were named.", one if in_title else "Eleven ships wait")
    if not in_header:
        markup = markup.replace("<head>", f'<head><meta charset="{charset}">')
    page = fetched(markup, charset, charset if in_header else None)
    article = extract(page)
    kept = not isinstance(article, Refusal) and bool(judge(article.title, article.text, [topic(TOPIC)]).matches)
    assert GATE.gap(page) is None or not kept


@settings(max_examples=150, deadline=None)
@given(st.data(), word_of_a_script, word_of_a_script, st.sampled_from(["NFC", "NFD", "NFKC"]))
def test_the_gate_finds_words_of_any_script_that_relevance_finds(data, word, other, form):
    cut = data.draw(st.integers(1, len(word)))
    term = data.draw(st.sampled_from([word, f"{word} {other}", f"{word[:cut]}*", f'"{word} {other}"~5']))
    try:
        terms = Terms({"one": [term]})
    except ValueError:
        return
    text = data.draw(st.sampled_from(["{0} {1}", "{1}{0} {1}", "({0}); {1}", "#{0}{1}"])).format(word, other)
    text = data.draw(st.sampled_from([str, str.upper, str.lower, str.title]))(unicodedata.normalize(form, text))
    escaped = data.draw(st.sampled_from([str, lambda text: "".join(f"&#{ord(letter)};" for letter in text)]))
    assert may_have(resolved(escaped(text).encode()), term) or not terms.hits(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["utf-8", "utf-16", "windows-1251"]))
def test_any_page_gets_an_answer(text, charset):
    GATE.gap(fetched(page_of(text).encode(charset, "replace")))


def test_the_shipped_topic_turns_most_other_pages_away():
    shipped = read_topic(ROOT / "seeds" / "venezuela_russia.toml")
    assert Gate([shipped]).gap(fetched(page_of("Nothing of it."))) == "venezuela"
    assert not says_little(page_of("").encode())
