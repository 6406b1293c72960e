"""Topics whose groups are plain lists, as the first release read them: the same hits in the same texts."""

import pytest

from crawler.seeds import read_topic
from tests.conftest import ROOT

ANY = {"any": ["*"]}
TOPICS = [  # groups as the file has them, a text, what hits
    ({"metal": ["lithium", "litio"]}, "Litio y lithium, LITIO", {"metal": {"litio": 2, "lithium": 1}}),
    ({"metal": ["lítio"]}, "o litio e o lítio", {"metal": {"lítio": 2}}),
    ({"place": ["bolivia*"]}, "Bolivia, bolivianos; Simón Bolívar", {"place": {"bolivia*": 2}}),
    ({"place": ["росси*"]}, "Россия и российский, Русь", {"place": {"росси*": 2}}),
    ({"who": ["hugo arrieta"]}, "Hugo Arrieta. Hugo y Arrieta.", {"who": {"hugo arrieta": 1}}),
    ({"who": ["kremlin"]}, "the Kremlin's anti-Kremlin plan", {"who": {"kremlin": 2}}),
    ({"sea": ["rusa", "-montaña rusa"]}, "una montaña rusa, la flota rusa", {"sea": {"rusa": 1}}),
    ({"sea": ["-rusa", "mar"]}, "mar rusa", {"sea": {"mar": 1}}),
    ({"a": ["x"], "b": ["y"]}, "x y y", {"a": {"x": 1}, "b": {"y": 2}}),
    ({"a": ["x"], "b": ["y"]}, "x z", {"a": {"x": 1}}),
    (ANY, "nothing at all", {"any": {"*": 1}}),
    ({**ANY, "b": ["y"]}, "y", {"any": {"*": 1}, "b": {"y": 1}}),
    ({"not": ["never"]}, "never say never", {"not": {"never": 2}}),
    ({"title": ["mayor"]}, "the mayor", {"title": {"mayor": 1}}),
    ({"weak": ["tide"]}, "a tide", {"weak": {"tide": 1}}),
    ({"es": ["marea"]}, "la marea", {"es": {"marea": 1}}),
    ({"plane": ["su-30", "ту-160"]}, "Su-30, Су-30, Ту-160", {"plane": {"su-30": 1, "ту-160": 1}}),
    ({"who": ["o'brien"]}, "O’Brien and O'Brien", {"who": {"o'brien": 2}}),
    ({"place": ["日本"]}, "今日本語を学ぶ", {"place": {"日本": 1}}),
    ({"year": ["2024", "g20"]}, "G20 in 2024, not 20245", {"year": {"2024": 1, "g20": 1}}),
]


@pytest.mark.parametrize(("groups", "text", "hits"), TOPICS)
def test_a_topic_of_plain_lists_reads_as_before(groups, text, hits, tmp_path):
    lines = [f"{name} = {list(terms)!r}" for name, terms in groups.items()]
    source = '[[sources]]\nname = "Quay"\nurl = "https://quay.example/feed"\n'
    path = tmp_path / "plain.toml"
    path.write_text("[terms]\n" + "\n".join(lines) + f"\n{source}", encoding="utf-8")
    terms = read_topic(path).terms
    assert terms.groups == {name: tuple(listed) for name, listed in groups.items()}
    assert terms.hits("", text) == hits and terms.hits(text) == hits


def test_every_source_of_the_shipped_topic_says_its_language_and_when_it_was_seen_to_work_or_what_is_known_of_it():
    shipped = read_topic(ROOT / "seeds" / "venezuela_russia.toml").sources
    addresses = [address for source in shipped for address in (source.url, *source.urls)]
    assert len(set(addresses)) == len(addresses)
    assert [source.name for source in shipped if source.enabled and not (source.checked or source.note)] == []
    assert [source.name for source in shipped if not source.enabled and not source.note] == []
    assert [source.name for source in shipped if source.enabled and not source.language] == []
