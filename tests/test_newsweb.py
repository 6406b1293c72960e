"""The news web serves what it says it does: truth and pages agree, and its pages are not too easy."""

from __future__ import annotations

import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest

from tests.newsweb import NewsWeb, Truth


@pytest.fixture(scope="module")
def web() -> Iterator[NewsWeb]:
    with NewsWeb() as web:
        yield web


@pytest.fixture(scope="module")
def pages(web: NewsWeb) -> dict[str, tuple[Truth, bytes]]:
    """Address -> truth and page, of every article."""
    return {url: (truth, get(url)) for url, truth in web.truth.items()}


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_page_shows_its_true_text_and_all_that_is_planted(pages: dict[str, tuple[Truth, bytes]]) -> None:
    for truth, body in pages.values():
        shown = flat(lxml.html.fromstring(body).text_content())
        missing = [phrase for phrase in (*truth.text.split("\n"), *truth.planted) if flat(phrase) not in shown]
        assert not missing, truth.url


def test_nothing_planted_is_part_of_the_true_text(pages: dict[str, tuple[Truth, bytes]]) -> None:
    for truth, _ in pages.values():
        assert [phrase for phrase in truth.planted if phrase in truth.text] == [], truth.url


def test_seeds_name_every_outlet_once_and_each_source_answers(web: NewsWeb, tmp_path: Path) -> None:
    topic = tomllib.loads(web.seeds(tmp_path / "t.toml").read_text(encoding="utf-8"))
    assert [source["name"] for source in topic["sources"]] == [o.imprint.name for o in web.outlets.values()]
    for source in topic["sources"]:
        assert get(source["url"])
