"""Inputs that make a regular expression work hard, made from the expression itself, and how its work grows with them.

Matching that goes back over what it has read needs the square of the input, or worse, when it may begin or stop at
many places: at an opening that comes again and again, in a repeat whose end never comes. Those are the inputs here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import crawler
import pipelines

METHODS = ("search", "match", "fullmatch", "sub", "subn", "findall", "finditer", "split")
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
MANY = 200  # times that something may come again: less is a bound
TRIED = "x 1<'\n\xe9\u0416"  # characters of which one is in nearly every class
SIZE, TIMES = 2_000, 8  # repetitions, and how many times as many
UNNOTICED, SLOW = 0.0008, 0.003  # seconds: the square of 2,000 steps takes more than the first
AGAIN = 5  # measurements when the first says that it is worse
WORSE = 3.0 * TIMES  # growth of the time that is no longer in proportion


def modules() -> Iterator[ModuleType]:
    """Every module of the project."""
    for package in (crawler, pipelines):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(info.name)


def patterns() -> dict[re.Pattern[Any], tuple[str, set[str]]]:
    """Every expression of the project -> where it stands, and the methods by which it is asked."""
    found: dict[re.Pattern[Any], tuple[str, set[str]]] = {}
    for module in modules():
        names = {}
        for name, value in vars(module).items():
            names[name] = list(_patterns_in(value))
            for pattern in names[name]:
                found.setdefault(pattern, (f"{module.__name__}.{name}", set()))
        tree = ast.parse(inspect.getsource(module))
        loose = set()  # methods of what has another name there, such as the variable of a loop
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or node.attr not in METHODS:
                continue
            asked = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            own = names.get(asked.id, []) if isinstance(asked, ast.Name) else []
            loose |= set() if own or ast.unparse(asked) == "re" else {node.attr}
            for pattern in own:
                found[pattern][1].add(node.attr)
        for pattern in chain.from_iterable(names.values()):
            found[pattern] = (found[pattern][0], found[pattern][1] or loose)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (method := _of_re(node.func)) and method in METHODS:
                for pattern in _written(node):
                    found.setdefault(pattern, (f"{module.__name__}:{node.lineno}", set()))[1].add(method)
    return {pattern: (where, _hardest(asked)) for pattern, (where, asked) in found.items()}


def _hardest(asked: set[str]) -> set[str]:
    """Of several methods those that others are a part of."""
    for all_of_it in ({"sub", "subn", "findall", "finditer", "split"}, {"search"}):
        if found := asked & all_of_it:
            return {min(found)} | asked & {"fullmatch"}
    return asked or {"search"}


def _patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _patterns_in(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns_in(each)
    elif isinstance(value, type) and value.__module__.startswith(("crawler", "pipelines")):
        for each in vars(value).values():
            if isinstance(each, re.Pattern):
                yield each


def _of_re(function: ast.expr) -> str | None:
    named = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"
    return function.attr if named else None  # type: ignore[union-attr]


def _written(call: ast.Call) -> Iterator[re.Pattern[Any]]:
    """The expression that a call of ``re.search`` and the like writes out."""
    if isinstance(call.args[0], ast.Constant):
        flags = [ast.unparse(part) for part in [*call.args[2:], *(word.value for word in call.keywords)]]
        ignore_case = any("IGNORECASE" in flag or flag == "re.I" for flag in flags)
        yield re.compile(call.args[0].value, re.IGNORECASE if ignore_case else 0)


def attacks(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], Any]]:
    """What makes inputs of any size for ``pattern``: openings again and again, repeats without an end."""
    binary = isinstance(pattern.pattern, bytes)
    written = pattern.pattern.decode("latin-1") if binary else pattern.pattern
    tree = parser.parse(written, pattern.flags & ~re.UNICODE if binary else pattern.flags)
    seen = set()

    def make(*parts: str) -> Iterator[Callable[[int], Any]]:
        """Strings of which the first, the third ... stand once and the others many times."""
        if parts not in seen and any(parts[1::2]):
            seen.add(parts)
            whole = tuple(part.encode("latin-1", "replace") for part in parts) if binary else parts
            empty = b"" if binary else ""
            yield lambda size: empty.join(part * (size if at % 2 else 1) for at, part in enumerate(whole))

    whole = _example(tree, {})
    for cut in (whole, whole[:-1], whole[: len(whole) // 2]):
        yield from make("", cut)
    for before, unit in dict.fromkeys(_repeats(tree, "", {})):
        yield from make("", before)
        yield from make(before, unit, "\0")
        yield from make("", unit, "\0")
        yield from make("", before + unit)
        yield from make("", before + unit + "\0")
        yield from make("", before, "", unit)


def _repeats(tree: Any, before: str, groups: dict[int, str]) -> Iterator[tuple[str, str]]:
    """What stands before each repeat, and what is repeated."""
    for kind, value in tree:
        if kind in REPEATS:
            _, high, inner = value
            if high >= MANY:
                for unit in _units(inner, groups):
                    yield before, unit
            yield from _repeats(inner, before, groups)
        elif kind is op.SUBPATTERN:
            yield from _repeats(value[-1], before, groups)
        elif kind is op.ATOMIC_GROUP:
            yield from _repeats(value, before, groups)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before, groups)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _repeats(value[1], before, groups)
        before += _example([(kind, value)], groups)


def _units(tree: Any, groups: dict[int, str]) -> list[str]:
    """Examples of what is repeated: several for a class of characters."""
    if len(tree) == 1 and tree[0][0] in (op.IN, op.NOT_LITERAL, op.ANY):
        return _members(*tree[0])[:4]
    if len(tree) == 1 and tree[0][0] is op.BRANCH:
        return [_example(branch, groups) for branch in tree[0][1][1]][:6]
    return [_example(tree, groups)]


def _members(kind: Any, value: Any) -> list[str]:
    """Characters of a class."""
    if kind is op.ANY:
        return list(TRIED)
    if kind is op.NOT_LITERAL:
        return [char for char in TRIED if char != chr(value)]
    own = [chr(part[1] if part[0] is op.LITERAL else part[1][0]) for part in value if part[0] in (op.LITERAL, op.RANGE)]
    return [char for char in [*TRIED, *own] if _is_in(char, value)]


def _is_in(char: str, parts: Any) -> bool:
    negated, found = False, False
    for kind, value in parts:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found |= char == chr(value)
        elif kind is op.RANGE:
            found |= value[0] <= ord(char) <= value[1]
        elif kind is op.CATEGORY:
            name = str(value).removeprefix("CATEGORY_").removeprefix("UNI_")
            is_it = {"DIGIT": str.isdigit, "SPACE": str.isspace}.get(
                name.removeprefix("NOT_"), lambda char: char.isalnum() or char == "_"
            )(char)
            found |= is_it is not name.startswith("NOT_")
    return found is not negated


def _example(tree: Any, groups: dict[int, str]) -> str:
    """The shortest text that ``tree`` matches, more or less; what may be left out stands once."""
    text = ""
    for kind, value in tree:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind in (op.IN, op.NOT_LITERAL, op.ANY):
            text += next(iter(_members(kind, value)), "")
        elif kind in REPEATS:
            text += _example(value[2], groups) * max(1, min(value[0], 5))
        elif kind is op.SUBPATTERN:
            groups[value[0]] = _example(value[-1], groups)
            text += groups[value[0]]
        elif kind is op.ATOMIC_GROUP:
            text += _example(value, groups)
        elif kind is op.BRANCH:
            text += _example(value[1][0], groups)
        elif kind is op.GROUPREF:
            text += groups.get(value, "")
        elif kind is op.ASSERT and value[0] > 0:
            text += _example(value[1], groups)[:1]
    return text


class TooLong(Exception):
    """It was not waited for."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """TooLong when what is inside needs more CPU; regular expressions look for signals, too."""

    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def growth(work: Callable[[int], Callable[[], object]]) -> float:
    """How many times longer an input takes that is eight times as large; 1 when it takes no time worth mentioning.

    ``work`` makes the task of a size. What is not done after a second grows without a bound.
    """

    def seconds(size: int) -> float:
        task = work(size)
        began = time.thread_time()
        try:
            with at_most(1):
                task()
        except TooLong:
            return float("inf")
        return time.thread_time() - began

    first = seconds(SIZE)
    if first < UNNOTICED or first == float("inf"):
        return max(1.0, first)
    small, large = (SIZE // TIMES, SIZE) if first > SLOW else (SIZE, SIZE * TIMES)
    ratio = seconds(large) / max(seconds(small), seconds(small))
    if ratio < WORSE:
        return ratio
    return min(seconds(large) for _ in range(AGAIN)) / min(seconds(small) for _ in range(AGAIN))  # a busy machine?


def method(pattern: re.Pattern[Any], name: str) -> Callable[[Any], object]:
    """Asks ``pattern`` by a method."""
    if name in ("sub", "subn"):
        return lambda text: pattern.sub(lambda found: found[0], text)
    if name == "finditer":
        return pattern.findall
    bound: Callable[[Any], object] = getattr(pattern, name)
    return bound
