"""Walk through a tutorial as a reader would: write the files it shows, run its commands, compare what they print.

A file is a fenced block whose introducing line names it in backticks and ends with a colon; with the words "at the end
of" it is appended. A command is a line of a ``console`` block that begins with ``$``; the lines below it must be
printed in their order, dates, times and numbers of articles aside. ``...`` stands for lines, or for the part of a line,
that are not shown. ``echo $?`` shows the exit code of the command before it; without one that is 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(?P<path>[\w./-]+\.\w+)`[^\n]*:$")
ID = re.compile(r"^\d+ (?=when)")
WHEN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\dZ?)?)?|\b\d+ (?:minutes?|hours?|days?) ago\b")


@dataclass(frozen=True)
class NewFile:
    """A file that the reader writes."""

    path: str
    text: str
    appended: bool


@dataclass
class Command:
    """A command that the reader types, and what the tutorial shows of its output."""

    line: str
    shown: list[str] = field(default_factory=list)
    code: int = 0


def steps(tutorial: str) -> Iterator[NewFile | Command]:
    """The steps of a tutorial in Markdown, in their order."""
    for block in BLOCK.finditer(tutorial):
        introduction = tutorial[: block.start()].rstrip().rpartition("\n\n")[2].replace("\n", " ")
        if block["language"] == "console":
            yield from _commands(block["body"])
        elif named := FILE.search(introduction):
            yield NewFile(named["path"], block["body"], "at the end of" in introduction)


def _commands(body: str) -> Iterator[Command]:
    commands: list[Command] = []
    for line in body.replace("\\\n", " ").splitlines():
        if line == "$ echo $?":
            commands.append(Command("", code=-1))
        elif line.startswith("$ "):
            commands.append(Command(line.removeprefix("$ ").partition("  #")[0]))
        elif commands[-1].code == -1:
            commands.pop()
            commands[-1].code = int(line)
        elif line.strip() != "...":
            commands[-1].shown.append(line)
    yield from commands


def walk(tutorial: str, project: Path, real: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """Do everything that ``tutorial`` says in the folder ``project``; the commands that were run.

    ``real`` maps what the tutorial writes (``https://tepuy.example``) to what it is here. AssertionError for the first
    command that fails or prints something else.
    """
    done = []
    for step in steps(tutorial):
        if isinstance(step, NewFile):
            path = project / step.path
            path.parent.mkdir(exist_ok=True, parents=True)
            before = path.read_text(encoding="utf-8") + "\n" if step.appended else ""
            path.write_text(before + _translated(step.text, real), encoding="utf-8")
            continue
        line = _translated(step.line, real)
        code, said = _run(line, project, environment)
        printed = _translated(said, {here: shown for shown, here in real.items()})
        assert code == step.code, f"$ {step.line}\nexit code {code}\n{printed}"
        missing = not_printed(step.shown, printed)
        assert missing is None, f"$ {step.line}\ndoes not print (any more):\n{missing}\nbut:\n{printed}"
        done.append(step.line)
    return done


def _run(line: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command line and all that it printed, with our Python before any other."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, result.stdout


def not_printed(shown: list[str], printed: str) -> str | None:
    """The first of the lines ``shown`` that is not in ``printed`` after the one before it; None when all are."""
    rest = iter([_comparable(line) for line in printed.splitlines()])
    for line in shown:
        wanted = re.compile(re.escape(_comparable(line)).replace(re.escape("..."), ".*"))
        if wanted.pattern and not any(wanted.fullmatch(candidate) for candidate in rest):
            return line
    return None


def _comparable(line: str) -> str:
    """A line without what is different every day, and without frames and gaps."""
    return ID.sub("id ", " ".join(re.sub(r"[^\w\s.,:;!?()/*+-]", " ", WHEN.sub("when", line)).split()))


def _translated(text: str, words: Mapping[str, str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return text
