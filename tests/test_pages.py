"""Saved news pages in Spanish, Russian and Portuguese, each in another layout: what extraction makes of them.

Texts are compared as multisets of shingles of four words: precision is the share of the extracted
shingles that are true, recall the share of the true ones that were found, both averaged over pages.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import lxml.html
import pytest

from crawler.items import Article, Fetched
from pipelines.extract import extract

PAGES = Path(__file__).parent / "pages"
TRUTH: dict[str, dict[str, Any]] = json.loads((PAGES / "truth.json").read_text(encoding="utf-8"))
REACHED = [("es", "first"), ("pt", "first")]  # groups of pages whose texts are found well enough, to be extended
CLEAN = [  # pages that leave nothing of their boilerplate in the text, to be extended
    "es-01-wordpress-classic",
    "es-03-elementor",
    "es-04-br-soup",
    "es-07-divi",
    "es-11-frames-latin",
    "es-12-newspaper-custom",
    "pt-04-amp",
    "pt-05-microdata",
    "pt-07-jnews",
    "pt-09-plone",
    "pt-10-squarespace",
    "ru-01-bitrix",
    "ru-02-table-1251",
    "ru-03-wordpress-block",
    "ru-04-dle",
    "ru-05-next",
    "ru-06-agency",
    "ru-07-ucoz",
    "ru-08-tilda",
    "ru-11-joomla4",
    "ru-12-topic-portal",
]
FETCHED = "2026-11-21T12:00:00Z"


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """How often each run of ``size`` words occurs; a shorter text is one run, an empty one none."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).replace("\u00ad", ""))
    return Counter(tuple(words[i : i + size]) for i in range(max(len(words) - size + 1, bool(words))))


def mean_f1(pairs: list[tuple[str, str]]) -> float:
    """Harmonic mean of mean precision and mean recall over (true text, extracted text) of each page."""
    precisions, recalls = [], []
    for true, extracted in pairs:
        expected, found = shingles(true), shingles(extracted)
        shared = (expected & found).total()
        recalls.append(shared / expected.total())
        precisions.append(shared / max(found.total(), 1))
    precision, recall = fmean(precisions), fmean(recalls)
    return 2 * precision * recall / max(precision + recall, 1e-9)


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    found = {}
    for key, truth in TRUTH.items():
        article = extract(Fetched(truth["url"], (PAGES / f"{key}.html").read_bytes(), FETCHED))
        assert isinstance(article, Article), f"{key}: {article}"
        found[key] = article
    return found


def pages_of(language: str, half: str) -> list[str]:
    return [key for key, truth in TRUTH.items() if (truth["language"], truth["half"]) == (language, half)]


def test_every_page_has_its_truth_and_every_truth_its_page():
    assert {page.stem for page in PAGES.glob("*.html")} == set(TRUTH)


@pytest.mark.parametrize("key", TRUTH)
def test_true_text_and_planted_boilerplate_both_stand_on_the_page(key):
    body = (PAGES / f"{key}.html").read_bytes()
    declared = re.search(rb"""charset=["']?([\w-]+)""", body, re.IGNORECASE)
    assert declared, "the page declares no charset"
    root = lxml.html.fromstring(body.decode(declared[1].decode()))
    shown = "".join(root.xpath("//text()[not(ancestor::script or ancestor::style)] | //@title"))
    letters = "".join(shown.split())
    phrases = [*TRUTH[key]["text"].splitlines(), *TRUTH[key]["planted"]]
    assert [phrase for phrase in phrases if "".join(phrase.split()) not in letters] == []


@pytest.mark.parametrize("key", TRUTH)
def test_planted_boilerplate_is_no_part_of_the_true_text(key):
    assert [phrase for phrase in TRUTH[key]["planted"] if phrase in TRUTH[key]["text"]] == []


@pytest.mark.parametrize(("language", "half"), REACHED)
def test_text_is_found_with_an_f1_of_at_least_97_percent(articles, language, half):
    keys = pages_of(language, half)
    score = mean_f1([(TRUTH[key]["text"], articles[key].text) for key in keys])
    assert score >= 0.97, f"{score:.3f} over {len(keys)} pages"


@pytest.mark.parametrize("key", CLEAN)
def test_no_planted_boilerplate_is_in_the_text(articles, key):
    assert [phrase for phrase in TRUTH[key]["planted"] if phrase in articles[key].text] == []
