"""Tell which language an article is written in, and drop it from topics that leave that language out.

langdetect alone raises on numbers, changes its mind from run to run, takes Chinese for Korean and Georgian for
Estonian, and believes whatever stands first in a text. So: scripts that one language has to itself decide
before it is asked, it reads windows spread over the whole text, and when it is not sure the paragraphs vote.
What the page's own markup says is wrong too often to overrule a text; it breaks ties and helps where a text is
too short. What stays unsure is ``und``: a wrong language drops an article, an unknown one keeps it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from crawler.items import Article, Match
from crawler.languages import TOLD_FROM_TEXT

UNKNOWN = "und"

SAMPLE, WINDOWS = 1_000, 8  # characters that are read, in so many windows: more cost time and change nothing
PARAGRAPHS, PARAGRAPH_SAMPLE = 10, 150  # how many vote, and the characters read of each
LETTERS_TO_JUDGE = 20  # below: "OK" is Portuguese with probability 1
LETTERS_TO_TRUST = 100
SURE, LIKELY = 0.9, 0.5  # probabilities: above every hint; enough when there is none
MAJORITY = 0.6  # share of a mixed text that is above every hint

NOISE = re.compile(r"https?://\S+|www\.\S+|(?<!\S)[^\s@]+@\S+|[@#]\w+|\d+")

# Scripts of one language, as letters; kana before Han, which Japanese uses too.
SCRIPTS = {
    "ja": re.compile(r"[\u3041-\u30ff\uff66-\uff9f]"),
    "ko": re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "hy": re.compile(r"[\u0531-\u0587]"),
    "ka": re.compile(r"[\u10a0-\u10ff\u1c90-\u1cbf]"),
    "th": re.compile(r"[\u0e01-\u0e46]"),
    "lo": re.compile(r"[\u0e81-\u0edf]"),
    "km": re.compile(r"[\u1780-\u17dd]"),
    "my": re.compile(r"[\u1000-\u103f]"),
    "si": re.compile(r"[\u0d80-\u0dff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "te": re.compile(r"[\u0c00-\u0c7f]"),
    "kn": re.compile(r"[\u0c80-\u0cff]"),
    "ml": re.compile(r"[\u0d00-\u0d7f]"),
    "gu": re.compile(r"[\u0a80-\u0aff]"),
    "pa": re.compile(r"[\u0a00-\u0a7f]"),
    "or": re.compile(r"[\u0b00-\u0b7f]"),
    "am": re.compile(r"[\u1200-\u137f]"),
    "bo": re.compile(r"[\u0f00-\u0fff]"),
    "dv": re.compile(r"[\u0780-\u07bf]"),
}
KANA_OF_JAPANESE = 0.05  # share of kana in Japanese; a Chinese brand name has one now and then

# Letters of languages that langdetect does not know and takes for a neighbour (Serbian for Macedonian), p = 1.
OWN_LETTERS = {
    "az": re.compile(r"[əƏ]"),
    "be": re.compile(r"[ўЎ]"),
    "kk": re.compile(r"[ұҰ]"),
    "sr": re.compile(r"[ђЂћЋ]"),
    UNKNOWN: re.compile(r"[ғқңөүһҗҷҳәҒҚҢӨҮҺҖҶҲӘ]"),  # Mongolian, Kyrgyz, Tatar, Tajik, Uzbek ...
}
RATE_OF_OWN_LETTERS = 0.004  # of all letters; the rarest above have .01, a quoted name stays below
# Languages that cannot be told from a text, and those that they are taken for with every certainty: there the page's
# own declaration decides. Of further ones a declaration counts where the text is otherwise in no language for sure.
NEIGHBOURS = {
    **{"an": ("es", "ca"), "as": ("bn",), "bs": ("hr", "sl"), "co": ("it",), "dz": ("bo",), "fo": ("da", "no")},
    **{"fy": ("nl", "af"), "gl": ("pt",), "ht": ("fr",), "jv": ("id",), "ks": ("ur", "fa"), "ku": ("tr", "fa", "ar")},
    **{"lb": ("de",), "li": ("nl",), "ms": ("id",), "oc": ("ca",), "ps": ("fa", "ur", "ar"), "sa": ("hi", "mr", "ne")},
    **{"sc": ("it", "es"), "sd": ("ur", "fa", "ar"), "sr": ("hr", "sl"), "su": ("id",), "ti": ("am",), "tk": ("tr",)},
    **{"ug": ("ar", "fa", "ur"), "uz": ("tr",), "wa": ("fr",), "yi": ("he",)},
}
ALIASES = {"zh-cn": "zh", "zh-tw": "zh", "nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi"}

Candidates = list[tuple[str, float]]  # code and probability, best first


class Language(NamedTuple):
    """What a text is written in: ISO 639-1 or ``und``, how sure (0..1 or None), and what said so."""

    code: str
    confidence: float | None
    source: str  # text, script, hint or none


NOBODY_KNOWS = Language(UNKNOWN, None, "none")


def detect(text: str, title: str | None = None, hint: str | None = None, detector: str = "langdetect") -> Language:
    """The language of ``text``; ``title`` is read as well when the text is short.

    ``hint`` is what the page says about itself ("es-VE"). The same arguments give the same answer in every
    process. ValueError for an unknown ``detector``.
    """
    classify = classifier(detector)
    hint = primary(hint)
    sample = spread(text)
    if title and letters(sample) < LETTERS_TO_TRUST:
        sample = f"{plain(title)} {sample}"
    if found := by_script(sample):
        return declared(found, hint)
    if letters(sample) < LETTERS_TO_JUDGE:
        return Language(hint, None, "hint") if hint else NOBODY_KNOWS
    candidates = classify(sample)
    if is_sure(candidates, sample):
        return declared(Language(*candidates[0], "text"), hint)
    voters = paragraphs(text)
    if len(voters) > 1:
        return declared(decide(vote(voters, classify), hint, tie_below=MAJORITY), hint)
    return declared(decide(candidates, hint, tie_below=SURE), hint)


def declared(found: Language, hint: str | None) -> Language:
    """``found``, or the language that the page declares if the detector cannot tell it from what it found."""
    if hint is None or (hint in TOLD_FROM_TEXT and hint not in NEIGHBOURS):
        return found
    unsure = found.source != "script" and (found.confidence is None or found.confidence < SURE)
    return Language(hint, None, "hint") if unsure or found.code in NEIGHBOURS.get(hint, ()) else found


def decide(candidates: Candidates, hint: str | None, tie_below: float) -> Language:
    """The best candidate when it is likely; under ``tie_below`` the hint wins if it is one of them."""
    if not candidates:
        return Language(hint, None, "hint") if hint else NOBODY_KNOWS
    best, confidence = candidates[0]
    chances = dict(candidates)
    if confidence < tie_below and hint and hint != best and hint in chances:
        return Language(hint, chances[hint], "hint")
    return Language(best, confidence, "text") if confidence >= LIKELY else NOBODY_KNOWS


def is_sure(candidates: Candidates, sample: str) -> bool:
    return bool(candidates) and candidates[0][1] >= SURE and letters(sample) >= LETTERS_TO_TRUST


def vote(voters: Iterable[str], classify: Callable[[str], Candidates]) -> Candidates:
    """Share of the letters that each language has in the paragraphs, best first."""
    shares: Counter[str] = Counter()
    for paragraph in voters:
        if found := by_script(paragraph):
            shares[found.code] += letters(paragraph)
        elif candidates := classify(paragraph[:PARAGRAPH_SAMPLE]):
            shares[candidates[0][0]] += letters(paragraph)
    total = shares.total()
    return sorted(((code, n / total) for code, n in shares.items()), key=lambda share: (-share[1], share[0]))


def by_script(sample: str) -> Language | None:
    """The language whose own script most letters of ``sample`` are in."""
    if sample.isascii():
        return None
    total = letters(sample)
    counts = {code: len(pattern.findall(sample)) for code, pattern in SCRIPTS.items()}
    if counts["ja"] > KANA_OF_JAPANESE * counts["zh"]:
        counts["ja"] += counts["zh"]
    code = max(counts, key=lambda c: counts[c])  # the first of equals: kana with its Han before Han alone
    share = counts[code] / max(total, counts[code], 1)
    return Language(code, share, "script") if share > 0.5 else None


def by_letters(sample: str) -> str | None:
    """The language that OWN_LETTERS give away: ``und`` for one of several, None when there are none."""
    needed = max(1, RATE_OF_OWN_LETTERS * letters(sample))
    return next((code for code, own in OWN_LETTERS.items() if len(own.findall(sample)) >= needed), None)


def spread(text: str) -> str:
    """About SAMPLE characters from all over ``text``, without addresses, names of accounts and digits."""
    if len(text) <= SAMPLE:
        return plain(text)
    width, step = SAMPLE // WINDOWS, (len(text) - SAMPLE // WINDOWS) / (WINDOWS - 1)
    return plain(" ".join(text[int(i * step) :][:width] for i in range(WINDOWS)))


def paragraphs(text: str) -> list[str]:
    """Up to PARAGRAPHS of the paragraphs long enough to judge, from all over the text."""
    long_enough = [p for p in map(plain, text.splitlines()) if letters(p) >= LETTERS_TO_JUDGE]
    step = max(1, -(-len(long_enough) // PARAGRAPHS))
    return long_enough[::step]


def plain(text: str) -> str:
    return " ".join(NOISE.sub(" ", unicodedata.normalize("NFC", text)).split())


def letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def primary(tag: str | None) -> str | None:
    """Two-letter code of a language tag such as ``es-VE`` or ``pt_BR``, or None."""
    code = re.split(r"[-_]", (tag or "").strip().lower())[0]
    code = ALIASES.get(code, code)
    return code if re.fullmatch(r"[a-z]{2}", code) else None


@functools.cache
def classifier(name: str) -> Callable[[str], Candidates]:
    """The function behind a value of LANGUAGE_DETECTOR: text -> candidates."""
    if name == "langdetect":
        return _langdetect()
    if name == "py3langid":
        return _py3langid()
    raise ValueError(f'LANGUAGE_DETECTOR "{name}" is not one of langdetect, py3langid')


def _langdetect() -> Callable[[str], Candidates]:
    from pipelines.language.ngrams import Profiles  # only who reads pages needs them

    profiles = Profiles()

    def classify(sample: str) -> Candidates:
        if own := by_letters(sample):
            return [] if own == UNKNOWN else [(own, SURE)]
        found = profiles.probabilities(sample)  # none when it has nothing that any of their languages uses
        return [(ALIASES.get(code, code), round(chance, 6)) for code, chance in found]

    return classify


def _py3langid() -> Callable[[str], Candidates]:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError as missing:
        raise ValueError(
            "LANGUAGE_DETECTOR py3langid is not installed; pip install 'newscrawler[py3langid]'"
        ) from missing
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def classify(sample: str) -> Candidates:
        ranked = ((primary(code), float(p)) for code, p in identifier.rank(sample) if p >= 0.1)
        return [(code, round(p, 6)) for code, p in ranked if code]  # it also knows languages without two letters

    return classify


def wanted(matches: Iterable[Match], code: str, languages: Mapping[str, Collection[str]]) -> list[Match]:
    """The matches of topics that read ``code``; ``languages`` names none for a topic that reads all."""
    return [m for m in matches if code == UNKNOWN or not languages.get(m.topic) or code in languages[m.topic]]


def why_unread(article: Article, languages: Mapping[str, Collection[str]], detector: str) -> str | None:
    """Write an article's language into it and keep the matches of topics that read it.

    Why none is left; None when one is, when there was none, or when the article is stored already.
    """
    found = detect(article.text, article.title, article.language_hint, detector)
    article.language, article.language_confidence, article.language_from = found
    kept = wanted(article.matches, found.code, languages)
    if article.matches and not kept and not article.is_revisit:
        return f"language is {found.code}, which no topic it belongs to reads: {article.url}"
    article.matches = kept
    return None


def check(detector: str) -> None:
    """ValueError when a value of LANGUAGE_DETECTOR names none, or one that is not installed."""
    if detector != "langdetect":  # which takes a while to load, and is always there
        classifier(detector)


class LanguageTag:
    """Write an article's language into it, and drop it when no topic that it belongs to reads that language."""

    def __init__(self, languages: Mapping[str, Collection[str]], detector: str = "langdetect"):
        self.languages = languages
        self.detector = detector
        check(detector)  # a missing package stops the run at its start, not at its first article

    @classmethod
    def from_crawler(cls, crawler: Any) -> LanguageTag:
        from crawler.run import Run  # needs Scrapy, which worker processes do not load

        languages = {topic.name: topic.languages or () for topic in Run.of(crawler).topics}
        return cls(languages, crawler.settings.get("LANGUAGE_DETECTOR", "langdetect"))

    def process_item(self, article: Article) -> Article:
        from crawler.exceptions import WrongLanguage  # needs Scrapy, which worker processes do not load

        if why := why_unread(article, self.languages, self.detector):
            raise WrongLanguage(why)
        return article
