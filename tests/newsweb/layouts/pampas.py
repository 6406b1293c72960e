"""Republisher of wire stories under its own byline: Jetpack share lines, donation box, JSON-LD broken by a comma.

The credit line "(Austral Press)" at the end is drawn but not planted: it is neither text nor boilerplate.
"""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

import json

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant = page.piece, page.plant
    language = piece.language or "en"
    first, *rest = page.neighbours(4)
    inserts = {
        2: f"<p>{plant('Read more:')} {page.link(first)}</p>",
        len(piece.paragraphs): (
            "<p>(Austral Press)</p>"
            f"<p>{plant('Pampas Report is free to read because readers like you chip in. Donate today.')}</p>"
            f'<h3 class="sd-title">{plant("Share this:")}</h3><ul><li><a href="?share=x">{plant("Click to share on X (Opens in new window)")}</a></li>'
            f'<li><a href="?share=mail">{plant("Click to email a link to a friend (Opens in new window)")}</a></li></ul>'
            f"<h3>{plant('Like this:')}</h3><p>{plant('Like Loading...')}</p>"
        ),
    }
    also = "".join(f"<p>&raquo; {page.link(other)}<br>{plant(other.teaser)}</p>" for other in rest)
    broken = json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": piece.title,
            "datePublished": page.published.isoformat(),
            "author": {"@type": "Organization", "name": "Pampas Report Staff"},
        },
        ensure_ascii=False,
    ).replace("}}", "},}")
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="UTF-8">
<title>{page.title} &#8211; Pampas Report</title>
<script type="application/ld+json">{broken}</script>
<link rel="canonical" href="{page.url}">
<meta property="og:type" content="article">
<meta property="og:title" content="{page.title}">
<meta property="og:description" content="{page.teaser}">
<meta property="og:site_name" content="Pampas Report">
<meta property="article:published_time" content="{page.published.isoformat()}">
<meta property="article:author" content="Pampas Report Staff">
<link rel="shortlink" href="{page.outlet.url(f"/?p={page.number(99999)}")}">
</head>
<body class="single">
<div class="site"><div class="top-strip">{plant("Independent reporting from the southern cone")}</div>
<div class="masthead"><a href="/">Pampas Report</a></div>
<ul class="sections"><li><a href="/category/region/">Region</a></li><li><a href="/category/economy/">Economy</a></li><li><a href="/category/culture/">Culture</a></li><li><a href="/about/">About</a></li></ul>
<div class="main-col"><div class="post"><h2 class="post-heading">{page.title}</h2>
<div class="post-meta">By Pampas Report Staff | {page.published:%d %b %Y} | {plant(f"{page.number(9)} min read")}</div>
<div class="post-body">
{page.body(inserts)}
<h3>{plant("Also on Pampas Report")}</h3>
{also}
</div></div>
<div class="side"><h3>{plant("Latest headlines")}</h3><ul><li>{plant("Maduro thanks Putin for wheat in late-night broadcast")}</li><li>{plant("Tango returns to the old station")}</li></ul></div>
<div class="bottom">{plant(f"© {page.now.year} Pampas Report")} <a href="/contact/">{plant("Write to the editors")}</a></div></div></div>
</body></html>
"""
