"""What throughput.py has other packages do: read the pages at some addresses.

    python benchmarks/peers.py newspaper4k|news-please ADDRESSES.txt OUT.jsonl

ADDRESSES.txt has one a line. Each line of OUT.jsonl is ``{"url": ..., "text": ...}``. Pictures are not fetched. This
file needs nothing of the project, so any interpreter that has the package may run it.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


def newspaper4k(urls: Iterable[str]) -> Iterator[dict[str, Any]]:
    """As its quickstart has it: one article after the other."""
    library: Any = importlib.import_module("newspaper")
    for url in urls:
        article = library.Article(url, fetch_images=False)
        try:
            article.download()
            article.parse()
        except Exception as error:  # it cannot read pages in Korean, for one
            print(f"{url}: {error}", file=sys.stderr)
            continue
        yield {"url": url, "text": article.text}


def news_please(urls: Iterable[str]) -> Iterator[dict[str, Any]]:
    """As its README has it: one article after the other, its own choice of extractors."""
    library: Any = importlib.import_module("newsplease")
    for url in urls:
        article = library.NewsPlease.from_url(url)
        yield {"url": url, "text": getattr(article, "maintext", None) or ""}


PEERS: dict[str, Callable[[Iterable[str]], Iterator[dict[str, Any]]]] = {
    "newspaper4k": newspaper4k,
    "news-please": news_please,
}


def main() -> None:
    name, addresses, out = sys.argv[1:]
    urls = Path(addresses).read_text("utf-8").split()
    with Path(out).open("w", encoding="utf-8") as file:
        for row in PEERS[name](urls):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
