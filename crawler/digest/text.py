"""A digest as plain text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.digest import wording
from crawler.digest.entry import Digest, Entry

SPECIAL = re.compile(r"([\\`*_\[\]<>&|~])")
AT_START = re.compile(r"^([-+=#>]|\d+(?=[.)]))")
LINKED = re.compile(r"(?<=[A-Za-z])(:)(?=//)|(?<=www)(\.)|(@)", re.IGNORECASE)  # what Markdown makes a link by itself


def entry_text(entry: Entry) -> str:
    """One story, a fact a line."""
    return "\n".join(_entry_lines(entry)) + "\n"


def _entry_lines(entry: Entry) -> Iterator[str]:
    yield entry.title
    yield from (f"! {label}" for label in entry.labels)
    yield f"First: {wording.first(entry)}"
    if len(entry.articles) > 1:
        yield wording.outlets(entry)
    yield from wording.facts(entry)
    if entry.excerpt:
        yield entry.excerpt
    yield wording.address(entry.head.url)
    listed, more = wording.others(entry)
    for report in listed:
        title = f": {report.title}" if report.title != entry.title else ""
        yield f"- {wording.by(report)}{title} {wording.address(report.url)}".rstrip()
    if more:
        yield f"- and {wording.count(more, 'more report')}"


def as_text(digest: Digest) -> str:
    """Everything, without markup: for services that know none."""
    parts = [f"{notice.title}\n{notice.text}\n" for notice in digest.notices]
    parts += map(entry_text, digest.entries)
    if left_out := wording.left_out(digest):
        parts.append(left_out + "\n")
    return "\n".join(parts)


def escaped(text: str) -> str:
    """``text`` as CommonMark and GitHub's Markdown show it literally, at the start of a line, too."""
    text = LINKED.sub(lambda match: f"\\{match.group()}", SPECIAL.sub(r"\\\1", text))
    return AT_START.sub(lambda m: f"{m[1]}\\" if m[1][0].isdigit() else f"\\{m[1]}", text)


def link(text: str, url: str) -> str:
    """A link, or the text alone when the address is none."""
    return f"[{escaped(text)}](<{url}>)" if (url := wording.address(url)) else escaped(text)


def as_markdown(digest: Digest) -> str:
    """Everything, as a page of Markdown."""
    return "\n".join(_page(digest)).rstrip() + "\n"


def _page(digest: Digest) -> Iterator[str]:
    yield f"# {escaped(wording.heading(digest))}\n\n{wording.period(digest)}\n"
    for notice in digest.notices:
        yield f"**{escaped(notice.title)}**\n\n{escaped(notice.text)}\n"
    for entry in digest.entries:
        yield from _story(entry)
    if left_out := wording.left_out(digest):
        yield left_out


def _story(entry: Entry) -> Iterator[str]:
    yield f"## {link(entry.title, entry.head.url)}\n"
    for label in entry.labels:
        yield f"**{escaped(label)}**\n"
    about = [f"First: {wording.first(entry)}", *([wording.outlets(entry)] if len(entry.articles) > 1 else [])]
    yield "  \n".join(map(escaped, [*about, *wording.facts(entry)])) + "\n"
    if entry.excerpt:
        yield f"> {escaped(entry.excerpt)}\n"
    listed, more = wording.others(entry)
    for report in listed:
        yield f"- {link(report.title, report.url)}, {escaped(wording.by(report))}"
    if more:
        yield f"- and {wording.count(more, 'more report')}"
    if listed:
        yield ""
