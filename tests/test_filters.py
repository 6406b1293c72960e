"""Filters: what the options of a command line ask for, and what cannot be meant."""

import argparse

import pytest

from crawler import clock
from crawler.command import WrongUsage
from crawler.search import options
from crawler.search.filters import Filters


def asked(*arguments, **more):
    parser = argparse.ArgumentParser()
    options.add_options(parser, **more)
    return options.from_options(parser.parse_args(arguments))


def test_every_option_is_a_filter():
    wanted = asked(
        "a", "b", "--topic", "t", "--language", "es", "--source", "S", "--agency", "EFE", "--since", "2024-07-01",
        "--until", "2024-07-01T12:00+02:00", "--all-copies", "--limit", "3",
    )  # fmt: skip
    assert wanted == Filters("a b", "t", "es", "S", "EFE", "2024-07-01", "2024-07-01T10:00:00Z", copies=True, limit=3)
    assert asked() == Filters() and asked(limit=None).limit is None


def test_a_duration_is_a_moment_that_long_ago():
    wanted = clock.moment(asked("--since", "90m").since)
    assert 5400 <= (clock.now() - wanted).total_seconds() < 5460


@pytest.mark.parametrize(
    "written", ["yesterday", "7", "7x", "2024-13-01", "24-07-01", "0001-01-01T00:00+05:00", "999999999999999999w"]
)
def test_a_moment_that_cannot_be_meant_is_wrong_usage(written):
    with pytest.raises(WrongUsage) as error:
        asked("--until", written)
    assert str(error.value) == f"--until {written}: write it like 30m, 12h, 7d, 2w or 2024-07-01"


def test_a_limit_below_one_is_wrong_usage():
    with pytest.raises(WrongUsage, match="--limit 0: give a number of 1 or more"):
        asked("--limit", "0")


def test_a_language_by_its_name_is_wrong_usage_and_its_code_may_be_in_capitals():
    with pytest.raises(
        WrongUsage, match="--language spanish: is no ISO 639-1 code: write two letters, as in es, or und"
    ):
        asked("--language", "spanish")
    assert [asked("--language", code).language for code in ("ES", "und")] == ["es", "und"]


def test_a_time_that_ends_before_it_begins_is_wrong_usage():
    for since, until in (("2024-07-02", "2024-07-01"), ("1d", "7d"), ("2024-07-01", "2024-07-01")):
        with pytest.raises(WrongUsage, match=f"--since {since} --until {until}: there is nothing between"):
            asked("--since", since, "--until", until)
