"""English magazine: RELATED CONTENT lines inside the text, posts in Spanish embedded in it, a newsletter form.

The same article stands below /news/ and /world/; rel=canonical says which address counts.
"""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, length = page.piece, page.plant, len(page.piece.paragraphs)
    related = page.neighbours(3)
    inserts: dict[int, str] = {}
    for position, other in zip((1, 3), related, strict=False):
        inserts[position] = f"<p><strong>{plant('RELATED CONTENT:')} {page.link(other)}</strong></p>"
    for position, post in zip((2, 4), piece.tweets, strict=False):
        inserts[position] = (
            f'<blockquote class="twitter-tweet"><p lang="es" dir="ltr">{plant(post)}</p>&mdash; '
            f"{plant('Puerto al Día (@puertoaldia_ve)')} <a href='https://social.example/{page.number(10**9)}'>"
            f"{plant(f'{page.published:%B} {page.published.day}, {page.published.year}')}</a></blockquote>"
        )
    half = max(length // 2, 1)
    inserts[half] = inserts.get(half, "") + (
        f'<div class="mt-brief"><h4>{plant("The Meridian Brief, in your inbox at seven")}</h4>'
        f"<p>{plant('Sign up for our daily newsletter. You can unsubscribe at any time.')}</p>"
        f'<form action="/brief" method="post"><input type="email" name="mail" placeholder="Your email"><button>{plant("Subscribe")}</button></form></div>'
    )
    inserts[length] = inserts.get(length, "") + (
        f"<p><em>{plant('Follow The Meridian Tribune on Telegram, Mastodon and WhatsApp for breaking stories.')}</em></p>"
        f"<p><em>{plant('Reader donations pay for this reporting. Give what you can.')}</em></p>"
    )
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "description": piece.teaser,
        "datePublished": f"{page.published:%Y-%m-%dT%H:%M:%SZ}",
        "dateModified": f"{page.published:%Y-%m-%dT%H:%M:%SZ}",
        "author": [{"@type": "Person", "name": name, "url": page.outlet.url("/staff/")} for name in piece.authors],
        "publisher": {"@type": "Organization", "name": "The Meridian Tribune"},
        "image": page.outlet.url(f"/media/{page.number(9999)}.webp"),
        "articleSection": piece.section,
        "keywords": list(piece.tags),
        "isAccessibleForFree": True,
    }
    popular = "".join(
        f"<li>{page.link(other)}<span>{plant(other.teaser)}</span></li>" for other in page.neighbours(5)[2:]
    )
    by = " and ".join(escape(name) for name in piece.authors)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{page.title} | The Meridian Tribune</title>
<meta name="description" content="{page.teaser}">
<link rel="canonical" href="{page.url}">
<link rel="amphtml" href="{page.url}amp/">
<meta property="og:type" content="article"><meta property="og:title" content="{page.title}">
<meta property="og:url" content="{page.url}"><meta property="og:site_name" content="The Meridian Tribune">
<meta property="article:published_time" content="{page.published.isoformat()}">
<meta name="author" content="{", ".join(escape(name) for name in piece.authors)}">
{page.json_ld(article)}
<link rel="alternate" type="application/atom+xml" href="/atom.xml" title="The Meridian Tribune">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header><div><a href="/">The Meridian Tribune</a></div>
<nav aria-label="Sections"><ul><li><a href="/s/world/">World</a></li><li><a href="/s/money/">Money</a></li><li><a href="/s/science/">Science</a></li><li><a href="/s/arts/">Arts</a></li><li><a href="/donate/">Donate</a></li></ul></nav></header>
<main id="main"><article>
<header><p>{escape(piece.section)}</p><h1>{page.title}</h1><p>{page.teaser if piece.summary else ""}</p>
<address>By <a rel="author" href="/staff/">{by}</a></address><time datetime="{page.published:%Y-%m-%dT%H:%M:%SZ}">{page.published:%B} {page.published.day}, {page.published.year}</time></header>
<figure><img src="/media/{page.number(9999)}.webp" alt=""><figcaption>{plant("Photograph: Meridian Tribune archive")}</figcaption></figure>
<section class="prose">
{page.body(inserts)}
</section>
<section class="prose"><h3>{plant("Most read this week")}</h3><ul>{popular}</ul></section>
</article>
<aside><h2>{plant("Opinion")}</h2><p>{plant("What Putin wants from Maduro, and what he gets")}</p><p>{plant("The joy of a slow train")}</p></aside></main>
<footer><p>{plant(f"© {page.now.year} The Meridian Tribune Cooperative")}</p><p><a href="/privacy/">{plant("Privacy and cookies")}</a></p></footer>
</body></html>
"""
