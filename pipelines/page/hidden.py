"""Texts that a page holds but does not show at once: in shadow roots, in ``noscript``, in templates of its scripts."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from pipelines.page.blocks import blocks_of
from pipelines.page.state import KEY, LONG, MARKUP, SHORTEST
from pipelines.page.titles import squash

TEMPLATES = ("text/template", "text/x-template", "text/html", "text/x-handlebars-template", "text/ng-template")
SHOWN = etree.XPath(
    "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
)


def open_hidden(root: HtmlElement) -> None:
    """Make visible what browsers show or would show: shadow roots, and ``noscript`` when it alone holds a text."""
    for template in list(root.iter("template")):
        if template.get("shadowrootmode") or template.get("shadowroot"):
            template.tag = "div"
    hidden = [element for element in root.iter("noscript") if len("".join(element.itertext())) >= SHORTEST]
    hidden += [_opened(script) for script in root.iter("script") if _is_template(script)]
    shown = None
    for element in hidden:
        long = [block for block in blocks_of(element) if len(block.text) >= LONG]
        if len(long) < 2 or sum(len(block.text) for block in long) < SHORTEST:
            continue
        shown = squash("".join(SHOWN(root))) if shown is None else shown
        lost = [block for block in long if block.plain[:KEY] not in shown]
        if len(lost) > 1 and sum(len(block.text) for block in lost if not block.is_link) >= SHORTEST:
            element.tag = "div"
            return


def _is_template(script: HtmlElement) -> bool:
    """Whether a script is markup that the page's own scripts put in place."""
    kind = (script.get("type") or "").lower()
    return kind in TEMPLATES and len(script.text or "") >= SHORTEST and MARKUP.search(script.text or "") is not None


def _opened(script: HtmlElement) -> HtmlElement:
    """A script with its markup as elements."""
    part = fragment_fromstring(script.text or "", create_parent="div")
    script.text = None
    script.extend(part)
    return script
