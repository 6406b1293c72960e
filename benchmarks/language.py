"""Tell the language of sentences and short texts, with every detector that is installed, and list the confusions.

    python benchmarks/language.py FOLDER

FOLDER holds sentences.tsv.gz: language code, tab, sentence. Printed for each detector: how many single sentences and
how many texts of about 300 letters (sentences joined) of the languages that it knows are named right, wrong and not
at all; which languages are taken for which; what becomes of the languages that it does not know; CPU ms on texts
over 1,000 characters, beside langdetect alone on their first 1,000.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipelines.language import ALIASES, OWN_LETTERS, UNKNOWN, detect, letters, plain  # noqa: E402

LETTERS = 300
SHUFFLES = 4
Sample = tuple[str, str]  # language, text


def read(folder: Path) -> list[Sample]:
    with gzip.open(folder / "sentences.tsv.gz", "rt", encoding="utf-8") as lines:
        pairs = [line.rstrip("\n").split("\t", 1) for line in lines]
    return [(ALIASES.get(code, code), sentence) for code, sentence in pairs]


def joined(sentences: list[Sample], at_least: int, separator: str = " ") -> list[Sample]:
    """Texts of a little over so many letters, from sentences of one language in several random orders."""
    of_language = defaultdict(list)
    for code, sentence in sentences:
        of_language[code].append(sentence)
    texts = []
    for code, own in sorted(of_language.items()):
        for seed in range(SHUFFLES):
            text: list[str] = []
            for sentence in random.Random(seed).sample(own, len(own)):
                text.append(sentence)
                if letters("".join(text)) >= at_least:
                    texts.append((code, separator.join(text)))
                    text = []
    return texts


def langdetect_factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(0)
    return factory


def report(name: str, samples: list[Sample], detector: str) -> None:
    answers = [(code, detect(text, detector=detector).code) for code, text in samples]
    right = sum(code == answer for code, answer in answers)
    silent = sum(answer == UNKNOWN for _, answer in answers)
    print(
        f"  {name:34} {len(samples):5} texts: right {right / len(answers):.4f}, {UNKNOWN} {silent / len(answers):.4f},"
        f" right of those named {right / (len(answers) - silent):.4f}"
    )
    wrong = Counter((code, answer) for code, answer in answers if answer not in (code, UNKNOWN))
    if wrong:
        print("    " + ", ".join(f"{code} taken for {answer} {n}" for (code, answer), n in wrong.most_common()))


def unknown_languages(samples: list[Sample], detector: str) -> None:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for code, text in samples:
        answers[code][detect(text, detector=detector).code] += 1
    print("  languages that langdetect has no profile of, single sentences:")
    for code, found in sorted(answers.items()):
        print(f"    {code}: " + ", ".join(f"{answer} {n}" for answer, n in found.most_common(4)))


def cpu(task: Callable[[str], object], texts: list[str]) -> float:
    started = time.process_time()
    for text in texts:
        task(text)
    return (time.process_time() - started) * 1e3 / len(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    sentences = read(parser.parse_args().folder)
    factory = langdetect_factory()
    known = {ALIASES.get(code, code) for code in factory.get_lang_list()}
    ours = [sample for sample in sentences if sample[0] in known]
    others = [sample for sample in sentences if sample[0] not in known]
    long = [text for _, text in joined(ours, 1_500, "\n\n")]

    def bare(text: str) -> object:
        detector = factory.create()
        detector.append(text[:1_000])
        return detector.get_probabilities()

    print(f"langdetect alone, first 1,000 characters of {len(long)} texts over that: {cpu(bare, long):.2f} ms CPU")
    for detector in ("langdetect", "py3langid"):
        try:
            detect("", detector=detector)
        except ValueError as missing:
            print(f"{detector}: left out: {missing}")
            continue
        print(
            f"{detector}, with rules: {cpu(lambda text, d=detector: detect(text, detector=d), long):.2f} ms CPU on them"
        )
        report("single sentences", ours, detector)
        report("of them with 20 letters and more", [s for s in ours if letters(plain(s[1])) >= 20], detector)
        report(f"about {LETTERS} letters", joined(ours, LETTERS), detector)
        unknown_languages(others, detector)
    print(f"languages told by letters that only they have: {', '.join(c for c in OWN_LETTERS if c != UNKNOWN)}")


if __name__ == "__main__":
    main()
