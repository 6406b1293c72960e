"""CDX servers (pywb's, Wayback's and Common Crawl's interface): what they have of a site, and how to get it.

An index names a file and a place in it. Common Crawl hands out such places; pywb and Wayback hand out the page itself,
as it was (``id_``), which becomes a record again.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler.urls import site_of
from crawler.warc import remote
from crawler.warc.capture import Exchange, capture
from crawler.warc.http_message import LARGEST
from crawler.warc.sources import CC_NEWS, Piece

PAUSE = 60 / 24  # seconds between two questions: 24 a minute
AT_ONCE = 5_000  # lines that Wayback is asked for
WAYBACK = re.compile(r"/cdx/search/cdx/?$")
COMMON_CRAWL = re.compile(r"-index/?$")
LOCAL = re.compile(r"localhost|127\..*|::1")
MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
KEPT = ("content-type", "content-encoding")  # of a replayed answer; the rest is the server's own


class Server:
    """The CDX server at ``address``; ``tell`` is told whom it is asked for."""

    def __init__(self, address: str, tell: Callable[[str], object] = lambda line: None):
        self.address = address
        self.tell = tell
        self._next = 0.0  # when it may be asked again, in seconds of time.monotonic
        self._hands_out_files = True

    def pieces(self, sources: Iterable[str], first: date | None, last: date | None) -> Iterator[Piece]:
        """What it has of the sites of ``sources`` from ``first`` to ``last``; OSError when it does not answer."""
        days = {"from": first and first.strftime("%Y%m%d"), "to": last and last.strftime("%Y%m%d")}
        for site in dict.fromkeys(map(_site, sources)):
            self.tell(f"{site}: asking {urlsplit(self.address).hostname}")
            question = {"url": site, "matchType": "domain", "output": "json", **{k: v for k, v in days.items() if v}}
            for answer in self._answers(question):
                for line in _lines(answer):
                    if (piece := self._piece(line)) is not None:
                        yield piece

    def read(self, piece: Piece) -> bytes:
        """The bytes of a record; OSError when they cannot be had."""
        if not piece.replay or (self._hands_out_files and piece.file != piece.replay):
            try:
                return remote.fetch_range(piece)
            except urllib.error.HTTPError:
                if not piece.replay:
                    raise
                self._hands_out_files = False
        self._wait()
        with remote.opened(piece.replay) as response:
            body = response.read(LARGEST + 1)
            fields = tuple((name, value) for name, value in response.getheaders() if name.lower() in KEPT)
        kept = capture(Exchange(piece.url, (), 200, fields, body), piece.moment, {})
        return kept.members[-kept.response :]

    def _answers(self, question: dict[str, str]) -> Iterator[str]:
        """Its answers to one question, one after the other."""
        path = urlsplit(self.address).path
        if WAYBACK.search(path):
            question |= {"filter": "statuscode:200", "limit": str(AT_ONCE), "showResumeKey": "true"}
            while answer := self._ask(question):
                yield answer
                if not (found := re.search(r"\[\],\s*\[\"([^\"]+)\"\]\s*\]\s*$", answer)):
                    return
                question["resumeKey"] = found[1]
            return
        question["filter"] = "=status:200"
        pages = 1
        if COMMON_CRAWL.search(path):
            pages = int(json.loads(self._ask({**question, "showNumPages": "true"}) or "{}").get("pages", 0))
        for number in range(pages):
            yield self._ask({**question, "page": str(number)} if number else question)

    def _ask(self, question: dict[str, str]) -> str:
        self._wait()
        try:
            return remote.fetch(f"{self.address}?{urlencode(question)}").decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            if error.code == 404:  # it has nothing of the site
                return ""
            raise

    def _wait(self) -> None:
        """Until it may be asked again; one on this machine may be at once."""
        now = time.monotonic()
        if not LOCAL.fullmatch(urlsplit(self.address).hostname or ""):
            time.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + PAUSE

    def _piece(self, line: dict[str, Any]) -> Piece | None:
        url, moment = str(line.get("url") or line.get("original") or ""), str(line.get("timestamp") or "")
        base = CC_NEWS if "crawl-data/" in str(line.get("filename")) else self.address
        file = urljoin(base, str(line.get("filename") or ""))
        if urlsplit(file).netloc != urlsplit(base).netloc:
            return None  # what a server answers leads to no other one
        replay = ""
        if base == self.address and (written := MOMENT.fullmatch(moment)):
            replay = f"{_collection(self.address)}{moment}id_/{url}"
            moment = "{}-{}-{}T{}:{}:{}Z".format(*written.groups())
        try:
            if "filename" not in line:
                return Piece(replay, 0, int(line.get("length") or 0), replay, url, moment) if replay else None
            return Piece(file, int(line["offset"]), int(line["length"]), replay, url, moment)
        except (ValueError, KeyError, TypeError):
            return None


def _site(source: str) -> str:
    port = urlsplit(source).port
    return f"{site_of(source)}:{port}" if port else site_of(source)


def _collection(address: str) -> str:
    """Where the server replays pages of the collection that it was asked about."""
    parts = urlsplit(address)
    path = "/web/" if WAYBACK.search(parts.path) else re.sub(r"[-/]cdx/?$", "/", parts.path)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _lines(answer: str) -> Iterator[dict[str, Any]]:
    """The captures in an answer: objects, a line each, or Wayback's rows under a row of names."""
    if answer.lstrip().startswith("[["):
        try:
            names, *rows = json.loads(answer)
        except ValueError:
            return
        yield from (dict(zip(names, row, strict=False)) for row in rows if len(row) == len(names))
        return
    for line in answer.splitlines():
        head, brace, rest = line.partition("{")
        try:
            found = json.loads(brace + rest)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield {"timestamp": head.split()[1:2][0] if head.split()[1:] else "", **found}
