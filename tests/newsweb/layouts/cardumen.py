"""Weekly without a feed: articles are announced by a section page only, dates stand in a time element only."""

# ruff: noqa: E501 (HTML is easier to read unbroken)
from __future__ import annotations

from html import escape

from tests.newsweb.outlet import Outlet
from tests.newsweb.page import Page

HEAD = """<header class="c-head"><a href="/">Semanario Cardumen</a>
<nav><a href="/edicion/">Edición</a> <a href="/quienes-somos/">Quiénes somos</a>
<a href="/suscripcion/">Suscripción</a> <a href="/ingresar/">Ingresar</a></nav></header>"""
FOOT = """<footer><a href="/aviso-legal/">Aviso legal</a> <a href="https://social.example/cardumen">Red social</a></footer>"""


def render(page: Page) -> str:
    """One article page."""
    piece, plant, day = page.piece, page.plant, page.local(-4)
    first, *rest = page.neighbours(4)
    inserts = {
        2: f'<p class="enlace-int"><em>{plant("Te puede interesar:")} {page.link(first)}</em></p>',
        len(piece.paragraphs): (
            f"<p>{plant('Este contenido se publica gracias a nuestros suscriptores.')}</p>"
            f"<p>{plant('Suscríbete al boletín semanal de Cardumen')}</p>"
            f"<p>{plant('Compartir: Facebook | X | Telegram | Correo')}</p>"
        ),
    }
    more = "".join(f"<p>{page.link(other)} {plant(other.teaser)}</p>" for other in rest)
    return f"""<!DOCTYPE html>
<html lang="es">
<head><meta charset="utf-8"><title>{page.title} – Semanario Cardumen</title>
<meta property="og:title" content="{page.title}"><meta property="og:type" content="article">
<link rel="canonical" href="{page.url}"></head>
<body>{HEAD}
<div class="hoja"><p class="antetitulo">{escape(piece.section)}</p><h1>{page.title}</h1>
<p class="autoria">Por <a rel="author" href="/autores/">{escape(", ".join(piece.authors))}</a></p>
<time datetime="{day.isoformat()}">{day:%d/%m/%Y - %H:%M}</time>
<div class="desarrollo">
{page.body(inserts)}
<p><strong>{plant("También en esta edición")}</strong></p>{more}
</div></div>
<div class="franja"><p>{plant("Encuesta: ¿viajará Maduro a ver a Putin este año?")}</p><p>{plant("Sí / No / Me da igual")}</p></div>
{FOOT}</body></html>
"""


def front(outlet: Outlet) -> str:
    """The section page: every article, among links that lead to none."""
    items = "".join(
        f'<li><h2><a href="{outlet.path_of(p)}">{escape(p.title)}</a></h2><p>{escape(p.teaser)}</p>'
        f'<a class="mas" href="{outlet.path_of(p)}#comentarios">Comentarios</a></li>'
        for p in outlet.pieces.values()
    )
    return f"""<!DOCTYPE html>
<html lang="es"><head><meta charset="utf-8"><title>Edición de la semana – Semanario Cardumen</title></head>
<body>{HEAD}<h1>Edición de la semana</h1><ul class="lista">{items}</ul>
<p><a href="/edicion/?pagina=2">Siguiente</a> <a href="/etiqueta/rusia/">Rusia</a> <a href="/autores/">Autores</a></p>
<p><a href="javascript:void(0)">Arriba</a> <a href="mailto:cardumen@cardumen.example">Escríbenos</a> <a href="/archivo.pdf">Edición en PDF</a></p>
{FOOT}</body></html>"""
