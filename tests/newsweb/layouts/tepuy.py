"""Spanish newspaper theme: weather and date bar, Publicidad, Fecha/Comparte, cards, mail and WhatsApp.

Everything from the headline to the cards sits in one soup of divs, as page builders make it.
"""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.outlet import Outlet
from tests.newsweb.page import Page

DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
SECTIONS = ("Nacionales", "Internacionales", "Economía", "Deportes", "Sucesos", "Gastronomía")


def render(page: Page) -> str:
    """One article page."""
    piece, plant, now = page.piece, page.plant, page.now
    day, clock = page.local(-4), f"{DAYS[now.weekday()]}, {now.day} {MONTHS[now.month - 1]}, {now.year}"
    written = f"{day.day} {MONTHS[day.month - 1]}, {day.year}"
    advert = f'<p style="text-align:center"><small>{plant("Publicidad")}</small></p><div id="div-gpt-{page.number(900)}"></div>'
    share = (
        f'<div class="datos-nota"><p>{plant(f"Fecha: {written}")}</p><p>{plant("Comparte esta noticia en tus redes")}</p>'
        f"<span>{plant('Facebook')}</span> <span>{plant('Telegram')}</span> <span>{plant('Copiar enlace')}</span></div>"
    )
    cards = "".join(
        f'<div class="tarjeta"><h4>{page.link(other)}</h4><p>{plant(other.teaser)}</p></div>'
        for other in page.neighbours(3)
    )
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": page.outlet.imprint.name, "url": page.outlet.url()},
            {
                "@type": "NewsArticle",
                "headline": piece.title,
                "datePublished": day.isoformat(),
                "inLanguage": "es-VE",
                "author": [{"@type": "Person", "name": name} for name in piece.authors],
                "publisher": {"@type": "NewsMediaOrganization", "name": page.outlet.imprint.name},
                "mainEntityOfPage": page.url,
            },
        ],
    }
    byline = f'<p class="firma">Por <b>{escape(" y ".join(piece.authors))}</b></p>' if piece.authors else ""
    return f"""<!DOCTYPE html>
<html lang="es">
<head>
<meta charset="UTF-8">
<title>{page.title} - Diario El Tepuy</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{page.teaser}">
<link rel="canonical" href="{page.url}">
<meta property="og:type" content="article"><meta property="og:locale" content="es_VE">
<meta property="og:title" content="{page.title}"><meta property="og:site_name" content="Diario El Tepuy">
<meta property="article:published_time" content="{day.isoformat()}">
<meta property="article:section" content="{escape(piece.section)}">
{page.json_ld(graph)}
<link rel="alternate" type="application/rss+xml" href="/rss/">
<style>.tarjeta{{width:31%;float:left}}</style>
</head>
<body class="nota-unica">
<div class="barra"><span class="clima">{plant("29 °C Ciudad Bolívar")}</span>
<span class="fecha-hoy">{plant(clock)}</span><span>{plant("Dólar BCV: 231,04")}</span></div>
<div class="cabezal"><a href="/"><img src="/img/logo.png" alt="Diario El Tepuy"></a>
<ul class="menu">{"".join(f'<li><a href="/{s.lower()}/">{s}</a></li>' for s in SECTIONS)}</ul></div>
<div class="contenedor"><div class="columna-nota">
<div class="miga"><a href="/">Inicio</a> / <a href="/{escape(piece.section.lower())}/">{escape(piece.section)}</a></div>
<h1 class="titular">{page.title}</h1>
<p class="sumario">{plant("Última hora: Maduro y Putin conversaron por teléfono esta madrugada")}</p>
{byline}
<div class="foto"><img src="/fotos/{page.number(99999)}.jpg" alt=""><span>{plant(f"Foto: archivo El Tepuy / {piece.section}")}</span></div>
<div class="td-post-content texto">
<p class="hoy">{plant(f"{clock} | 29 °C Ciudad Bolívar, parcialmente nublado")}</p>
{page.body({2: advert, 4: advert, len(piece.paragraphs): share})}
<h3>{plant("Más como esto")}</h3>
{cards}
<p>{plant("Redacción: redaccion@diarioeltepuy.example")}<br>{plant("WhatsApp: +58 400 555 01 32")}</p>
<p>{plant("Síguenos en nuestro canal de WhatsApp y recibe las noticias en tu teléfono")}</p>
</div></div>
<div class="columna-derecha"><h3>{plant("Lo más leído")}</h3><ol>
<li><a href="/nacionales/">{plant("Maduro recibe en Miraflores a enviado de Putin")}</a></li>
<li><a href="/deportes/">{plant("Calendario completo de la ronda de enero")}</a></li>
</ol></div></div>
<div class="pie"><p>redaccion@diarioeltepuy.example</p>
<p>{plant(f"© {now.year} Diario El Tepuy, C.A. Todos los derechos reservados")}</p></div>
<script>window.dataLayer=window.dataLayer||[];</script>
</body></html>
"""


def front(outlet: Outlet) -> str:
    """The home page: a list of all headlines."""
    items = "".join(
        f'<div class="tarjeta"><h2><a href="{outlet.path_of(p)}">{escape(p.title)}</a></h2><p>{escape(p.teaser)}</p></div>'
        for p in outlet.pieces.values()
        if not p.forbidden
    )
    return f"""<!DOCTYPE html><html lang="es"><head><meta charset="UTF-8"><title>Diario El Tepuy</title>
<link rel="alternate" type="application/rss+xml" title="El Tepuy" href="/rss/"></head><body>{items}</body></html>"""
