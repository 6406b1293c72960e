"""The news web as a whole: start it, ask what is true about its pages, write the topic file that crawls it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.newsweb.abroad import ABROAD
from tests.newsweb.imprints import IMPRINTS
from tests.newsweb.kiosk import Kiosk
from tests.newsweb.outlet import Outlet
from tests.newsweb.pieces import Piece
from tests.newsweb.server import OutletServer, Request, RequestLog, listen
from tests.newsweb.surfaces import SURFACES

TOPIC = Path(__file__).with_name("topic.toml")
MAX_AGE_HOURS = 30 * 24  # max_age of topic.toml
TOPIC_LANGUAGES = ("en", "es", "ru", "pt")


@dataclass(frozen=True)
class Truth:
    """What a perfect crawler makes of one article page."""

    url: str  # canonical
    outlet: str  # key, as in ``web.outlet(key)``
    source: str  # name in the seeds
    text: str  # one line a block
    title: str
    authors: tuple[str, ...]  # people only
    published: str  # UTC ``2024-07-01T12:00:00Z``, or ``2024-07-01`` where no page or feed tells the time
    language: str
    relevant: bool  # title and text name Venezuela and Russia
    fate: str  # stored, irrelevant, language, old (by the feed's date) or forbidden (by robots.txt)
    planted: tuple[str, ...]  # boilerplate that the page shows around the text
    aliases: tuple[str, ...]  # further addresses of the same page
    event: str | None  # what it reports, the same word at every outlet
    canonical_elsewhere: str | None  # what rel=canonical names when that is another site
    copy_of: str | None  # address of the article whose text it repeats word for word


class NewsWeb:
    """All outlets on one ``port`` (0: chosen by the system), dated back from ``base`` (aware; default now).

    ``abroad``: also those of further languages (abroad.py), which the topic of the others does not read.
    """

    def __init__(self, port: int = 0, base: datetime | None = None, abroad: bool = False):
        self.port = port
        self.base = (base or datetime.now(UTC)).astimezone(UTC).replace(second=0, microsecond=0)
        self.outlets = {imprint.key: Outlet(imprint, self.base) for imprint in (*IMPRINTS, *(ABROAD if abroad else ()))}
        self.kiosk = Kiosk([self.outlets["gazeta"]])
        for key, (surfaces, _) in SURFACES.items():
            self.outlets[key].surfaces = surfaces
        self._log = RequestLog()
        self._servers: list[OutletServer] = []

    def __enter__(self) -> NewsWeb:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Serve until :meth:`close`. CannotListen names the address that is not free."""
        self._servers = listen([*self.outlets.values(), self.kiosk], self.port, self._log)
        self.port = self._servers[0].server_port
        for server in self._servers:
            server.start()

    def close(self) -> None:
        """Stop; every connection is ended."""
        for server in self._servers:
            server.close()
        self._servers = []

    def outlet(self, key: str) -> Outlet:
        """The outlet of that key, to publish, revise, withdraw or break something."""
        return self.outlets[key]

    def url(self, outlet: str, path: str = "/") -> str:
        """Absolute address of a path."""
        return self.outlets[outlet].url(path)

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in the order of arrival."""
        return self._log.lines()

    def forget_requests(self) -> None:
        """Empty the log of requests."""
        self._log.clear()

    @property
    def truth(self) -> dict[str, Truth]:
        """Canonical address -> truth, of every article that is on the web now."""
        found = (self._truth(outlet, piece) for outlet in self.outlets.values() for piece in outlet.pieces.values())
        return {truth.url: truth for truth in found}

    def _truth(self, outlet: Outlet, piece: Piece) -> Truth:
        language = piece.language or outlet.imprint.language
        page = outlet.draw(piece)
        published = f"{outlet.published(piece):%Y-%m-%dT%H:%M:%SZ}"
        paths = [*piece.also_at, *([piece.announced_as] if piece.announced_as else [])]
        copied = piece.copy_of.split("/") if piece.copy_of else None
        return Truth(
            url=outlet.url_of(piece),
            outlet=outlet.imprint.key,
            source=outlet.imprint.name,
            text=piece.clean,
            title=piece.title,
            authors=piece.authors,
            published=published[:10] if piece.dateonly else published,
            language=language,
            relevant=piece.relevant,
            fate=_fate(piece, language),
            planted=tuple(page.planted),
            aliases=tuple(outlet.url(path) for path in paths),
            event=piece.event,
            canonical_elsewhere=page.canonical if piece.canonical_at_source else None,
            copy_of=self.outlets[copied[0]].url_of(self.outlets[copied[0]].pieces[copied[1]]) if copied else None,
        )

    def seeds(self, path: str | Path, outlets: Iterable[str] | None = None) -> Path:
        """Write a topic file with these outlets (default all) as sources to ``path`` and return it."""
        sources: list[tuple[str, str, Mapping[str, Any]]] = []
        for key in self.outlets if outlets is None else outlets:
            outlet, imprint = self.outlets[key], self.outlets[key].imprint
            source = imprint.source_path or (imprint.feed_path if imprint.feed else imprint.front_path)
            sources.append((imprint.name, outlet.url(source), imprint.seed))
        return self._write(path, sources)

    def surface_seeds(self, path: str | Path) -> Path:
        """Write a topic file that lists the other surfaces (surfaces.py) and the kiosk to ``path`` and return it."""
        sources: list[tuple[str, str, Mapping[str, Any]]] = [
            (f"{self.outlets[key].imprint.name} {number}", self.outlets[key].url(where), more)
            for key, (_, listed) in SURFACES.items()
            for number, (where, more) in enumerate(listed, 1)
        ]
        sources += [
            (f"{self.kiosk.imprint.name} {where}", self.kiosk.url(where), {})
            for where in ("/feed/", "/hints.rss", "/doc?query=caracas&maxrecords=5&format=rss")
        ]
        return self._write(path, sources)

    def _write(self, path: str | Path, sources: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Path:
        tables = [TOPIC.read_text(encoding="utf-8")]
        for name, url, more in sources:
            table = {"name": name, "url": url, **more}
            lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
            tables.append("[[sources]]\n" + "".join(lines))
        written = Path(path)
        written.write_text("\n".join(tables), encoding="utf-8")
        return written


def _fate(piece: Piece, language: str) -> str:
    """State that a page should end in, by the first rule that applies on its way."""
    if piece.forbidden:
        return "forbidden"
    if piece.hours > MAX_AGE_HOURS:
        return "old"
    if not piece.relevant:
        return "irrelevant"
    return "stored" if language in TOPIC_LANGUAGES else "language"
