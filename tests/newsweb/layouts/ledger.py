"""Small-town paper: a copyright line inside the article and the same short blocks around every text.

Nothing but a plain meta author and a date without a time; the feed knows the time.
"""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.published
    by = escape(" and ".join(piece.authors)) or "Wire reports"
    inserts = {
        0: f"<p>{plant('The Harbor Ledger is owned by the people who read it.')}</p><p>{plant('Printed on Wednesdays and Saturdays since 1911.')}</p>",
        2: f"<p>{plant(f'© {page.now.year} THE HARBOR LEDGER. All rights reserved. Do not reproduce without written permission.')}</p>",
        len(piece.paragraphs): (
            f"<p>{plant('Did we get something wrong? Knock on our door at 14 Quay Street.')}</p>"
            f"<p>{plant('A lighthouse keeper proofreads these pages every Friday.')}</p>"
            f"<p>{plant('Ledger puzzles are on page nine; answers hang in the bakery window.')}</p>"
            f"<p>{plant(f'Copyright {page.now.year} Harbor Ledger Publishing Ltd. This material may not be published, broadcast, rewritten or redistributed.')}</p>"
        ),
    }
    more = "".join(f"<dt>{page.link(other)}</dt><dd>{plant(other.teaser)}</dd>" for other in page.neighbours(3))
    return f"""<html>
<head>
<meta http-equiv="content-type" content="text/html; charset=utf-8">
<title>The Harbor Ledger: {page.title}</title>
<meta name="author" content="{by}">
<meta name="date" content="{day:%Y-%m-%d}">
<meta name="keywords" content="{escape(", ".join(piece.tags))}">
<link rel="canonical" href="{page.url}">
</head>
<body bgcolor="#ffffff">
<center><h2><a href="/">The Harbor Ledger</a></h2>
<p><a href="/town/">Town</a> &middot; <a href="/sea/">Sea</a> &middot; <a href="/abroad/">Abroad</a> &middot; <a href="/letters/">Letters</a></p></center>
<table width="900"><tr><td valign="top" width="620">
<div id="story">
<h1>{page.title}</h1>
<p>By {by}</p>
<p>{day:%A}, {day:%B} {day.day}, {day.year}</p>
{page.body(inserts)}
</div>
</td><td valign="top">
<h3>{plant("Also in the Ledger")}</h3><dl>{more}</dl>
<p>{plant("From abroad: Putin hosts Maduro's envoy for tea")}</p>
<p>{plant("High water 06:40 and 19:05")}</p>
</td></tr></table>
<hr><p><small>{plant("Harbor Ledger Publishing Ltd, 14 Quay Street. Telephone 555-0117.")}</small></p>
</body>
</html>
"""
