"""Time searches of a large database of synthetic articles.

    python benchmarks/search.py [--articles 10000] [--database FILE] [--queries 25]

Without --database the articles are made in a temporary folder and go with it; a FILE is kept, and asked again the next
time. Printed: what was made at which cost, and for each kind of query the median and the 95th percentile, in
milliseconds within this process, of finding 20 articles (or stories) and reading them from the database. Each query is
asked three times, and its fastest counts.

Texts are 100 to 220 words by Zipf's law from vocabularies of four languages; the topic's words are in every text, and
in every third headline. Articles of 85 sources are spread over three years up to now, one of twenty stored long after
it was published; one of five is a copy, and four make a story. Rows are written in bulk; of the first hundred it is
checked that ``index.add`` would have written the same stems. There are no revisions, no pages, no fingerprints.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crawler import clock  # noqa: E402
from crawler.browse.find import find  # noqa: E402
from crawler.browse.front import front  # noqa: E402
from crawler.browse.health import sources  # noqa: E402
from crawler.browse.page import Asked, Site  # noqa: E402
from crawler.browse.trends import trends  # noqa: E402
from crawler.database import open_to_read, open_to_write, queries  # noqa: E402
from crawler.database.migrations.search_index import FACETS  # noqa: E402
from crawler.search import finding  # noqa: E402
from crawler.search.filters import Filters  # noqa: E402
from crawler.search.results import find_stories  # noqa: E402
from crawler.search.tokens import indexed  # noqa: E402

TOPIC, RARE_TOPIC = "venezuela_russia", "lithium"
SIDES = {
    "es": ["venezuela", "rusia"],
    "ru": ["венесуэла", "россия"],
    "en": ["venezuela", "russia"],
    "pt": ["venezuela", "russia"],
}
SHARES = {"es": 45, "ru": 25, "en": 20, "pt": 10}
LETTERS = {"ru": ("бвгдзклмнпрст", "аеиоуыюя"), "": ("bcdfglmnprstv", "aeiou")}
ENDINGS = {"es": ["o", "os", "as", "ción", "ciones"], "ru": ["а", "ы", "ами", "ого", "ий"]}
VOCABULARY = 60_000
STREAM = 1_000_000  # words
REPEATED = 3
DAYS, AT_ONCE = 3 * 365, 5_000
LATE, RARELY, COPIES = 0.05, 0.01, 0.2  # of the articles
SOURCES = [f"Outlet {number}" for number in range(85)]


@dataclass(frozen=True)
class Language:
    """An endless text of which articles are cut, and its stems."""

    vocabulary: list[str]  # the most frequent words first
    words: list[str]
    stems: list[str]  # empty for words that have no other

    def cut(self, length: int, chance: random.Random) -> tuple[list[str], list[str]]:
        """``length`` words from somewhere, in pieces of 20."""
        begins = [chance.randrange(STREAM - 20) for _ in range(0, length, 20)]
        return tuple([word for at in begins for word in part[at : at + 20]] for part in (self.words, self.stems))


def language(code: str, chance: random.Random) -> Language:
    consonants, vowels = LETTERS.get(code, LETTERS[""])
    endings = ENDINGS.get(code, ["s", "ed", "ing", "", "e"])
    words = dict.fromkeys(SIDES[code])
    while len(words) < VOCABULARY:
        syllables = (chance.choice(consonants) + chance.choice(vowels) for _ in range(chance.randint(1, 4)))
        words["".join(syllables) + chance.choice(endings)] = None
    known = {word: indexed(word, code).stems for word in words}
    stream = chance.choices(list(words), [1 / rank for rank in range(3, VOCABULARY + 3)], k=STREAM)
    return Language(list(words), stream, [known[word] for word in stream])


class Rows(NamedTuple):
    """What is written for an article."""

    stems: tuple[object, ...]
    article: tuple[object, ...]
    matches: list[tuple[object, ...]]


def build(path: Path, size: int) -> None:
    """Write ``size`` articles to a new database."""
    chance = random.Random(1)
    languages = {code: language(code, chance) for code in SHARES}
    connection = open_to_write(path).conn
    connection.execute("PRAGMA synchronous = OFF")  # a benchmark's database may be lost
    now = clock.now()
    connection.executemany(
        "INSERT INTO sources (topic, url, name, state, id) VALUES (?, ?, ?, 'ok', ?)",
        [(TOPIC, f"https://{number}.example/feed", name, number + 1) for number, name in enumerate(SOURCES)],
    )
    for begin in range(1, size + 1, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, size + 1))
        rows = [article(number, size, now, languages, chance) for number in numbers]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO article_words (id, facets) VALUES (?, '')", [(number,) for number in numbers]
        )
        connection.executemany(
            "INSERT INTO articles (id, url, canonical_url, source, site, published, fetched, language, duplicate_of,"
            " story_id, source_id, title, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [row.article for row in rows],
        )
        connection.executemany(
            "INSERT INTO matches (article_id, topic, score, terms) VALUES (?, ?, 0.5, ?)",
            [match for row in rows for match in row.matches],
        )
        connection.executemany(
            f"UPDATE article_words SET facets = {FACETS.format('articles')}, language = articles.language,"
            " title_stems = ?, text_stems = ? FROM articles WHERE articles.id = article_words.id AND articles.id = ?",
            [row.stems for row in rows],
        )
        connection.execute(
            "INSERT OR REPLACE INTO stories (id, title, first_seen, last_seen, articles, outlets, languages)"
            " SELECT story_id, min(title), min(coalesce(published, fetched)), max(coalesce(published, fetched)),"
            " count(*), count(DISTINCT site), json_group_array(DISTINCT language) FROM articles"
            " WHERE story_id BETWEEN ? AND ? GROUP BY story_id",
            (begin // 4 + 1, numbers[-1] // 4 + 1),
        )
        connection.execute("COMMIT")
    connection.close()


def article(number: int, size: int, now: datetime, languages: dict[str, Language], chance: random.Random) -> Rows:
    """The rows of one article."""
    (code,) = chance.choices(list(SHARES), list(SHARES.values()))
    sides = SIDES[code]
    stems: list[str] = []
    shown: list[str] = []
    for length, first in ((8, number % 3 == 0), (chance.randint(100, 220), True)):
        words, of_words = languages[code].cut(length, chance)
        named = [indexed(side, code).stems for side in sides] if first else []
        stems.append(" ".join(filter(None, [*named, *of_words])))
        shown.append(" ".join([*(sides if first else []), *words]).capitalize())
    if number <= 100:
        assert [(None, found) for found in stems] == [indexed(text, code) for text in shown]
    fetched = now - timedelta(days=DAYS * (1 - number / size))
    published = fetched - timedelta(minutes=chance.randint(5, 300))
    if chance.random() < LATE:
        published -= timedelta(days=chance.randint(30, 2000))
    newest = clock.text(published)
    source = min(int(chance.paretovariate(0.7)) - 1, len(SOURCES) - 1)
    topics = [TOPIC, *([RARE_TOPIC] if chance.random() < RARELY else [])]
    original = number - chance.randint(1, 3) if number > 3 and chance.random() < COPIES else None
    url, site = f"https://{source}.example/{number}", f"{source}.example"
    about = (
        number,
        url,
        url,
        SOURCES[source],
        site,
        newest,
        clock.text(fetched),
        code,
        original,
        number // 4 + 1,
        source + 1,
    )
    return Rows(
        (*stems, number),
        (*about, *shown),
        [(number, topic, '{"venezuela": {"venezuela": 1}}') for topic in topics],
    )


Ask = Callable[[], object]


def kinds(connection: sqlite3.Connection, many: int) -> Iterator[tuple[str, list[Ask]]]:
    """Name of a kind of query, and queries of that kind."""
    chance = random.Random(2)
    known = language("es", random.Random(1)).vocabulary  # the first that ``build`` made

    def some(low: int, high: int) -> list[str]:
        return [chance.choice(known[low:high]) for _ in range(many)]

    rare, medium, frequent, common = (
        some(20_000, 60_000),
        some(1_000, 5_000),
        some(20, 200),
        ["venezuela", "rusia", known[2]],
    )
    common = [common[at % len(common)] for at in range(many)]
    week = clock.text(clock.now() - timedelta(days=7))
    month = clock.text(clock.now() - timedelta(days=30))

    def ask(**wanted: Any) -> Ask:
        return lambda: queries.read_articles(connection, finding.find(connection, Filters(**wanted)).numbers)

    words = {"rare": rare, "medium": medium, "frequent": frequent, "common": common}
    for name, chosen in words.items():
        yield f"{name} word, best first", [ask(words=word) for word in chosen]
        yield f"{name} word, newest first", [ask(words=word, newest=True) for word in chosen]
    filters: dict[str, dict[str, str]] = {
        "language": {"language": "pt"},
        "topic": {"topic": RARE_TOPIC},
        "source": {"source": "Outlet 60"},
        "since": {"since": week},
        "language, topic, since": {"language": "pt", "topic": RARE_TOPIC, "since": month},
        "another language": {"language": "ru"},
    }
    for name, wanted in filters.items():
        for kind in ("medium", "common"):
            yield f"{kind} word, {name}", [ask(words=word, **wanted) for word in words[kind]]
        yield f"common word, {name}, newest first", [ask(words=word, newest=True, **wanted) for word in common]
        yield f"no word, {name}", [ask(**wanted)] * many
    yield "no word", [ask()] * many
    yield "common and rare", [ask(words=f"venezuela {word}") for word in rare]
    yield "two common words", [ask(words=f"venezuela {word}") for word in frequent]
    yield "three common words", [ask(words=f"venezuela rusia {word}") for word in frequent]
    yield "common OR frequent", [ask(words=f"venezuela OR {word}") for word in frequent]
    yield "common NOT frequent", [ask(words=f"venezuela NOT {word}") for word in frequent]
    yield (
        "phrase of frequent words",
        [ask(words=f'"{a} {b}"') for a, b in zip(frequent, reversed(frequent), strict=True)],
    )
    yield "title:common", [ask(words=f"title:{word}") for word in common]
    yield "venezuel*", [ask(words="venezuel*")] * many
    yield "prefix of 4 letters", [ask(words=f"{word[:4]}*") for word in medium]
    yield "prefix of 2 letters", [ask(words=f"{word[:2]}*") for word in medium]
    for name, wanted in {
        "stories": {},
        "stories, language, topic": {"language": "pt", "topic": RARE_TOPIC},
        "stories, common word": {"words": "venezuela"},
        "stories, rare word": {"words": rare[0]},
    }.items():
        yield name, [lambda wanted=wanted: find_stories(connection, Filters(**wanted))] * many


def pages(connection: sqlite3.Connection, many: int) -> Iterator[tuple[str, list[Ask]]]:
    """The same for pages of the web page, as far as they ask the database."""
    site = Site("search")
    for name, page, path, query in (
        ("front page of a topic", front, {"topic": TOPIC}, {}),
        ("front page, all topics", front, {}, {}),
        ("search page, common word", find, {}, {"q": "venezuela"}),
        ("search page, no word, language", find, {}, {"language": "pt"}),
        ("trends", trends, {}, {}),
        ("sources", sources, {}, {}),
    ):
        asked = Asked(path, query)
        yield f"web: {name}", [lambda page=page, asked=asked: page(connection, asked, site)] * many


def timed(asked: list[Ask]) -> tuple[list[float], list[float]]:
    """Milliseconds of each by the clock, and of the processor, sorted; the best of REPEATED, as others work, too."""
    walls, cpus = [], []
    for ask in asked:
        spent = []
        for _ in range(REPEATED):
            wall, cpu = time.perf_counter(), time.process_time()
            ask()
            spent.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
        walls.append(min(wall for wall, _ in spent))
        cpus.append(min(cpu for _, cpu in spent))
    return sorted(walls), sorted(cpus)


def p95(spent: list[float]) -> float:
    return spent[int(len(spent) * 0.95)]


def report(path: Path, many: int) -> None:
    connection = open_to_read(path).conn
    size = connection.execute("SELECT max(id) FROM articles").fetchone()[0]
    print(f"{size:,} articles, {path.stat().st_size / 1e9:.2f} GB")
    print(f"{'':50} {'p50':>8} {'p95':>8} {'p95':>8}")
    print(f"{'milliseconds':50} {'clock':>8} {'clock':>8} {'CPU':>8}")
    everything: tuple[list[float], list[float]] = [], []
    for name, asked in itertools.chain(kinds(connection, many), pages(connection, min(many, 10))):
        walls, cpus = timed(asked)
        everything[0].extend(walls)
        everything[1].extend(cpus)
        print(f"{name:50} {statistics.median(walls):8.1f} {p95(walls):8.1f} {p95(cpus):8.1f}", flush=True)
    walls, cpus = map(sorted, everything)
    print(f"{'all':50} {statistics.median(walls):8.1f} {p95(walls):8.1f} {p95(cpus):8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--database", type=Path, help="a file to keep")
    parser.add_argument("--queries", type=int, default=25, help="of each kind (default: 25)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.database or Path(folder) / "search.db"
        if not path.exists():
            began, cpu = time.perf_counter(), time.process_time()
            build(path, arguments.articles)
            print(f"made in {time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU")
        report(path, arguments.queries)


if __name__ == "__main__":
    main()
