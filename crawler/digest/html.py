"""A digest as an HTML mail: complete in itself, nothing is loaded from anywhere; light and dark."""

from __future__ import annotations

from typing import Any

from lxml.html import builder as E
from lxml.html import tostring

from crawler.digest import wording
from crawler.digest.entry import Digest, Entry, Notice, Report

# Mail programs keep what stands at the element; some read the style sheet as well, for the dark.
PAGE = "margin:0;padding:24px 12px;background:#f4f4f2;color:#1d1d1b;font:16px/1.5 system-ui,Helvetica,Arial,sans-serif"
SHEET = "max-width:640px;margin:0 auto"
TITLE = "margin:0 0 4px;font-size:22px;line-height:1.3"
DIM = "margin:0 0 16px;color:#5c5c58;font-size:14px"
STORY = "margin:0 0 16px;padding:16px;background:#ffffff;border:1px solid #deded9;border-radius:8px"
HEADLINE = "margin:0 0 6px;font-size:18px;line-height:1.35"
LINK = "color:#0b4f8a"
FACT = "margin:0 0 4px;color:#5c5c58;font-size:14px"
LABEL = "margin:0 0 6px;font-size:14px;font-weight:bold;color:#8a3b00"
EXCERPT = "margin:8px 0 0"
LIST = "margin:8px 0 0;padding:0 0 0 20px;font-size:14px"
DARK = """
@media (prefers-color-scheme: dark) {
  .page { background: #161615 !important; color: #ececea !important }
  .story { background: #222220 !important; border-color: #3b3b38 !important }
  .dim { color: #b4b4ae !important }
  .label { color: #ffb27a !important }
  .link { color: #8fc4f5 !important }
}
"""


def as_html(digest: Digest) -> str:
    """Everything, as one page."""
    heading = wording.heading(digest)
    left_out = wording.left_out(digest)
    more = [E.P(left_out, E.CLASS("dim"), style=DIM)] if left_out else []
    page = E.HTML(
        E.HEAD(
            E.META(charset="utf-8"),
            E.META(name="viewport", content="width=device-width, initial-scale=1"),
            E.META(name="color-scheme", content="light dark"),
            E.TITLE(heading),
            E.STYLE(DARK),
        ),
        E.BODY(
            E.DIV(
                E.H1(heading, style=TITLE),
                E.P(wording.period(digest), E.CLASS("dim"), style=DIM),
                *map(_notice, digest.notices),
                *map(_story, digest.entries),
                *more,
                style=SHEET,
            ),
            E.CLASS("page"),
            style=PAGE,
        ),
        lang="en",
    )
    return tostring(page, doctype="<!DOCTYPE html>", encoding="unicode") + "\n"


def _notice(notice: Notice) -> Any:
    title = E.H2(notice.title, style=HEADLINE, dir="auto")
    return E.DIV(title, E.P(notice.text, style=EXCERPT, dir="auto"), E.CLASS("story"), style=STORY)


def _story(entry: Entry) -> Any:
    facts = [f"First: {wording.first(entry)}"]
    if len(entry.articles) > 1:
        facts.append(wording.outlets(entry))
    parts = [E.H2(_link(entry.title, entry.head), style=HEADLINE, dir="auto", **_language(entry.head))]
    parts += [E.P(label, E.CLASS("label"), style=LABEL) for label in entry.labels]
    parts += [E.P(fact, E.CLASS("dim"), style=FACT) for fact in (*facts, *wording.facts(entry))]
    if entry.excerpt:
        parts.append(E.P(entry.excerpt, style=EXCERPT, dir="auto", **_language(entry.head)))
    listed, more = wording.others(entry)
    items = [E.LI(_link(report.title, report), f", {wording.by(report)}", dir="auto") for report in listed]
    if more:
        items.append(E.LI(f"and {wording.count(more, 'more report')}"))
    if items:
        parts.append(E.UL(*items, style=LIST))
    return E.DIV(*parts, E.CLASS("story"), style=STORY)


def _link(text: str, report: Report) -> Any:
    about = _language(report)
    if href := wording.address(report.url):
        return E.A(text, E.CLASS("link"), href=href, style=LINK, rel="noopener noreferrer", **about)
    return E.SPAN(text, **about)


def _language(report: Report) -> dict[str, str]:
    return {} if report.language == "und" else {"lang": report.language}
