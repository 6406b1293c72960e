"""A database with articles of our own making, put in as a crawl does; used by the tests of what is asked of it."""

from __future__ import annotations

import io
import logging
import random
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from scrapy import cmdline
from scrapy.utils.project import get_project_settings

from crawler import clock, database
from crawler.items import Article, Match
from crawler.urls import page_key
from pipelines.archive import Archive

TOPIC = "harbours"
SEEDS = """
title = "Harbours & <rivers>"
[terms]
all = ["*"]
[[sources]]
name = "The Quay"
url = "https://quay.example/feed"
"""

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "ka", "hu")


def report(seed: object) -> tuple[str, str]:
    """Headline and text of an invented event, in words of its own; always the same for a ``seed``."""
    chance = random.Random(f"event {seed}")
    words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(60)]

    def sentence() -> str:
        return " ".join(["The", words[chance.randrange(8)].title(), *chance.choices(words, k=14)]) + "."

    return f"{words[0].title()} {words[9]} {words[1].title()}", "\n".join(
        " ".join(sentence() for _ in range(4)) for _ in range(4)
    )


class Newsroom:
    """Articles in a database in ``folder``, and the seeds file of their topic."""

    def __init__(self, folder: Path, name: str = "news.db"):
        self.path = folder / name
        self.db = database.open_to_write(self.path)
        self.archive = Archive(self.db)
        self.seeds = folder / f"{TOPIC}.toml"
        self.seeds.write_text(SEEDS, encoding="utf-8")

    def add(
        self,
        seed: object,
        hours: float = 1.0,
        outlet: str = "quay",
        title: str | None = None,
        topics: tuple[str, ...] = (TOPIC,),
        **more: object,
    ) -> int:
        """Store the article of an outlet about story ``seed``, published so many hours ago; gives its id."""
        headline, text = report(seed)
        url = more.pop("url", f"https://{outlet}.example/{seed}-{self.count()}")
        values = {
            "published": clock.text(clock.now() - timedelta(hours=hours)),
            "fetched": clock.text(clock.now() - timedelta(hours=max(hours - 0.2, 0))),
            "language": "en",
            "text": text,
            **more,
        }
        article = Article(
            url=url,
            title=headline if title is None else title,
            source=str(values.pop("source", f"The {outlet.title()}")),
            site=urlsplit(url).hostname or "",
            matches=[Match(topic, 1.0, {"all": {"*": 1}}) for topic in topics],
            canonical_url=url,
            **values,
        )
        self.db.conn.execute("BEGIN IMMEDIATE")
        number = self.archive.add(article)
        self.db.conn.execute(
            "INSERT INTO pages (url, key, kind, topic, source, host, state, first_seen, fetched, article_id)"
            " VALUES (?, ?, 'article', ?, ?, ?, 'stored', ?, ?, ?)",
            (url, page_key(url), topics[0], article.source, article.site, article.fetched, article.fetched, number),
        )
        self.db.conn.execute("COMMIT")
        return number

    def alerts(self, *urls: str, rules: str = "") -> None:
        """Write addresses and rules into the seeds file."""
        listed = ", ".join(f"'{url}'" for url in urls)
        self.seeds.write_text(f"{SEEDS}\n[alerts]\nurls = [{listed}]\n{rules}", encoding="utf-8")

    def count(self) -> int:
        """How many articles there are."""
        return self.db.conn.execute("SELECT count(*) FROM articles").fetchone()[0]

    def story_of(self, number: int) -> int:
        """The story that an article tells."""
        return self.db.conn.execute("SELECT story_id FROM articles WHERE id = ?", (number,)).fetchone()[0]

    def ask(self, *arguments: str) -> tuple[int, str, str]:
        """What a command says of this database; see ``ask``."""
        return ask(*arguments, "-s", f"DATABASE={self.path}")

    def close(self) -> None:
        self.db.conn.close()


def ask(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command of the project, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    code: object = 0
    sys.modules.pop("crawler.settings", None)  # it reads the environment when it is loaded, as a process does
    with redirect_stdout(out), redirect_stderr(err):
        try:
            cmdline.execute(["scrapy", *arguments], get_project_settings())
        except SystemExit as end:
            code = end.code
        finally:
            logging.root.handlers = handlers
            logging.root.setLevel(level)
    return int(str(code or 0)), out.getvalue(), err.getvalue()
