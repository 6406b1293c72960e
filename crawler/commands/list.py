"""``scrapy list``: the topics: one for each seeds file, and those with a spider of their own."""

from __future__ import annotations

import argparse

from scrapy.spiderloader import get_spider_loader

from crawler.command import NewsCommand


class Command(NewsCommand):
    """Print the name of every topic, a line each."""

    def short_desc(self) -> str:
        return "List the topics"

    def long_desc(self) -> str:
        return (
            "A topic is a file in the seeds folder, whose name without .toml is the topic's, or a spider of its own in "
            'crawler/spiders/. "scrapy crawl" takes these names, "scrapy newtopic" begins a new one.'
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        for name in sorted(get_spider_loader(self.settings).list()):
            print(name)
        return 0
