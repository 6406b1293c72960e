"""Export: every article as it is stored, in bounded memory, in a file that is whole or not there."""

import csv
import io
import json
import resource
import subprocess
import sys

import pytest
from pyarrow import parquet

from tests.conftest import ROOT
from tests.newsroom import TOPIC, Newsroom


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    room.add(1, hours=5, title="=cmd()", authors=["Ana", "Bo"], language="es")
    room.add(1, hours=4, outlet="pier")  # a copy
    room.add(2, hours=3, outlet="rada", title='Ships, and\n"more"', topics=("other",), published="2024-07-01")
    yield room
    room.close()


def rows(newsroom, *more):
    code, out, err = newsroom.ask("export", *more)
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def test_lines_are_what_articles_would_show(newsroom):
    code, out, _ = newsroom.ask("articles", "--format", "json", "--limit", "100", "--all-copies")
    assert (code, rows(newsroom)) == (0, json.loads(out))
    assert rows(newsroom, "--originals")[0]["authors"] == ["Ana", "Bo"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), 3),
        (("--all-copies",), 3),
        (("--originals",), 2),
        (("--topic", TOPIC), 2),
        (("--language", "es"), 1),
        (("--since", "7d"), 2),
        (("--until", "7d"), 1),
        (("--source", "The Pier"), 1),
        (("--source", "The Pier", "--originals"), 0),
        (("--limit", "1"), 1),
        (("ships",), 1),
    ],
)
def test_the_filters_are_those_of_search(newsroom, filters, expected):
    assert len(rows(newsroom, *filters)) == expected


def test_every_format_holds_the_same(newsroom, tmp_path):
    stored = rows(newsroom, "--all-copies")
    for form in ("jsonl", "csv", "parquet"):
        path = tmp_path / f"out.{form}"
        assert newsroom.ask("export", "--all-copies", "-o", str(path)) == (0, "", "")
        assert [entry.name for entry in tmp_path.glob("*.part")] == []
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert lines == stored
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == stored
    with (tmp_path / "out.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(row["id"]) for row in table] == [row["id"] for row in stored]
    assert "'=cmd()" in [row["title"] for row in table]
    assert "Ana; Bo" in [row["authors"] for row in table]


@pytest.fixture
def revised(newsroom):
    """An article whose text was changed twice."""
    number = newsroom.add("changing", text="The first text of the quay, long enough to be one.")
    for text in ("The second text of the quay, long enough to be one.", "The third text of the quay, and the last."):
        article = newsroom.archive.get(number)
        article.text = text
        newsroom.db.conn.execute("BEGIN IMMEDIATE")
        newsroom.archive.revise(number, article, "publisher")
        newsroom.db.conn.execute("COMMIT")
    return number


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_with_revisions_every_text_that_was_ever_shown_is_written(newsroom, revised, tmp_path, form):
    path = tmp_path / f"all.{form}"
    assert newsroom.ask("export", "--revisions", "-o", str(path)) == (0, "", "")
    if form == "jsonl":
        written = [json.loads(line) for line in path.read_text().splitlines()]
    elif form == "csv":
        written = list(csv.DictReader(io.StringIO(path.read_text())))
    else:
        written = parquet.read_table(path).to_pylist()
    texts = set()
    for row in written:
        earlier = row["revisions"] if form == "jsonl" else json.loads(row["revisions"] or "[]")
        texts |= {row["text"], *(text["text"] for text in earlier)}
    assert texts == {text for (text,) in newsroom.db.conn.execute("SELECT text FROM revisions")}


def test_prune_says_how_many_texts_no_export_has(newsroom, revised, tmp_path):
    newsroom.db.conn.execute("UPDATE articles SET published = '2020-01-01'")
    prune = ("prune", "--older-than", "2y", "--dry-run")

    def nowhere():
        said = newsroom.ask(*prune)[1].splitlines()[1:]
        return int(said[0].split()[0]) if said else 0

    assert nowhere() == 6, "three articles, and three texts of another"
    assert newsroom.ask("export", "--originals", "--language", "es", "-o", str(tmp_path / "a.csv"))[0] == 0
    assert nowhere() == 5
    assert newsroom.ask("export")[0] == 0
    assert nowhere() == 2, "two earlier texts"
    assert newsroom.ask("export", "--revisions", "-o", "missing/a.csv")[0] == 1
    assert nowhere() == 2, "it was not written"
    assert newsroom.ask("export", "--revisions")[0] == 0
    assert nowhere() == 0
    newsroom.add(9, published="2020-01-01")
    assert "1 text of them in no export" in newsroom.ask(*prune[:-1])[1]
    assert newsroom.db.table("exported").count == 0


def test_an_empty_export_is_a_file_all_the_same(newsroom, tmp_path):
    path = tmp_path / "none.parquet"
    assert newsroom.ask("export", "--language", "fi", "-o", str(path)) == (0, "", "")
    assert parquet.read_table(path).num_rows == 0
    assert "title" in parquet.read_table(path).column_names


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--format", "parquet"], 2, "--format parquet: name a file with -o FILE"),
        (["-o", "articles.xlsx"], 2, "name the format: --format jsonl, json, csv, parquet"),
        (["!!!"], 2, "no word to search for"),
        (["--limit", "0"], 2, "--limit 0: give a number of 1 or more"),
        (["-o", "missing/a.csv"], 1, "missing/a.csv: cannot be written (No such file or directory)"),
    ],
)
def test_a_wrong_call_is_one_line(newsroom, arguments, code, said):
    given, out, err = newsroom.ask("export", *arguments)
    assert (given, out) == (code, "")
    assert len(err.splitlines()) == 1 and said in err


def test_without_pyarrow_one_line_names_the_remedy(newsroom, tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not here')")
    line = [sys.executable, "-m", "scrapy", "export", "-o", str(tmp_path / "a.parquet")]
    environment = {"PATH": "", "PYTHONPATH": str(tmp_path), "NEWS_DATABASE": str(newsroom.path)}
    result = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert "pip install pyarrow" in result.stderr and not (tmp_path / "a.parquet").exists()


def test_a_full_disk_leaves_the_old_file_as_it_was(newsroom, tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("before\n")
    line = [sys.executable, "-m", "scrapy", "export", "-o", str(path)]

    def small_files():  # as a disk that fills up: writing ends with an error
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    result = subprocess.run(
        line, cwd=ROOT, env={"PATH": "", "NEWS_DATABASE": str(newsroom.path)}, preexec_fn=small_files,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 1 and f"{path}: cannot be written (File too large)" in result.stderr
    assert path.read_text() == "before\n" and sorted(p.suffix for p in tmp_path.glob("*out*")) == [".jsonl"]


PEAK = """
import resource, sys
from scrapy import cmdline
from scrapy.utils.project import get_project_settings
try:
    cmdline.execute(["scrapy", *sys.argv[1:]], get_project_settings())
except SystemExit:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_number_of_articles(newsroom, tmp_path):
    newsroom.db.conn.execute("BEGIN")
    newsroom.db.table("articles").insert_all(
        {
            "id": number,
            "url": f"https://big.example/{number}",
            "canonical_url": f"https://big.example/{number}",
            "fetched": "2026-01-01T00:00:00Z",
            "language": "fi",
            "text": "",
            "description": "word " * 20_000,
        }
        for number in range(100, 1_100)
    )
    newsroom.db.conn.execute("COMMIT")

    def peak(articles):
        line = [sys.executable, "-c", PEAK, "export", "--language", "fi", "--limit", str(articles)]
        line += ["-o", str(tmp_path / "big.parquet"), "-s", f"DATABASE={newsroom.path}"]
        result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        return int(result.stdout)  # MiB

    assert peak(1_000) < peak(100) + 40  # of 100 MB
