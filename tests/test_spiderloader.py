"""Each seeds file is a spider, and a broken one harms nobody."""

import sys

import pytest
import scrapy
from scrapy.settings import Settings

from crawler.spiderloader import SeedsLoader
from crawler.spiders.topic import TopicSpider

HAND_WRITTEN = """
import scrapy

class Difficult(scrapy.Spider):
    name = "difficult_site"
"""


@pytest.fixture
def folder(tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    return seeds


def loader(folder, *modules: str) -> SeedsLoader:
    return SeedsLoader.from_settings(Settings({"SEEDS_DIR": str(folder), "SPIDER_MODULES": list(modules)}))


@pytest.fixture
def hand_written(tmp_path, monkeypatch):
    """The name of a module with one spider called ``difficult_site``."""
    package = tmp_path / "own_spiders"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "difficult.py").write_text(HAND_WRITTEN)
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_spiders"
    for module in ("own_spiders", "own_spiders.difficult"):
        sys.modules.pop(module, None)


def test_each_seeds_file_is_listed_beside_hand_written_spiders(folder, hand_written):
    for name in ("lithium.toml", "cobalt.toml", "README.md"):
        (folder / name).write_text("")
    assert loader(folder, hand_written).list() == ["cobalt", "difficult_site", "lithium"]


def test_the_spider_of_all_topics_is_not_listed_itself(folder):
    assert loader(folder, "crawler.spiders").list() == []


def test_a_file_that_is_added_later_is_seen(folder):
    topics = loader(folder)
    (folder / "lithium.toml").write_text("")
    assert topics.list() == ["lithium"]
    assert topics.load("lithium").name == "lithium"


def test_a_topic_is_a_topic_spider_of_its_name(folder):
    (folder / "lithium.toml").write_text("")
    spider = loader(folder).load("lithium")
    assert issubclass(spider, TopicSpider) and spider is not TopicSpider
    assert spider.name == "lithium"


def test_two_topics_do_not_share_a_class(folder):
    (folder / "lithium.toml").write_text("")
    (folder / "cobalt.toml").write_text("")
    topics = loader(folder)
    assert (topics.load("lithium").name, topics.load("cobalt").name) == ("lithium", "cobalt")


def test_a_broken_file_stops_neither_the_list_nor_other_topics(folder):
    (folder / "broken.toml").write_bytes(b"\xff [[[")
    (folder / "lithium.toml").write_text("")
    topics = loader(folder)
    assert topics.list() == ["broken", "lithium"]
    assert topics.load("lithium").name == "lithium"


def test_a_hand_written_spider_is_loaded_as_it_is(folder, hand_written):
    spider = loader(folder, hand_written).load("difficult_site")
    assert issubclass(spider, scrapy.Spider) and not issubclass(spider, TopicSpider)


def test_a_hand_written_spider_is_the_code_of_the_topic_of_its_name(folder, hand_written):
    (folder / "difficult_site.toml").write_text("")
    topics = loader(folder, hand_written)
    assert topics.list() == ["difficult_site"]
    assert topics.load("difficult_site").__module__ == "own_spiders.difficult"


def test_an_unknown_name_is_a_key_error(folder):
    with pytest.raises(KeyError, match="nickel"):
        loader(folder).load("nickel")


def test_a_name_is_never_a_way_out_of_the_folder(folder):
    (folder.parent / "outside.toml").write_text("")
    with pytest.raises(KeyError):
        loader(folder).load("../outside")


def test_without_a_seeds_folder_there_are_no_topics(tmp_path):
    assert loader(tmp_path / "none").list() == []
