"""scrapy articles: what it says beside its rows, and stories in every format."""

import argparse
import csv
import io
import json
import re
import shlex

import pytest

from crawler.commands.articles import Command
from crawler.search.filters import Filters
from crawler.search.options import from_options
from crawler.search.parser import parse
from tests.conftest import rows


@pytest.fixture
def articles(scrapy, crawled):
    return lambda *arguments: scrapy("articles", *arguments, "-s", f"DATABASE={crawled[2]}")


def test_a_word_with_a_dash_is_left_out_wherever_it_stands(articles):
    with_it = json.loads(articles("terminal", "--format", "json", "--limit", "50").stdout)
    without = json.loads(articles("terminal", "--format", "json", "-grain", "--limit", "50").stdout)
    assert without and {row["id"] for row in without} < {row["id"] for row in with_it}
    assert not any(re.search(r"\bgrains?\b", f"{row['title']} {row['text']}".lower()) for row in without)


def test_nothing_found_says_which_filter_nothing_has(articles):
    result = articles("--source", "Nobody\x1b[31m", "--language", "es")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == 'no article matches: none at all has the source "Nobody\ufffd[31m"\n'


def test_stories_have_a_line_each_in_csv_and_markdown(articles, crawled):
    told = rows(crawled[2], "SELECT * FROM by_story")
    table = list(
        csv.DictReader(
            io.StringIO(articles("--stories", "--role", "mention", "--format", "csv", "--limit", "99").stdout)
        )
    )
    assert {(row["id"], row["source"], row["url"]) for row in table} == {
        (str(story["story_id"]), story["first_source"], story["first_url"]) for story in told
    }
    assert sum(int(row["copies"]) for row in table) == sum(story["copies"] for story in told)
    lines = articles("--stories", "--role", "mention", "--format", "md", "--limit", "99").stdout.splitlines()
    assert len(lines) == len(told) and all(line.startswith("- [") for line in lines)


def test_help_teaches_with_examples_that_can_be_asked(articles):
    shown = articles("--help").stdout
    parser = argparse.ArgumentParser()
    Command().add_options(parser)
    assert len(Command.examples) >= 5
    for example in Command.examples:
        assert example in shown
        line = re.split(r"   | > ", example)[0]
        wanted = from_options(parser.parse_args(shlex.split(line)[2:]))
        assert parse(wanted.words) if wanted.words else wanted != Filters()
