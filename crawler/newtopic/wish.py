"""What somebody wants to watch, as the command line gives it or a terminal asks for it; WrongUsage for any mistake."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crawler.command import WrongUsage
from crawler.seeds.strict_toml import SeedsError, Table, quoted
from crawler.seeds.values import check_language
from crawler.terms import Terms, parse_term
from crawler.urls import clean_url, page_key

T = TypeVar("T")

TERMS_EXAMPLE = '--terms "place=chile,bolivia*"'


@dataclass(frozen=True)
class Wish:
    """A topic before its sources are known."""

    name: str
    title: str
    languages: tuple[str, ...]  # ISO 639-1; empty: all
    terms: Mapping[str, Sequence[str]]


def spoken(name: str) -> str:
    """A topic's name as a title: ``rare_earths`` is *Rare earths*."""
    return re.sub("[_-]+", " ", name).strip().capitalize() or name


def read_title(written: str) -> str:
    """One line of text."""
    if not written.strip() or not written.isprintable():
        raise WrongUsage(f"--title {quoted(written)}: write one line of text")
    return written.strip()


def read_languages(written: Sequence[str]) -> tuple[str, ...]:
    """The codes in ``es,en`` and ``es en``, each once."""
    codes = re.split(r"[\s,]+", " ".join(written).strip().lower())
    try:
        return tuple(
            dict.fromkeys(check_language(Table("newtopic", "", {}, None), code, "--language") for code in codes if code)
        )
    except SeedsError as error:
        raise WrongUsage(str(error)) from None


def read_groups(written: Sequence[str]) -> dict[str, list[str]]:
    """group -> terms, from ``place=chile,bolivia*``; a group that is named twice gets the terms of both."""
    groups: dict[str, list[str]] = {}
    for item in written:
        group, equals, terms = item.partition("=")
        if not equals or not group.strip():
            raise WrongUsage(f"--terms {quoted(item)} names no group: write {TERMS_EXAMPLE}")
        groups.setdefault(group.strip(), []).extend(read_terms(group.strip(), terms))
    try:
        Terms(groups)
    except ValueError as error:  # a group of exceptions alone
        raise WrongUsage(f"--terms: {error}") from None
    return {group: list(dict.fromkeys(terms)) for group, terms in groups.items()}


def read_terms(group: str, written: str) -> list[str]:
    """The terms in ``chile,bolivia*``."""
    if not (group + written).isprintable():
        raise WrongUsage(f"--terms {quoted(group)} has a control character or is not UTF-8: type it again")
    terms = [term.strip() for term in written.split(",") if term.strip()]
    if not terms:
        raise WrongUsage(f"--terms {group}: names no term: write {TERMS_EXAMPLE}")
    for term in terms:
        try:
            parse_term(term)
        except ValueError as error:
            raise WrongUsage(f"--terms {group}: {quoted(term)} {error}") from None
    return terms


def read_addresses(written: Sequence[str]) -> list[str]:
    """Web addresses, each page once; ``example.com`` is taken for ``https://example.com/``."""
    addresses: dict[str, str] = {}
    for address in written:
        whole = address if re.match("[a-zA-Z][a-zA-Z0-9+.-]*://", address) else f"https://{address}"
        cleaned = clean_url(whole) if address.isprintable() else None
        if cleaned is None:
            raise WrongUsage(f"{quoted(address)} is no web address: write it as in https://example.com/")
        addresses.setdefault(page_key(cleaned), cleaned)
    return list(addresses.values())


def ask(question: str, read: Callable[[str], T], default: T | None = None) -> T:
    """What ``read`` makes of an answer; asked again until it makes something. An empty answer is ``default``."""
    while True:
        answer = _answer(question)
        if not answer and default is not None:
            return default
        try:
            return read(answer)
        except WrongUsage as error:
            sys.stderr.write(f"  {error}\n")


def ask_groups() -> dict[str, list[str]]:
    """The groups of terms, one after another, until an empty answer."""
    sys.stderr.write('An article is relevant when every group of terms has a hit; "bolivia*" hits every ending.\n')
    written: list[str] = []
    while True:
        asked = "A further group (none)" if written else "A group of terms, such as place=chile,bolivia*"
        answer = ask(asked, _one_group, "" if written else None)
        if not answer:
            return read_groups(written)
        written.append(answer)


def ask_addresses() -> list[str]:
    """One address or more."""
    while True:
        if addresses := ask("Home pages, feeds or sitemaps, with spaces between", lambda a: read_addresses(a.split())):
            return addresses


def _one_group(answer: str) -> str:
    read_groups([answer])
    return answer


def _answer(question: str) -> str:
    """A line from the terminal; EOFError when there is none."""
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()
