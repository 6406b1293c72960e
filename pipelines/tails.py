"""Where a text ends and a list of other articles begins, with links or without, by its label or by its shape alone.

Such a list is a run of short lines without a sentence: headlines, excerpts that break off, ages, dates, names.
"""

from __future__ import annotations

import re

from crawler.dates import utc_text
from crawler.words import count_words
from pipelines.page.phrases import PHRASES

AGE = re.compile(rf"^\W*(?:{'|'.join(PHRASES['age'])})(?:\s*[|·•-].{{0,40}})?\W*$", re.I)
LABEL = re.compile(rf"^\W*(?:{'|'.join(PHRASES['related'])})\W*$", re.I)
SENTENCE_END = re.compile(r"(?<![.!?。！？؟।])[.!?。！？؟।]+[\"'»”’)\]」』]*$")
CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(…\)|&hellip;|⋯)[\])»”\"]*(?:\s*\W*)$")
LONGEST_LABEL = 60  # characters
LONGEST_HEADLINE = 30  # words
LONGEST_EXCERPT = 400  # characters
MOST_OF_TEXT = 0.6  # of the characters that a list may have
MOST_OF_PAGE = 0.85  # that it may have when several excerpts break off or ages stand in it
FEWEST_CUTS = 2  # excerpts or ages by which a list without a known label is told
MOST_INNER = 4  # headlines under a label in the middle of a text


def without_tail_lists(lines: list[str], headings: frozenset[int] = frozenset()) -> list[str]:
    """The lines without the list of other articles at their end, and without labels and headlines in their middle.

    ``headings`` are the places of lines that are headings of the text itself.
    """
    kinds = [_kind(line) for line in lines]
    total = sum(map(len, lines))
    end = len(lines)
    for place, kind in enumerate(kinds):
        if kind == "label" and place and _is_list(lines[place + 1 :], kinds[place + 1 :], total):
            end = place
            break
    end = min(end, _by_shape(lines[:end], kinds[:end]))
    kept, inner = [], 0
    for place, line in enumerate(lines[:end]):
        if kinds[place] == "label":
            inner = MOST_INNER
        elif inner and kinds[place] in ("headline", "cut", "age") and place not in headings and place + 1 < end:
            inner -= 1
        else:
            kept.append(line)
            inner = 0
    return kept


def is_label(line: str) -> bool:
    """Whether a line is nothing but the heading of a list of other articles."""
    return len(line) <= LONGEST_LABEL and LABEL.match(line) is not None


def _kind(line: str) -> str:
    """label, age, cut (an excerpt that breaks off), headline (no sentence), sentence."""
    if is_label(line):
        return "label"
    if (len(line) <= LONGEST_LABEL and AGE.match(line)) or (len(line) < 60 and utc_text(line.strip(" -|•"))):
        return "age"
    if CUT.search(line):
        return "cut" if len(line) <= LONGEST_EXCERPT else "sentence"
    if len(line) > LONGEST_EXCERPT or SENTENCE_END.search(line) or count_words(line) > LONGEST_HEADLINE:
        return "sentence"
    return "headline"


def _is_list(lines: list[str], kinds: list[str], total: int) -> bool:
    """Whether what follows a label is nothing but other articles: after a headline, an excerpt may be a sentence."""
    marks, headlines = kinds.count("cut") + kinds.count("age"), kinds.count("headline")
    sure = marks >= FEWEST_CUTS and headlines >= FEWEST_CUTS
    if sure and kinds[-1] == "sentence" and kinds[-2] != "headline":  # what the site says below all
        lines, kinds = lines[:-1], kinds[:-1]
    if sum(map(len, lines)) > (MOST_OF_PAGE if sure else MOST_OF_TEXT) * total:
        return False
    if not all(kind != "sentence" or _is_excerpt(lines, kinds, place) for place, kind in enumerate(kinds)):
        return False
    sentences = kinds.count("sentence")
    return not sentences or (headlines >= max(2, sentences) and kinds[0] == "headline")


def _is_excerpt(lines: list[str], kinds: list[str], place: int) -> bool:
    """Whether a sentence stands under a headline, as long as an excerpt at most."""
    return place > 0 and kinds[place - 1] == "headline" and len(lines[place]) <= LONGEST_EXCERPT


def _by_shape(lines: list[str], kinds: list[str]) -> int:
    """Where a list without a known label begins at the end of the lines; their number if there is none."""
    start = len(lines)
    while start and (
        kinds[start - 1] != "sentence"
        or (start < len(lines) and kinds[start] == "age" and _is_excerpt(lines, kinds, start - 1))
    ):
        start -= 1
    run = kinds[start:]
    marks = run.count("cut") + run.count("age")
    return start if start and marks >= FEWEST_CUTS and run.count("headline") >= FEWEST_CUTS else len(lines)
