"""Is an article about the topic or does it only name it: ``python -m benchmarks.relevance FOLDER``.

FOLDER has ``labels.jsonl.gz`` (title, text, label: A and B are about the topic, C and D name it in passing or not at
all) and ``leads.jsonl`` (headlines that are on topic or traps). Both are judged by seeds/venezuela_russia.toml.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path

from crawler.seeds import read_topic
from crawler.terms import words
from pipelines.relevance import judge

TOPIC = Path(__file__).parent.parent / "seeds" / "venezuela_russia.toml"
LONG = 70  # words


def area_under_curve(scored: list[tuple[float, bool]]) -> float:
    """Probability that an article about the topic has a higher score than another one; ties count half."""
    about = [score for score, label in scored if label]
    others = [score for score, label in scored if not label]
    pairs = sum((a > b) + (a == b) / 2 for a in about for b in others)
    return pairs / (len(about) * len(others))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    topic = read_topic(TOPIC)
    with gzip.open(folder / "labels.jsonl.gz", "rt", encoding="utf-8") as lines:
        labelled = [json.loads(line) for line in lines]
    began = time.process_time()
    scored = []
    for row in labelled:
        match = next(iter(judge(row["title"], row["text"], [topic]).matches), None)
        scored.append((match, row["label"] in "AB", len(words(row["text"])) >= LONG))
    seconds = time.process_time() - began
    every = [(match.score if match else 0.0, label) for match, label, _ in scored]
    long = [(match.score if match else 0.0, label) for match, label, is_long in scored if is_long]
    chosen = [label for match, label, _ in scored if match and match.role == "subject"]
    print(
        f"{len(every)} texts, {sum(label for _, label in every)} about the topic; {seconds / len(every) * 1000:.2f} ms"
    )
    print(f"AUC of the score: {area_under_curve(every):.3f}; {len(long)} long texts {area_under_curve(long):.3f}")
    recall = sum(chosen) / sum(label for _, label in every)
    print(f"subject: precision {sum(chosen) / len(chosen):.3f}, recall {recall:.3f}")
    leads = [json.loads(line) for line in (folder / "leads.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {wanted: [bool(judge(row["text"], "", [topic]).matches) for row in leads if row["expected"] is wanted]
             for wanted in (True, False)}  # fmt: skip
    print(
        f"headlines: {sum(found[True])} of {len(found[True])} found, {sum(found[False])} of {len(found[False])} traps"
    )
    for row in leads:
        if row["expected"] is not bool(judge(row["text"], "", [topic]).matches):
            print(f"  {'missed' if row['expected'] else 'taken'}: {row['text']}")


if __name__ == "__main__":
    main()
