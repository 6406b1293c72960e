"""docs/schema.md names every table, view and column that the migrations make, and no other."""

import re

import sqlite_utils

from crawler.database.migrations import migrations
from tests.conftest import ROOT

DOCUMENTED = re.compile(r"^## (\w+)(?: and \w+)?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r"^\| (\w+) \| \S.*\|$", re.MULTILINE)


def test_the_page_names_every_table_view_and_column():
    db = sqlite_utils.Database(memory=True)
    migrations.apply(db)
    made = {
        table.name: set(table.columns_dict)
        for table in (*db.tables, *db.views)
        if not table.name.startswith(("articles_fts", "_sqlite", "sqlite_"))
    }
    page = (ROOT / "docs" / "schema.md").read_text()
    named = {table: set(COLUMN.findall(text)) - {"column"} for table, text in DOCUMENTED.findall(page)}
    named.pop("The", None)  # a heading
    assert named == made
    db.conn.close()
