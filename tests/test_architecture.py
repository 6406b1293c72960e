"""docs/architecture.md against the code: its rooms, its paths, and who writes and reads each table."""

import ast
import re

import pytest
import sqlite_utils

from crawler.database.migrations import migrations
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
MODULES = [path for package in ("crawler", "pipelines") for path in sorted((ROOT / package).rglob("*.py"))]
OF_ALL = "crawler/database/"  # migrations, and queries that others ask
WRITTEN = re.compile(r"\b(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+(\w+)")
READ = re.compile(r"(?<!DELETE )\b(?:FROM|JOIN)\s+(\w+)")


def rows(*head: str) -> list[list[str]]:
    """The cells of the table with that head."""
    table = PAGE.partition(f"| {' | '.join(head)} |\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def asking(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """Room and table of every statement in the code that the pattern finds."""
    found = set()
    for path in MODULES:
        place = path.relative_to(ROOT)
        if not str(place).startswith(OF_ALL) and len(place.parts) > 1:
            found |= {(place.parts[1].removesuffix(".py"), table) for table in pattern.findall(path.read_text())}
    return found


def test_every_room_has_its_line_and_every_line_its_room():
    rooms = {f"{path.parent.relative_to(ROOT)}/" for path in MODULES if path.name == "__init__.py"}
    top = {room for room in rooms if room.count("/") == 2}
    assert {named(room)[0] for room, _ in rows("room", "what lives there")} == top


def test_every_path_that_the_page_names_is_there():
    paths = re.findall(r"`((?:crawler|pipelines|seeds)/[\w/.]*)`", PAGE)
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []


def test_every_table_has_its_line():
    db = sqlite_utils.Database(memory=True)
    migrations.apply(db)
    made = {table.name for table in db.tables if not re.match("articles_fts_|_?sqlite_", table.name)}
    assert {table for cell, *_ in rows("table", "written by", "read by") for table in named(cell)} == made
    db.conn.close()


@pytest.mark.parametrize(("column", "pattern"), [(1, WRITTEN), (2, READ)], ids=["written", "read"])
def test_no_other_room_writes_or_reads_a_table(column, pattern):
    found = asking(pattern)
    for line in rows("table", "written by", "read by"):
        for table in named(line[0]):
            rooms = {room for room, name in found if name == table} - {"commands"}
            assert line[column] == "everything that asks" or rooms <= set(named(line[column])), table


def test_crawler_asks_pipelines_in_seven_commands_and_its_library_alone():
    asking = set()
    for path in (ROOT / "crawler").rglob("*.py"):
        imports = [node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        if any((module or "").startswith("pipelines") for module in imports):
            asking.add(path.relative_to(ROOT / "crawler").as_posix())
    commands = ("backfill", "merge", "prune", "reextract", "show", "terms", "try")
    assert asking == {"api.py", *(f"commands/{name}.py" for name in commands)}
