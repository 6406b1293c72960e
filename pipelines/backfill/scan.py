"""What a worker process makes of a range of a WARC file: the pages on which an article may be found.

Nothing leaves it but those pages and counts, so what is off topic, most of an archive, costs one pass over its bytes.
"""

from __future__ import annotations

import json
import mmap
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.items import Claim, Fetched, Hints, Page
from crawler.terms import Terms
from crawler.urls import clean_url, site_of
from crawler.warc.capture import Exchange
from crawler.warc.http_message import Message, message
from crawler.warc.reading import Damage, records
from crawler.warc.record import LONGEST_HEAD, Record, digest, fields_of

PAGES = ("text/html", "application/xhtml+xml", "")  # media types; some servers name none
SHORTEST = 200  # bytes; no page with an article is smaller


@dataclass(frozen=True)
class Wanted:
    """What a scan looks for: pages that name each group of a topic's terms, fetched from day ``first`` to ``last``."""

    terms: bytes  # a pickled list of ``Terms``, one a topic: what finds them is made once a process; none: all pages
    first: str = ""
    last: str = "9999"
    sources: tuple[tuple[str, str, str | None], ...] = ()  # site, name in the seeds, time zone


@dataclass(frozen=True)
class Candidate:
    """A page to read, and where in its file it was found."""

    page: Page
    offset: int
    length: int
    before: int  # bytes of its request and metadata right before it
    digest: str


@dataclass
class Scan:
    """What is in a range: pages to read, and how many records there were of each kind."""

    candidates: list[Candidate] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)

    def __add__(self, other: Scan) -> Scan:
        return Scan(self.candidates + other.candidates, self.counts + other.counts, self.damage + other.damage)


def scan(path: str, begin: int, end: int, wanted: Wanted) -> Scan:
    """The records of the file at ``path`` that begin at a byte from ``begin`` on and before ``end``."""
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _scan(records(data, begin, end), wanted)


def scan_piece(data: bytes, wanted: Wanted) -> Scan:
    """The same for the bytes of a member, wherever they came from."""
    return _scan(records(data), wanted)


def _scan(found: Iterator[Record | Damage], wanted: Wanted) -> Scan:
    result = Scan()
    told: dict[str, str] = {}
    concerning, first = "", 0
    for item in found:
        if isinstance(item, Damage):
            result.counts["broken"] += 1
            result.damage.append(f"byte {item.offset:,}: {item.why}")
            continue
        result.counts["records"] += 1
        if item.url != concerning:
            told, concerning, first = {}, item.url, item.offset
        if item.kind == "metadata":
            told = _told(item)
        elif item.kind == "response":
            result.counts["responses"] += 1
            if (candidate := _candidate(item, wanted, told)) is not None:
                before = item.offset - first
                result.candidates.append(replace(candidate, before=before))
                result.counts["passed"] += 1
            concerning = ""
    return result


def _candidate(record: Record, wanted: Wanted, told: dict[str, Any]) -> Candidate | None:
    if not record.date or not wanted.first <= record.date[:10] <= wanted.last:
        return None
    answer = message(record.block)
    url = clean_url(record.url)
    if answer is None or url is None or answer.status != 200 or not _is_page(answer):
        return None
    if _is_cut(record, answer):
        return None
    try:
        body = answer.unpacked()
    except ValueError:
        return None
    if len(body) < SHORTEST:
        return None
    site = site_of(url)
    name, zone = next(((name, zone) for known, name, zone in wanted.sources if known == site), (site, None))
    hints = Hints(told.get("title"), told.get("published"), told.get("language"), _names(told.get("authors")))
    exchange = Exchange(
        record.url,
        (),
        answer.status,
        tuple((_titled(field), value) for field, value in answer.fields.items()),
        answer.body,
    )
    charset = answer.fields.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    fetched = Fetched(url, body, record.date, charset or None, hints, told.get("timezone") or zone, exchange=exchange)
    if wanted.terms and _gate(wanted.terms).gap(fetched):
        return None
    claim = Claim(0, url, "article", told.get("source") or name, urlsplit(url).hostname or "", hints=hints)
    payload = record.fields.get("warc-payload-digest") or digest(answer.body)
    return Candidate(Page(claim, fetched), record.offset, record.length, 0, payload)


def _is_page(answer: Message) -> bool:
    return answer.fields.get("content-type", "").partition(";")[0].strip().lower() in PAGES


def _is_cut(record: Record, answer: Message) -> bool:
    """Whether the body is not all there: then what is left of a text would pass for all of it."""
    if record.fields.get("warc-truncated"):
        return False  # cut by size, far behind the text of any article
    size = answer.fields.get("content-length", "")
    return size.isdigit() and len(answer.body) < int(size) and "content-encoding" not in answer.fields


def _told(record: Record) -> dict[str, Any]:
    """What our own archive noted of a page; what others note has other names."""
    return fields_of(b"\n" + record.block) if len(record.block) <= LONGEST_HEAD else {}


def _names(written: str | None) -> tuple[str, ...]:
    try:
        names = json.loads(written or "[]")
    except ValueError:
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _titled(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


@dataclass(frozen=True)
class _Topic:
    terms: Terms
    name: str = ""  # an archive gives no groups


@lru_cache(maxsize=4)
def _gate(terms: bytes) -> Any:
    from pipelines.gate import Gate  # only who scans loads what that needs

    return Gate(map(_Topic, pickle.loads(terms)))
