"""The values of a seeds file that are more than text: durations, languages, time zones, addresses, variables.

``read_...`` gives the value of a table's key, None when it is left out; SeedsError when it is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from crawler.languages import LANGUAGES
from crawler.seeds.strict_toml import SeedsError, Table, quoted

MISTAKEN_LANGUAGES = {"nb": "no", "cn": "zh", "jp": "ja", "sp": "es", "ua": "uk", "cz": "cs", "gr": "el", "dk": "da"}
UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
LONGEST = timedelta(days=36_500)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def duration(value: str) -> timedelta:
    """The time that ``30m``, ``24h``, ``7d``, ``2w`` or ``1y`` means; ValueError with the reason for anything else."""
    if not (match := re.fullmatch("([0-9]{1,18})([mhdwy])", value)):
        raise ValueError("is not a number with m, h, d, w or y")
    count, unit = int(match[1]), UNITS[match[2]]
    if not 0 < count <= LONGEST // unit:
        raise ValueError("is not between 1 minute and 100 years")
    return count * unit


def expand(value: str, environ: Mapping[str, str]) -> str:
    """``value`` with each ``${NAME}`` from ``environ``; SeedsError when one is not set. The result may be secret."""

    def variable(match: re.Match[str]) -> str:
        if not environ.get(match[1]):
            raise SeedsError(f"environment variable {match[1]} is not set: export {match[1]}=... first")
        return environ[match[1]]

    return VARIABLE.sub(variable, value)


def read_duration(table: Table, key: str, example: str) -> timedelta | None:
    """A duration; ``example`` is how it could be written."""
    value = table.line(key, f'"{example}"')
    try:
        return duration(value) if value is not None else None
    except ValueError as error:
        raise table.error(f"{quoted(str(value))} {error}", f'write {key} = "{example}"', key) from None


def check_language(table: Table, code: str, key: str) -> str:
    """``code``, which stands at ``key``, if it is a language."""
    if code in LANGUAGES:
        return code
    if code == "und":
        raise table.error('"und" is no language', "leave it out, articles of unknown language are always kept", key)
    short = re.split("[-_]", code.lower())[0]
    guess = MISTAKEN_LANGUAGES.get(short, short if short in LANGUAGES else short[:2])
    remedy = f'did you mean "{guess}"?' if guess in LANGUAGES else 'write two letters, as in "es"'
    raise table.error(f"{quoted(code)} is no ISO 639-1 code", remedy, key)


def read_language(table: Table) -> str | None:
    """The code of a language."""
    code = table.line("language", '"es"')
    return None if code is None else check_language(table, code, "language")


def read_url(table: Table) -> str:
    """An address on the web; empty when it is left out."""
    return check_url(table, table.line("url", '"https://..."') or "", "url")


def check_url(table: Table, url: str, key: str) -> str:
    """``url``, which stands at ``key``, if it is an address on the web."""
    if not url.isprintable():
        raise table.error("has a line break or a control character", "write it on one line", key)
    write = 'write url = "https://..."' if key == "url" else 'write "https://..."'
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a wrong port raises ValueError
    except ValueError as error:
        raise table.error(f"{quoted(url)} is no web address ({error})", write, key) from None
    if parts.scheme.lower() not in ("http", "https"):
        fault = f"{quoted(url)} does not begin with http:// or https://"
        raise table.error(fault, write, key)
    if not parts.hostname:
        raise table.error(f"{quoted(url)} names no host", write, key)
    if parts.username is not None or parts.password is not None:  # never show it
        raise table.error("has a user or a password in it", 'take them out and write login = "${NAME}"', key)
    if " " in url:
        raise table.error(f"{quoted(url)} has a space in it", "write %20 instead", key)
    return url


def read_timezone(table: Table) -> str | None:
    """The IANA name of a time zone that this machine knows."""
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


def read_proxy(table: Table) -> str | None:
    """An HTTP proxy, its variables not yet expanded."""
    proxy = table.line("proxy", '"${PROXY}"')
    if proxy is not None and not is_address(proxy, "https?://"):  # never show it: it may hold a password
        raise table.error("is no http:// or https:// address", 'write proxy = "${NAME}" or "http://..."', "proxy")
    return proxy


def read_login(table: Table) -> str | None:
    """User and password of a source (``user:password``) as variables, not yet expanded: no secret stands in a file."""
    login = table.line("login", '"${NAME}"')
    if login is not None and ("${" in VARIABLE.sub("", login) or not VARIABLE.search(login)):
        remedy = 'write login = "${NAME}" and export NAME=user:password'
        raise table.error("names no variable", remedy, "login")
    return login


def is_address(value: str, scheme: str) -> bool:
    """Whether ``value`` begins with ``scheme`` or a variable, and every ``${`` in it is a whole variable."""
    return bool(re.match(rf"{scheme}|\$\{{", value)) and "${" not in VARIABLE.sub("", value)
