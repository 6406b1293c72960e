"""Standard output and standard error that never hold a command up, whoever reads them: closed, full, or left behind."""

from __future__ import annotations

import atexit
import io
import os
import select
import sys
from typing import Any

AT_ONCE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes as a whole or not at all
PATIENCE = 5_000  # milliseconds that a line waits for a reader of standard error who does not read


class OutputLost(OSError):
    """Standard output cannot be written; the message says why and what to do."""


class Results(io.FileIO):
    """Standard output: BrokenPipeError when its reader has left, OutputLost when it is closed or full."""

    def write(self, data: Any) -> int:
        try:
            while (written := super().write(data)) is None:  # somebody else has set it not to block
                _ready(self, None)
            return written
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(
                f"standard output cannot be written ({error.strerror}): give it a file or a pipe with room"
            ) from None


class Remarks(io.FileIO):
    """Standard error: what nobody can read is left out, and the work goes on."""

    patience = PATIENCE

    def write(self, data: Any) -> int:
        try:
            if not _ready(self, self.patience):
                self.patience = 0  # who did not read for so long is not waited for again, until there is room
                return len(data)
            self.patience = PATIENCE
            return super().write(memoryview(data)[:AT_ONCE]) or len(data)  # so much never blocks
        except OSError:
            return len(data)


def _ready(stream: io.FileIO, patience: int | None) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return True
    waiting = select.poll()
    waiting.register(stream.fileno(), select.POLLOUT)
    return bool(waiting.poll(patience))


def guard() -> None:
    """Put them in place of the interpreter's own streams; those that somebody has redirected stay what they are."""
    opened = [number for number in range(3) if _reserve(number)]
    if sys.stdin is None and 0 in opened:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    if sys.stderr is sys.__stderr__ and not isinstance(_raw(sys.stderr), Remarks):
        sys.stderr = _text(Remarks(2, "w", closefd=False), sys.stderr, "backslashreplace")
    if sys.stdout is sys.__stdout__ and not isinstance(_raw(sys.stdout), Results):
        sys.stdout = _text(Results(1, "w", closefd=False), sys.stdout, "strict")
        atexit.register(_last_flush)


def _reserve(number: int) -> bool:
    """Open a descriptor that was closed, or the next file would get its number; whether it was."""
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDONLY)  # gets the lowest number that is free; writing to it fails
        return True
    return False


def _raw(stream: Any) -> object:
    return getattr(getattr(stream, "buffer", None), "raw", None)


def _text(raw: io.FileIO, before: Any, errors: str) -> io.TextIOWrapper:
    if before:
        before.flush()
    encoding = before.encoding if before else "utf-8"
    by_line = raw.isatty() or isinstance(raw, Remarks)
    errors = before.errors if before else errors
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=errors, line_buffering=by_line)


def give_up_results() -> None:
    """Nobody reads standard output any more: what is still to be written to it goes nowhere."""
    if isinstance(_raw(sys.stdout), Results):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def _last_flush() -> None:
    """What --help and the like have left, which no command flushes."""
    try:
        sys.stdout.flush()
    except OSError as error:
        give_up_results()
        if isinstance(error, OutputLost):
            sys.stderr.write(f"scrapy: {error}\n")
            os._exit(1)
