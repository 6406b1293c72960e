"""One source of a topic, as an entry under ``[[sources]]`` names it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from crawler.seeds.strict_toml import Table, quoted
from crawler.seeds.values import (
    check_url,
    read_duration,
    read_language,
    read_login,
    read_proxy,
    read_timezone,
    read_url,
)

MOST_PAGES = 100
KINDS = ("feed", "sitemap", "section", "page")


@dataclass(frozen=True)
class Source:
    """One address to visit again and again."""

    name: str
    url: str
    urls: tuple[str, ...] = ()  # further addresses, for while the first does not answer
    outlet: str | None = None  # who publishes it; None: a publisher of its own
    kind: str | None = None  # feed, sitemap, section or page; None: found out from the response
    language: str | None = None  # ISO 639-1
    timezone: str | None = None  # IANA name
    every: timedelta | None = None  # None: adapts to the source
    proxy: str | None = field(default=None, repr=False)  # may name a secret: see ``expand``
    login: str | None = field(default=None, repr=False)  # names a secret, user:password: see ``expand``
    max_age: timedelta | None = None  # None: the topic's
    enabled: bool = True
    note: str | None = None
    given: tuple[str, ...] = ()  # groups of the topic's terms that count as named in all that it announces
    include: tuple[str, ...] = ()  # beginnings of the paths of its articles; empty: all
    exclude: tuple[str, ...] = ()  # beginnings of paths that are none of its articles
    pages: int = 1  # of a list that has several, on first sight or after a gap
    quiet: timedelta | None = None  # a time without news that is usual
    checked: date | None = None  # when somebody last saw that it works

    def covers(self, url: str) -> bool:
        """Whether an announced address is one of the articles that ``include`` and ``exclude`` leave."""
        if not (self.include or self.exclude):
            return True
        parts = urlsplit(url)
        path = unquote(parts.path or "/") + (f"?{unquote(parts.query)}" if parts.query else "")
        included = not self.include or any(_begins(path, pattern) for pattern in self.include)
        return included and not any(_begins(path, pattern) for pattern in self.exclude)


def _begins(path: str, pattern: str) -> bool:
    """Whether ``path`` begins with a pattern as in robots.txt (RFC 9309, 2.2.3), in time in proportion to both."""
    first, *others = unquote(pattern.removesuffix("$")).split("*")
    last = others.pop() if others and pattern.endswith("$") else ""
    place = len(first)
    if not path.startswith(first):
        return False
    for part in others:
        if (found := path.find(part, place)) < 0:
            return False
        place = found + len(part)
    if not pattern.endswith("$"):
        return True
    return path.endswith(last) and place <= len(path) - len(last) if "*" in pattern else place == len(path)


def read_sources(tables: Iterable[Table], groups: Collection[str]) -> tuple[Source, ...]:
    """The sources, no name and no address twice; ``groups`` are those of the topic's terms."""
    sources: list[Source] = []
    names: dict[str, str] = {}
    urls: dict[str, str] = {}
    for table in tables:
        source = _source(table, groups)
        if twin := names.get(source.name.casefold()):
            raise table.error(f"{quoted(source.name)} is the name of {twin} too", "name it otherwise", "name")
        names[source.name.casefold()] = table.place
        for key, url in (("url", source.url), *((f"urls[{at}]", url) for at, url in enumerate(source.urls, 1))):
            if twin := urls.get(url):
                raise table.error(f"is the {twin} too", "keep one of the two", key)
            urls[url] = f"{key} of {table.place}"
        sources.append(source)
    return tuple(sources)


def _source(table: Table, groups: Collection[str]) -> Source:
    if "name" not in table.values:
        raise table.missing("name", '"..."')
    if "url" not in table.values:
        raise table.missing("url", '"https://..."')
    enabled = table.take("enabled", bool, "false")
    return Source(
        name=table.line("name", '"..."') or "",
        url=read_url(table),
        urls=_further(table),
        outlet=table.line("outlet", '"..."'),
        kind=table.choice("kind", KINDS),
        language=read_language(table),
        timezone=read_timezone(table),
        every=read_duration(table, "every", "30m"),
        proxy=read_proxy(table),
        login=read_login(table),
        max_age=read_duration(table, "max_age", "30d"),
        enabled=True if enabled is None else enabled,
        note=table.take("note", str, '"..."'),
        given=_given(table, groups),
        include=_paths(table, "include"),
        exclude=_paths(table, "exclude"),
        pages=_pages(table),
        quiet=read_duration(table, "quiet", "60d"),
        checked=table.take("checked", date, "2026-09-24"),
    )


def _further(table: Table) -> tuple[str, ...]:
    """Further addresses of the same source."""
    urls = table.lines("urls", '"https://..."') or ()
    return tuple(check_url(table, url.strip(), f"urls[{place}]") for place, url in enumerate(urls, 1))


def _pages(table: Table) -> int:
    """How many pages of a list are read."""
    pages = table.take("pages", int, "5")
    if pages is not None and not 1 <= pages <= MOST_PAGES:
        raise table.error(f"is {pages}", f"write a number from 1 to {MOST_PAGES}, as in pages = 5", "pages")
    return pages or 1


def _given(table: Table, groups: Collection[str]) -> tuple[str, ...]:
    """Names of groups of the topic's terms."""
    given = table.lines("given", '"..."') or ()
    for place, group in enumerate(given, 1):
        if group not in groups:
            remedy = f"write given = {json.dumps(list(groups)[:1], ensure_ascii=False)}, a group of [terms]"
            raise table.error(f"{quoted(group)} is no group of the topic", remedy, f"given[{place}]")
    return tuple(dict.fromkeys(given))


def _paths(table: Table, key: str) -> tuple[str, ...]:
    """Patterns of paths: the beginning of a path, with ``*`` for anything and ``$`` for its end."""
    patterns = table.lines(key, '"/world/"') or ()
    for place, pattern in enumerate(patterns, 1):
        if not pattern.startswith(("/", "*")) or not pattern.isprintable() or " " in pattern:
            raise table.error(f"{quoted(pattern)} is no path", 'write "/world/" or "*/world/"', f"{key}[{place}]")
    return patterns
