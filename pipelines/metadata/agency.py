"""Which news agency a text credits: datelines, credit lines and author fields."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.page.phrases import PHRASES, read_list

ALIASES = {alias.casefold(): name for name, others in read_list("agencies.toml").items() for alias in (name, *others)}
_ANY = "|".join(sorted(map(re.escape, ALIASES), key=len, reverse=True))

# "(Reuters)", "CARACAS, 3 jul (EFE).-", "/ТАСС/", "MOSCOW, July 3. /TASS/", "Caracas, (Prensa Latina) El"
IN_BRACKETS = re.compile(
    rf"[(/\[（【［](?:[^()/\[\]）】］]{{0,30}}[\s/|-])?({_ANY})(?:[\s/|.,-][^()/\[\]）】］]{{0,20}})?[)/\]）】］]", re.I
)
# "Reuters - ", "MOSKAU dpa – ", "РИА Новости.", "新华社北京7月3日电"
LEADING = re.compile(
    rf"^(?:[\w.\s,]{{0,40}}[\s,.(–—-]+)?({_ANY})\s*+(?:[.)]\s*+)?[-–—:]\s|^[^—–]{{2,40}}[—–]\s({_ANY})\.\s|^({_ANY})[^，。\s]{{0,12}}\d日[电電]",
    re.I,
)
CREDIT = re.compile(rf"^(?:{'|'.join(PHRASES['credit'])})\W+(?:[\w\s./]{{0,30}}?\b)?({_ANY})\b", re.I)
ALONE = re.compile(rf"^\W*({_ANY})(?:\s*[/|,&+-]\s*[\w\s.]{{2,30}})?\W*$", re.I)
DATELINE = 160  # characters of the first paragraphs in which a dateline may stand
SHORT = 100  # characters of a line that is nothing but a credit
ORDINARY = frozenset(
    {
        "ap",
        "efe",
        "ria",
        "pl",
        "abi",
        "ips",
        "pa",
        "ani",
        "wam",
        "sana",
        "nan",
        "cns",
        "lusa",
        "andina",
        "aa",
        "agi",
        "apa",
        "cna",
        "dha",
        "fars",
        "iha",
        "mehr",
        "mena",
        "spa",
    }
)  # in lower case these are words or parts of words


def credited_agency(lines: list[str], authors: Iterable[str] = ()) -> str | None:
    """The agency's usual name, from the text's first and last lines or the author fields; None if none is credited."""
    for line in lines[:3]:
        if name := _known(IN_BRACKETS.search(line[:DATELINE])) or _known(LEADING.match(line[:DATELINE])):
            return name
    edges = [line for line in (*lines[:4], *lines[-6:]) if len(line) <= SHORT]
    for line in edges:
        if name := _known(CREDIT.match(line)) or _known(ALONE.match(line)):
            return name
    for author in authors:
        if name := _known(ALONE.match(author)) or _known(IN_BRACKETS.search(author)):
            return name
    return _known(IN_BRACKETS.search(lines[-1][-SHORT:])) if lines else None


def _known(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    name = next(group for group in match.groups() if group)
    return None if name.casefold() in ORDINARY and not name.isupper() else ALIASES[name.casefold()]
