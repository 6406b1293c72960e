"""Where output may not go: the database, the files beside it, and any other SQLite file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

# What SQLite, our locks and the login call their files.
BESIDE = ("", "-wal", "-shm", "-journal", ".lock", ".send.lock", ".translate.lock", ".secret")
SQLITE = b"SQLite format 3\0"


class WrongTarget(Exception):
    """Writing there would destroy a database; the message names the file and the remedy."""


def need_harmless(option: str, target: str | Path, database: Path) -> None:
    """WrongTarget when writing to ``target``, by whatever link, would destroy ``database`` or another SQLite file."""
    path = Path(target)
    try:
        what = _harm(path, database)
    except OSError:  # there is no such folder, or it may not be looked into: writing will say so
        return
    if what:
        raise WrongTarget(f"{option} {target}: is {what}: name another file, it was left untouched")


def _harm(path: Path, database: Path) -> str | None:
    real = path.resolve()
    for base in {database, database.resolve()}:
        for ending in BESIDE:
            beside = base.with_name(base.name + ending)
            if real == beside.resolve() or (path.exists() and beside.exists() and path.samefile(beside)):
                return "the database" if not ending else f"the database's file {beside.name}"
    if _is_sqlite(real):
        return "an SQLite database"
    base_of = next((real.name.removesuffix(end) for end in BESIDE[1:4] if real.name.endswith(end)), None)
    return f"a file of the SQLite database {base_of}" if base_of and _is_sqlite(real.with_name(base_of)) else None


def _is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def local_path(address: str) -> Path | None:
    """The file that a feed address of Scrapy means; None for what is elsewhere, and for standard output."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme or address == "-" else Path(address)
