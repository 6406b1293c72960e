"""Files that are there as a whole or not at all, whatever ends the program meanwhile."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class WriteError(Exception):
    """The file cannot be written; the message names it, the fault and the remedy."""


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write bytes to that takes the place of ``path`` at the end of the block; not when that raises.

    What is no file, such as a pipe, is written to as it is. WriteError when the folder or the disk does not let us.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            yield file
        return
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        if path.is_dir():
            raise WriteError(f"{path}: is a folder: name a file")
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        remedy = "check that its folder exists and that you may write there"
        raise WriteError(f"{path}: cannot be written ({error.strerror}): {remedy}") from error
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            Path(name).chmod(mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise WriteError(
            f"{path}: cannot be written ({error.strerror}): free some space or choose another disk"
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
