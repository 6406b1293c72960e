"""Cleaning an address never changes which page is meant, and is done after one time."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from w3lib.url import safe_url_string

from crawler.urls import LONGEST, clean_url, page_key, same_site, site_of

STORY = "https://example.com/2024/07/story-7/"


@pytest.mark.parametrize(
    "written",
    [
        "HTTPS://Example.COM/2024/07/story-7/",
        "https://example.com:443/2024/07/story-7/",
        "https://example.com./2024/07/story-7/",
        "https://reader:secret@example.com/2024/07/story-7/",
        "https://example.com/2024/07/story-7/#comments",
        "https://example.com/2024/./06/../07/story-7/",
        "https://example.com/2024/%2e/07/%73tory%2D7/",
        "https:\\\\example.com\\2024\\07\\story-7\\",
        "  https://example.com/2024/07/\nstory-7/\t",
        'https://example.com/2024/07/story-7/"',
        "https://example.com/2024/07/story-7/?",
        "https://example.com/2024/07/story-7/?&",
        "https://example.com/2024/07/story-7/?utm_source=rss&UTM_Medium=feed",
        "https://example.com/2024/07/story-7/?utm%5Fsource=x",
        "https://example.com/2024/07/story-7/?fbclid=IwAR0&amp;gclid=1&amp;amp;yclid=2&ysclid=3",
        "https://example.com/2024/07/story-7/?mc_cid=1&mc_eid=2&_ga=3&igshid=4&_openstat=5",
        "https://example.com/2024/07/story-7/?ref=rss&from=twitter&source=feed",
        "https://example.com/2024/07/story-7/?PHPSESSID=4f0c&replytocom=12#respond",
        "https://example.com/2024/07/story-7/;jsessionid=AB12?utm_source=x",
        "https://example.com/2024/07/story-7/amp/",
        "https://example.com/2024/07/story-7/amp/?utm_source=x#top",
        "https://example.com/amp/2024/07/story-7/",
        "https://example.com/2024/07/story-7/?amp=1",
        "https://example.com/2024/07/story-7/?amp",
        "https://example.com/2024/07/story-7/?outputType=amp",
        "https://example-com.cdn.ampproject.org/c/s/example.com/2024/07/story-7/amp/?usqp=mq331&amp_js_v=0.1",
        "https://cdn.ampproject.org/v/s/example.com/2024/07/story-7/",
        "https://www.google.com/amp/s/example.com/2024/07/story-7/amp/",
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fexample.com%2F2024%2F07%2Fstory-7%2F%3Futm_id%3D1&ct=ga",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2F2024%2F07%2Fstory-7%2F&h=AT0",
    ],
)
def test_everything_that_no_server_needs_is_removed(written: str):
    assert clean_url(written) == STORY


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/story-1.html/amp.html", "https://example.com/story-1.html"),
        ("https://example.com/story.amp.html?x=1", "https://example.com/story.html?x=1"),
        ("https://example.com/2024/story.amp", "https://example.com/2024/story"),
        ("http://nota.blogspot.com/2024/07/a.html?m=1", "http://nota.blogspot.com/2024/07/a.html"),
        ("https://новости.рф/мир?ид=я", "https://xn--b1amnebsh.xn--p1ai/%D0%BC%D0%B8%D1%80?%D0%B8%D0%B4=%D1%8F"),
        ("http://[2001:DB8:0:0::1]:80/a", "http://[2001:db8::1]/a"),
        ("http://127.0.0.2:8000/a", "http://127.0.0.2:8000/a"),
        ("http://2130706433/a", "http://2130706433/a"),
        ("http://a_b.example.com/x", "http://a_b.example.com/x"),
        ("https://example.com/100%/a b", "https://example.com/100%25/a%20b"),
        ("https://example.com/%d0%bc%d0%b8%d1%80", "https://example.com/%D0%BC%D0%B8%D1%80"),
    ],
)
def test_one_way_of_writing_an_address(written: str, cleaned: str):
    assert clean_url(written) == cleaned


@pytest.mark.parametrize(
    "meaningful",
    [
        "https://example.com/?p=123",
        "https://example.com/news.php?id=7&sid=2&session=9",
        "https://example.com/news?b=2&a=1&b=1",
        "https://example.com/news?ref=12&source=reuters&from=2024&feature=long",
        "https://example.com/?m=202407",
        "https://example.com/?m=1",
        "https://example.com/music/amp/",  # amplifiers are a section
        "https://example.com/amp/",
        "https://example.com/news?amp=120v",
        "https://example.com/a//b//",
        "https://example.com/index.html",
        "https://example.com/a;b;",
        "https://example.com/news?url=https://other.example/?a=1",
        "https://example.com/url?q=https://other.example/",
        "https://m.example.com/a",
        "https://amp.example.com/a",
        "https://example.com/a?at_home=1&utm=3&pk_id=4",
    ],
)
def test_what_may_say_which_page_is_meant_stays_as_it_was(meaningful: str):
    assert clean_url(meaningful) == meaningful


BASE = "https://tepuy.example/mundo/index.html"


@pytest.mark.parametrize(
    ("written", "base", "read"),
    [
        ("\\noticias\\1.html", BASE, "https://tepuy.example/noticias/1.html"),
        ("..\\2.html?a=b\\c", BASE, "https://tepuy.example/2.html?a=b%5Cc"),
        ("\\\\cdn.tepuy.example\\3", BASE, "https://cdn.tepuy.example/3"),
        ("///tepuy.example/n/1", BASE, "https://tepuy.example/n/1"),
        ("////tepuy.example/n/1", BASE, "https://tepuy.example/n/1"),
        ("https:/tepuy.example/n/1", None, "https://tepuy.example/n/1"),
        ("https:tepuy.example/n/1", None, "https://tepuy.example/n/1"),
        ("https:////tepuy.example/n/1", BASE, "https://tepuy.example/n/1"),
        ("HTTP:\\\\tepuy.example\\n", None, "http://tepuy.example/n"),
        ("http:tepuy.example/n/1", BASE, "http://tepuy.example/n/1"),
        ("https:n/1", BASE, "https://tepuy.example/mundo/n/1"),
        ("https:/n/1", BASE, "https://tepuy.example/n/1"),
        ("https://tepuy.example/?cat=3&#038;p=12", None, "https://tepuy.example/?cat=3&p=12"),
        ("https://tepuy.example/?cat=3&#38;p=12&#x26;q=1", None, "https://tepuy.example/?cat=3&p=12&q=1"),
        ("https://tepuy.example/n/el-plan-%22puerto%22", None, "https://tepuy.example/n/el-plan-%22puerto%22"),
        ("https://tepuy.example/buscar?q=%22paz%22%20", None, "https://tepuy.example/buscar?q=%22paz%22%20"),
        ('https://tepuy.example/n/1">', None, "https://tepuy.example/n/1"),
        ("n/1'#top", BASE, "https://tepuy.example/mundo/n/1"),
        ("/n/1'?utm_source=rss", BASE, "https://tepuy.example/n/1"),
        ("https://%D0%BA%D1%80%D0%B0%D0%B9.test/n", None, "https://xn--80asby.test/n"),
        ("https://tepuy%2Denlinea.example/n/1", None, "https://tepuy-enlinea.example/n/1"),
        ("https://tepuy%2Fenlinea.example/n/1", None, None),
        ("https://sol☀.test/n", None, "https://xn--sol-im5a.test/n"),
    ],
)
def test_addresses_are_repaired_as_browsers_do(written: str, base: str | None, read: str | None):
    assert clean_url(written, base) == read


@pytest.mark.parametrize("name", ["_bhlid", "sc_cid", "campaign_id", "piwik_campaign", "FB_comment_id", "mc_tc"])
def test_what_only_counts_clicks_is_dropped_wherever_it_stands(name: str):
    assert clean_url(f"https://tepuy.example/n?{name}=ab&id=7&{name}=1") == "https://tepuy.example/n?id=7"


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        "   ",
        "#top",
        "javascript:alert(1)",
        "JavaScript:void(0)",
        "mailto:desk@example.com",
        "tel:+58",
        "data:text/html,hello",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "whatsapp://send?text=x",
        "//example.com/a",
        "www.example.com/a",
        "http://",
        "http://exa mple.com/",
        "http://a..b/",
        "http://example.com:port/",
        "http://example.com:99999/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[1.2.3.4]/",
        "http://" + "a" * 64 + ".com/",
        "http://xn--\u202eexample.com/",
        "https://example.com/\ud800",
        "https://example.com/" + "a" * LONGEST,
        "https://example.com/" + "я" * 400,  # 2,400 characters once it is written out
        "https://example.com/?utm_source=" + "a" * 100_000,
    ],
)
def test_what_is_no_web_address_or_too_long_is_none(nothing: str):
    assert clean_url(nothing) is None


def test_relative_addresses_are_seen_from_their_page():
    page = "https://example.com/mundo/rusia/"
    assert clean_url("../venezuela/nota-1?utm_source=x", page) == "https://example.com/mundo/venezuela/nota-1"
    assert clean_url("/a", page) == "https://example.com/a"
    assert clean_url("//other.example/a", page) == "https://other.example/a"
    assert clean_url("https://other.example/a;b;", page) == "https://other.example/a;b;"
    assert clean_url("?p=2", page) == "https://example.com/mundo/rusia/?p=2"
    assert clean_url("javascript:void(0)", page) is None
    assert clean_url("mailto:a@example.com", page) is None
    assert clean_url("http://[::1/", page) is None


def test_addresses_of_one_page_have_one_key():
    keys = {
        page_key(url)
        for url in (
            "https://example.com/mundo/nota-1",
            "http://www.example.com/mundo/nota-1/",
            "https://m.example.com/mundo/nota-1?utm_source=x",
            "https://amp.example.com/mundo/nota-1/amp/",
            "https://www.m.example.com/mundo/nota-1#top",
        )
    }
    assert keys == {"example.com/mundo/nota-1/"}


def test_addresses_of_different_pages_have_different_keys():
    urls = (
        "https://example.com/nota?id=1",
        "https://example.com/nota?id=2",
        "https://example.com/Nota?id=1",
        "https://example.com:8443/nota?id=1",
        "https://es.example.com/nota?id=1",
        "http://127.0.0.1/nota?id=1",
        "http://127.0.0.2/nota?id=1",
        "no address",
    )
    assert len({page_key(url) for url in urls}) == len(urls)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://WWW.Example.com:8443/a", "example.com"),
        ("https://www2.example.com/a", "example.com"),
        ("https://m.example.co.uk/a", "example.co.uk"),
        ("https://amp.noticias.example.com.ve/a", "noticias.example.com.ve"),
        ("https://mundo.example.com/a", "mundo.example.com"),
        ("https://m.co.uk/a", "m.co.uk"),
        ("https://www.com/a", "www.com"),
        ("http://www.outlet.test/a", "outlet.test"),
        ("http://m.localhost/a", "m.localhost"),
        ("http://127.0.0.1:8000/a", "127.0.0.1"),
        ("http://[::1]:8000/a", "::1"),
        ("nonsense", ""),
        ("http://[", ""),
    ],
)
def test_the_site_is_the_publishers_host(url: str, site: str):
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://www.example.com/a", "http://news.example.com/b", True),
        ("https://example.co.uk/", "https://other.co.uk/", False),
        ("https://one.blogspot.com/", "https://two.blogspot.com/", False),
        ("https://one.wordpress.com/", "https://two.wordpress.com/", False),
        ("https://m.one.wordpress.com/", "https://one.wordpress.com/", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.2:8001/", False),
        ("http://localhost/a", "http://localhost:80/b", True),
        ("http://www.outlet.test/a", "http://mundo.outlet.test/b", True),
        ("http://outlet.test/a", "http://other.test/b", False),
        ("http://one.localhost/", "http://two.localhost/", False),
        ("http://[::1]:8001/", "http://[::1]:8002/", True),
        ("http://[::1]/", "http://[::2]/", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_pages_of_one_registrable_domain_are_of_one_site(a: str, b: str, same: bool):
    assert same_site(a, b) is same


SCRAPS = (
    "http:// https:// // / ? & = # % %2 %25 %2e %41 %26 %3F amp amp/ /amp .amp .html amp; &amp; utm_source=x amp=1 "
    "story-1 example.com EXAMPLE.com. m. user:pw@ :80 :443 [::1] .. . ; ;jsessionid=1 \\ я %D1 + | [ ] ' \" < > "
    "www.google.com/url?q= cdn.ampproject.org/c/s/ google.com/amp/s/"
)
ADDRESSES = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(SCRAPS.split(" ")), max_size=14).map("".join),
    st.lists(st.sampled_from(SCRAPS.split(" ")), max_size=14).map(
        lambda parts: "https://example.com/" + "".join(parts)
    ),
    st.text(max_size=60).map(lambda text: "https://example.com/" + text),
)


@given(ADDRESSES)
@example("https://example.com/a-1/amp/amp/")
@example("https://example.com/%%34%31")
@example("https://example.com/a%20?utm_source=x")
@example("https://example.com/b/%2e%2e?&amp;amp;amp;a")
def test_cleaning_twice_changes_nothing_and_scrapy_asks_for_exactly_that_address(url: str):
    cleaned = clean_url(url)
    if cleaned is not None:
        assert clean_url(cleaned) == cleaned
        assert safe_url_string(cleaned) == cleaned
        assert cleaned.isascii() and len(cleaned) <= LONGEST
        assert (
            urlsplit(cleaned).scheme in ("http", "https") and "#" not in cleaned and "@" not in urlsplit(cleaned).netloc
        )
        assert page_key(cleaned) == page_key(url)
        assert site_of(cleaned)


@given(st.from_regex(r"https?://[A-Za-z0-9.-]{1,12}\.[a-z]{1,5}/[A-Za-z0-9_~/.-]{0,20}(amp|\.html?)?", fullmatch=True))
@example("https://example.com/a-1/amp")
@example("https://127.0.0.1/")
def test_a_plain_address_is_cleaned_like_the_same_one_with_a_fragment(url: str):
    assert clean_url(url) == clean_url(url + "#top") == clean_url(" " + url)


@given(
    st.lists(
        st.tuples(st.sampled_from(["id", "p", "page", "b", "a", "utm_source", "fbclid"]), st.text(max_size=8)),
        max_size=8,
    )
)
def test_parameters_that_are_no_trackers_keep_their_order_and_value(parameters: list[tuple[str, str]]):
    query = "&".join(f"{name}={''.join(f'%{byte:02x}' for byte in value.encode())}" for name, value in parameters)
    cleaned = clean_url(f"https://example.com/a?{query}&end=1")
    assert cleaned is not None
    expected = [pair for pair in parameters if pair[0] not in ("utm_source", "fbclid")]
    assert parse_qsl(urlsplit(cleaned).query, keep_blank_values=True) == [*expected, ("end", "1")]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_is_an_error(a: str, b: str):
    clean_url(a, b)
    clean_url(a, "https://example.com/")
    page_key(a)
    assert same_site(a, b) == same_site(b, a)
