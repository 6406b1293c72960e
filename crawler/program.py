"""How the program was called and where it works: ``scrapy`` in a checkout, ``newscrawler`` in a working folder."""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent  # in an installed package: site-packages
TOPICS = "share/newscrawler/seeds"  # where an installed package keeps the topic files that come with it
QUERIES = "share/newscrawler/docs/queries.md"  # and the page of queries


def name() -> str:
    """``newscrawler`` if that was called, else ``scrapy``."""
    return "newscrawler" if Path(sys.argv[0]).stem == "newscrawler" else "scrapy"


def called(text: str) -> str:
    """``text`` with the command lines that it names as they work here."""
    return text if name() == "scrapy" else re.sub(r"\bscrapy(?= [a-z]|: )", name(), text)


def working_folder() -> Path | None:
    """The folder with the seeds and the database: NEWS_HOME, else the nearest upwards with a scrapy.cfg; or None."""
    if home := os.environ.get("NEWS_HOME"):
        return Path(home).absolute()
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "scrapy.cfg").is_file()), None)


def shipped_topics() -> Path:
    """The folder of the topic files that come with the program."""
    if (CHECKOUT / "scrapy.cfg").is_file():
        return CHECKOUT / "seeds"
    files = metadata.files("newscrawler") or []
    return next(Path(str(file.locate())).parent for file in files if file.match(f"{TOPICS}/README.md"))


def shipped_queries() -> Path | None:
    """The page of queries that comes with the program; None where somebody left it out."""
    if (CHECKOUT / "scrapy.cfg").is_file():
        page = CHECKOUT / "docs" / "queries.md"
        return page if page.is_file() else None
    try:
        files = metadata.files("newscrawler") or []
    except metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.match(QUERIES)), None)
