"""Tell pairs of articles that report one story from those that do not; then time the stories of a full window.

    python benchmarks/stories.py FOLDER [--half tuning] [--embedding] [--scale ARTICLES]

FOLDER holds pairs.jsonl.gz: {pair_id, lang1, lang2, text1, text2, overall} a line, overall from 1 (one story) to 4
(nothing in common); up to 2 counts as one story. The limits of pipelines/stories/likeness.py were set on the half of
the pairs whose SHA-256 is even, reported is the other half unless --half says so. Printed: the area under the ROC
curve of the likeness, its Pearson correlation with the rating, precision and recall at STORY and RELATED, and the
least likeness above which four of five pairs are of one story. --embedding needs the extra "embedding". With --scale,
articles that are made of the texts' sentences fill four days, and the cost of one more is measured.

Or FOLDER holds stories_month.jsonl.gz, the first month of a topic: {id, text, title, language, outlet, published,
story} a line, story null where it is not scored. Printed, by date, with delays of up to a day and in random order:
B-cubed precision and recall in days 1 to 5 and later, the longest story; and for two orders each how many of their
pairs of one story they share.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crawler.database import open_to_write  # noqa: E402
from pipelines import dedupe, stories  # noqa: E402
from pipelines.stories import embedding  # noqa: E402
from pipelines.stories.likeness import RELATED, STORY, Vector, likeness, term, vector  # noqa: E402
from pipelines.stories.names import script, traits  # noqa: E402

Pair = dict[str, Any]
ONE_STORY = 2.0  # rating
START = datetime(2024, 7, 1, tzinfo=UTC)


def for_tuning(pair: Pair) -> bool:
    return sha256(pair["pair_id"].encode()).digest()[0] % 2 == 0


def vectors(pairs: list[Pair], encode: embedding.Encoder | None) -> dict[tuple[str, str], Vector]:
    """(pair_id, "1" or "2") -> vector, with the frequencies of all the texts."""
    texts = {(p["pair_id"], side): (p[f"lang{side}"], p[f"text{side}"]) for p in pairs for side in "12"}
    found = {key: traits("", text) for key, (_, text) in texts.items()}
    frequencies = Counter(itertools.chain.from_iterable(map(term, kept) for kept in found.values()))
    return {
        key: vector(language, script(text), found[key], frequencies, len(texts), encode("", text) if encode else None)
        for key, (language, text) in texts.items()
    }


def area(scores: list[float], truth: list[bool]) -> float:
    """Of a pair of one story and one of two, how often the first is the likelier: the area under the ROC curve."""
    rank, total = 0, 0.0
    for _, group in itertools.groupby(sorted(zip(scores, truth, strict=True)), key=lambda item: item[0]):
        tied = [of_one for _, of_one in group]
        total += sum(tied) * (rank + (len(tied) + 1) / 2)
        rank += len(tied)
    positive = sum(truth)
    return (total - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def least_sure(scores: list[float], truth: list[bool], precision: float = 0.8) -> float:
    """The least score above which so many pairs are of one story."""
    right, least = 0, math.inf
    for n, (score, of_one) in enumerate(sorted(zip(scores, truth, strict=True), reverse=True), start=1):
        right += of_one
        if right >= precision * n:
            least = score
    return least


def at(limit: float, scores: list[float], truth: list[bool]) -> str:
    above = [of_one for score, of_one in zip(scores, truth, strict=True) if score >= limit]
    return f"{sum(above) / max(1, len(above)):5.2f} /{sum(above) / max(1, sum(truth)):5.2f}"


def compare(pairs: list[Pair], chosen: list[Pair], encode: embedding.Encoder | None) -> None:
    known = vectors(pairs, encode)
    kinds: dict[str, Callable[[Pair], bool]] = {
        "across languages": lambda p: p["lang1"] != p["lang2"],
        "  one script": lambda p: p["lang1"] != p["lang2"] and len(scripts(p)) == 1,
        "  two scripts": lambda p: len(scripts(p)) == 2,
        "within a language": lambda p: p["lang1"] == p["lang2"],
        "all": lambda p: True,
    }

    def scripts(pair: Pair) -> set[str]:
        return {known[pair["pair_id"], side].script for side in "12"}

    print(f"{'':18} {'pairs':>6} {'AUC':>6} {'r':>6} {'P / R at STORY':>15} {'at RELATED':>13} {'P = .8 from':>12}")
    for name, belongs in kinds.items():
        some = [pair for pair in chosen if belongs(pair)]
        scores = [likeness(known[p["pair_id"], "1"], known[p["pair_id"], "2"]) for p in some]
        truth = [p["overall"] <= ONE_STORY for p in some]
        correlation = -statistics.correlation(scores, [p["overall"] for p in some])
        print(
            f"{name:18} {len(some):6} {area(scores, truth):6.3f} {correlation:6.3f} {at(STORY, scores, truth):>15}"
            f" {at(RELATED, scores, truth):>13} {least_sure(scores, truth):12.2f}"
        )


def scale(pairs: list[Pair], articles: int, encode: embedding.Encoder | None) -> None:
    """Time ``assign`` while four days fill with articles."""
    with tempfile.TemporaryDirectory() as folder:
        db = open_to_write(Path(folder) / "scale.db")
        texts = [(p[f"lang{side}"], p[f"text{side}"]) for p in pairs for side in "12"]
        rng = random.Random(1)
        spent: list[float] = []
        for number in range(1, articles + 1):
            language, text = texts[number % len(texts)]
            others = [rng.choice(texts)[1].split() for _ in range(3)]
            words = [word for other in others for word in other[:: rng.randint(2, 4)]]  # names of other stories
            text = " ".join([*text.split()[:: rng.randint(1, 2)], *words])
            published = f"{START + timedelta(hours=96 * number / articles):%FT%TZ}"
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "INSERT INTO articles (id, url, canonical_url, site, title, text, published, fetched, language)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [number, f"{number}", f"{number}", f"{number % 50}", text[:60], text, published, published, language],
            )
            began = time.process_time()
            stories.assign(db.conn, number, encode)
            spent.append((time.process_time() - began) * 1e3)
            db.execute("COMMIT")
            if number % (articles // 5) == 0:
                last = spent[-(articles // 5) :]
                print(
                    f"{number:7} articles: assign, CPU ms: mean {statistics.fmean(last):.2f},"
                    f" median {statistics.median(last):.2f}, 99 % {statistics.quantiles(last, n=100)[-1]:.2f}"
                )
        tables = ("story_postings", "story_vectors", "story_terms", "idx_story_vectors_hour", "idx_articles_story_id")
        for table in (*tables, "stories"):
            size = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", [table]).fetchone()[0] or 0
            print(f"{table:24} {size / articles:7.0f} bytes an article")
        many = db.execute("SELECT count(*), max(articles) FROM stories").fetchone()
        print(f"{many[0]} stories, the greatest of {many[1]} articles")
        began = time.process_time()
        db.execute("BEGIN IMMEDIATE")
        gone = stories.prune(db.conn, f"{START + timedelta(days=30):%F}")
        db.execute("COMMIT")
        print(f"prune, CPU ms an article: {(time.process_time() - began) * 1e3 / gone:.2f}")
        db.close()


def first_month(documents: list[Pair]) -> None:
    rng = random.Random(1)
    delays = {d["id"]: timedelta(hours=rng.uniform(0, 24)) for d in documents}
    orders = {
        "by date": sorted(documents, key=lambda d: d["published"]),
        "delayed": sorted(documents, key=lambda d: datetime.fromisoformat(d["published"]) + delays[d["id"]]),
        "random": rng.sample(documents, len(documents)),
    }
    scored = [d for d in documents if d["story"]]
    first = datetime.fromisoformat(min(d["published"] for d in documents))
    early = [d for d in scored if datetime.fromisoformat(d["published"]) - first < timedelta(days=5)]
    late = [d for d in scored if d not in early]
    print(f"{'':10} {'days 1-5: P':>12} {'R':>6} {'later: P':>9} {'R':>6} {'longest, h':>11}")
    pairs = {}
    for name, stream in orders.items():
        found, longest = in_stories(stream)
        (p, r), (later_p, later_r) = b_cubed(early, found), b_cubed(late, found)
        print(f"{name:10} {p:12.3f} {r:6.3f} {later_p:9.3f} {later_r:6.3f} {longest:11.0f}")
        ids = [d["id"] for d in scored]
        pairs[name] = {(a, b) for a, b in itertools.combinations(ids, 2) if found[a] == found[b]}
    for a, b in itertools.combinations(pairs, 2):
        print(f"{a} and {b}: {len(pairs[a] & pairs[b]) / len(pairs[a] | pairs[b]):.3f} of their pairs in common")


def in_stories(stream: list[Pair]) -> tuple[dict[str, int], float]:
    """The story of each document, by id, and the hours of the longest story."""
    with tempfile.TemporaryDirectory() as folder:
        db = open_to_write(Path(folder) / "month.db")
        for number, d in enumerate(stream, start=1):
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "INSERT INTO articles (id, url, canonical_url, site, title, text, published, fetched, language,"
                " content_hash) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)",
                [
                    number,
                    *map(d.get, ("id", "outlet", "title", "text", "published", "language")),
                    dedupe.content_hash(d["text"]),
                ],
            )
            for moved in (number, *dedupe.place(db.conn, number).regrouped):
                stories.assign(db.conn, moved)
            db.execute("COMMIT")
        found = dict(map(tuple, db.execute("SELECT url, story_id FROM articles").fetchall()))
        spans = db.execute("SELECT first_seen, last_seen FROM stories").fetchall()
        db.close()
    return found, max(
        (datetime.fromisoformat(last) - datetime.fromisoformat(begin)).total_seconds() / 3600 for begin, last in spans
    )


def b_cubed(documents: list[Pair], found: dict[str, int]) -> tuple[float, float]:
    """Precision and recall."""
    of_story, in_story = defaultdict(set), defaultdict(set)
    for d in documents:
        of_story[d["story"]].add(d["id"])
        in_story[found[d["id"]]].add(d["id"])
    common = [(d, len(of_story[d["story"]] & in_story[found[d["id"]]])) for d in documents]
    precision = statistics.fmean(n / len(in_story[found[d["id"]]]) for d, n in common)
    return precision, statistics.fmean(n / len(of_story[d["story"]]) for d, n in common)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["tuning", "other"], default="other", help="pairs to report (default: other)")
    parser.add_argument("--embedding", action="store_true", help="with sentence embeddings")
    parser.add_argument("--scale", type=int, metavar="ARTICLES", help="also time a window of so many articles")
    options = parser.parse_args()
    month = options.folder / "stories_month.jsonl.gz"
    if month.exists():
        with gzip.open(month, "rt", encoding="utf-8") as lines:
            first_month([json.loads(line) for line in lines])
        return
    with gzip.open(options.folder / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    encode = embedding.load() if options.embedding else None
    chosen = [pair for pair in pairs if for_tuning(pair) == (options.half == "tuning")]
    print(f"{len(chosen)} rated pairs, {'with' if encode else 'without'} embeddings")
    compare(pairs, chosen, encode)
    if options.scale:
        scale(pairs, options.scale, encode)


if __name__ == "__main__":
    main()
