"""The text of an article in the state that a page brings for its own scripts (Next, Nuxt, Fusion, Apollo and the like).

State is data in JSON; what only a JavaScript engine could read is left out.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from crawler.words import ALONE
from pipelines.page.blocks import blocks_of
from pipelines.page.titles import squash
from pipelines.page.tree import UNFIT, tidy

MOST_CHARACTERS = 3_000_000  # of a script
MOST_ASSIGNED, MOST_VALUES, MOST_PARTS = 20, 60_000, 500  # values in a script, parts of a value, parts of a text
DEEPEST, DEEPEST_PART = 40, 6  # levels of a value, of a part of a text
PROLOGUE = 3_000  # characters of a script in which it says what it holds
SHORTEST = 300  # characters of a text
LONG = 60  # characters of a paragraph
KEY = 48  # squashed characters that identify a paragraph
SAME_SHARE = 0.6  # of the known paragraphs that the text of the same article has
MOST_CACHES = 20  # parts of a state in which references are looked up
LONGEST_TITLE = 300
PROBE, MOST_PROBES = 20, 3  # characters of a line and lines that are looked for before anything is read
STATE = re.compile(
    r"__(?:NEXT|NUXT|APOLLO|INITIAL|PRELOADED|REDUX|SSR|STATE|DATA|PAGE|APP|next_f)|Fusion\.|globalContent|initial[A-Z]\w{0,40}State",
    re.I,
)
ASSIGNED = re.compile(r"(?:=|\bJSON\.parse\()\s*(?=[{\[]\s*[\"\[{]|\"[{\[])")
PUSH = "__next_f.push("
ROW = re.compile(r"^[0-9a-f]+:(?:T([0-9a-f]+),|(?=[\[{]))", re.M)
MARKUP = re.compile(r"<(?:p|br|div|h[2-6]|li|blockquote)\b[^<>]*>", re.I)
TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
TITLES = re.compile(r"title|headline|heading", re.I)
SILENT_KINDS = re.compile(
    r"image|video|raw_?html|link|embed|promo|\bad\b|social|gallery|related|newsletter|divider|correction|reference|author",
    re.I,
)
SILENT_KEYS = re.compile(
    r"_.*|id|.*ur[li]|src|href|alt|.*caption.*|credits?|slug|(?:sub)?type|kind|.*author.*|related.*|.*image.*|media|class.*"
    r"|style|key|name|locale|.*date.*|.*tags?|keywords|section.*|categor.*|canonical.*|description|.*title|headlines?",
    re.I,
)


def state_scripts(root: HtmlElement) -> list[str]:
    """The scripts of a page that may hold its state."""
    found = []
    for script in root.iter("script"):
        text, kind = script.text or "", (script.get("type") or "").lower()
        if len(text) < SHORTEST or "ld+json" in kind:
            continue
        if kind == "application/json" or STATE.search(text[:PROLOGUE]):
            found.append(text)
    return found


def state_texts(scripts: list[str], titles: list[str], known: list[str]) -> Iterator[list[str]]:
    """The texts of the page's article in its state, as lines.

    An article is told by one of its ``titles``, or by having what is ``known`` of its text. Without either it may be
    another one, and is left out.
    """
    wanted = frozenset(map(squash, titles))
    keys = [plain[:KEY] for line in known if len(plain := squash(line)) >= KEY]
    openings = [line[:PROBE] for line in known if len(line) > LONG][:MOST_PROBES] or [text[:PROBE] for text in titles]
    probes = [written for text in openings if text for written in _written(text)]
    has_probe = [any(probe in script for probe in probes) for script in scripts]
    if not any(has_probe):
        return
    try:
        for value in _values([script for script, has in zip(scripts, has_probe, strict=True) if has or PUSH in script]):
            for text, around in _texts(value, value, (), 0, [MOST_VALUES], _sizes(value)):
                plain = squash("".join(text))
                has = sum(key in plain for key in keys)
                if has > SAME_SHARE * len(keys) if keys else wanted.intersection(around):
                    yield text
    finally:
        _blocks.cache_clear()


def _written(text: str) -> tuple[str, str, str]:
    """A text as it may stand in a script: plain, in a string, in a string in a string."""
    once = json.dumps(text)[1:-1]
    return text, once, json.dumps(once)[1:-1]


def _values(scripts: list[str]) -> Iterator[Any]:
    """What the scripts hold as JSON: whole, assigned, in a string, or pushed in rows."""
    decoder = json.JSONDecoder(strict=False)
    pushed = []
    for script in scripts:
        script = script[:MOST_CHARACTERS].strip()
        if pushes := _pushed(script):
            row = _json(pushes)
            pushed += [part for part in row if isinstance(part, str)] if isinstance(row, list) else []
            continue
        if script[:1] in "{[":
            value = _json(script)
            yield _revived(value) if isinstance(value, list) else value
            continue
        for match in islice(ASSIGNED.finditer(script), MOST_ASSIGNED):
            try:
                value, _ = decoder.raw_decode(script, match.end())
            except (ValueError, RecursionError):
                continue
            yield _json(value) if isinstance(value, str) else value
    yield from _rows("".join(pushed))


def _rows(stream: str) -> Iterator[Any]:
    """The rows of React's stream: ``id:JSON``, or ``id:Tlength,text``."""
    texts = []
    for match in ROW.finditer(stream):
        if match[1]:
            raw = stream[match.end() : match.end() + int(match[1][:6], 16)].encode()[: int(match[1][:6], 16)]
            texts.append(raw.decode("utf-8", "ignore"))
        else:
            yield _json(stream[match.end() : stream.find("\n", match.end()) % (len(stream) + 1)])
    yield texts


def _pushed(script: str) -> str | None:
    """The list that a script which ends in a push of React's stream hands over."""
    _, push, rest = script.partition(PUSH)
    row = rest.rstrip().removesuffix(";").rstrip().removesuffix(")").strip()
    return row if push and row[:1] == "[" and row[-1:] == "]" else None


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _revived(values: list[Any]) -> Any:
    """A value in devalue's form (Nuxt 3): an array whose numbers are places in it; other arrays as they are."""
    if not values or not isinstance(values[0], list | dict):
        return values
    inside = values[0].values() if isinstance(values[0], dict) else values[0][1:]
    if not all(isinstance(place, int) and -10 < place < len(values) for place in inside):
        return values
    budget = [MOST_VALUES]

    def revive(place: Any, depth: int) -> Any:
        budget[0] -= 1
        if depth > DEEPEST or budget[0] < 0 or not isinstance(place, int) or not 0 <= place < len(values):
            return None
        value = values[place]
        if isinstance(value, dict):
            return {key: revive(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            wrapped = value[:1] and isinstance(value[0], str)  # ["Reactive", 5]
            return (
                revive(value[1], depth + 1) if wrapped and len(value) > 1 else [revive(one, depth + 1) for one in value]
            )
        return value

    return revive(0, 0)


def _sizes(value: Any) -> dict[int, float]:
    """Characters of all strings in each object and list of a value, by its id; without end where one is referred to."""
    sizes: dict[int, float] = {}

    def measure(part: Any, depth: int) -> float:
        if isinstance(part, str):
            return len(part)
        if not isinstance(part, dict | list) or depth > DEEPEST + DEEPEST_PART:
            return 0
        size = float("inf") if isinstance(part, dict) and ("__ref" in part or "generated" in part) else 0.0
        for inner in part.values() if isinstance(part, dict) else part:
            if isinstance(inner, str):
                size += len(inner)
            elif isinstance(inner, dict | list):
                size += measure(inner, depth + 1)
        sizes[id(part)] = size
        return size

    measure(value, 0)
    return sizes


def _texts(
    value: Any, top: Any, titles: tuple[str, ...], depth: int, budget: list[int], sizes: dict[int, float]
) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """(lines, titles around) of everything in a value that is a text; ``sizes`` are those of its parts."""
    budget[0] -= 1
    if depth > DEEPEST or budget[0] < 0 or sizes.get(id(value), SHORTEST) < SHORTEST:
        return
    value = _referred(value, top)
    if isinstance(value, dict):
        titles = (*titles[-8:], *_titles(value))
        for inner in value.values():
            if isinstance(inner, dict | list | str):
                yield from _texts(inner, top, titles, depth + 1, budget, sizes)
    elif isinstance(value, list):
        lines = [line for item in value[:MOST_PARTS] for line in _lines(_referred(item, top), top, 0, budget)]
        if sum(map(len, lines)) >= SHORTEST and sum(len(line) >= LONG for line in lines) > 1:
            yield lines, titles
        for inner in value:
            if isinstance(inner, dict | list):
                yield from _texts(inner, top, titles, depth + 1, budget, sizes)
    elif isinstance(value, str) and len(value) >= SHORTEST and " " in value:
        lines = _lines(value, top, 0, budget)
        if sum(map(len, lines)) >= SHORTEST:
            yield lines, titles


def _referred(value: Any, top: Any) -> Any:
    """What a value of Apollo's cache refers to, or the value itself."""
    key = (
        value.get("__ref") or (value.get("generated") is False and value.get("id")) if isinstance(value, dict) else None
    )
    if isinstance(key, str) and isinstance(top, dict):
        inner = (one for one in islice(top.values(), MOST_CACHES) if isinstance(one, dict))
        return next((cache[key] for cache in chain((top,), inner) if key in cache), value)
    return value


def _titles(value: dict[str, Any]) -> Iterator[str]:
    for key, inner in value.items():
        if _is_title(key):
            for text in inner.values() if isinstance(inner, dict) else (inner,):
                if isinstance(text, str) and 8 < len(text) < LONGEST_TITLE:
                    yield squash(html.unescape(text))


@lru_cache(maxsize=2_000)  # the same keys come again in every object
def _is_title(key: str) -> bool:
    return TITLES.search(key) is not None


@lru_cache(maxsize=2_000)
def _is_silent(key: str) -> bool:
    return SILENT_KEYS.fullmatch(key) is not None


def _lines(value: Any, top: Any, depth: int, budget: list[int]) -> list[str]:
    """The lines of one part of a text: a string, or an object that holds one beside its kind."""
    budget[0] -= 1
    if depth > DEEPEST_PART or budget[0] < 0:
        return []
    if isinstance(value, str):
        return [*_blocks(value)]
    if isinstance(value, list):
        return [line for item in value[:MOST_PARTS] for line in _lines(_referred(item, top), top, depth + 1, budget)]
    if not isinstance(value, dict):
        return []
    kind = " ".join(str(value.get(key) or "") for key in ("type", "__typename", "kind", "_type", "component"))
    if SILENT_KINDS.search(kind):
        return []
    inner = [one for key, one in value.items() if not _is_silent(key) and isinstance(one, str | list | dict)]
    return [line for one in inner for line in _lines(_referred(one, top), top, depth + 1, budget)]


@lru_cache(maxsize=1_000)  # a list of parts is looked at as a whole, and each of its lists again
def _blocks(text: str) -> list[str]:
    """The lines of a string, with markup or without; a string that is no writing has none."""
    if "<" in text and MARKUP.search(text):
        part = fragment_fromstring(UNFIT.sub("", text), create_parent="div")
        etree.strip_elements(part, "script", "style", "iframe", "figure", "form", with_tail=False)
        return [
            ("- " if block.inside("li") is not None else "") + block.text
            for block in blocks_of(part)
            if not block.is_link or len(block.text) < 4
        ]
    if " " not in text.strip() and not ALONE.search(text):
        return []
    plain = TAG.sub("", html.unescape(text))
    return [line for raw in plain.split("\n") if (line := tidy(raw))]
