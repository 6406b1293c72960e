"""The library (crawler/api.py), its page, and the notebook that is made with it."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from datetime import date

import pytest

from crawler import api, database
from tests.conftest import ROOT, needs
from tests.newsroom import TOPIC, Newsroom, report

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
RUN = """
import json, sys, warnings
warnings.simplefilter("error")
import matplotlib
matplotlib.use("Agg")
names = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
print(json.dumps([sorted({round(bar.get_height(), 6) for bar in names["by_language"].patches}),
                  sum(bar.get_width() for bar in names["by_outlet"].patches),
                  [label.get_text() for label in names["by_outlet"].get_yticklabels()]]))
"""


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    room.add("dam", hours=50, language="es")
    room.add("ship", hours=40, outlet="pier", topics=(TOPIC, "rivers"))
    room.add("crane", hours=2)
    yield room
    room.close()


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_page_becomes_an_article(as_bytes):
    title, text = report("dam")
    paragraphs = "".join(f"<p>{line}</p>" for line in text.splitlines())
    html = (
        f"<html lang=en><head><meta charset=windows-1251><title>{title}</title></head><body><article><h1>{title}</h1>"
    )
    html += f"{paragraphs}<p>Вода поднялась.</p></article></body></html>"
    article = api.extract(html.encode("windows-1251") if as_bytes else html, "https://quay.example/2024/07/01/dam")
    assert (article.title, article.published, article.published_from) == (title, "2024-07-01", "url")
    assert article.text == f"{text}\nВода поднялась."
    assert article.url == "https://quay.example/2024/07/01/dam" and article.language_from != ""


def test_a_page_without_an_article_says_why():
    with pytest.raises(ValueError, match=r"https://quay\.example/: "):
        api.extract("<html></html>", "https://quay.example/")


def test_a_search_gives_rows_as_the_command_does(newsroom):
    db = api.open_database(newsroom.path)
    assert [row["id"] for row in api.search(db)] == [3, 2, 1]
    title = api.search(db, limit=1)[0]["title"]
    assert [row["id"] for row in api.search(db, f'"{title}"')] == [3]
    assert [row["id"] for row in api.search(db, topic="rivers", limit=None)] == [2]
    assert [row["id"] for row in api.search(db, since="20h")] == [3]
    assert api.search(db, until=date(2020, 1, 1)) == []
    row = api.search(db, language="es")[0]
    assert json.loads(newsroom.ask("articles", "--language", "es", "--format", "json")[1]) == [row]
    for wrong in ({"words": "(oil"}, {"since": "yesterday"}):
        with pytest.raises(ValueError, match=r"\(|yesterday"):
            api.search(db, **wrong)
    with pytest.raises(Exception, match="readonly"):
        db.execute("DELETE FROM articles")
    db.close()


def test_what_is_no_database_is_told(tmp_path):
    with pytest.raises(api.DatabaseError):
        api.open_database(tmp_path / "none.db")
    assert api.DatabaseError is database.DatabaseError


def test_the_page_names_what_is_promised_and_nothing_else():
    assert set(api.__all__) == {"Article", "DatabaseError", "extract", "open_database", "search"}
    for name in api.__all__:
        assert f"`{name}" in PAGE
    arguments = set(inspect.signature(api.search).parameters) - {"db", "words"}
    table = PAGE.partition("| argument |")[2].partition("```")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))) == arguments


def test_the_notebook_goes_from_a_database_to_two_plots(newsroom, tmp_path):
    try:
        import matplotlib  # noqa: F401
        import pandas  # noqa: F401
    except ImportError:
        needs(None, "pandas and matplotlib are not installed")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", RUN, str(NOTEBOOK)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    heights, matched, outlets = json.loads(result.stdout.splitlines()[-1])
    assert max(heights) >= 1 and matched == 4
    assert outlets == ["The Pier", "The Quay"]


def test_the_notebook_is_kept_without_what_a_run_left_in_it():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert [cell.get("outputs", []) for cell in cells if cell["cell_type"] == "code"] == [[]] * 4
