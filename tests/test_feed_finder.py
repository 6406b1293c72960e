"""The search for a feed behind a home page: likely places in order, few requests, no feeds of comments."""

from __future__ import annotations

import asyncio

from scrapy.http import HtmlResponse, Response

from crawler.discovery.feed_finder import NAMED, SITEMAPS, USUAL, find_feed

HOME = "https://daily.example/"
RSS = b"<rss><channel><title>Daily</title><item><title>One</title><link>https://daily.example/a-1</link></item></channel></rss>"
EMPTY = b"<rss><channel><title>Daily</title></channel></rss>"
SITEMAP = b"<urlset><url><loc>https://daily.example/a-1</loc></url></urlset>"


def search(html, served, robots=b"", kind=None):
    """What is found on a site that serves ``served`` (path -> body), and what was asked for on the way."""
    asked = []

    async def ask(url):
        path = url.removeprefix(HOME.rstrip("/"))
        asked.append(path)
        return Response(url, body=served[path]) if path in served else None

    home = HtmlResponse(HOME, body=html.encode())
    found = asyncio.run(find_feed(home, ask, robots, kind=kind))
    return found and (found.kind, found.address.removeprefix(HOME.rstrip("/"))), asked


def link(path, title="News"):
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'


def test_the_feed_that_a_page_names_needs_one_request():
    assert search(link("/comments/feed/", "Comments") + link("/news.rss"), {"/news.rss": RSS}) == (
        ("feed", "/news.rss"),
        ["/news.rss"],
    )


def test_a_feed_that_only_an_anchor_names_is_found():
    assert search('<a href="/rss/all.xml">RSS</a>', {"/rss/all.xml": RSS})[0] == (
        "feed",
        "/rss/all.xml",
    )


def test_a_feed_that_nobody_names_is_found_at_a_usual_place():
    assert search("<p>Welcome</p>", {"/rss.xml": RSS})[0] == ("feed", "/rss.xml")


def test_an_empty_feed_and_a_web_page_at_its_place_are_passed_over():
    served = {"/old.rss": EMPTY, "/feed/": b"<html><body>Not found</body></html>", "/rss": RSS}
    assert search(link("/old.rss"), served)[0] == ("feed", "/rss")


def test_a_news_sitemap_of_robots_txt_is_taken_when_no_feed_is_named():
    robots = b"Sitemap: https://daily.example/sitemap.xml\nSitemap: https://daily.example/news-sitemap.xml\n"
    found, asked = search("<p>Welcome</p>", {"/news-sitemap.xml": SITEMAP, "/sitemap.xml": SITEMAP}, robots)
    assert found == ("sitemap", "/news-sitemap.xml")
    assert asked == ["/news-sitemap.xml"]


def test_who_asks_for_a_sitemap_gets_any_and_no_feed():
    served = {"/rss": RSS, "/sitemap.xml": SITEMAP}
    assert search(link("/rss"), served, kind="sitemap")[0] == ("sitemap", "/sitemap.xml")
    robots = b"Sitemap: https://daily.example/maps/1.xml"
    assert search("", {"/maps/1.xml": SITEMAP}, robots, kind="sitemap") == (("sitemap", "/maps/1.xml"), ["/maps/1.xml"])


def test_a_site_without_any_is_asked_few_times_and_for_nothing_twice():
    robots = b"".join(b"Sitemap: https://daily.example/news-%d.xml\n" % n for n in range(40))
    found, asked = search("".join(link(f"/{n}.rss") for n in range(40)) + link("/feed/"), {}, robots)
    assert found is None
    assert len(asked) == len(set(asked)) <= NAMED + SITEMAPS + USUAL
