"""Who wrote it: names as people write them, out of what pages put into author fields."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.page.phrases import PHRASES
from pipelines.page.titles import squash
from pipelines.page.tree import tidy

SHORTEST_OUTLET = 5  # letters of an outlet's name that may begin a name of its desks
MOST = 20  # names of one article
LONGEST = 60  # characters of a name
BY = re.compile(rf"^(?:{'|'.join(PHRASES['byline'])})[\s:]+", re.I)
ADDRESS = re.compile(r"(?<!\S)[^\s@]+@\S*\.\w+|https?://\S+|(?<!\w)@\w+")
IN_BRACKETS = re.compile(r"(?:(?<!\s)\s+)?[(\[][^)\]]{0,200}[)\]]")
BETWEEN = re.compile(
    r"(?:(?<!\s)\s+)?[;|/•·\n]\s*|(?<!\s)\s+(?:and|und|et|with|mit|y|и|та|e|&|og|och|en)\s+(?=[^\W\d_a-zа-я])"
    r"|(?:(?<!\s)\s+)?,\s*(?=[^\W\d_a-zа-я])",
    re.S,
)
ROLE = re.compile(rf"(?:^|\b)(?:{'|'.join(PHRASES['role'])})\b", re.I)
ROLE_AFTER = re.compile(rf"(?<=\S)\s+(?:{'|'.join(PHRASES['role'])})$", re.I)
PHOTO = re.compile(rf"(?:{'|'.join(PHRASES['photo'])})\s*:", re.I)
NOBODY = re.compile(rf"^(?:{'|'.join(PHRASES['nobody'])})$", re.I)
AFTER_NAME = re.compile(r"(?:(?:(?<!\s)\s+)?,|(?<!\s)\s+[–—|-])\s(?s:.)*")


def people(given: Iterable[str], sites: Iterable[str]) -> list[str]:
    """Clean names in their order, each once; names of the site and of nobody in particular are left out."""
    outlets = {squash(site) for site in sites if site}
    names: dict[str, str] = {}
    for entry in given:
        for part in BETWEEN.split(ADDRESS.sub(" ", IN_BRACKETS.sub("", tidy(entry)))):
            name = clean_name(part)
            plain = squash(name or "")
            # "Portal Costa Litoral" is a desk of "Portal Costa"
            desk = any(len(outlet) > SHORTEST_OUTLET and plain.startswith(outlet) for outlet in outlets)
            if name and plain not in outlets and not desk and not outlets.intersection(map(squash, name.split())):
                names.setdefault(squash(name), name)
    return list(names.values())[:MOST]


def outlets(given: Iterable[str]) -> list[str]:
    """The names of an author field that credits no person, such as the outlet's own desk; none for "admin"."""
    return [name for entry in given if (name := clean_name(tidy(entry)))]


def clean_name(text: str) -> str | None:
    """One name without "By", role and punctuation; None when what is left is no name."""
    name = BY.sub("", tidy(text).strip(" ,.;:|-–—*•"))
    name = AFTER_NAME.sub("", name).strip(" ,;:|-–—*•")
    if PHOTO.match(name):
        return None
    name = ROLE_AFTER.sub("", name)
    if ROLE.fullmatch(name) or NOBODY.match(name):
        return None
    letters = sum(char.isalpha() for char in name)
    if letters < 2 or len(name) > LONGEST or re.search(r"\d{3}|[<>{}=]|://|www\.|\.(?:com|html|php)\b", name):
        return None
    return name if len(name.split()) <= 6 else None
