"""Make each seeds file a spider, beside the hand-written spiders of SPIDER_MODULES."""

from __future__ import annotations

from scrapy import Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from crawler.seeds import topic_paths


class SeedsLoader(SpiderLoader):
    """One spider for each ``*.toml`` in SEEDS_DIR, named as the file.

    No file is opened here: a broken one must not stop the others, nor ``-a seeds=FILE``, which reads another file.
    """

    def __init__(self, settings: BaseSettings):
        super().__init__(settings)
        self.folder = settings.get("SEEDS_DIR", "seeds")

    def load(self, spider_name: str) -> type[Spider]:
        """The spider class called ``spider_name``; KeyError when there is none.

        A hand-written spider goes before the seeds file of the same name: it is that topic's own code.
        """
        if spider_name in self._spiders or spider_name not in topic_paths(self.folder):
            return super().load(spider_name)
        from crawler.spiders.topic import TopicSpider  # needs the whole crawler; a list of names does not

        return type("TopicSpider", (TopicSpider,), {"name": spider_name})

    def list(self) -> list[str]:
        """The names of all topics and hand-written spiders, sorted."""
        return sorted({*topic_paths(self.folder), *super().list()})
