"""Articles as a Parquet file; needs pyarrow, the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyarrow
from pyarrow import parquet

from crawler.output.whole_file import WriteError

ROWS, CHARACTERS = 1_000, 4_000_000  # of a group, which is what is held in memory
LISTS = ("authors", "tags")
TYPES = {"INTEGER": pyarrow.int64(), "FLOAT": pyarrow.float64(), "REAL": pyarrow.float64(), "BLOB": pyarrow.binary()}


def write(rows: Iterable[dict[str, Any]], types: dict[str, str], file: IO[bytes]) -> None:
    """Write ``rows``, whose columns have these SQLite types; authors and tags are lists of text."""
    schema = pyarrow.schema([(name, _type(name, written)) for name, written in types.items()])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            try:
                writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            except pyarrow.ArrowException as error:
                ids = f"articles {group[0]['id']} to {group[-1]['id']}"
                raise WriteError(f"{ids}: not what their columns are for ({error}): use jsonl") from error


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(group) == ROWS or characters >= CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _type(name: str, written: str) -> Any:
    if name in LISTS:
        return pyarrow.list_(pyarrow.string())
    return TYPES.get(written.upper(), pyarrow.string())
