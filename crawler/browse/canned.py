"""The queries of docs/queries.md, by name, on the Data page: their SQL can be changed there."""

from __future__ import annotations

import re
from pathlib import Path

from crawler import program

SECTION = re.compile(r"^## ([^\n]+)$|^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shipped() -> dict[str, dict[str, str]]:
    """Name in addresses -> SQL and title, as Datasette wants them; none where the page did not come with us."""
    path = program.shipped_queries()
    return read(path) if path else {}


def read(path: Path) -> dict[str, dict[str, str]]:
    """The queries of the page at ``path``; the title of each is the comment that it begins with, below its heading."""
    found: dict[str, dict[str, str]] = {}
    heading, number = "", 0
    for section, sql in SECTION.findall(path.read_text(encoding="utf-8")):
        if section:
            heading, number = section, 0
            continue
        number += 1
        said = re.match(r"-- (?!may be empty)(.*)\n", sql)
        title = f"{heading}: {said[1]}" if said else f"{heading}{f' ({number})' if number > 1 else ''}"
        name = re.sub(r"\W+", "-", title.lower()).strip("-")[:60].strip("-")
        while name in found:
            name += "-2"
        found[name] = {"sql": sql.strip().removesuffix(";"), "title": title}
    return found
