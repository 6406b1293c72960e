"""``newscrawler init FOLDER``: make a working folder."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from crawler import program
from crawler.command import NewsCommand, WrongUsage

FILES = {
    "scrapy.cfg": "[settings]\ndefault = news_settings\n",
    "news_settings.py": '''"""Settings of this folder; -s NAME=VALUE and NEWS_NAME in the environment come before."""

from crawler.settings import *
from crawler.settings import environment

# CONTACT = "you@example.org"  # how webmasters reach you: part of the user agent
# DOWNLOAD_DELAY = 2           # seconds between two requests to a host

globals().update(environment())  # stays the last line: the environment comes before this file
''',
    ".gitignore": "*.db\n*.db-shm\n*.db-wal\n*.db.lock\n*.warc/\n.env\n__pycache__/\n",
}


class Command(NewsCommand):
    """Make a folder in which ``newscrawler`` works: seeds, settings, later the database."""

    requires_project = False
    examples = (
        "newscrawler init news --topic venezuela_russia    a folder with the topic that comes along",
        "newscrawler init                                  this folder, without a topic",
    )

    def syntax(self) -> str:
        return "[FOLDER] [--topic TOPIC]"

    def short_desc(self) -> str:
        return "Make a working folder: seeds, settings and, later, the database"

    def long_desc(self) -> str:
        return (
            "Makes FOLDER with scrapy.cfg, seeds/, a .gitignore and news_settings.py, for settings of your own. The "
            "database will be in it, too. What is there already is left as it is."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="where (default: here)")
        parser.add_argument("--topic", metavar="TOPIC", help="copy the seeds file of a topic that comes along")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        folder = Path(opts.folder)
        there = [name for name in FILES if name != ".gitignore" and (folder / name).exists()]
        if there:
            raise WrongUsage(f"{folder}: has a {there[0]} already: it is left as it is, choose another folder")
        shipped = program.shipped_topics()
        topics = {path.stem: path for path in shipped.glob("*.toml")}
        if opts.topic is not None and opts.topic not in topics:
            raise WrongUsage(f'no topic "{opts.topic}" comes along: there is {", ".join(sorted(topics))}')
        try:
            (folder / "seeds").mkdir(parents=True, exist_ok=True)
            for name, content in FILES.items():
                if not (folder / name).exists():
                    (folder / name).write_text(content, encoding="utf-8")
            if opts.topic and not (folder / "seeds" / f"{opts.topic}.toml").exists():
                shutil.copyfile(topics[opts.topic], folder / "seeds" / f"{opts.topic}.toml")
        except OSError as error:
            raise WrongUsage(f"{folder}: cannot be made ({error.strerror}): choose another folder") from error
        enter = "" if opts.folder == "." else f"cd {folder} && "
        topic = opts.topic or "NAME"
        print(f"{folder.absolute()} is a working folder. Next:")
        if not opts.topic:
            print(f"  {enter}{program.name()} newtopic NAME    begins a topic")
        print(f"  {enter}{program.name()} crawl {topic}")
        print(f"  {enter}{program.name()} articles")
        return 0
