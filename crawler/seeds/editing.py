"""A seeds file changed as text: comments, order and spacing stay as its author wrote them.

What comes out is read again and must say what it said before and the change, nothing else; ``CannotEdit`` otherwise.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from crawler.output.whole_file import writing
from crawler.seeds import read_topic

LINE = re.compile(r"[^\n]*\n|[^\n]+")
HEADER = re.compile(r"\s*\[")
SOURCES = re.compile(r"""\s*\[\[\s*(?:sources|"sources"|'sources')\s*\]\]\s*(?:#.*)?$""")
ASIDE = re.compile(r"\s*(?:#.*)?$")
BARE = re.compile("[A-Za-z0-9_-]+")


class CannotEdit(Exception):
    """The text is written in a way that a change by lines would not survive."""


def added(text: str, blocks: Sequence[str]) -> str:
    """``text`` with ``[[sources]]`` blocks (TOML, with comments) after its last one."""
    lines = LINE.findall(text)
    places = _blocks(lines)
    if not places:
        raise CannotEdit("it has no [[sources]] block")
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    last = places[-1][1]
    if not lines[last - 1].endswith(("\n", "\r")):
        lines[last - 1] += end
    new = "".join(f"{end}{block.strip()}{end}" for block in blocks).replace("\r\n", "\n").replace("\n", end)
    wanted = tomllib.loads(text)
    wanted["sources"] += [source for block in blocks for source in tomllib.loads(block)["sources"]]
    return _checked("".join([*lines[:last], new, *lines[last:]]), wanted)


def changed(text: str, number: int, **values: Any) -> str:
    """``text`` whose source ``number`` (the first is 1) has these values; a key that is None is taken out.

    The comment behind a value stays; a key that was not there comes after the last one.
    """
    wanted = tomllib.loads(text)
    lines = LINE.findall(text)
    places = _blocks(lines)
    if len(places) != len(wanted.get("sources", ())):
        raise CannotEdit("not every source is a [[sources]] block")
    source = wanted["sources"][number - 1]
    for key, value in values.items():
        begin, end = _blocks(lines)[number - 1]
        _change(lines, begin, end, key, value)
        source[key] = value
        if value is None:
            del source[key]
    return _checked("".join(lines), wanted)


def written(value: Any) -> str:
    """``value`` as TOML writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # DEL is a control character in TOML


def read(path: Path) -> str:
    """The text of a seeds file, line ends as they are."""
    return path.read_bytes().decode("utf-8-sig")


def save(path: Path, text: str) -> None:
    """Put ``text`` in the place of the seeds file ``path`` if it is a topic; SeedsError when it is none.

    The file is there as a whole at any moment; what a symbolic link leads to is replaced, not the link.
    """
    path = path.resolve()
    mark = b"\xef\xbb\xbf" if path.exists() and path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(text.encode())
        read_topic(draft, path.stem)
    finally:
        draft.unlink(missing_ok=True)
    with writing(path) as file:
        file.write(mark + text.encode())


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where each ``[[sources]]`` block begins and ends (exclusive), without what stands between it and the next."""
    heads: list[int] = []
    for place, line in enumerate(lines):
        if HEADER.match(line) and _whole("".join(lines[heads[-1] if heads else 0 : place])):  # not in a text or a list
            heads.append(place)
    places = []
    for head, beyond in pairwise([*heads, len(lines)]):
        if not SOURCES.match(lines[head].rstrip()):
            continue
        end = beyond
        while ASIDE.match(lines[end - 1].rstrip()):
            end -= 1
        while end < beyond and lines[end].strip():  # a comment right below the last key
            end += 1
        places.append((head, end))
    return places


def _change(lines: list[str], begin: int, end: int, key: str, value: Any) -> None:
    """Write ``key`` anew in the block between two lines, take it out, or put it after the last line."""
    line_end = "\r\n" if lines[begin].endswith("\r\n") else "\n"
    place = next((at for at in range(begin + 1, end) if _is_key(lines, begin, at, key)), None)
    if place is None:
        if value is not None:
            last = max(at for at in range(begin, end) if not ASIDE.match(lines[at].rstrip()))
            if not lines[last].endswith(("\n", "\r")):
                lines[last] += line_end
            lines.insert(last + 1, f"{_key(key)} = {written(value)}{line_end}")
        return
    beyond = next((at for at in range(place + 1, end + 1) if _whole("".join(lines[place:at]))), None)
    if beyond is None:
        raise CannotEdit(f"the value of {key} has no end")
    comment = _comment("".join(lines[place:beyond]).rstrip())
    lines[place:beyond] = [] if value is None else [f"{_key(key)} = {written(value)}{comment}{line_end}"]


def _is_key(lines: Sequence[str], begin: int, at: int, key: str) -> bool:
    name = re.escape(key)
    return bool(re.match(rf"""\s*(?:{name}|"{name}"|'{name}')\s*=""", lines[at])) and _whole(
        "".join(lines[begin + 1 : at])
    )


def _comment(line: str) -> str:
    """The comment behind the value of ``line``, with the spaces before it; none when the value has several lines."""
    if "\n" in line:
        return ""
    for mark in re.finditer("#", line):
        if _whole(line[: mark.start()]):
            return line[len(line[: mark.start()].rstrip()) :]
    return ""


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else written(name)


def _whole(text: str) -> bool:
    """Whether no value of ``text`` goes on behind its end."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _checked(text: str, wanted: Mapping[str, Any]) -> str:
    try:
        read_again = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotEdit(f"a change would break it ({error})") from None
    if read_again != wanted:
        raise CannotEdit("a change by lines would change something else, too")
    return text
