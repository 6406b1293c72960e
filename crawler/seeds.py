"""A topic and its sources, as a seeds file names them; ``seeds/README.md`` explains every key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from crawler.strict_toml import SeedsError, Table, load, quoted, shown
from crawler.terms import Terms, parse_term

__all__ = ["Alerts", "Rule", "SeedsError", "Source", "Topic", "duration", "expand", "read_topic", "topic_paths"]

KINDS = ("feed", "sitemap", "section", "page")
EVENTS = ("new story", "outlets", "spike", "silent source")
ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(ISO_639_1.split()) - {"nb"}  # articles in Bokmål have "no"
MISTAKEN_LANGUAGES = {"nb": "no", "cn": "zh", "jp": "ja", "sp": "es", "ua": "uk", "cz": "cs", "gr": "el", "dk": "da"}
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=36_500)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Source:
    """One address to visit again and again."""

    name: str
    url: str
    kind: str | None = None  # feed, sitemap, section or page; None: found out from the response
    language: str | None = None  # ISO 639-1
    timezone: str | None = None  # IANA name
    every: timedelta | None = None  # None: adapts to the source
    proxy: str | None = field(default=None, repr=False)  # may name a secret: see ``expand``
    max_age: timedelta | None = None  # None: the topic's
    enabled: bool = True
    note: str | None = None


@dataclass(frozen=True)
class Rule:
    """What is worth an alert."""

    on: str  # new story, outlets, spike or silent source
    outlets: int | None = None
    terms: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Alerts:
    """What is worth an alert and where it goes."""

    urls: tuple[str, ...] = field(default=(), repr=False)  # Apprise addresses, may name secrets: see ``expand``
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Topic:
    """What one seeds file asks for."""

    name: str
    title: str
    languages: tuple[str, ...]  # ISO 639-1; empty: all
    max_age: timedelta | None  # None: no limit
    terms: Terms
    sources: tuple[Source, ...]
    alerts: Alerts
    path: Path


def topic_paths(folder: str | Path) -> dict[str, Path]:
    """Topic name -> seeds file, sorted by name; empty when there is no such folder."""
    return {path.stem: path for path in sorted(Path(folder).glob("*.toml")) if not path.name.startswith(".")}


def read_topic(path: str | Path, name: str | None = None) -> Topic:
    """The topic in the seeds file ``path``, called ``name``, or else as the file. SeedsError for any mistake."""
    path = Path(path)
    name = path.stem if name is None else name
    if not re.fullmatch("[a-z0-9_-]+", name):
        remedy = "use only a-z, 0-9, _ and -, as in venezuela_russia.toml"
        raise SeedsError(f"{shown(path)}: a topic cannot be called {quoted(name)}: {remedy}")
    keys = ("title", "languages", "max_age", "terms", "sources", "alerts")
    top = Table(shown(path), "", load(path), keys)
    return Topic(
        name=name,
        title=top.line("title", '"..."') or name.replace("_", " "),
        languages=_languages(top),
        max_age=_duration(top, "max_age", "30d"),
        terms=_terms(top),
        sources=_sources(top),
        alerts=_alerts(top),
        path=path,
    )


def duration(value: str) -> timedelta:
    """The time that ``30m``, ``24h``, ``7d`` or ``2w`` means; ValueError with the reason for anything else."""
    if not (match := re.fullmatch(r"([0-9]{1,9})([mhdw])", value)):
        raise ValueError("is not a number with m, h, d or w")
    time = timedelta(**{UNITS[match[2]]: int(match[1])})
    if not timedelta(0) < time <= LONGEST:
        raise ValueError("is not between 1 minute and 100 years")
    return time


def expand(value: str, environ: Mapping[str, str]) -> str:
    """``value`` with each ``${NAME}`` from ``environ``; SeedsError when one is not set. The result may be secret."""

    def variable(match: re.Match[str]) -> str:
        if not environ.get(match[1]):
            raise SeedsError(f"environment variable {match[1]} is not set: export {match[1]}=... first")
        return environ[match[1]]

    return VARIABLE.sub(variable, value)


def _duration(table: Table, key: str, example: str) -> timedelta | None:
    value = table.line(key, f'"{example}"')
    try:
        return duration(value) if value is not None else None
    except ValueError as error:
        raise table.error(f"{quoted(str(value))} {error}", f'write {key} = "{example}"', key) from None


def _checked_language(table: Table, code: str, key: str) -> str:
    if code in LANGUAGES:
        return code
    if code == "und":
        raise table.error('"und" is no language', "leave it out, articles of unknown language are always kept", key)
    short = re.split("[-_]", code.lower())[0]
    guess = MISTAKEN_LANGUAGES.get(short, short if short in LANGUAGES else short[:2])
    remedy = f'did you mean "{guess}"?' if guess in LANGUAGES else 'write two letters, as in "es"'
    raise table.error(f"{quoted(code)} is no ISO 639-1 code", remedy, key)


def _languages(top: Table) -> tuple[str, ...]:
    codes = top.lines("languages", '"en", "es"') or ()
    return tuple(_checked_language(top, code, f"languages[{place}]") for place, code in enumerate(codes, 1))


def _language(table: Table) -> str | None:
    code = table.line("language", '"es"')
    return None if code is None else _checked_language(table, code, "language")


def _terms(top: Table) -> Terms:
    if "terms" not in top.values:
        raise SeedsError(f'{top.file}: no [terms]: add [terms] and below it a group, as in russia = ["russia*"]')
    table = Table(top.file, "terms", top.values["terms"], None)
    if not table.values:
        raise table.error("has no group", 'add one, as in russia = ["russia*", "rusia"]')
    groups = {group: table.lines(group, '"..."') or () for group in table.values}
    for group, terms in groups.items():
        if not group.strip():
            raise table.error("has a group without a name", 'name it, as in russia = ["russia*"]')
        _check_terms(table, group, terms)
    try:
        return Terms(groups)
    except ValueError as error:
        raise table.error("cannot be used", str(error)) from None


def _check_terms(table: Table, key: str, terms: tuple[str, ...]) -> None:
    for place, term in enumerate(terms, 1):
        try:
            parse_term(term)
        except ValueError as error:
            fault, _, remedy = str(error).partition(": ")
            raise table.error(f"{quoted(term)} {fault}", remedy, f"{key}[{place}]") from None


def _sources(top: Table) -> tuple[Source, ...]:
    tables = top.tables("sources", [key.name for key in fields(Source)])
    if not tables:
        raise SeedsError(f'{top.file}: no sources: add [[sources]] with name = "..." and url = "https://..."')
    sources: dict[str, tuple[Table, Source]] = {}
    urls: dict[str, Table] = {}
    for table in tables:
        source = _source(table)
        if twin := sources.get(source.name.casefold()):
            raise table.error(f"{quoted(source.name)} is the name of {twin[0].place} too", "name it otherwise", "name")
        if source.url in urls:
            raise table.error(f"is the url of {urls[source.url].place} too", "keep one of the two", "url")
        sources[source.name.casefold()], urls[source.url] = (table, source), table
    return tuple(source for _, source in sources.values())


def _source(table: Table) -> Source:
    name = table.values.get("name")
    if isinstance(name, str) and name.strip():
        table.note = f" (source {quoted(name.strip())})"
    if "name" not in table.values:
        raise table.missing("name", '"..."')
    if "url" not in table.values:
        raise table.missing("url", '"https://..."')
    enabled = table.take("enabled", bool, "false")
    return Source(
        name=table.line("name", '"..."') or "",
        url=_web_address(table),
        kind=table.choice("kind", KINDS),
        language=_language(table),
        timezone=_timezone(table),
        every=_duration(table, "every", "30m"),
        proxy=_proxy(table),
        max_age=_duration(table, "max_age", "30d"),
        enabled=True if enabled is None else enabled,
        note=table.take("note", str, '"..."'),
    )


def _web_address(table: Table) -> str:
    url = table.line("url", '"https://..."') or ""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a wrong port raises ValueError
    except ValueError as error:
        raise table.error(f"{quoted(url)} is no web address ({error})", 'write url = "https://..."', "url") from None
    if parts.scheme.lower() not in ("http", "https"):
        fault = f"{quoted(url)} does not begin with http:// or https://"
        raise table.error(fault, 'write url = "https://..."', "url")
    if not parts.hostname:
        raise table.error(f"{quoted(url)} names no host", 'write url = "https://..."', "url")
    if " " in url:
        raise table.error(f"{quoted(url)} has a space in it", "write %20 instead", "url")
    return url


def _timezone(table: Table) -> str | None:
    zone = table.line("timezone", '"America/Caracas"')
    if zone is None:
        return None
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # a wrong path, a folder such as "America", an unknown name
        known = {name.casefold(): name for name in sorted(available_timezones(), reverse=True)}
        tails = {name.rsplit("/")[-1]: name for name in known}
        wanted = zone.casefold().replace(" ", "_")
        close = get_close_matches(wanted, known, 1) or [tails[t] for t in get_close_matches(wanted, tails, 1)]
        remedy = f'did you mean "{known[close[0]]}"?' if close else 'write it as in "America/Caracas"'
        raise table.error(f"{quoted(zone)} is no IANA time zone", remedy, "timezone") from None
    return zone


def _proxy(table: Table) -> str | None:
    proxy = table.line("proxy", '"${PROXY}"')
    if proxy is not None and not _address(proxy, "https?://"):  # never show it: it may hold a password
        raise table.error("is no http:// or https:// address", 'write proxy = "${NAME}" or "http://..."', "proxy")
    return proxy


def _address(value: str, scheme: str) -> bool:
    """Whether ``value`` begins with ``scheme`` or a variable, and every ``${`` in it is a whole variable."""
    return bool(re.match(rf"{scheme}|\$\{{", value)) and "${" not in VARIABLE.sub("", value)


def _alerts(top: Table) -> Alerts:
    if "alerts" not in top.values:
        return Alerts()
    table = Table(top.file, "alerts", top.values["alerts"], [key.name for key in fields(Alerts)])
    urls = table.lines("urls", '"mailto://..."')
    if not urls:
        raise table.missing("urls", '["mailto://..."]')
    for place, url in enumerate(urls, 1):
        if not _address(url, "[A-Za-z][A-Za-z0-9+.-]*://"):
            remedy = 'write "${NAME}" or an address as in "mailto://..."'
            raise table.error("is no Apprise address", remedy, f"urls[{place}]")
    return Alerts(urls, tuple(_rule(rule) for rule in table.tables("rules", [key.name for key in fields(Rule)])))


def _rule(table: Table) -> Rule:
    on = table.choice("on", EVENTS)
    if on is None:
        raise table.missing("on", '"new story"')
    outlets = table.take("outlets", int, "3")
    if outlets is not None and outlets < 1:
        raise table.error(f"is {outlets}", "write outlets = 3", "outlets")
    if on == "outlets" and outlets is None:
        raise table.missing("outlets", "3")
    terms = table.lines("terms", '"..."') or ()
    _check_terms(table, "terms", terms)
    return Rule(on, outlets, terms, _language(table))
