"""Memory of a publisher's repeated blocks: what stands at the ends of several articles leaves all of them."""

import itertools
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import database
from crawler.exceptions import Unwanted
from crawler.fetching.outcome import Outcome
from crawler.frontier import Frontier
from crawler.frontier.turns import Turns
from crawler.items import Article, Claim, Found, Reading
from crawler.seeds import Topic
from crawler.terms import Terms
from pipelines.archive import Archive
from pipelines.language import LanguageTag
from pipelines.memory import MOST, HostMemory, Judge, Memory
from pipelines.relevance import Relevance
from pipelines.repeated import ends, without_repeated
from pipelines.store import Store
from tests.conftest import ROOT

TOPIC = Topic(
    name="grain",
    title="Grain",
    languages=(),
    max_age=None,
    terms=Terms({"goods": ["grain"], "place": ["caracas"]}),
    sources=(),
    alerts=None,
    path=None,
)
BAR = "Puerto Cabello, partly cloudy, 29 degrees"
BOX = "Grain prices from Caracas in your inbox"
PAGES = [
    f"The {ship} left the harbour of Caracas on Monday with a load of grain for the mills of the south, its captain"
    f" said.\nNobody on the {ship} had slept for two nights, and the pilot went home first."
    for ship in ("Aurora", "Belinda", "Candela", "Dorada")
] + [f"The {ship} carried nothing but bicycles, which the customs counted twice." for ship in ("Estrella", "Fortuna")]


@pytest.fixture
def stages(tmp_path):
    opened = []

    def new(name="news.db"):
        db = database.open_to_write(tmp_path / name)
        opened.append(db)
        frontier = Frontier(db.conn, "grain", Turns(0, 100, 1000), 100)
        judge = Judge(Relevance([TOPIC]), LanguageTag({"grain": ()}))
        return Memory(Archive(db), frontier, judge), Store(Archive(db), frontier, judge)

    yield new
    for db in opened:
        db.conn.close()


def arrive(stages, numbers, pages=PAGES, bar=BAR, box=BOX):
    """Send pages through the stages in this order, each with the site's bar above and its box below."""
    memory, store = stages
    for number in numbers:
        url = f"https://a.example/{number}"
        store.frontier.admission.add([Found(url)], "s", "feed")
        (page_id,) = store.frontier.pages.due("a.example", 1)
        claim = store.frontier.pages.claim(page_id)
        text = "\n".join(filter(None, (bar, pages[number], box)))
        article = Article(url, f"Ship {number}", text, site="a.example", source="s", fetched="2026-01-01T00:00:00Z")
        article.claim = claim
        memory.process_item(Reading(claim, article.site, tuple(ends(article.text)), article))
        store.connection.execute("BEGIN IMMEDIATE")
        try:
            store.judge(article)
            store.store(article)
        except Unwanted as unwanted:
            store.frontier.write(claim, Outcome(unwanted.state, unwanted.reason))
        store.connection.execute("COMMIT")


def stored(stages):
    rows = stages[1].connection.execute("SELECT url, text FROM articles ORDER BY url").fetchall()
    return {int(row["url"].rpartition("/")[2]): row["text"] for row in rows}


def test_what_three_pages_repeat_leaves_all_of_them(stages):
    both = stages()
    arrive(both, range(4))
    assert stored(both) == dict(enumerate(PAGES[:4]))


def test_twelve_pages_of_a_host_keep_their_frame_without_the_memory_and_lose_it_with_it(stages):
    towns = ["Amity", "Brine", "Cove", "Dune", "Eddy", "Fjord", "Gulf", "Haven", "Isle", "Jetty", "Kelp", "Lagoon"]
    pages = [
        f"The grain ferry from Caracas to {town} sails again from Monday, the harbour office of {town} said.\n"
        f"A storm had broken the landing stage of {town} on Sunday night, and the bus takes three hours around the bay."
        for town in towns
    ]
    off = stages("off.db")
    off[0].process_item = lambda reading: reading.result
    arrive(off, range(12), pages)
    assert all(text.startswith(BAR) and text.endswith(BOX) for text in stored(off).values())
    on = stages("on.db")
    arrive(on, range(12), pages)
    assert stored(on) == dict(enumerate(pages))


def test_two_pages_are_not_enough(stages):
    both = stages()
    arrive(both, range(2))
    assert all(text.startswith(BAR) and text.endswith(BOX) for text in stored(both).values())


def test_the_order_in_which_pages_come_does_not_matter(stages):
    results = []
    for turn, order in enumerate(itertools.permutations(range(6), 6)):
        if turn % 60 == 0:
            both = stages(f"{turn}.db")
            arrive(both, order)
            results.append(stored(both))
    assert len(results) == 12
    assert all(result == dict(enumerate(PAGES[:4])) for result in results)


def test_an_article_that_was_relevant_for_its_frame_alone_is_taken_out_with_a_reason(stages):
    both = stages()
    arrive(both, [4, 5])
    assert set(stored(both)) == {4, 5}
    arrive(both, [0])
    assert stored(both) == {0: PAGES[0]}
    page = both[1].connection.execute("SELECT * FROM pages WHERE url = 'https://a.example/4'").fetchone()
    assert (page["state"], page["reason"], page["article_id"]) == ("irrelevant", "no mention of goods or place", None)
    both[1].connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


def test_the_cleaned_text_is_a_revision_of_our_own(stages):
    both = stages()
    arrive(both, range(3))
    kinds = both[1].connection.execute("SELECT article_id, kind FROM revisions ORDER BY article_id, number").fetchall()
    assert [tuple(row) for row in kinds] == [
        (1, "publisher"), (1, "extractor"), (2, "publisher"), (2, "extractor"), (3, "publisher"),
    ]  # fmt: skip


def test_the_first_paragraph_that_other_pages_show_below_is_kept(stages):
    lead = "Grain came to Caracas on Tuesday after a week of rain, and the mills began to work at once."
    pages = [f"{lead}\nThe rest of this story is told here and nowhere else.", *PAGES[:4]]
    both = stages()
    arrive(both, range(1, 5), pages, box=lead)
    arrive(both, [0], pages, box=None)
    assert stored(both)[0] == pages[0]
    assert stored(both)[4] == pages[4]


def test_long_paragraphs_and_the_middle_are_never_boilerplate():
    long = "word " * 80
    text = "\n".join([long, *(f"line {number}" for number in range(30)), long])
    assert without_repeated(text, frozenset(ends(text))).count("word") == text.count("word")
    assert "line 15" in without_repeated(text, frozenset(ends(text)))


def test_a_text_of_nothing_but_known_blocks_stays_whole():
    assert without_repeated(f"{BAR}\n{BOX}", frozenset(ends(f"{BAR}\n{BOX}"))) == f"{BAR}\n{BOX}"


def test_what_is_remembered_of_a_site_is_bounded(stages):
    memory = HostMemory(stages()[1].connection)
    for page in range(3):
        memory.learn("a.example", [1], page)
    for page in range(100):
        memory.learn("a.example", range(10 * page + 10, 10 * page + 20), page)
    (count,) = memory.connection.execute("SELECT count(*) FROM host_blocks").fetchone()
    assert count == MOST
    assert 1 in memory.known("a.example")
    assert memory.known("b.example") == frozenset()


def test_a_revisit_is_not_another_page(stages):
    memory, store = both = stages()
    arrive(both, range(2))
    claim = Claim(1, "https://a.example/0", "article", "s", "a.example", article_id=1)
    article = replace(Archive(store.archive.db).get(1), claim=claim)
    assert memory.process_item(Reading(claim, "a.example", tuple(ends(article.text)), article)) is article
    store.connection.execute("BEGIN IMMEDIATE")
    store.store(article)
    store.connection.execute("COMMIT")
    assert memory.memory.known("a.example") == frozenset()


def test_a_line_has_the_same_hash_in_every_process():
    code = f"from pipelines.repeated import ends; print(ends({BAR!r})[0])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert int(printed) == ends(BAR)[0]


@given(st.text(max_size=80).filter(lambda line: "\n" not in line))
def test_hashes_fit_a_databases_integer_and_ignore_case_and_punctuation(line):
    assert all(0 <= value < 2**63 for value in ends(line))
    assert ends(f"  {line}! ") == ends(line)
