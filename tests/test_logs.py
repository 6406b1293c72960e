"""Log lines are lines."""

import io
import logging
import sys

from crawler.logs import OneLine


def said(message, *arguments, **more):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("%(levelname)s %(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.error(message, *arguments, **more)
    return stream.getvalue()


def test_a_traceback_is_one_line_with_the_name_of_the_error():
    try:
        {}["x"]
    except KeyError:
        line = said("%s: a bug in the pipelines", "https://a.example/1", exc_info=sys.exc_info())
    assert line == "ERROR https://a.example/1: a bug in the pipelines: KeyError: 'x' (-L DEBUG shows where)\n"


def test_a_traceback_inside_the_message_is_cut_off():
    assert (
        said("Error while reading: bad\nTraceback (most recent call last):\n  File x")
        == "ERROR Error while reading: bad\n"
    )


def test_a_line_break_that_a_page_put_into_a_message_makes_no_second_line():
    assert said("%s", "one\ntwo") == "ERROR one two\n"
