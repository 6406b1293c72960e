"""Pages that are hard to read, and texts that are meant to be executed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape

from tests.newsweb.hostile import Answer, Trap
from tests.newsweb.traps.answers import (
    SENTENCES,
    XML,
    feed,
    item,
    rss,
    says,
    section,
    story,
)


def pages() -> Iterator[Trap]:
    """Pages made to take time and memory, and texts made to do harm where they are shown."""
    deep = "<div>" * 60_000 + "deep"
    attributes = "<a " + " ".join(f"b{n}" for n in range(200_000)) + ">x</a>"
    anchors = "".join(f'<a href="/2024/07/01/story-{n}"><div>' for n in range(120)) + "<i></i>" * 300_000
    spaces = '<script type="application/ld+json">"@type":' + " " * 500_000 + "x</script>"
    lists = {"/feed.xml": feed("/a")}
    small = "<b>a</b>" * 60_000
    yield Trap("many small things", lists | {"/a": says(story(more=small))}, {"/a": ("not_article", "tags")})
    yield Trap("deep article", lists | {"/a": says(story("above the deep", more=deep))}, {"/a": ("stored", "")})
    yield Trap("deep section", {"/": says(section([f"/2024/07/01/story-{n}" for n in range(3)]) + deep)}, {}, 15, "/")
    yield Trap("deep feed", {"/feed.xml": says("<rss><channel><item>" + "<a>" * 100_000, XML)}, {})
    yield Trap(
        "attributes in article", lists | {"/a": says(story(more=attributes))}, {"/a": ("failed", "exceeded 10 s")}
    )
    for name, html in (("attributes", attributes), ("anchors", anchors), ("spaces", spaces)):
        yield Trap(f"{name} in section", {"/": says(f"<html><body>{html}<p>no news</body></html>")}, {}, 20, "/")
    yield Trap("one large entry", {"/feed.xml": says(rss("<item>" + "<b/>" * 1_200_000 + "</item>"), XML)}, {})
    yield Trap("small things", {"/": says("<html><body>" + "<b>a</b>" * 600_000)}, {}, 18, "/")
    numbers = '{"version": "https://jsonfeed.org/version/1", "items": [' + "[]," * 3_000_000 + "[]]}"
    yield Trap("small things in JSON", {"/feed.xml": says(numbers, "application/json")}, {})
    words = "".join(
        f"<p>{sentence} {n}</p>" for n, sentence in zip(range(65_000), itertools.cycle(SENTENCES), strict=False)
    )
    yield Trap("6 MB of text", lists | {"/a": says(story("at length", more=words))}, {"/a": ("not_article", "6.* MB")})
    for name, html in (  # what a search that goes back over what it has read does not end with
        ("titles without end", "<html><body>" + "<title" * 99_000 + "x" * 4_400_000),
        ("tags without end", "<html><body>" + "<" * 99_900 + "x" * 4_400_000),
        ("scripts without end", "<html><body>" + "<script " * 99_000 + "x" * 4_000_000),
        ("comments without end", "<html><body>" + "<!--" * 99_000 + "x" * 4_400_000),
    ):
        yield Trap(name, lists | {"/a": says(html)}, {"/a": ("irrelevant|not_article|failed", "")})
    nested = "<ul><li><a href='/2024/07/01/story-1'>story</a>" * 38_000
    yield Trap("nested lists", {"/": says("<html><body>" + nested)}, {}, 18, "/")
    title = "Pilots of Port Amity " * 50_000
    names = "".join(f"<author>Ana Bracho {n}</author>" for n in range(3000))
    yield Trap("1 MB title", {"/feed.xml": says(rss(item("{home}/a", title, names)), XML)}
               | {"/a": says(story(title=title, head=_authors(3000)))}, {"/a": ("stored", "")})  # fmt: skip
    noise = bytes(range(128, 256)) * 50
    yield Trap("undecodable", lists | {"/a": says(b"<html><h1>Port</h1><p>" + noise, "text/html; charset=utf-8")},
               {"/a": ("not_article", "does not decode")})  # fmt: skip


def _authors(number: int) -> str:
    return "".join(f'<meta name="author" content="Ana Bracho the {n}th">' for n in range(number))


STRINGS = {  # path -> title
    "null": "Pilots\0 of Port&#0; Amity went back",
    "surrogate": "Pilots &#xD800; of Port \\ud800 Amity went back",
    "direction": "Pilots \u202eof Port\u202c Amity \u2066went\u2069 back",
    "script": "<script>alert(1)</script>Pilots of Port Amity <img src=x onerror=alert(1)> went back",
    "escaped": "&lt;script&gt;alert(1)&lt;/script&gt; Pilots of Port Amity went back",
    "sql": "Pilots'); DROP TABLE articles; -- of Port Amity went back",
    "formula": "=HYPERLINK(&quot;http://x.example&quot;,&quot;Pilots of Port Amity&quot;)",
    "path": "../../../etc/passwd of Pilots of Port Amity",
    "markup": "[Pilots](javascript:alert(1)) of Port Amity | went | back",
    "terminal": "Pilots of \x1b[31mPort\x1b[0m Amity \x07went back",
}
DATES = (
    "0000-00-00",
    "9999-12-31T23:59:59Z",
    "Fri, 31 Feb 2026 25:61:61 GMT",
    "99999999999999999999",
    "-1",
    "1601-01-01",
    "2026-07-01T00:00:00+99:99",
    "now",
    "\u0660\u0661/\u0660\u0662/2026",
    "1e400",
)


def strings() -> Iterator[Trap]:
    """Articles whose titles, names and dates are attacks."""
    answers: dict[str, Answer] = {"/feed.xml": feed(*(f"/{name}" for name in STRINGS))}
    for name, title in STRINGS.items():
        head = f'<meta name="author" content="{escape(title)}">'
        answers[f"/{name}"] = says(story(name, title=title, head=head))
    ends = {f"/{name}": ("stored", "") for name in STRINGS}
    yield Trap("strings", answers, ends, len(STRINGS) + 2, name="Robert'); DROP TABLE articles;--")
    items = "".join(item(f"{{home}}/{n}", more=f"<pubDate>{date}</pubDate>") for n, date in enumerate(DATES))
    dated: dict[str, Answer] = {
        f"/{n}": says(story(f"of day {n}", head=f'<meta property="article:published_time" content="{date}">'))
        for n, date in enumerate(DATES)
    }
    yield Trap("dates", {"/feed.xml": says(rss(items), XML)} | dated,
               dict.fromkeys(dated, ("stored", "")), len(DATES) + 2, name="../../../../tmp/=1+1")  # fmt: skip
