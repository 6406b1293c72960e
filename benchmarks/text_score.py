"""How well an extracted text and its metadata agree with the truth: the measures of the article-extraction benchmarks.

A text is its sequence of words (``\\w+`` after NFC, soft hyphens and zero-width characters dropped, case kept) and the
multiset of its shingles of four words; a text of one to three words is one shingle. Precision is the share of the
prediction's shingles that the truth has, recall the reverse; F1 is made of their means over pages, so that every page
weighs the same. Accuracy is the share of pages whose words are exactly the truth's.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any

SHINGLE = 4  # words
UNSEEN = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
SINGLE_QUOTES, DOUBLE_QUOTES, DASHES = "‘’‚‛´`", "“”„‟«»", "‐‑‒–—―"
PLAIN = str.maketrans(
    SINGLE_QUOTES + DOUBLE_QUOTES + DASHES,
    "'" * len(SINGLE_QUOTES) + '"' * len(DOUBLE_QUOTES) + "-" * len(DASHES),
)
MEASURES = ("precision", "recall", "accuracy", "title", "day", "minute", "authors")

Scores = dict[str, float]


def score_page(truth: Mapping[str, Any], found: Mapping[str, Any]) -> Scores:
    """The measures that apply to one page; those without a truth are left out."""
    scores = score_text(truth.get("text") or "", found.get("text") or "")
    if truth.get("title"):
        scores["title"] = float(fold(truth["title"]) == fold(found.get("title")))
    if truth.get("date"):
        scores |= score_date(truth["date"], found.get("date"))
    if truth.get("authors"):
        scores["authors"] = float(_names(truth["authors"]) == _names(found.get("authors")))
    return scores


def score_text(truth: str, found: str) -> Scores:
    """Accuracy; precision unless nothing was found in vain; recall if there is a text."""
    true_words, words = words_of(truth), words_of(found)
    true_shingles, shingles = shingles_of(true_words), shingles_of(words)
    common = (true_shingles & shingles).total()
    scores = {"accuracy": float(true_words == words)}
    if shingles:
        scores["precision"] = common / shingles.total()
    elif not true_shingles:
        scores["precision"] = 1.0
    if true_shingles:
        scores["recall"] = common / true_shingles.total()
    return scores


def score_date(truth: str, found: str | None) -> Scores:
    """Whether the calendar day agrees (in the truth's offset or in UTC), and whether the minute does."""
    expected, got = _moment(truth), _moment(found)
    if expected is None or got is None:
        return {"day": 0.0, "minute": 0.0}
    timed = len((found or "").strip()) > len("2024-07-01")
    zone = expected.tzinfo or got.tzinfo or UTC
    there, here = (moment if moment.tzinfo else moment.replace(tzinfo=zone) for moment in (expected, got))
    minute = timed and abs(there - here) < timedelta(minutes=1)
    days = {expected.date(), there.astimezone(UTC).date() if expected.tzinfo else expected.date()}
    return {"day": float(minute or got.date() in days), "minute": float(minute)}


def summary(pages: Sequence[Scores]) -> Scores:
    """The mean of every measure over the pages that have it, and F1."""
    means = {name: fmean(values) for name in MEASURES if (values := [page[name] for page in pages if name in page])}
    precision, recall = means.get("precision", 0.0), means.get("recall", 0.0)
    return {"f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0} | means


def intervals(pages: Sequence[Scores], draws: int = 1000, seed: int = 1) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of every measure, over pages."""
    chance = random.Random(seed)
    drawn = [summary(chance.choices(pages, k=len(pages))) for _ in range(draws)]
    result = {}
    for name in summary(pages):
        values = sorted(one[name] for one in drawn if name in one)
        result[name] = (values[int(0.025 * len(values))], values[int(0.975 * len(values))])
    return result


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return re.findall(r"\w+", UNSEEN.sub("", unicodedata.normalize("NFC", text)))


def shingles_of(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Every run of four words with its count; all words as one run if there are fewer."""
    if not words:
        return Counter()
    return Counter(tuple(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1)))


def fold(text: str | None) -> str:
    """A title or name as it is compared: NFKC, plain quotes and dashes, single spaces, case-folded."""
    return " ".join(unicodedata.normalize("NFKC", text or "").translate(PLAIN).casefold().split())


def _names(given: Iterable[str] | None) -> set[str]:
    return {folded for name in given or () if (folded := fold(name))}


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
