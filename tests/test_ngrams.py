"""Claims about pipelines/language/ngrams.py."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from pipelines.language.ngrams import Profiles
from tests.test_language import ENGLISH, PORTUGUESE, RUSSIAN, SERBIAN, SPANISH


@pytest.fixture(scope="module")
def langdetect():
    factory = DetectorFactory()
    factory.load_json_profile([path.read_text("utf-8") for path in sorted(Path(PROFILES_DIRECTORY).iterdir())])
    factory.set_seed(0)

    def probabilities(text):
        detector = factory.create()
        detector.append(text)
        try:
            return [(found.lang, found.prob) for found in detector.get_probabilities()]
        except LangDetectException:
            return []

    return probabilities


@pytest.fixture(scope="module")
def profiles():
    return Profiles()


WORDS = [
    *f"{ENGLISH} {SPANISH} {PORTUGUESE} {RUSSIAN} {SERBIAN}".split(),
    "",
    "USA",
    "ŽIVOT",
    "mcDonald",
    "ả",
    "e\u0301",
]
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), st.text(max_size=60))


@given(TEXTS)
@example(ENGLISH)
@example(RUSSIAN)
@example("Toà  nhà ở Việt Nam, http://a.example/x?y=1 и me@a.example")
@example("МОСКВА — Кремль и Lavrov, 俄羅斯外交部長星期二 ひらがな 한국어 ﻻ سلام")
@example("AB Cd EFg  x")
def test_every_probability_is_the_one_that_langdetect_gives(langdetect, profiles, text):
    assert profiles.probabilities(text) == langdetect(text)


def test_a_text_as_long_as_an_article_gets_the_same_as_well(langdetect, profiles):
    text = f"{SPANISH} {ENGLISH}\n" * 30
    assert len(text) > 10_000
    assert profiles.probabilities(text) == langdetect(text)
