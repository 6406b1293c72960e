"""Foreign text on a terminal: nothing in it moves the cursor, sets colours or turns the direction of what follows."""

from __future__ import annotations

import re
import sys

from rich.console import Console

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufff9-\uffff]")
DIRECTIONS = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


def safe(text: str) -> str:
    """``text`` with a replacement character for each control, and without what is invisible; its lines stay."""
    return CONTROLS.sub("\ufffd", DIRECTIONS.sub("", text.replace("\r\n", "\n")))


def safe_line(text: str) -> str:
    """The same in one line."""
    return " ".join(safe(text).split())


class _Results(Console):
    """Rich's own ends the program with exit code 1 when the reader of standard output leaves."""

    def on_broken_pipe(self) -> None:
        raise


def console(width: int) -> Console:
    """Standard output; ``width`` columns when it is no terminal, where the terminal's would be a guess."""
    return _Results(width=None if sys.stdout.isatty() else width, highlight=False)
