"""Which stored articles may have something in common with a text: those that share some of its fingerprints.

About thirty hashes of three-word shingles of each text are rows of ``fingerprints``. Of a group of copies only a few
are remembered, those with something new in them: a text that a hundred outlets print is no boilerplate.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pipelines.dedupe.shape import SHORT, Shape

LONGEST_POSTINGS = 16  # groups; a shingle that more have is boilerplate
CANDIDATES = 12  # groups compared in full
OF_FORM = 2  # articles compared when a quarter of a text is boilerplate
REMEMBERED = 4  # articles of a group that a fingerprint leads to
PASSED = """JOIN articles ON id = article_id WHERE julianday(stored) - julianday(fetched) > ?
            AND abs(julianday(fetched) - julianday(?)) > ? LIMIT ?"""  # it was stored long after it was fetched


class Candidate(NamedTuple):
    """A group that shares fingerprints with a text."""

    original: int
    likest: int  # of the group, the article that shares most
    known: int  # articles of the group that share any


class Index(NamedTuple):
    """What the fingerprints of a text lead to."""

    candidates: list[Candidate]  # the likest first
    common: frozenset[int]  # fingerprints that so many groups have that nobody will look there


def look_up(connection: sqlite3.Connection, shape: Shape) -> Index:
    """The groups that a text may belong to, or contain, or be contained in."""
    postings: dict[int, list[int]] = {}
    sql = f"SELECT hash, article_id FROM fingerprints WHERE hash IN ({marks(shape.fingerprints)})"
    for h, article_id in connection.execute(sql, shape.fingerprints):
        postings.setdefault(h, []).append(article_id)
    ids = list({i for found in postings.values() for i in found})
    original: dict[int, int] = {}
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        sql = f"SELECT id, coalesce(duplicate_of, id) FROM articles WHERE id IN ({marks(some)})"
        original.update((number, of) for number, of in connection.execute(sql, some))
    groups = {h: {original[i] for i in found if i in original} for h, found in postings.items()}
    common = frozenset(h for h, found in groups.items() if len(found) > LONGEST_POSTINGS)
    counts = Counter(i for h, found in postings.items() if h not in common for i in found if i in original)
    few = [i for i, n in counts.items() if n == 1] if len(shape.shingles) >= SHORT else []
    if few:  # one shingle in common is chance between texts that are not short
        sql = f"SELECT article_id FROM fingerprinted WHERE shingles >= ? AND article_id IN ({marks(few)})"
        for (article_id,) in connection.execute(sql, [SHORT, *few]):
            del counts[article_id]
    members: dict[int, list[int]] = {}
    for article_id in sorted(counts, key=lambda i: (-counts[i], i)):
        members.setdefault(original[article_id], []).append(article_id)
    likest = [Candidate(of, found[0], len(found)) for of, found in members.items()][:CANDIDATES]
    if 4 * len(common) > len(shape.fingerprints):  # most likely from a form; a few of it will tell
        of_form = Counter(i for h in common for i in postings[h] if original.get(i, i) not in members)
        likest += [Candidate(original[i], i, 1) for i, _ in of_form.most_common(OF_FORM) if i in original]
    return Index(likest, common)


def remember(connection: sqlite3.Connection, article_id: int, shape: Shape, common: frozenset[int]) -> None:
    """Write the fingerprints of a text, except those that are boilerplate."""
    kept = array("i", [h for h in shape.fingerprints if h not in common])
    connection.executemany("INSERT INTO fingerprints VALUES (?, ?)", [(h, article_id) for h in kept])
    values = [article_id, len(shape.shingles), kept.tobytes()]
    connection.execute("INSERT INTO fingerprinted (article_id, shingles, hashes) VALUES (?, ?, ?)", values)


def is_remembered(connection: sqlite3.Connection, article_id: int) -> bool:
    sql = "SELECT 1 FROM fingerprinted WHERE article_id = ?"
    return connection.execute(sql, [article_id]).fetchone() is not None


def forget(connection: sqlite3.Connection, article_id: int) -> None:
    """Remove an article's fingerprints, so that nothing new is linked to it; its own links stay."""
    for (hashes,) in connection.execute("SELECT hashes FROM fingerprinted WHERE article_id = ?", [article_id]):
        rows = [(h, article_id) for h in array("i", hashes)]
        connection.executemany("DELETE FROM fingerprints WHERE hash = ? AND article_id = ?", rows)
        connection.execute("DELETE FROM fingerprinted WHERE article_id = ?", [article_id])


def prune(connection: sqlite3.Connection, before: str, limit: int = 1_000) -> int:
    """Forget articles stored before a time, oldest rows first; how many, which is ``limit`` when more are left."""
    sql = """SELECT article_id, coalesce(stored, fetched, '') FROM fingerprinted LEFT JOIN articles ON id = article_id
             ORDER BY article_id LIMIT ?"""
    old = [number for number, stored in connection.execute(sql, [limit]) if stored < before]
    for article_id in old:
        forget(connection, article_id)
    return len(old)


def prune_passed(connection: sqlite3.Connection, position: str, days: float, limit: int = 1_000) -> int:
    """Forget articles that came from archives and were fetched more than ``days`` before or after ``position``."""
    passed = connection.execute(
        f"SELECT article_id FROM fingerprinted {PASSED}", [days, position, days, limit]
    ).fetchall()
    for (article_id,) in passed:
        forget(connection, article_id)
    return len(passed)


def marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)
