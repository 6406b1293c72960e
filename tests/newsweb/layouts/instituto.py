"""Press release of an institute, watched as a single page: Dublin Core metas, a date without a time."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.page import Page


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.local(-4)
    last = len(piece.paragraphs)
    inserts = {
        last: f"<p>{plant('Imprimir esta página')}</p><p>{plant('Descargar comunicado en PDF (118 kB)')}</p>"
        f"<p>{plant('Contacto de prensa: prensa@institutocabotaje.example, +58 400 555 01 77')}</p>"
    }
    creators = "".join(f'<meta name="DC.creator" content="{escape(name)}">' for name in piece.authors)
    return f"""<!DOCTYPE html>
<html lang="es">
<head><meta charset="iso-8859-1">
<title>{page.title}</title>
<meta name="DC.title" content="{page.title}"><meta name="DC.language" content="es">
<meta name="DC.date" content="{day:%Y-%m-%d}"><meta name="DC.publisher" content="Instituto de Cabotaje del Caribe">
{creators}
</head>
<body><div class="region-header"><a href="/">Instituto de Cabotaje del Caribe</a></div>
<div class="region-menu"><ul><li><a href="/instituto">El instituto</a></li><li><a href="/publicaciones">Publicaciones</a></li></ul></div>
<div class="node node-comunicado"><h2>{page.title}</h2><div class="field-fecha">{day:%d/%m/%Y}</div>
<div class="field-body">{page.body(inserts)}</div></div>
<div class="region-footer"><p>{plant("Instituto de Cabotaje del Caribe, Torre Mariscal, piso 3")}</p></div>
</body></html>
"""
