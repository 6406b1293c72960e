"""The seeds file of a new topic, written so that it teaches its reader: pure functions from findings to TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from urllib.parse import urlsplit

from crawler.discovery.feeds import plain
from crawler.newtopic.survey import Finding
from crawler.newtopic.wish import Wish
from crawler.seeds.editing import written
from crawler.seeds.values import LANGUAGES
from crawler.urls import site_of

MOST_LETTERS = 60  # of a source's name: reports have a column for it
PARTS = re.compile(r"(?<!\s)\s+[|»«·•–—-]+\s+|(?:(?<!\s)\s+)?[|»]\s*|:\s+")
GENERIC = re.compile(  # parts of a feed's title that name no outlet
    r"(?:rss(?: ?\d\.\d)?|atom|feeds?|rss feed|home|home ?page|news|latest news|all news|inicio|portada|noticias|"
    r"[uú]ltimas not[ií]cias|not[ií]cias|in[ií]cio|главная(?: страница)?|новости|лента(?: новостей)?)",
    re.IGNORECASE,
)

HEAD = """\
# {title}: the topic "{name}" ("scrapy crawl {name}").
# Begun by "scrapy newtopic" on {day} and yours to edit; seeds/README.md explains every key.

title = {quoted_title}
{languages}
# Older pages are not fetched. Without this line there is no limit, and a sitemap leads far back.
max_age = "30d"

# An article is relevant when EVERY group has a hit in its title or its text; sidebars and teasers do not count.
# Accents and case make no difference. A term is a word ("rusia"), a beginning ("venezuel*"), a phrase
# ("hugo chávez") or an exception ("-montaña rusa": where these words stand together, nothing counts).
[terms]
"""
LANGUAGE_LINES = {
    True: "# Articles in other languages are dropped, those of unknown language are kept.\nlanguages = [{codes}]\n",
    False: '# Articles in all languages are kept; languages = ["en", "es"] would keep these two.\n',
}
SOURCES = """
# Each source is visited as often as it has news, and asked only for what is new. Further keys: kind, language,
# timezone (of times that name none), every, proxy, max_age, note.

"""


def topic_file(wish: Wish, findings: Sequence[Finding], forms: Mapping[str, Mapping[str, list[str]]], day: date) -> str:
    """The text of the seeds file. What nothing was found at is disabled, unless nobody could be reached at all.

    ``forms`` are further forms of the terms that headlines have (``headlines.further_forms``).
    """
    codes = ", ".join(map(written, wish.languages))
    head = HEAD.format(
        title=wish.title,
        name=wish.name,
        day=day.isoformat(),
        quoted_title=written(wish.title),
        languages="\n" + LANGUAGE_LINES[bool(codes)].format(codes=codes),
    )
    groups = [line for group, terms in wish.terms.items() for line in _group(group, terms, forms.get(group, {}))]
    cut_off = all(finding.unreachable for finding in findings)
    sources = [
        source_block(name, finding, day, keep=cut_off)
        for name, finding in zip(source_names(findings), findings, strict=True)
    ]
    return head + "\n".join(groups) + "\n" + SOURCES + "\n".join(sources)


def source_names(findings: Sequence[Finding], taken: Iterable[str] = ()) -> list[str]:
    """A name for each of ``findings``, no two alike and none of ``taken``: what it calls itself, else its host."""
    names: list[str] = []
    used = {name.casefold() for name in taken}
    for finding in findings:
        name = next(name for name in _candidates(finding) if name.casefold() not in used)
        used.add(name.casefold())
        names.append(name)
    return names


def _candidates(finding: Finding) -> Iterator[str]:
    host = site_of(finding.address) or "source"
    if own := plain(finding.name or ""):
        yield _short(own)
        yield _short(f"{_short(own)} ({host})")
    of_the_site = finding.kind == "feed" or urlsplit(finding.given).path in ("", "/")
    for title in filter(None, map(plain, finding.titles)):
        parts = [part for part in PARTS.split(title) if part.strip() and not GENERIC.fullmatch(part.strip())]
        if not of_the_site:
            parts.reverse()  # "Politics | Example Daily"
        if parts:
            yield _short(parts[0])
            yield _short(title)
            yield _short(f"{parts[0]} ({host})")
    yield host
    yield from (f"{host} {number}" for number in count(2))


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1].rstrip()}…"


def _group(group: str, terms: Sequence[str], forms: Mapping[str, list[str]]) -> list[str]:
    key = group if re.fullmatch("[A-Za-z0-9_-]+", group) else written(group)
    lines = [f"{key} = [{', '.join(map(written, terms))}]"]
    for term, words in forms.items():
        lines.append(f"# headlines also have {', '.join(words)}: {written(term + '*')} would hit every such ending")
    return lines


def source_block(name: str, finding: Finding, day: date, *, keep: bool = False) -> str:
    """The ``[[sources]]`` of a finding; of one without anything to watch it is disabled unless ``keep``."""
    lines = ["[[sources]]", f"name = {written(name)}"]
    if not finding.looked:
        lines += [f"url = {written(finding.address)}"]
    elif finding.kind is None:
        lines += [f"url = {written(finding.address)}"]
        lines += [] if keep else ["enabled = false  # take this line out when it is in order"]
        lines += [f"note = {written(f'{day.isoformat()}: {plain(finding.reason)}')}"]
    else:
        behind = f", found behind {finding.given}" if finding.address != finding.given else ""
        lines = [f"# {described(finding)}{behind}", *lines, f"url = {written(finding.address)}"]
        lines += [f'kind = "{finding.kind}"'] if finding.kind in ("section", "page") else []
        lines += [f"language = {written(finding.language)}"] if finding.language in LANGUAGES else []
    return "\n".join(lines) + "\n"


def described(finding: Finding) -> str:
    """What was found, in one line: kind, entries, the newest date; or why nothing."""
    if not finding.looked:
        return "not looked at: the next crawl does"
    if finding.kind is None:
        return f"nothing to watch: {finding.reason}"
    if finding.kind == "page":
        return "a single page, visited again for its changes"
    entries = len(finding.found)
    maps = sum(item.kind == "sitemap" for item in finding.found)
    what = {"feed": "a feed", "sitemap": "a sitemap", "section": "a page without a feed"}[finding.kind]
    has = f"{maps} further sitemaps" if maps else f"{entries} {'entry' if entries == 1 else 'entries'}"
    parts = [f"{what} with {has}" if finding.kind != "section" else f"{what}: {entries} links to articles"]
    if finding.newest:
        parts.append(f"the newest of {finding.newest[:16].replace('T', ' ')}")
    return ", ".join(parts)


def told(finding: Finding) -> str:
    """What was found at an address and, if that is another one, where."""
    place = f": {finding.address}" if finding.address != finding.given else ""
    return f"{finding.given}\n    {described(finding)}{place}"


def told_in_a_line(finding: Finding) -> str:
    """The same in one line, for long lists."""
    place = f", {finding.address}" if finding.address != finding.given else ""
    return f"{finding.given}{place}: {described(finding)}"
