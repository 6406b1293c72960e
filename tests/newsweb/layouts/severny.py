"""Russian news site on a modern system: "Подробнее" and "Материалы по теме" in the text, advertising labels, JSON-LD."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.local(3)
    others = page.neighbours(3)
    advert = f"<div><p>{plant('Реклама. ООО «Сосновый бор», erid: 2Vtzq000000')}</p></div>"
    inserts = {
        1: advert,
        2: f"<p>{plant('Подробнее:')} {page.link(others[0])}</p>",
        len(piece.paragraphs): (
            f"<p>{plant('Больше новостей — в нашем канале в MAX и «Телеграме»')}</p>"
            f"<p>{plant('Поделиться: ВКонтакте, Одноклассники, скопировать ссылку')}</p>"
        ),
    }
    themed = "".join(f"<div><h4>{page.link(other)}</h4><p>{plant(other.teaser)}</p></div>" for other in others[1:])
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "datePublished": day.isoformat(),
        "dateModified": day.isoformat(),
        "author": ", ".join(piece.authors),
        "publisher": {"@type": "Organization", "name": "Северный меридиан"},
    }
    return f"""<!DOCTYPE html>
<html lang="ru-RU">
<head><meta charset="utf-8"><title>{page.title} — Северный меридиан</title>
<meta property="og:title" content="{page.title}"><meta property="og:type" content="article">
<meta property="og:site_name" content="Северный меридиан"><meta name="description" content="{page.teaser}">
<link rel="canonical" href="{page.url}">
{page.json_ld(article)}
<link rel="alternate" type="application/atom+xml" href="/atom"></head>
<body><div class="layout"><div class="layout__top"><a href="/">Северный меридиан</a> <a href="/p/world">Мир</a> <a href="/p/north">Север</a> <a href="/p/sport">Спорт</a></div>
<div class="doc"><div class="doc__head"><h1 class="doc__title">{page.title}</h1>
<p>{day:%d.%m.%Y %H:%M}</p><p>Автор: {escape(", ".join(piece.authors))}</p></div>
<div class="doc__body">
{page.body(inserts)}
<p><b>{plant("Материалы по теме")}</b></p>
{themed}
</div></div>
<aside class="layout__side"><p>{plant("Песков: Путин и Мадуро поговорят на неделе")}</p><p>{plant("Гороскоп на среду")}</p></aside>
<div class="layout__bottom">{plant("18+. Сетевое издание «Северный меридиан». Все права защищены")}</div></div>
</body></html>
"""
