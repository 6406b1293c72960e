"""Read a TOML file strictly: whatever is wrong becomes one line that names file, place and remedy.

Lists are counted from 1: ``sources[3]`` is the third.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

TYPES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
    date: "a date",
}
REMEDIES = {  # how a complaint of Python's TOML reader begins -> what to do about it
    "Invalid value": 'put text in double quotes, as in title = "..."',
    "Unclosed array": "close the list with ]",
    "Unterminated string": "close the text with a double quote",
    "Illegal character": "close the text with a double quote on the same line",
    "Expected '='": 'write key = "value"',
    "Expected newline": "write one key a line and put text in double quotes",
    "Invalid statement": 'write key = "value" or [table]',
    "Cannot": "name each key and each [table] once",
}


class SeedsError(Exception):
    """A seeds file cannot be used: one line with file, place and remedy."""

    def __init__(self, message: str):
        super().__init__("".join(c if c.isprintable() else " " for c in message))


def load(path: Path) -> dict[str, Any]:
    """What the TOML file ``path`` holds; SeedsError when it cannot be read."""
    file = shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")  # editors on Windows begin a file with a byte order mark
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SeedsError(f"{file}: line {line} is not UTF-8: save the file with that encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise SeedsError(f"{file}: {_complaint(str(error), text)}") from None
    except RecursionError:
        raise SeedsError(f"{file}: lists or tables are nested too deeply: take the innermost out") from None
    except FileNotFoundError:
        raise SeedsError(f"{file}: no such file: check the path") from None
    except OSError as error:
        raise SeedsError(f"{file}: cannot be read ({error.strerror}): make it a readable file") from None
    except ValueError as error:  # a path with a null character, a number of 5,000 digits
        raise SeedsError(f"{file}: cannot be read ({error}): correct it there") from None


def shown(path: Path) -> str:
    """``path`` as messages name it: relative when it is below the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _complaint(message: str, text: str) -> str:
    said, _, place = message.partition(" (at ")
    if match := re.match(r"line (\d+), column (\d+)", place):
        place = f"line {match[1]}, column {match[2]}"
    else:  # the end of the document
        place = f"line {text.count(chr(10)) + 1}, the end of the file"
    remedy = next((remedy for start, remedy in REMEDIES.items() if said.startswith(start)), "correct what stands there")
    return f"{place}: {said}: {remedy}"


def quoted(value: str) -> str:
    """``value`` as messages show it: in quotes, not longer than a line bears."""
    return f'"{value}"' if len(value) <= 80 else f'"{value[:80]}..."'


class Table:
    """One table of the file; each method gives the value of a key, or SeedsError, or None for a key left out."""

    def __init__(self, file: str, place: str, values: object, keys: Sequence[str] | None):
        """``keys`` are the keys that may occur, None for any."""
        self.file, self.place, self.note = file, place, ""
        if not isinstance(values, dict):
            raise SeedsError(f"{file}: {place} is {_kind(values)}, not a table: write [{place}] on a line of its own")
        self.values = values
        if isinstance(name := values.get("name"), str) and name.strip():
            self.note = f" (name {quoted(name.strip())})"  # easier to find than its number in the list
        for key in values:
            if keys is not None and key not in keys:
                close = get_close_matches(key, keys, 1)
                remedy = f'did you mean "{close[0]}"?' if close else f"known are {', '.join(keys)}"
                raise self.error(f"{'has an ' if place else ''}unknown key {quoted(key)}", remedy)

    def error(self, fault: str, remedy: str, key: str = "") -> SeedsError:
        """The complaint about ``key``, or about the whole table."""
        place = ".".join(part for part in (self.place, key) if part)
        return SeedsError(f"{self.file}: {place + ' ' if place else ''}{fault}: {remedy}{self.note}")

    def missing(self, key: str, example: str) -> SeedsError:
        return self.error(f'has no "{key}"', f"add {key} = {example}")

    def take(self, key: str, kind: type[T], example: str) -> T | None:
        """The value of ``key``, which must be a ``kind``; ``example`` is how it could be written."""
        value = self.values.get(key)
        if value is not None and type(value) is not kind:  # isinstance takes true for a number
            raise self.error(f"is {_kind(value)}, not {TYPES[kind]}", f"write {key} = {example}", key)
        return value

    def line(self, key: str, example: str) -> str | None:
        """One line of text that is not empty."""
        value = self.take(key, str, example)
        if value is not None and not value.strip():
            raise self.error("is empty", f"write {key} = {example}", key)
        if value is not None and not value.isprintable():
            raise self.error("has a line break or a control character", "write it on one line", key)
        return value.strip() if value is not None else None

    def choice(self, key: str, choices: Sequence[str]) -> str | None:
        """One of ``choices``."""
        value = self.line(key, f'"{choices[0]}"')
        if value is not None and value not in choices:
            close = get_close_matches(value.lower(), choices, 1)
            remedy = f'write {key} = "{(close or choices)[0]}"'
            raise self.error(f"{quoted(value)} is not one of {', '.join(choices)}", remedy, key)
        return value

    def lines(self, key: str, example: str) -> tuple[str, ...] | None:
        """A list of one or more texts; ``example`` is one of them."""
        values = self.take(key, list, f"[{example}]")
        if values is None:
            return None
        if not values:
            raise self.error("is empty", f"write {key} = [{example}]", key)
        for place, value in enumerate(values, 1):
            if not isinstance(value, str):
                raise self.error(f"is {_kind(value)}, not text", f"write {example}", f"{key}[{place}]")
        return tuple(values)

    def tables(self, key: str, keys: Sequence[str]) -> list[Table]:
        """The tables written as ``[[key]]``; none when the key is left out."""
        path = ".".join(part for part in (self.place, key) if part)
        values = self.values.get(key, [])
        if not isinstance(values, list):
            raise self.error(f"is {_kind(values)}, not a list of tables", f"write [[{path}]] above each", key)
        tables = []
        for place, value in enumerate(values, 1):
            if not isinstance(value, dict):
                raise self.error(f"is {_kind(value)}, not a table", f"write [[{path}]] above each", f"{key}[{place}]")
            tables.append(Table(self.file, f"{path}[{place}]", value, keys))
        return tables


def _kind(value: object) -> str:
    return TYPES.get(type(value), "a time")
