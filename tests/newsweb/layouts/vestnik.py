"""Russian regional paper in windows-1251 on an old home-made system: microdata, "Читайте также" between the paragraphs."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.local(3)
    first, second, *rest = page.neighbours(5)
    inserts = {
        1: f"<p><strong>{plant('Читайте также:')} {page.link(first)}</strong></p>",
        3: f"<p><b>{plant('Читайте также:')}</b> {page.link(second)}</p>",
        len(piece.paragraphs): (
            f"<p>{plant('Подписывайтесь на наш канал в «Телеграме», чтобы не пропустить главное')}</p>"
            f"<p>{plant('Нашли опечатку? Выделите её и нажмите Ctrl+Enter')}</p>"
            f"<p>{plant(f'Просмотров: {page.number(4000) + 200}')}</p>"
        ),
    }
    news = "".join(
        f"<tr><td>{page.number(12) + 8}:{page.number(49) + 10}</td><td>{page.link(p)}</td></tr>" for p in rest
    )
    authors = "".join(
        f'<span itemprop="author" itemscope itemtype="http://schema.org/Person"><span itemprop="name">{escape(name)}</span></span> '
        for name in piece.authors
    )
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ru">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1251" />
<title>{page.title} | Вестник залива</title>
<meta name="description" content="{page.teaser}" />
<meta property="og:title" content="{page.title}" />
<link rel="canonical" href="{page.url}" />
<link rel="alternate" type="application/rdf+xml" href="/export/rdf.xml" />
</head>
<body>
<table width="100%" id="top"><tr><td><a href="/"><img src="/i/logo.gif" alt="Вестник залива" /></a></td>
<td>{plant("Курс валют ЦБ: доллар 81,17, евро 94,02")}</td></tr></table>
<div id="menu"><a href="/politics/">Политика</a> | <a href="/economy/">Экономика</a> | <a href="/society/">Общество</a> |
<a href="/sport/">Спорт</a></div>
<div id="center" itemscope itemtype="http://schema.org/NewsArticle">
<h1 itemprop="headline">{page.title}</h1>
<div class="info"><meta itemprop="datePublished" content="{day.isoformat()}" />{day:%d.%m.%Y, %H:%M} {authors}</div>
<div itemprop="articleBody" class="txt">
{page.body(inserts)}
</div>
<div class="bottom"><p>{plant("© Вестник залива. При перепечатке гиперссылка обязательна")}</p></div>
</div>
<div id="right"><h3>{plant("Главное за час")}</h3><table>{news}
<tr><td>09:15</td><td>{plant("Путин и Мадуро обсудили подготовку визита")}</td></tr></table></div>
<div id="foot">{plant("Свидетельство о регистрации СМИ № 000-55501. Редакция: +7 000 555-01-18")}</div>
</body></html>
"""
