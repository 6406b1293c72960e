"""Writers: what is written can be read again, runs as no formula, and is never held in memory."""

import csv
import io
import itertools
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.output import formats

ARTICLE = {
    "url": "https://a.example/(1)",
    "source": "A",
    "title": "T",
    "published": "2026-01-02",
    "fetched": "2026-01-03T00:00:00Z",
    "language": "es",
}


def written(form, rows):
    out = io.StringIO()
    formats.write(form, rows, out)
    return out.getvalue()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_and_json_lines_are_read_again_as_they_were(count):
    rows = [{"id": number, "tags": ["ñ", "ж"], "title": None} for number in range(count)]
    assert json.loads(written("json", iter(rows))) == rows
    assert [json.loads(line) for line in written("jsonl", iter(rows)).splitlines()] == rows


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))))
def test_no_cell_of_a_csv_is_a_formula_and_none_is_lost(values):
    read = list(csv.reader(io.StringIO(written("csv", [{"a": value, "b": 1} for value in values]))))
    assert read[:1] == ([["a", "b"]] if values else [])
    for value, (cell, number) in zip(values, read[1:], strict=True):
        assert not runs(cell) and (cell.replace("'", ""), number) == (value.replace("'", ""), "1")


def runs(cell):
    """Whether a spreadsheet would take a cell for a formula."""
    return cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    "value",
    ["=1+1", "a;=1+1", 'a;"=1+1";b', "a\t=1+1", "a\n=1+1", "a\r\n=1+1", "a; @x", 'say "so";-2', "＝1", "\t=1", '"=1"'],
)
def test_no_cell_is_a_formula_whatever_a_spreadsheet_takes_for_the_separator(separator, value):
    lines = written("csv", [{"title": value, "more": "x", "last": value}])
    for row in csv.reader(io.StringIO(lines, newline=""), delimiter=separator):
        assert not [cell for cell in row if runs(cell)], row


def test_lists_in_a_csv_are_joined_and_numbers_stay_numbers():
    row = {"authors": ["=cmd()", "B"], "score": -1, "terms": {"a": {"b": 1}}, "none": None}
    assert written("csv", [row]).splitlines()[1] == '"\'=cmd(); B","-1","{""a"": {""b"": 1}}",""'


def test_a_headline_is_no_markup_in_a_list_of_links():
    article = ARTICLE | {"title": "[x](javascript:1) <script> *a* `b`\nc"}
    line = r"- [\[x\](javascript:1) \<script\> \*a\* \`b\` c](https://a.example/%281%29), A, 2026-01-02, es" + "\n"
    assert written("md", [article]) == line
    assert "https://a.example" in written("md", [ARTICLE | {"title": None, "published": None}])


class Nowhere(io.TextIOBase):
    """A file that keeps nothing."""

    def write(self, text):
        return len(text)


@pytest.mark.parametrize("form", formats.WRITERS)
def test_rows_are_written_as_they_come(form):
    rows = (ARTICLE | {"text": "x" * 10_000} for _ in itertools.repeat(None, 3_000))
    tracemalloc.start()
    formats.write(form, rows, Nowhere())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # bytes, of the 30 million that were written
