"""Addresses that lead astray: in circles, into the house, and into mazes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from tests.newsweb.hostile import Answer, Trap, Visit
from tests.newsweb.traps.answers import (
    TEXT,
    XML,
    feed,
    http,
    item,
    rss,
    says,
    section,
    story,
)


def redirects() -> Iterator[Trap]:
    """Redirects in circles, for ever, out of the web and into the house."""

    def on(path: str) -> Answer:
        return says("", status=302, Location="{home}" + path)

    def further(visit: Visit) -> Iterable[bytes]:
        step = int(visit.path.rpartition("/")[2])
        yield http("", status=302, Location=f"{visit.home}/step/{step + 1}")

    def across(key: str) -> Answer:
        def answer(visit: Visit) -> Iterable[bytes]:
            step = int(visit.path.rpartition("/")[2]) + 1
            yield http("", status=302, Location=f"{visit.elsewhere(key)}/ring/{step}")

        return answer

    lists = {"/feed.xml": feed("/a")}
    many = ("failed", "redirect")
    yield Trap("loop", lists | {"/a": on("/b"), "/b": on("/a")}, {"/a": many}, most=8)
    yield Trap("own loop", {"/feed.xml": on("/feed.xml")}, {"/feed.xml": many}, most=7)
    yield Trap("chain", lists | {"/a": on("/step/1"), "/step/*": further}, {"/a": many}, most=8)
    yield Trap("robots chain", {"/robots.txt": on("/step/1"), "/step/*": further, "/feed.xml": feed("/a")}
               | {"/a": says(story("behind a chain"))}, {"/feed.xml": ("queued", "robots.txt")}, most=8)  # fmt: skip
    yield Trap("ring one", {"/feed.xml": feed("/ring/0"), "/ring/*": across("ring two")}, {}, most=12)
    yield Trap("ring two", {"/feed.xml": feed("/ring/0"), "/ring/*": across("ring one")}, {}, most=12)
    for name, target in (
        ("private", "{tripwire}/secret"),
        ("number", "{tripwire}/secret".replace("{tripwire}", "http://2130707969:{port}")),
        ("file", "file:///etc/passwd"),
        ("data", "data:text/html,<h1>hello</h1>"),
        ("script", "javascript:alert(1)"),
        ("long", "{home}/" + "a" * 9000),
    ):
        yield Trap(f"redirect {name}", lists | {"/a": _led(target)}, {"/a": _ended(name)})
    yield Trap("redirect feed", {"/feed.xml": _led("{tripwire}/feed.xml")}, {"/feed.xml": ("failed", "private")})
    long = "/" + "a" * 5000
    yield Trap("long links", {"/feed.xml": feed(long, "/" + "a" * 1900), "/aaa*": says(story("with a long address"))},
               {"/" + "a" * 1900: ("stored", "")})  # fmt: skip


def _led(target: str) -> Answer:
    def answer(visit: Visit) -> Iterable[bytes]:
        port = visit.home.rpartition(":")[2]
        place = target.replace("{home}", visit.home).replace("{tripwire}", visit.tripwire).replace("{port}", port)
        yield http("", status=302, Location=place)

    return answer


def _ended(name: str) -> tuple[str, str]:
    if name in ("private", "number"):
        return "failed", "another address of http"  # the one that was refused
    return "failed", "longer than" if name == "long" else "neither http nor https"


def pointers() -> Iterator[Trap]:
    """Pages and files that name the tripwire wherever an address can stand."""
    inside = (
        '<link rel="canonical" href="{tripwire}/canonical"><meta property="og:image" content="{tripwire}/i.png">'
        '<meta http-equiv="refresh" content="0; url={tripwire}/refresh"><link rel="amphtml" href="{tripwire}/amp">'
        '<link rel="alternate" type="application/rss+xml" href="{tripwire}/rss">'
        '<link rel="icon" href="{tripwire}/favicon.ico"><script src="{tripwire}/x.js"></script>'
    )
    picture = '<img src="{tripwire}/inline.png"><iframe src="{tripwire}/frame"></iframe>'
    yield Trap(
        "pointers",
        {
            "/robots.txt": says("User-agent: *\nAllow: /\nSitemap: {tripwire}/news-sitemap.xml\n", TEXT),
            "/feed.xml": says(
                rss(
                    item("{tripwire}/linked")
                    + item("{home}/a", more='<enclosure url="{tripwire}/e.mp3"/><comments>{tripwire}/c</comments>'),
                    '<?xml-stylesheet href="{tripwire}/style.xsl"?>',
                ),
                XML,
            ),
            "/a": says(story("with pointers", head=inside, more=picture)),
        },
        {"/a": ("stored", "")},
    )
    yield Trap(
        "pointing home page",
        {
            "/robots.txt": says("Sitemap: {tripwire}/news-sitemap.xml\n", TEXT),
            "/": says(section([], inside + '<base href="{tripwire}/">') + '<a href="feed/">RSS</a>'),
        },
        {"/": ("not_article", "links to no article")},
        most=13,
        source="/",
    )
    doctype = '<!DOCTYPE rss PUBLIC "x" "{tripwire}/rss.dtd" [<!ENTITY % p SYSTEM "{tripwire}/p.dtd"> %p; '
    entities = '<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY net SYSTEM "{tripwire}/entity">]>'
    yield Trap(
        "external entities",
        {"/feed.xml": says(rss(item("{home}/a", "&file;&net; Pilots go"), doctype + entities), XML)}
        | {"/a": says(story("beside entities"))},
        {"/a": ("stored", "")},
    )
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    yield Trap(
        "a billion laughs",
        {"/feed.xml": says(rss(item("{home}/a", "&l11;"), f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>'), XML)}
        | {"/a": says(story("beside laughs"))},
        {"/a": ("stored", "")},
    )
    sitemap = "<sitemapindex><sitemap><loc>{tripwire}/sub.xml</loc></sitemap></sitemapindex>"
    yield Trap("pointing sitemap", {"/map.xml": says(sitemap, XML)}, {}, source="/map.xml")

    def through(visit: Visit) -> Iterable[bytes]:
        tripwire = visit.tripwire.replace("http://", "")
        links = "".join(item(f"http://{host}/x") for host in (tripwire, "10.0.0.1", "2130706433", "localhost", "[::1]"))
        yield http(rss(links), XML) if visit.path == "http://news.example/feed.xml" else http("none", TEXT, 404)

    yield Trap("proxy", {"http*": through}, {}, source="http://news.example/feed.xml", seed={"proxy": "{home}"}, most=4)


def mazes() -> Iterator[Trap]:
    """Lists without an end."""

    days, numbers = itertools.count(), itertools.count()

    def calendar(visit: Visit) -> Iterable[bytes]:
        new = [next(days) for _ in range(90)]
        yield http(
            section(f"{visit.home}/{1970 + n // 336}/{1 + n // 28 % 12:02}/{1 + n % 28:02}/day-{n}/" for n in new)
        )

    def parameters(visit: Visit) -> Iterable[bytes]:
        yield http(section(f"{visit.home}/list?{visit.path[-300:]}&id={next(numbers)}" for _ in range(500)))

    yield Trap("calendar", {"/": calendar, "/1*": calendar, "/2*": calendar}, {"/": ("queued", "announced")}, 25, "/")
    yield Trap("parameters", {"/*": parameters}, {"/": ("queued", "announced")}, 25, "/", seed={"kind": "section"})
    yield Trap("100,000 links", {"/": says(section(f"/2024/07/01/story-{n}" for n in range(100_000)))}, {}, 25, "/")
    many = rss("".join(f"<item><title>t</title><link>{{home}}/{n}</link></item>" for n in range(100_000)))
    yield Trap("100,000 entries", {"/feed.xml": says(many, XML)}, {}, 25)
    urls = "".join(f"<url><loc>{{home}}/{n}</loc></url>" for n in range(100_000))
    yield Trap("100,000 addresses", {"/map.xml": says(f"<urlset>{urls}</urlset>", XML)}, {}, 25, "/map.xml")
    itself = "".join(
        f"<sitemap><loc>{{home}}/{path}</loc></sitemap>" for path in ("map.xml", "map.xml?a=1", "map.xml#b")
    )
    yield Trap(
        "sitemap of itself", {"/map.xml*": says(f"<sitemapindex>{itself}</sitemapindex>", XML)}, {}, 25, "/map.xml"
    )

    def tree(visit: Visit) -> Iterable[bytes]:
        children = "".join(f"<sitemap><loc>{visit.home}{visit.path[:-4]}/{n}.xml</loc></sitemap>" for n in range(300))
        yield http(f"<sitemapindex>{children}</sitemapindex>", XML)

    yield Trap("sitemap tree", {"/map*": tree}, {}, 25, "/map.xml")
