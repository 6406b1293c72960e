"""From good input to bad: bits flip, pieces vanish, repeat or come from elsewhere, nasty words and charsets turn up."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from random import Random

CHARSETS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "windows-1251", "windows-1252", "iso-8859-1", "koi8-r",
    "cp437", "shift_jis", "gb18030", "big5", "euc-kr", "utf-7", "iso-2022-jp", "cp037",
)  # fmt: skip
NAMED = (*CHARSETS, "", "x", "none", "idna", "punycode", "rot13", "hex", "base64", "zlib", "unicode_escape",
"undefined",
         "utf_8_sig", "mbcs", "string-escape", "raw_unicode_escape", "../../etc/passwd", "utf-8; utf-8",
         "\udc80")  # fmt: skip
WORDS = [word.encode("utf-8", "surrogatepass") for word in (
    "\0", "\x01", "\x1b[2J", "\x7f", "\u0085", "\u2028", "\u200b", "\u202e", "\ufeff", "\ufffe", "\ufffd", "\ud800",
    "\udfff", "\U0010ffff", "é", "e\u0301" * 40, "İ", "ß", "ﷺ", "🏳️‍🌈", "𝔸", "\r\n", "\n" * 50, " " * 3000, "\t", "%00",
    "<", ">", "</", "<!", "<!--", "-->", "<!-->", "<?", "?>", "<![CDATA[", "]]>", "&", "&;", "&#", "&#0;", "&#x0;",
    "&#xD800;", "&#55296;", "&#x110000;", "&#99999999999;", "&nbsp;", "&amp;amp;", "&lt;script&gt;", "&x;",
    "&NotEqualTilde;",
    "<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY c '&a;&a;&a;&a;'>]>", "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
    "<?xml version='1.0' encoding='utf-16'?>", "<?xml version='1.1'?>", "<?xml encoding='x'?>",
    "<html>", "</html>", "<head>", "</head>", "<body>", "</body>", "<title>", "</title>", "<p>", "</p>", "<br>",
    "<div>",
    "</div>", "<table><tr><td>", "<a href=", "<a>", "</a>", "<base href='//'>", "<base href='javascript:x'>", "<svg>",
    "<math>", "<template>", "<frameset>", "<noscript>", "<textarea>", "<plaintext>", "<select><option>", "<ul><li>",
    "<script>", "</script>", "<style>", "<script type='application/ld+json'>", "<meta charset=utf-16>",
    "<meta charset=unicode_escape>", "<meta property='og:title' content='", "<link rel=canonical href='", "<h1>",
    "</h1>",
    "<article>", "</article>", "<time datetime='", "<span itemprop='author'>", "<img src=x>", "<iframe>",
    "<b" + "><b" * 300,
    "<div>" * 3000, "</div>" * 500, "<p x='" + "y" * 9000 + "'>", "<" + "x" * 5000 + ">", "<p " + "a=b " * 500 + ">",
    "http://", "https://", "https://[::1]/", "http://[", "http://user:pass@h/", "//", "///", "\\\\h\\s", "javascript:1",
    "data:text/html,x", "file:///etc/passwd", "http://2130706433/", "http://0x7f.1", "http://a..b/", "http://xn--/",
    "http://xn--a-0/", "http://" + "a." * 130, "http://é.example/", "http://☃/", "http://h:99999/", "http://h:x/",
    "?a=" * 300,
    "/../" * 50, "%", "%ZZ", "%E0%A4%A", "#" * 99, ";", "mailto:a@b", "http:a", "http:/a", "HTTP://A/", "http://a b/",
    "0", "-1", "1e999", "NaN", "Infinity", "true", "null", "[]", "{}",
    "[[" * 400, '{"a":' * 300, '{"@type":"NewsArticle"}',
    '"', "'", "\\", "\\u0000", "\\ud800", "\\x",
    '"@graph":', '"@id":', '"author":', '"datePublished":', "99999999999999999999",
    "0000-00-00", "9999-12-31T23:59:60Z", "2024-02-30", "31/12/9999 25:61", "1 Jan 0000", "Mon, 32 Foo 2024", "+99:99",
    "2024-07-01T12:00:00+25:00", "America/", "../UTC", "T", "Z", "12:00 PM BST", "١٢٣٤", "２０２４", "²³", "yesterday",
    "<rss>", "</rss>", "<channel>", "<item>", "</item>", "<link>", "<link/>", "<guid>", "<pubDate>", "<feed>",
    "<entry>",
    "<rdf:RDF>", "xmlns=''", "xml:base='//'", "xml:lang=''", "<urlset>", "<url>", "<loc>", "<lastmod>",
    "<sitemapindex>",
    "User-agent: *", "Disallow: /", "Allow: *", "Crawl-delay: -1", "Crawl-delay: 1e308", "Crawl-delay: nan", "Sitemap:",
    "Disallow: " + "*" * 60 + "$", "Disallow: " + "a*" * 40, "Request-rate: 1/0", "Visit-time: 9-", "User-agent:",
    "[terms]", "[[sources]]", "[alerts]", "[[alerts.rules]]", "= ", 'url = "', "every = ", "[a.b]", "nan", "1979-05-27",
    "AND", "OR", "NOT", "NEAR(", "title:", "text:", "*", "**", "^", "-", "--", "-(", "(", ")", "()", "+",
    "'; DROP TABLE",
    "*a*", "-a", "a-", "''", "${HOME}", "${", "$", "=cmd|'/C calc'!A0", "../../x", "CON", "\\N{DIGIT ONE}",
)]  # fmt: skip


def mutant(chance: Random, corpus: Sequence[bytes], longest: int) -> bytes:
    """One of ``corpus`` after one to eight mutations, at most ``longest`` bytes."""
    body = chance.choice(corpus)
    for _ in range(min(8, 1 + int(chance.expovariate(0.6)))):
        body = chance.choice(MUTATIONS)(chance, body, corpus)[:longest]
    return body


def _span(chance: Random, body: bytes) -> tuple[int, int]:
    begin = chance.randint(0, len(body))
    return begin, min(len(body), begin + int(chance.paretovariate(0.6)))


def _flip(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    flipped = bytearray(body)
    for _ in range(chance.randint(1, 12)):
        if flipped:
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _cut(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] if chance.random() < 0.7 else body[at:]


def _drop(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(chance, body)
    return body[:begin] + body[end:]


def _splice(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    other = chance.choice(corpus)
    begin, end = _span(chance, other)
    at = chance.randint(0, len(body))
    return body[:at] + (other[begin:end] if chance.random() < 0.5 else other[begin:])


def _repeat(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(chance, body)
    return body[:begin] + body[begin:end] * chance.choice((2, 3, 10, 100, 2000)) + body[end:]


def _swap(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    a, b, c = sorted(chance.randint(0, len(body)) for _ in range(3))
    return body[:a] + body[b:c] + body[a:b] + body[c:]


def _insert(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    for _ in range(chance.randint(1, 5)):
        begin, end = _span(chance, body) if chance.random() < 0.3 else (chance.randint(0, len(body)),) * 2
        body = body[:begin] + chance.choice(WORDS) + body[end:]
    return body


def _recode(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    return body.decode("utf-8", "replace").encode(chance.choice(CHARSETS), "replace")


def _pack(chance: Random, body: bytes, corpus: Sequence[bytes]) -> bytes:
    return (gzip.compress(body, 1, mtime=0) if chance.random() < 0.7 else zlib.compress(body, 1)) if body else body


MUTATIONS: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip, _flip, _cut, _drop, _drop, _splice, _splice, _repeat, _swap, _insert, _insert, _insert, _insert,
    _recode, _pack,
)  # fmt: skip
