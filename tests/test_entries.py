"""Lists with faults in them: a fault costs the entry that it stands in, and what is missing is said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import discover
from crawler.discovery.bodies import READ_OF_XML
from crawler.discovery.entries import Entries
from crawler.discovery.feeds import MOST_ENTRIES

SITE = "https://tepuy.example"
FEED = f"{SITE}/rss/todo.xml"
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def rss(*items: str, head: str = "<title>Tepuy</title>", root: str = 'rss version="2.0"') -> str:
    return f"<{root}><channel>{head}{''.join(items)}</channel></{root.split()[0]}>"


def item(number: int, title: str = "El puerto abre", more: str = "") -> str:
    return f"<item><title>{title} {number}</title><link>{SITE}/n/{number}</link>{more}</item>"


def urls(text: str, address: str = FEED) -> list[str]:
    return [found.url for found in discover(text.encode(), address)[1]]


def all_of(count: int, but: tuple[int, ...] = ()) -> list[str]:
    return [f"{SITE}/n/{number}" for number in range(count) if number not in but]


FAULTS = {
    "an unescaped < before a space": item(2, "Menos de < 3 %"),
    "an unescaped < before a digit": item(2, "Menos de <3 %"),
    "an unescaped < before a word": item(2, "A<B gana"),
    "an unescaped < in the address": f"<item><title>x</title><link>{SITE}/n/2</link><guid>a<b</guid></item>",
    "a br without end": item(2, more="<description>Uno<br>dos<br>tres</description>"),
    "pictures and paragraphs without end": item(2, more="<description><p>Uno <img src='a.jpg'><b>dos</description>"),
    "tags in the wrong order": item(2, more="<description><b><i>Uno</b></i></description>"),
    "an attribute without quotation marks": item(2, more="<description><a href=/x>Uno</a></description>"),
    "an attribute twice": item(2, more="<enclosure url='a' url='b'/>"),
    "a prefix that nobody declared": item(2, more="<media:content url='a'/><x:y z:w='1'>b</x:y>"),
    "an end tag without start": item(2, more="</p></div>"),
    "HTML inside a title": item(2, "El <b>puerto<br></b> abre"),
    "CDATA that never ends": item(2, more="<description><![CDATA[<p>Uno</description>"),
    "CDATA in CDATA": item(2, more="<description><![CDATA[a <![CDATA[b]]> c ]]></description>"),
    "a comment that never ends": item(2, more="<!-- <p>Uno"),
    "a comment with two hyphens": item(2, more="<!-- a -- b -->"),
    "an ampersand and a control": item(2, "Pan & circo \x0b"),
    "no end tag": f"<item><title>x</title><link>{SITE}/n/2</link>",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_no_other_entry_and_mostly_not_even_its_own(fault):
    text = rss(item(0), item(1), FAULTS[fault], item(3), item(4))
    found = urls(text)
    assert found == all_of(5), fault
    assert urls(rss(item(0), item(1), *[FAULTS[fault]] * 2, item(3))) == all_of(4), "twice"


def test_the_title_with_the_fault_is_read_as_it_was_meant():
    text = rss(item(0), item(1, "Menos de < 3 por ciento"), item(2, "Con <b>negrita<br> y"))
    assert [found.title for found in discover(text.encode(), FEED)[1]] == [
        "El puerto abre 0",
        "Menos de < 3 por ciento 1",
        "Con negrita y 2",
    ]


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Tepuy</title>
<entry><title>Uno<br></title><link href="{SITE}/n/0"/></entry>
<entry><title type="html">Dos</title><link href="{SITE}/n/1"/><content type="xhtml"><p>x<p></content></entry>
<entry><title>Tres</title><link href="{SITE}/n/2"/></entry></feed>"""
URLSET = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}>
<url><loc>{SITE}/n/0</loc><news:news><news:title>Uno < dos</news:title></news:news></url>
<url><loc>{SITE}/n/1</loc><image:caption>a<br>b</image:caption></url><url><loc>{SITE}/n/2</loc></url></urlset>"""


@pytest.mark.parametrize("text", [ATOM, URLSET, ATOM.replace("entry>", "ENTRY>")])
def test_atom_and_sitemaps_are_no_different(text):
    assert urls(text) == all_of(3)


PIECES = st.sampled_from(
    ["<", "<br>", "</b>", "<p", "&", "&#0;", "<![CDATA[", "]]>", "<!--", "-->", '"', "x", "</", "?>"]
)


@given(st.lists(PIECES, max_size=6), st.integers(0, 4))
def test_whatever_stands_in_a_description_the_other_entries_are_read(pieces, place):
    broken = item(place, more=f"<description>{' '.join(pieces)}</description>")
    text = rss(*(broken if number == place else item(number) for number in range(5)))
    assert set(all_of(5, but=(place,))) <= set(urls(text))


@given(st.integers(0, 700))
def test_wherever_a_list_breaks_off_no_address_is_invented(place):
    whole = rss(*(item(number, more="<guid>tag:1</guid>") for number in range(12)))
    try:
        found = urls(whole[: 60 + place])
    except ValueError:
        found = []
    assert found == all_of(len(found))


def test_our_own_bound_invents_no_address_either():
    line = f"<url><loc>{SITE}/n/%06d</loc><image:loc>{'x' * 900}</image:loc></url>"
    body = "<urlset>" + "".join(line % number for number in range(READ_OF_XML // len(line) + 50)) + "</urlset>"
    body = body[: len(body) - len(body[READ_OF_XML:])] + body[READ_OF_XML:]
    for shift in (0, 31):
        found = urls(" " * shift + body, f"{SITE}/s.xml")
        assert len(found) > 10_000 and all(len(url) == len(f"{SITE}/n/000000") for url in found)


def test_what_cannot_be_read_is_counted_and_said():
    nowhere = "<item><title>x</title><link>mailto:a@tepuy.example</link></item>"
    found = discover(rss(item(0), nowhere, item(2), nowhere).encode(), FEED)[1]
    assert found.short == "2 of 4 entries cannot be read"
    assert discover(rss(item(0), item(0), item(1)).encode(), FEED)[1].short is None
    with pytest.raises(ValueError, match="none of its 2 entries can be read"):
        discover(rss(nowhere, nowhere).encode(), FEED)
    with pytest.raises(ValueError, match="none of its 2 entries can be read"):
        discover(b"<urlset><url><loc></loc></url><url><loc>tel:1</loc></url></urlset>", f"{SITE}/s.xml")
    with pytest.raises(ValueError, match="none of its 1 entries can be read"):
        discover(b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "7"}]}', f"{SITE}/feed.json")
    assert discover(rss().encode(), FEED)[1] == []


def test_a_list_that_is_too_long_is_cut_at_its_old_end_and_says_so():
    def dated(number):
        return item(number, more=f"<pubDate>2026-07-{1 + number // 300:02d}T{number % 24:02d}:00:00Z</pubDate>")

    count = MOST_ENTRIES + 1000
    oldest_first = discover(rss(*map(dated, range(count))).encode(), FEED)[1]
    newest_first = discover(rss(*map(dated, reversed(range(count)))).encode(), FEED)[1]
    assert oldest_first.short == newest_first.short == "6,000 entries, of which only the newest 5,000 are read"
    assert oldest_first[-1].url == newest_first[0].url == f"{SITE}/n/{count - 1}"
    assert len(oldest_first) == len(newest_first) == MOST_ENTRIES
    undated = discover(rss(*map(item, range(count))).encode(), FEED)[1]
    assert undated[0].url == f"{SITE}/n/0"


@pytest.mark.parametrize("link", ["N/A", SITE + "/", "/", "#", "http://localhost/"])
def test_where_every_link_is_the_same_the_ids_are_the_addresses(link):
    entries = [f"<item><title>x</title><link>{link}</link><guid>{SITE}/n/{n}</guid></item>" for n in range(3)]
    assert urls(rss(*entries)) == all_of(3)


def test_a_link_to_the_front_page_is_none_where_the_id_is_one():
    assert urls(rss(f"<item><link>{SITE}/</link><guid>{SITE}/n/0</guid></item>", item(1))) == all_of(2)
    assert urls(rss(f"<item><link>{SITE}/</link><guid>77</guid></item>", item(0))) == [f"{SITE}/", f"{SITE}/n/0"]


def test_broken_lists_cost_time_in_proportion_to_their_length():
    def seconds(text):
        began = time.process_time()
        list(Entries(text, ("item", "entry")))
        return time.process_time() - began

    for bad in ("<item><title>", "<item><![CDATA[", "<item><!--", "<item></", "</item>  <item><link>x", "<a1:title>"):
        small, large = (f"<rss><channel><item>{bad * count}" for count in (1_000, 8_000))
        seconds(small)
        assert seconds(large) < 24 * max(seconds(small), 0.002), bad
