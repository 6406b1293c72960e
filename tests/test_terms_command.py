"""scrapy terms: what each term brings, what is missing, and what one more would change."""

import json

import pytest

from crawler.items import Match
from crawler.seeds import read_topic
from crawler.terms import Terms
from crawler.tuning.candidates import stems_of, stop_words
from crawler.tuning.trial import wishes
from pipelines.relevance import judge
from tests.newsroom import Newsroom, report

TERMS = {
    "fish": ["cod*", "herring", "halibut"],
    "ports": {"any": ["harbour*", "quay"], "weak": ["pier", "wharf"], "es": ["muelle"]},
}
SEEDS = """
title = "Fish & ports"
[terms]
fish = ["cod*", "herring", "halibut"]
[terms.ports]
any = ["harbour*", "quay"]
weak = ["pier", "wharf"]
es = ["muelle"]
[[sources]]
name = "The Quay"
url = "https://quay.example/feed"
"""
ABOUT = (
    "Cod landings in the harbour rise again as trawler crews come home",
    "The harbour counted more cod than last year. Buyers at the trawler market praised the cod of the harbour.\n"
    "Nobody knows why the trawler boats found so much of it this spring, says the harbour master.",
)
MENTION = (
    "Council quarrels about the price of bread and about trams",
    "The council met on Monday and spoke about bread for an hour. Trams were the second point of the evening."
    + " Somebody spoke of schools, and of roofs, and of lamps in the park." * 8
    + " Cod was sold.\n"
    + " The mayor thanked all who came and closed the meeting in the evening." * 8
    + " A quay is being painted.",
)


class Room(Newsroom):
    """A newsroom whose articles are judged for the topic, as a crawl does."""

    def __init__(self, folder):
        super().__init__(folder)
        self.seeds = folder / "fish.toml"
        self.seeds.write_text(SEEDS)
        self.topic = read_topic(self.seeds, "fish")

    def tell(self, seed, title, text, hours=1.0, outlet="quay", language="en"):
        found = judge(title, text, [self.topic], lambda: language).matches
        number = self.add(seed, hours, outlet, title, ("other",), text=text, language=language)
        for match in found:
            self.put(number, match)
        return number

    def put(self, number, match: Match):
        parts = json.dumps(match.parts)
        self.db.conn.execute(
            "INSERT INTO matches (article_id, topic, score, terms, role, parts) VALUES (?, ?, ?, ?, ?, ?)",
            (number, match.topic, match.score, json.dumps(match.terms), match.role, parts),
        )
        self.db.conn.commit()

    def turn_away(self, url, title, reason="no mention of ports anywhere on the page"):
        connection = self.db.conn
        page = connection.execute(
            "INSERT INTO pages (url, key, kind, topic, source, host, state, reason, first_seen, hints)"
            " VALUES (?, ?, 'article', 'fish', 'The Quay', 'quay.example', 'irrelevant', ?, '2026-03-01T10:00:00Z', ?)",
            (url, url, reason, json.dumps({"title": title, "language": "en"})),
        ).lastrowid
        connection.execute(
            "INSERT INTO outcomes (page_id, topic, state, reason) VALUES (?, 'fish', 'irrelevant', ?)", (page, reason)
        )
        connection.commit()

    def terms(self, *arguments):
        code, out, err = self.ask("terms", "fish", "-a", f"seeds={self.seeds}", *arguments)
        assert code == 0, err
        return out

    def rows(self, *arguments):
        return [json.loads(line) for line in self.terms("--format", "jsonl", *arguments).splitlines()]


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path)
    title, text = ABOUT
    for number in range(12):
        outlet = ("quay", "gull", "mole")[number % 3]
        made.tell(number, title, f"{text}\n{report(number)[1]}", 5, outlet)
        made.tell(f"m{number}", MENTION[0], f"{report(f'm{number}')[1]}\n{MENTION[1]}", 30, outlet)
    yield made
    made.close()


def test_each_term_has_its_hits_where_it_stands_alone_and_how_many_are_about_the_topic(room):
    told = {row["term"]: row for row in room.rows() if row["part"] == "term"}
    assert set(told) == {"cod*", "herring", "halibut", "harbour*", "quay", "pier", "wharf", "muelle"}
    stored = room.db.conn.execute("SELECT count(*) FROM articles WHERE duplicate_of IS NULL").fetchone()[0]
    cod, harbour, quay, herring = (told[term] for term in ("cod*", "harbour*", "quay", "herring"))
    assert (cod["articles"], cod["alone"], cod["group"], cod["list"]) == (stored, stored, "fish", "any")
    assert harbour["share"] == 1.0 and quay["share"] == 0.0 and 0 < cod["share"] < 1
    assert harbour["hits"] > harbour["articles"] and harbour["time"] > quay["time"]
    assert (herring["articles"], herring["share"], herring["time"]) == (0, None, None)
    assert (told["muelle"]["list"], told["pier"]["list"]) == ("es", "weak")
    assert "no article has, of fish: herring, halibut" in room.terms()


def test_words_of_articles_about_the_topic_are_proposed_and_no_term_nor_common_word_is(room):
    words = [row["term"] for row in room.rows() if row["part"] == "candidate"]
    assert "trawler" in words
    assert not {"cod", "harbour", "the", "and", "council"}.intersection(words)


def test_a_page_that_lacked_one_group_is_a_near_miss_with_the_word_that_would_have_brought_it(room):
    room.turn_away("https://quay.example/1", "Cod: trawler owners meet")
    room.turn_away("https://quay.example/2", "Ten ways to cook lentils", "no mention of fish or ports")
    room.turn_away("https://quay.example/3", "Trawler strike ends", "no mention of ports")
    misses = {row["url"][-1]: row for row in room.rows() if row["part"] == "page"}
    assert set(misses) == {"1", "3"}
    assert (misses["1"]["group"], misses["1"]["term"]) == ("ports", "trawler")
    assert misses["3"]["reason"] == "its text lacks ports"
    assert "Cod: trawler owners meet" in room.terms()


def test_a_term_on_trial_tells_what_it_would_bring_and_writes_nothing(room):
    room.tell("new", "Halibut at the jetty", "Halibut is sold at the jetty each morning. The jetty is full of halibut.")
    room.turn_away("https://quay.example/1", "Cod is weighed at the jetty")
    room.turn_away("https://quay.example/2", "A jetty of old stones", "no mention of fish or ports")
    before = list(room.db.conn.iterdump())
    found = [(row["kind"], row["title"]) for row in room.rows("--try", "ports: jetty")]
    assert found == [("gained", "Halibut at the jetty"), ("title", "Cod is weighed at the jetty")]
    assert list(room.db.conn.iterdump()) == before
    said = room.terms("--try", "ports: jetty")
    assert "jetty in ports: 1 stored articles and 2 pages that were turned away have it" in said
    assert "it would change nothing" in room.terms("--try", "ports: lagoon")


def test_an_exception_on_trial_tells_what_it_would_take_away_and_a_weak_term_needs_another(room):
    lost = [row["kind"] for row in room.rows("--try", "ports: -quay is being", "--limit", "99")]
    mentions = room.db.conn.execute("SELECT count(*) FROM matches WHERE role = 'mention'").fetchone()[0]
    assert lost == ["lost"] * mentions and mentions
    room.tell("new", "Halibut at the jetty", "Halibut is sold at the jetty each morning. The jetty is full of halibut.")
    assert room.rows("--try", "ports.weak: jetty") == []
    assert {row["group"] for row in room.rows("--try", "jetty")} == {"ports"}, "it is tried in every group"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("boats: jetty", 'has no group "boats": the topic has fish, ports'),
        ("ports.strong: jetty", 'has no list "strong"'),
        ("   ", "is empty"),
        ("ports: *", "is in every text"),
        ("ports: !!", ""),
    ],
)
def test_what_cannot_be_tried_is_refused_in_one_line(room, written, said):
    code, out, err = room.ask("terms", "fish", "-a", f"seeds={room.seeds}", "--try", written)
    assert (code, out) == (2, "") and said in err and len(err.splitlines()) == 1


def test_where_a_term_is_tried():
    terms = Terms(TERMS)
    assert [wish.group for wish in wishes("jetty", terms)] == ["fish", "ports"]
    assert [tuple(wish) for wish in wishes("ports.es: el muelle", terms)] == [("ports", "es", "el muelle")]
    more = terms.with_term("ports", "jetty", "weak")
    assert more.hits("a pier, a jetty") == {"ports": {"pier": 1, "jetty": 1}} and not terms.hits("a pier, a jetty")
    assert terms.with_term("fish", "carp").groups["fish"][-1] == "carp"


def test_words_in_scripts_without_spaces_are_pairs_and_common_words_are_left_out():
    assert list(stems_of("石油価格", "ja")) == ["石油", "油価", "価格"]
    assert list(stems_of("Die Häfen und der Hafen von 2026", "de").values()) == ["häfen"], "one stem"
    assert "und" in stop_words("de") and stop_words("xx") == stop_words("zz9") == frozenset()


def test_what_news_is_made_of_is_no_stop_word():
    assert not {"нефти", "флот", "переговоры"} & stop_words("ru") and "что" in stop_words("ru")
