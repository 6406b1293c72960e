"""Find republished articles in a stream of real ones, beside MinHash-LSH and SimHash; then time a full index.

    python benchmarks/duplicates.py FOLDER [--orders N] [--scale ARTICLES]

FOLDER holds pairs.jsonl.gz: {id, text, title, group, kind} a line, duplicates have the same group. They arrive in
random order, each is placed before the next is seen. Printed: precision, recall and F1 of the links (an article
ought to have one when its group was seen before), B-cubed F1 of the groups, CPU ms of an article. MinHash-LSH needs
the extra "peers" and is left out without it. With --scale, the bytes of an article's fingerprints, and the time to
look up and to place articles among so many others.

Or it holds same_text.jsonl.gz, texts made by the patterns of newsrooms: {id, text, title, outlet, published, pattern,
instance, group, relations} a line, relations name other texts that this one contains, is contained in or shares a
passage with. Printed, by date and in random orders: precision and recall of the links, B-cubed F1, recall and
precision of the rows that say "contains" (between texts of two groups); for each pattern precision, recall and
B-cubed F1; and in how many instances the groups are the same in all orders.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crawler.database import open_to_write  # noqa: E402
from pipelines.dedupe import content_hash, place  # noqa: E402
from pipelines.dedupe.shape import FROM_TEXT, FROM_TOP, Shape, tokens  # noqa: E402

Document = dict[str, Any]
HASHES = FROM_TEXT + FROM_TOP
START = datetime(2024, 7, 1, tzinfo=UTC)


class Outcome(NamedTuple):
    """What a method made of one stream."""

    links: dict[str, str]  # id -> the earlier one that it was linked to
    groups: dict[str, str]  # id -> original
    fresh: list[float]  # CPU ms of articles that were linked to nothing
    linked: list[float]  # CPU ms of the others
    edges: tuple[tuple[str, str], ...] = ()  # ids of a text and of one that contains it


def ours(stream: list[Document]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        db = open_to_write(Path(folder) / "stream.db")
        ids: dict[int, str] = {}
        links, fresh, linked = {}, [], []
        for number, document in enumerate(stream, start=1):
            ids[number] = document["id"]
            db.execute("BEGIN IMMEDIATE")
            insert(db.conn, number, document)
            started = time.process_time()
            placed = place(db.conn, number)
            (linked if placed.of or placed.regrouped else fresh).append((time.process_time() - started) * 1e3)
            db.execute("COMMIT")
            copies = db.execute("SELECT id FROM articles WHERE duplicate_of = ? LIMIT 1", [number]).fetchone()
            if earlier := placed.of or (copies[0] if copies else None):
                links[document["id"]] = ids[earlier]
        rows = db.execute("SELECT id, coalesce(duplicate_of, id) FROM articles").fetchall()
        contained = db.execute("SELECT shorter, longer FROM passages WHERE kind = 'contains'").fetchall()
        edges = tuple((ids[a], ids[b]) for a, b in contained)
        db.close()
        return Outcome(links, {ids[a]: ids[o] for a, o in rows}, fresh, linked, edges)


def insert(connection: sqlite3.Connection, number: int, document: Document) -> None:
    """One article; if nothing else is said, of an outlet of its own, fetched after those before it."""
    site = document.get("outlet", f"outlet{number}.example")
    published = document.get("published")
    fetched = published or f"{START + timedelta(minutes=number):%FT%TZ}"
    text = document["text"]
    connection.execute(
        "INSERT INTO articles"
        " (id, url, canonical_url, site, title, text, published, fetched, language, content_hash)"
        " VALUES (?1, ?2 || ?1, ?2 || ?1, ?2, ?3, ?4, ?5, ?6, 'und', ?7)",
        [number, site, document["title"], text, published, fetched, content_hash(text)],
    )


def minhash(stream: list[Document]) -> Outcome:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    signatures: dict[str, MinHash] = {}

    def match(document: Document) -> str | None:
        signature = MinHash(num_perm=128)
        signature.update_batch(Shape(document["text"]).grams)
        found = [(signature.jaccard(signatures[i]), i) for i in index.query(signature)]
        signatures[document["id"]] = signature
        index.insert(document["id"], signature)
        return max(found)[1] if found else None

    return _one_by_one(stream, match)


def simhash(bits: int) -> Callable[[list[Document]], Outcome]:
    """Linked to the nearest within so many of 64 bits."""

    def method(stream: list[Document]) -> Outcome:
        hashes: dict[str, int] = {}

        def match(document: Document) -> str | None:
            counts = [0] * 64
            for gram, n in Counter(Shape(document["text"]).grams).items():
                value = int.from_bytes(blake2b(gram, digest_size=8).digest(), "big")
                for bit in range(64):
                    counts[bit] += n if value >> bit & 1 else -n
            mine = sum(1 << bit for bit, count in enumerate(counts) if count > 0)
            found = [(distance, i) for i, h in hashes.items() if (distance := (mine ^ h).bit_count()) <= bits]
            hashes[document["id"]] = mine
            return min(found)[1] if found else None

        return _one_by_one(stream, match)

    return method


def _one_by_one(stream: list[Document], match: Callable[[Document], str | None]) -> Outcome:
    outcome = Outcome({}, {}, [], [])
    for document in stream:
        started = time.process_time()
        earlier = match(document)
        (outcome.linked if earlier else outcome.fresh).append((time.process_time() - started) * 1e3)
        if earlier:
            outcome.links[document["id"]] = earlier
        outcome.groups[document["id"]] = outcome.groups[earlier] if earlier else document["id"]
    return outcome


def score(stream: list[Document], outcome: Outcome) -> tuple[float, float, float, float]:
    """Precision, recall and F1 of links, B-cubed F1 of groups."""
    truth = {d["id"]: d["group"] for d in stream}
    right = sum(truth[a] == truth[b] for a, b in outcome.links.items())
    precision = right / max(1, len(outcome.links))
    recall = right / (len(stream) - len(set(truth.values())))
    return precision, recall, harmonic(precision, recall), b_cubed(truth, outcome.groups)


def b_cubed(truth: dict[str, str], groups: dict[str, str]) -> float:
    found, real = defaultdict(set), defaultdict(set)
    for i, group in truth.items():
        found[groups[i]].add(i)
        real[group].add(i)
    common = {i: len(found[groups[i]] & real[truth[i]]) for i in truth}
    precision = statistics.fmean(common[i] / len(found[groups[i]]) for i in truth)
    return harmonic(precision, statistics.fmean(common[i] / len(real[truth[i]]) for i in truth))


def score_patterns(documents: list[Document], orders: int) -> None:
    truth = {d["id"]: d["group"] for d in documents}
    contained = {
        (truth[a], truth[b])
        for d in documents
        for other, kind in d["relations"]
        for a, b in [(d["id"], other) if kind == "contained" else (other, d["id"])]
        if kind in ("contained", "contains")
    }
    streams = {"by date": sorted(documents, key=lambda d: d["published"])}
    for seed in range(orders - 1):
        streams[f"random {seed}"] = random.Random(seed).sample(documents, len(documents))
    print(f"{len(documents)} articles in {len(set(truth.values()))} groups")
    print(f"{'':24} {'P':>6} {'R':>6} {'B3':>6} {'contains: R':>12} {'P':>6} {'ms':>6}")
    outcomes = []
    for name, stream in streams.items():
        outcome = ours(stream)
        outcomes.append(outcome.groups)
        found = {(truth[a], truth[b]) for a, b in outcome.edges if truth[a] != truth[b]}
        recall, precision = (len(found & contained) / max(1, len(some)) for some in (contained, found))
        p, r, b3 = linked(documents, outcome.groups)
        ms = statistics.fmean([*outcome.fresh, *outcome.linked])
        print(f"{name:24} {p:6.3f} {r:6.3f} {b3:6.3f} {recall:12.3f} {precision:6.3f} {ms:6.2f}")
    patterns: dict[str, list[Document]] = {}
    instances: dict[tuple[str, str], list[str]] = {}
    for d in documents:
        patterns.setdefault(d["pattern"], []).append(d)
        instances.setdefault((d["pattern"], d["instance"]), []).append(d["id"])
    for pattern, some in sorted(patterns.items()):
        scores = [linked(some, groups) for groups in outcomes]
        p, r, b3 = (statistics.fmean(column) for column in zip(*scores, strict=True))
        print(f"  {pattern:22} {p:6.3f} {r:6.3f} {b3:6.3f}")
    agreed = [len({partition(ids, groups) for groups in outcomes}) == 1 for ids in instances.values()]
    print(f"the same groups in all orders: {statistics.fmean(agreed):.3f} of {len(agreed)} instances")


def linked(documents: list[Document], groups: dict[str, str]) -> tuple[float, float, float]:
    """Precision and recall of the links to originals, 1 if there are none, and B-cubed F1."""
    truth = {d["id"]: d["group"] for d in documents}
    links = [(i, groups[i]) for i in truth if groups[i] != i]
    real = defaultdict(set)
    for i, group in truth.items():
        real[group].add(groups[i])
    precision = sum(truth[a] == truth.get(b) for a, b in links) / len(links) if links else 1.0
    wanted = len(truth) - len(real)
    recall = 1 - sum(len(found) - 1 for found in real.values()) / wanted if wanted else 1.0
    return precision, recall, b_cubed(truth, groups)


def partition(ids: list[str], groups: dict[str, str]) -> frozenset[frozenset[str]]:
    members = defaultdict(set)
    for i in ids:
        members[groups[i]].add(i)
    return frozenset(map(frozenset, members.values()))


def harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def compare(documents: list[Document], orders: int) -> None:
    methods: dict[str, Callable[[list[Document]], Outcome]] = {
        "ours": ours,
        "MinHash-LSH, Jaccard .5": minhash,
        "SimHash, 3 bits": simhash(3),
        "SimHash, 12 bits": simhash(12),
    }
    print(f"{len(documents)} articles in {len({d['group'] for d in documents})} groups, {orders} random orders")
    print(f"{'':24} {'P':>6} {'R':>6} {'F1':>6} {'least':>6} {'B3':>6} {'least':>6} {'ms fresh':>9} {'ms linked':>10}")
    for name, method in methods.items():
        scores, fresh, linked, missed = [], [], [], Counter[str]()
        for seed in range(orders):
            stream = random.Random(seed).sample(documents, len(documents))
            try:
                outcome = method(stream)
            except ModuleNotFoundError as missing:
                print(f"{name:24} left out: {missing.name} is not installed, pip install 'newscrawler[peers]'")
                break
            scores.append(score(stream, outcome))
            fresh += outcome.fresh
            linked += outcome.linked
            missed.update(unlinked(stream, outcome))
        else:
            p, r, f1, b3 = (statistics.fmean(column) for column in zip(*scores, strict=True))
            least_f1, least_b3 = (min(s[i] for s in scores) for i in (2, 3))
            print(
                f"{name:24} {p:6.4f} {r:6.4f} {f1:6.4f} {least_f1:6.4f} {b3:6.4f} {least_b3:6.4f}"
                f" {statistics.fmean(fresh):9.2f} {statistics.fmean(linked):10.2f}"
            )
            if name == "ours":
                kinds = ", ".join(f"{kind} {n / orders:.1f}" for kind, n in missed.most_common())
                print(f"{'':24} not linked, a stream: {kinds}")


def unlinked(stream: list[Document], outcome: Outcome) -> list[str]:
    """Kinds of the articles that ought to have a link and have none."""
    seen, kinds = set(), []
    for document in stream:
        if document["group"] in seen and document["id"] not in outcome.links:
            kinds.append(document["kind"])
        seen.add(document["group"])
    return kinds


def scale(documents: list[Document], articles: int) -> None:
    """Time ``place`` on real articles, each a story of its own, among ``articles`` others."""
    alone = [d for d in documents if d["kind"] == "orig"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scale.db"
        db = open_to_write(path)
        first = 10_000_000
        for number in range(first - 5_000, first):  # measured as they are written: one by one, in no order
            _fill(db.conn, number, number + 1)
        size = measured(db.conn, "fingerprints", "fingerprinted") / 5_000
        started = time.perf_counter()
        _fill(db.conn, 1, articles - 5_000)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"{articles} articles indexed in {time.perf_counter() - started:.0f} s")
        db.close()
        db = open_to_write(path)
        lookups, places = [], []
        for number, document in enumerate(alone, start=first):
            words = tokens(document["text"])
            random.Random(number).shuffle(words)  # no text of the index, its length and vocabulary real
            text = " ".join(words)
            shape = Shape(text)
            hashes = shape.fingerprints
            marks = ",".join("?" for _ in hashes)
            db.execute("BEGIN IMMEDIATE")
            began = time.perf_counter()
            db.execute(f"SELECT hash, article_id FROM fingerprints WHERE hash IN ({marks})", hashes).fetchall()
            lookups.append((time.perf_counter() - began) * 1e3)
            insert(db.conn, number, {"text": text, "title": document["title"]})
            began = time.process_time()
            place(db.conn, number)
            places.append((time.process_time() - began) * 1e3)
            db.execute("COMMIT")
        db.close()
    print(f"bytes an article: {size:.0f}, written one by one")
    print(
        f"lookup, wall ms: median {statistics.median(lookups):.3f}, 95 % {statistics.quantiles(lookups, n=20)[-1]:.3f}"
    )
    print(f"place, CPU ms: mean {statistics.fmean(places):.2f}, median {statistics.median(places):.2f}")


def _fill(connection: sqlite3.Connection, first: int, end: int) -> None:
    """Fingerprints of synthetic articles, as many as one can have, sorted before they are written."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT OR IGNORE INTO fingerprints (hash, article_id)"
        " WITH RECURSIVE article (id) AS (SELECT ? UNION ALL SELECT id + 1 FROM article WHERE id + 1 < ?),"
        " piece (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM piece WHERE n < ?)"
        " SELECT abs(random()) % 4294967296 - 2147483648 AS hash, id FROM article, piece ORDER BY hash",
        [first, end, HASHES],
    )
    connection.execute(
        "INSERT INTO fingerprinted (article_id, shingles, hashes)"
        " WITH RECURSIVE article (id) AS (SELECT ? UNION ALL SELECT id + 1 FROM article WHERE id + 1 < ?)"
        " SELECT id, 400, randomblob(?) FROM article",
        [first, end, 4 * HASHES],
    )
    connection.execute("COMMIT")


def measured(connection: sqlite3.Connection, *tables: str) -> float:
    """Bytes that tables take in a file of their own pages."""
    marks = ",".join("?" for _ in tables)
    return float(connection.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({marks})", tables).fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=3, help="random orders of the stream (default: 3)")
    parser.add_argument("--scale", type=int, metavar="ARTICLES", help="also time an index of so many articles")
    options = parser.parse_args()
    patterns = (options.folder / "same_text.jsonl.gz").exists()
    name = "same_text.jsonl.gz" if patterns else "pairs.jsonl.gz"
    with gzip.open(options.folder / name, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    if patterns:
        score_patterns(documents, options.orders)
        return
    compare(documents, options.orders)
    if options.scale:
        scale(documents, options.scale)


if __name__ == "__main__":
    main()
