"""Word lists that are data: phrases by role and language, and the names of meta tags of ``fields.toml``.

``wording/ROLE.toml`` has the phrases of a role in lists by language (ISO 639-1; ``mul``: several), one a line, sorted.
``phrases.toml`` has those around authors and credits. Each is a regular expression, compared without case.
"""

from __future__ import annotations

import tomllib
from pathlib import Path


def read_list(name: str) -> dict[str, list[str]]:
    """The lists of a TOML file in this folder."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def expression(phrase: str) -> str:
    """The regular expression of a phrase: spaces stand for any white space, apostrophes for both kinds."""
    return phrase.replace("'", "['’]").replace(" ?", r"\s*+").replace(" ", r"\s++")


def read_wording() -> dict[str, dict[str, list[str]]]:
    """The phrases of ``wording/`` as they are written, by role and language."""
    folder = Path(__file__).with_name("wording")
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))}


PHRASES = {  # regular expressions, to be compared without case
    name: [expression(phrase) for phrase in phrases]
    for name, phrases in {
        **read_list("phrases.toml"),
        **{role: [phrase for one in lists.values() for phrase in one] for role, lists in read_wording().items()},
    }.items()
}


def plain_name(name: str) -> str:
    """A meta tag's name as it is compared: publishers use colons, dots, hyphens and underscores alike."""
    return name.strip().lower().translate(str.maketrans("_.-", ":::"))


FIELDS = {field: [plain_name(name) for name in names] for field, names in read_list("fields.toml").items()}
