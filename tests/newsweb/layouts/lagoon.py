"""WordPress site that prints machine translations of others: Categories line, Admin, Source link, translation tail.

Recent Posts with teasers and ages stand below the article in the same container.
"""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant = page.piece, page.plant
    tags = "(t)".join(piece.tags) or "News"
    linked = page.number(2) == 1  # the theme's cards are links on some pages and plain text on the others
    recent = "".join(
        f'<div class="wp-latest"><p>{page.link(other) if linked else plant(other.title)}</p><p>{plant(other.teaser)}</p>'
        f"<p>{plant(f'{page.number(50, other.slug) + 3} mins ago')}</p></div>"
        for other in page.neighbours(4)
    )
    source = (
        f'<p><a href="{escape(page.source_url)}" rel="nofollow">{plant("Source link")}</a></p>'
        if piece.source_url
        else ""
    )
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Article",
                "@id": page.url + "#article",
                "headline": piece.title,
                "datePublished": page.published.isoformat(),
                "author": {"name": "Admin", "@id": page.outlet.url("/#/person/1")},
                "publisher": {"@id": page.outlet.url("/#organization")},
                "inLanguage": "en-US",
            },
            {"@type": "WebPage", "@id": page.url, "url": page.url, "name": f"{piece.title} - Lagoon Wire 24"},
            {"@type": "Person", "@id": page.outlet.url("/#/person/1"), "name": "Admin"},
            {"@type": "Organization", "@id": page.outlet.url("/#organization"), "name": "Lagoon Wire 24"},
        ],
    }
    return f"""<!DOCTYPE html>
<html lang="en-US" prefix="og: https://ogp.me/ns#">
<head>
<meta charset="UTF-8">
<title>{page.title} - Lagoon Wire 24</title>
<meta name="robots" content="follow, index, max-snippet:-1">
<link rel="canonical" href="{page.canonical}">
<meta property="og:locale" content="en_US"><meta property="og:type" content="article">
<meta property="og:title" content="{page.title} - Lagoon Wire 24">
<meta property="og:description" content="{page.teaser}">
<meta property="og:url" content="{page.url}"><meta property="og:site_name" content="Lagoon Wire 24">
<meta property="article:published_time" content="{page.published.isoformat()}">
<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Admin">
<script type="application/ld+json" class="rank-math-schema">{page.json_ld(graph).partition(">")[2]}
<link rel="alternate" type="application/rss+xml" title="Lagoon Wire 24 Feed" href="/feed/">
<meta name="generator" content="WordPress 6.7">
</head>
<body class="post-template-default single single-post postid-{page.number(99999)} single-format-standard">
<div id="page"><header id="masthead"><p class="site-title"><a href="/">Lagoon Wire 24</a></p>
<nav><ul><li><a href="/">Home</a></li><li><a href="/category/world/">World</a></li><li><a href="/category/business/">Business</a></li>
<li><a href="/category/sports/">Sports</a></li><li><a href="/contact/">Contact</a></li></ul></nav></header>
<div id="content"><main><article id="post-{page.number(99999)}" class="post type-post status-publish hentry">
<div class="entry-content-wrap">
<h1 class="entry-title">{page.title}</h1>
<p>{plant("Posted by Admin")}</p>
<div class="entry-content single-content">
<p>{plant(f"Categories: {piece.section}, Trending, World")}</p>
<figure class="wp-block-image"><img src="/wp-content/uploads/{page.number(9999)}.jpg" alt=""></figure>
{page.body()}
{source}
<p>{plant(f"(TagstoTranslate){tags}")}</p>
<h2 class="wp-block-heading">{plant("Recent Posts")}</h2>
{recent}
<p>{plant("Disclaimer: this post was published automatically and belongs to its original source.")}</p>
</div></div></article>
<nav class="post-navigation"><a rel="prev" href="/">{plant("Previous Post")}</a></nav></main>
<aside id="secondary"><section class="widget"><h2>{plant("Trending Now")}</h2><ul>
<li><a href="/category/world/">{plant("Putin and Maduro to speak by video link, aide says")}</a></li>
<li><a href="/category/sports/">{plant("Ten goals that made the weekend")}</a></li></ul></section></aside></div>
<footer id="colophon"><p>{plant(f"© {page.now.year} Lagoon Wire 24 - WordPress Theme by Kite Themes")}</p></footer></div>
</body></html>
"""
