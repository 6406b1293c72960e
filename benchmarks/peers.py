"""What throughput.py has other packages do: read the pages at some addresses.

    python benchmarks/peers.py newspaper4k|news-please ADDRESSES.txt OUT.jsonl

ADDRESSES.txt has one a line. Each line of OUT.jsonl is ``{"url": ..., "text": ...}``. Pictures are not fetched. This
file needs nothing of the project, so any interpreter that has the package may run it.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def newspaper4k() -> Callable[[str], str]:
    """As its quickstart has it."""
    library: Any = importlib.import_module("newspaper")

    def read(url: str) -> str:
        article = library.Article(url, fetch_images=False)
        article.download()
        article.parse()
        return article.text

    return read


def news_please() -> Callable[[str], str]:
    """As its README has it, with its own choice of extractors."""
    library: Any = importlib.import_module("newsplease")
    return lambda url: getattr(library.NewsPlease.from_url(url, fetch_images=False), "maintext", None) or ""


PEERS: dict[str, Callable[[], Callable[[str], str]]] = {"newspaper4k": newspaper4k, "news-please": news_please}


def main() -> None:
    name, addresses, out = sys.argv[1:]
    read = PEERS[name]()
    with Path(out).open("w", encoding="utf-8") as file:
        for url in Path(addresses).read_text("utf-8").split():
            try:
                text = read(url)
            except (Exception, SystemExit) as error:  # what it cannot read, it has not found
                print(f"{url}: {error}", file=sys.stderr)
                continue
            file.write(json.dumps({"url": url, "text": text}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
