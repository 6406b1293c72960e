"""Our extractor beside its peers on a folder of saved pages with their truth.

usage: python -m benchmarks.extraction FOLDER [--by language|source|half] [--only NAME ...]

FOLDER has ``truth.json`` ({id: {text, title, date, authors, url, language, source}}) and ``pages/<id>.html.gz``. Every
peer that is installed runs on every page in turn, in this process; CPU is process time for text and metadata
together. ``--by half`` splits by host: rules were tuned on hosts whose SHA-256 begins with an even byte.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.text_score import Scores, intervals, score_page, summary
from crawler.items import Article, Fetched
from pipelines.extract import extract

Reading = dict[str, Any]  # text, title, date, authors
Extractor = Callable[[bytes, str], Reading]
FETCHED = "2100-01-01T00:00:00Z"  # after every page
COLUMNS = ("f1", "precision", "recall", "accuracy", "title", "day", "minute", "authors")


def ours() -> Extractor:
    """This project."""

    def read(body: bytes, url: str) -> Reading:
        found = extract(Fetched(url, body, FETCHED))
        if not isinstance(found, Article):
            return {}
        return {"text": found.text, "title": found.title, "date": found.published, "authors": found.authors}

    return read


def trafilatura() -> Extractor:
    """Both calls with their defaults, as its documentation has them."""
    library: Any = importlib.import_module("trafilatura")

    def read(body: bytes, url: str) -> Reading:
        text, about = library.extract(body, url=url), library.extract_metadata(body, default_url=url)
        if about is None:
            return {"text": text}
        authors = [name.strip() for name in (about.author or "").split(";")]
        return {"text": text, "title": about.title, "date": about.date, "authors": authors}

    return read


def readability() -> Extractor:
    """readability-lxml: text and title."""
    library: Any = importlib.import_module("readability")
    lxml_html: Any = importlib.import_module("lxml.html")

    def read(body: bytes, url: str) -> Reading:
        document = library.Document(body.decode("utf-8", "replace"), url=url)
        blocks = lxml_html.fromstring(document.summary()).itertext()
        return {"text": "\n".join(blocks), "title": document.short_title()}

    return read


def newspaper() -> Extractor:
    """newspaper4k, without network and language models."""
    library: Any = importlib.import_module("newspaper")

    def read(body: bytes, url: str) -> Reading:
        article = library.Article(url, fetch_images=False)
        article.download(input_html=body.decode("utf-8", "replace"))
        article.parse()
        date = article.publish_date.isoformat() if article.publish_date else None
        return {"text": article.text, "title": article.title, "date": date, "authors": article.authors}

    return read


def news_please() -> Extractor:
    """news-please with its own choice of extractors, pictures not fetched."""
    library: Any = importlib.import_module("newsplease")

    def read(body: bytes, url: str) -> Reading:
        found = library.NewsPlease.from_html(body.decode("utf-8", "replace"), url=url, fetch_images=False)
        date = found.date_publish.isoformat() if found.date_publish else None
        return {"text": found.maintext, "title": found.title, "date": date, "authors": found.authors}

    return read


def resiliparse() -> Extractor:
    """resiliparse: text alone, main content."""
    plain: Any = importlib.import_module("resiliparse.extract.html2text")
    encoding: Any = importlib.import_module("resiliparse.parse.encoding")

    def read(body: bytes, url: str) -> Reading:
        html = encoding.bytes_to_str(body, encoding.detect_encoding(body))
        return {"text": plain.extract_plain_text(html, main_content=True)}

    return read


EXTRACTORS: dict[str, Callable[[], Extractor]] = {
    "ours": ours,
    "trafilatura": trafilatura,
    "readability-lxml": readability,
    "newspaper4k": newspaper,
    "news-please": news_please,
    "resiliparse": resiliparse,
}


def installed(names: list[str]) -> Iterator[tuple[str, Extractor]]:
    """The extractors that can be imported; the others are named on the terminal."""
    for name in names:
        try:
            yield name, EXTRACTORS[name]()
        except ImportError as error:
            print(f"{name}: not installed ({error}); pip install 'newscrawler[peers]'")


def measure(folder: Path, truth: dict[str, Reading], names: list[str]) -> dict[str, dict[str, Scores]]:
    """{extractor: {page: measures and milliseconds}}; the extractors take turns on every page."""
    extractors = dict(installed(names))
    results: dict[str, dict[str, Scores]] = {name: {} for name in extractors}
    for page, item in truth.items():
        body = gzip.decompress((folder / "pages" / f"{page}.html.gz").read_bytes())
        for name, read in extractors.items():
            start = time.process_time()
            try:
                found = read(body, item.get("url") or "https://news.example/article")
            except Exception as error:  # a peer that raises has found nothing
                print(f"{name}: {page}: {type(error).__name__}: {error}"[:160])
                found = {}
            milliseconds = (time.process_time() - start) * 1000
            results[name][page] = score_page(item, found) | {"ms": milliseconds}
    return results


def group_of(item: Reading, by: str | None) -> str:
    """The group of a page: everything, its language or source, or the half that its host belongs to."""
    if by is None:
        return "all"
    if by == "half":
        host = urlsplit(item.get("url") or "").netloc
        return "tuned" if hashlib.sha256(host.encode()).digest()[0] % 2 == 0 else "not tuned"
    return str(item.get(by))


def report(results: dict[str, dict[str, Scores]], truth: dict[str, Reading], by: str | None) -> Iterator[str]:
    """A Markdown table for each group: measures, the interval of F1 and accuracy, milliseconds a page."""
    groups: dict[str, list[str]] = {}
    for page, item in truth.items():
        groups.setdefault(group_of(item, by), []).append(page)
    for group, pages in sorted(groups.items(), key=lambda entry: -len(entry[1])):
        yield f"\n{group}: {len(pages)} pages\n\n| extractor | {' | '.join(COLUMNS)} | CPU ms |"
        yield "|---" * (len(COLUMNS) + 2) + "|"
        for name, scored in results.items():
            rows = [scored[page] for page in pages]
            means, ranges = summary(rows), intervals(rows)
            cells = []
            for column in COLUMNS:
                cell = f"{means[column]:.3f}" if column in means else "-"
                if column in ("f1", "accuracy") and column in ranges:
                    cell += " [{:.3f}, {:.3f}]".format(*ranges[column])
                cells.append(cell)
            yield f"| {name} | {' | '.join(cells)} | {sum(row['ms'] for row in rows) / len(rows):.1f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--by", choices=("language", "source", "half"), help="a table for each group")
    parser.add_argument("--only", nargs="+", choices=tuple(EXTRACTORS), default=list(EXTRACTORS), metavar="NAME")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the peers report pages that they do not like
    warnings.simplefilter("ignore")
    truth = json.loads((arguments.folder / "truth.json").read_text(encoding="utf-8"))
    results = measure(arguments.folder, truth, arguments.only)
    print("\n".join(report(results, truth, None)))
    if arguments.by:
        print("\n".join(report(results, truth, arguments.by)))


if __name__ == "__main__":
    main()
