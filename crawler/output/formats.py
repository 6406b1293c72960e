"""Rows as text for other programs: JSON, JSON Lines, CSV and Markdown, written row by row as they come.

A row is a dict; its lists and dicts stay what they are in JSON. Nothing is kept, so a million rows need the memory of
one. What a page says is data: no cell is a formula, no headline is markup.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

from crawler.output.terminal import safe_line

Row = Mapping[str, Any]
SEPARATORS = "\t\r\n;"  # beside the comma: spreadsheets in half of the world's languages divide lines at semicolons
FORMULA = re.compile(  # where a cell may begin, and what spreadsheets run there; full-width signs, too
    rf'(?:^|(?<=[{SEPARATORS}]))(?=[ "]{{0,9}}[=+\-@＝＋－＠]|(?<![\s\S])[\t\r\n])'
)


def write(form: str, rows: Iterable[Row], out: TextIO) -> None:
    """Write ``rows`` to ``out`` in one of ``WRITERS``; KeyError for another form."""
    WRITERS[form](rows, out)


def _json(rows: Iterable[Row], out: TextIO) -> None:
    before = "[\n  "
    for row in rows:
        out.write(before + json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n  "))
        before = ",\n  "
    out.write("\n]\n" if before.startswith(",") else "[]\n")


def _jsonl(rows: Iterable[Row], out: TextIO) -> None:
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _csv(rows: Iterable[Row], out: TextIO) -> None:
    """With a heading, except when there are no rows: nothing else says what the columns are."""
    writer = SafeCsv(out)
    headed = False
    for row in rows:
        if not headed:
            writer.writerow(row)
            headed = True
        writer.writerow(row.values())


class SafeCsv:
    """``csv.writer`` whose cells are all quoted and none a formula, wherever a spreadsheet divides the line."""

    def __init__(self, out: TextIO):
        self._writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def writerow(self, row: Iterable[object]) -> None:
        """Write a line."""
        self._writer.writerow(map(cell, row))


def cell(value: object) -> object:
    """``value`` for a spreadsheet: lists joined, and an apostrophe before whatever it would run as a formula."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "; ".join(value)
    elif isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def _md(rows: Iterable[Row], out: TextIO) -> None:
    """Articles as a list of links."""
    for row in rows:
        title = re.sub(r"([\\`*_\[\]<>#])", r"\\\1", safe_line(row["title"] or row["url"]))
        address = row["url"].replace("(", "%28").replace(")", "%29").replace(" ", "%20")
        when = (row["published"] or row["fetched"])[:10]
        out.write(f"- [{title}]({address}), {safe_line(row['source'] or '')}, {when}, {row['language']}\n")


WRITERS: dict[str, Callable[[Iterable[Row], TextIO], None]] = {"json": _json, "jsonl": _jsonl, "csv": _csv, "md": _md}
