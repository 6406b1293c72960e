"""Two outlets that the news web has on request: Hindi and Urdu, right to left, and Turkish."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from tests.newsweb.outlet import Imprint
from tests.newsweb.page import Page

WORDING = {  # language -> direction, byline, menu, above the text, label of other articles, below the text
    "hi": ("ltr", "लेखक", ("मुख्य पृष्ठ", "देश", "खेल"), "प्रकाशित", "यह भी पढ़ें", ("हमें फॉलो करें", "सर्वाधिकार सुरक्षित")),
    "ur": (
        "rtl",
        "تحریر",
        ("صفحہ اول", "دنیا", "کھیل"),
        "اشاعت",
        "یہ بھی پڑھیں",
        ("ہمیں فالو کریں", "جملہ حقوق محفوظ ہیں"),
    ),
    "tr": (
        "ltr",
        "Haber",
        ("Anasayfa", "Dünya", "Spor"),
        "Yayın tarihi",
        "Bunlar da ilginizi çekebilir",
        ("Bizi takip edin", "Her hakkı saklıdır"),
    ),
}


def render(page: Page) -> str:
    """One article page."""
    piece, plant = page.piece, page.plant
    language = piece.language or page.outlet.imprint.language
    direction, byline, menu, dated, others, foot = WORDING[language]
    day = page.local(page.outlet.imprint.utc_offset)
    read = "".join(f"<li>{page.link(other)}</li>" for other in page.neighbours(3))
    fact = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "datePublished": day.isoformat(),
    }
    authors = [{"@type": "Person", "name": name} for name in piece.authors]
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><title>{page.title} | {page.outlet.imprint.name}</title>
<link rel="canonical" href="{page.url}"><meta property="og:title" content="{page.title}"><meta property="og:type" content="article">
{page.json_ld({**fact, "author": authors})}
</head>
<body><header><a href="/">{page.outlet.imprint.name}</a><nav>{"".join(f'<a href="/{place}">{name}</a> ' for place, name in enumerate(menu))}</nav></header>
<main><article><h1>{page.title}</h1>
<p class="meta">{plant(f"{dated}: {day:%d.%m.%Y %H:%M}")}</p><p class="meta">{plant(f"{byline}: {', '.join(piece.authors)}")}</p>
{page.body()}
</article><aside><h3>{plant(others)}</h3><ul>{read}</ul></aside></main>
<footer>{"".join(f"<p>{plant(line)}</p>" for line in foot)}</footer>
</body></html>
"""


ABROAD = (
    Imprint("nadi", "नदी समाचार", "127.0.0.61", "hi", render, "/{section}/{slug}-{id}", feed="rss", utc_offset=5),
    Imprint(
        "liman",
        "Liman Postası",
        "127.0.0.62",
        "tr",
        render,
        "/haber/{slug}-{id}",
        feed="atom",
        feed_path="/atom.xml",
        utc_offset=3,
    ),
)
