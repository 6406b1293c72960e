"""Brazilian portal: "Leia também" lists and Publicidade in the text, WhatsApp invitation, JSON-LD as a list."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.local(-3)
    others = page.neighbours(5)
    read_too = (
        f"<p><strong>{plant('Leia também')}</strong></p><ul>"
        + "".join(f"<li>{page.link(p)}</li>" for p in others[:2])
        + "</ul>"
    )
    last = len(piece.paragraphs)
    inserts = {
        2: read_too,
        3: f"<p>{plant('Continua depois da publicidade')}</p>",
        last: (
            f"<p>{plant('Clique aqui e receba as notícias da Gazeta no seu WhatsApp')}</p>"
            f"<p><strong>{plant('Leia mais:')}</strong> {page.link(others[2])}</p>"
            f"<p>{plant('Quer sugerir uma pauta? Escreva para leitor@gazetadoplanalto.example')}</p>"
        ),
    }
    cards = "".join(f'<div class="feed-item"><h2>{page.link(p)}</h2><p>{plant(p.teaser)}</p></div>' for p in others[3:])
    things = (
        {
            "@context": "http://schema.org",
            "@type": "NewsArticle",
            "headline": piece.title,
            "datePublished": day.isoformat(),
            "author": [{"@type": "Person", "name": name} for name in piece.authors],
            "publisher": {"@type": "Organization", "name": "Gazeta do Planalto Norte"},
        },
        {
            "@context": "http://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [{"@type": "ListItem", "position": 1, "name": piece.section}],
        },
    )
    return f"""<!DOCTYPE html>
<html lang="pt-br">
<head>
<meta charset="utf-8">
<title>{page.title} - Gazeta do Planalto Norte</title>
<meta name="description" content="{page.teaser}">
<link rel="canonical" href="{page.url}">
<link rel="amphtml" href="{page.url}amp/">
<meta property="og:title" content="{page.title}"><meta property="og:locale" content="pt_BR">
<meta property="og:type" content="article">
<meta property="article:section" content="{escape(piece.section)}">
{page.json_ld(*things)}
<link rel="alternate" type="application/feed+json" href="/feed.json">
</head>
<body>
<div id="barra-portal"><a href="/">gazeta</a><a href="/cotidiano/">cotidiano</a><a href="/mundo/">mundo</a><a href="/esporte/">esporte</a></div>
<div class="mc-body"><div class="mc-header"><h1 class="content-head__title">{page.title}</h1>
<h2 class="content-head__subtitle">{page.teaser if piece.summary else ""}</h2>
<p class="content-publication-data__from">Por {escape(", ".join(piece.authors))}</p>
<p><time itemprop="datePublished" datetime="{day.isoformat()}">{day:%d/%m/%Y %Hh%M}</time></p></div>
<div class="mc-article-body">
{page.body(inserts)}
<p>{plant("Mais lidas")}</p>
{cards}
</div></div>
<div class="lateral"><p>{plant("Agora: Putin telefona para Maduro")}</p><p>{plant("Loteria: confira as dezenas de sábado")}</p></div>
<div class="rodape"><p>{plant(f"© {page.now.year} Gazeta do Planalto Norte. Proibida a reprodução")}</p></div>
</body></html>
"""
