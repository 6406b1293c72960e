"""A database with as many articles and pages as you like, written in bulk for benchmarks/scale.py."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from benchmarks import search as synthetic
from crawler import database

TOPIC = "benchmark"
FINGERPRINTS = 28  # of an article


def fill_pages(connection: sqlite3.Connection, size: int, hosts: int) -> None:
    """Pages that were found and ended, 5 of 100 of them with an article; written in bulk, indexes last."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'pages' AND sql IS NOT NULL"
    ).fetchall()
    connection.execute("BEGIN IMMEDIATE")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)"
        " INSERT INTO pages (url, key, kind, topic, source, host, state, reason, found_on, first_seen, fetched,"
        " priority, status, hints, article_id)"
        " SELECT 'https://www.' || host || path, host || path || '/', 'article', :topic, host, 'www.' || host,"
        " CASE WHEN article THEN 'stored' ELSE 'irrelevant' END,"
        " CASE WHEN article THEN NULL ELSE 'no mention of russia' END,"
        " 'https://www.' || host || '/feed.xml', :seen, :seen, 1714564800 + i, 200,"
        " json_object('title', 'Sanctions, oil and a visit, part ' || i, 'published', :seen), article FROM"
        " (SELECT i, 'outlet' || (i % :hosts) || '.example' AS host,"
        " '/world/2024/05/' || i || '/sanctions-and-oil-' || (i * 7919 % 100003) AS path,"
        " CASE WHEN i % 20 = 0 THEN i / 20 END AS article FROM n)",
        {"size": size, "hosts": hosts, "topic": TOPIC, "seen": "2024-05-01T12:00:00Z"},
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")


def fill_fingerprints(connection: sqlite3.Connection, size: int) -> None:
    """As if no article had ever been forgotten: fingerprints by chance for all of them."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :size * :each - 1)"
        " INSERT INTO fingerprints (hash, article_id)"
        " SELECT (i * 2654435761) % 4294967296 - 2147483648 AS hash, i / :each + 1 FROM n ORDER BY hash",
        {"size": size, "each": FINGERPRINTS},
    )
    connection.executemany(
        "INSERT INTO fingerprinted (article_id, shingles, hashes) VALUES (?, 200, zeroblob(?))",
        ((number, 4 * FINGERPRINTS) for number in range(1, size + 1)),
    )
    connection.execute("COMMIT")


def make(path: Path, articles: int, pages: int, hosts: int) -> None:
    """A database of that size."""
    synthetic.build(path, articles)
    connection = database.open_to_write(path).conn
    connection.execute("PRAGMA synchronous = OFF")  # a benchmark's database may be lost
    connection.execute("PRAGMA cache_size = -500000")
    fill_fingerprints(connection, articles)
    fill_pages(connection, pages, hosts)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
