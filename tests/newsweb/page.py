"""What a layout gets to draw an article page: the piece, its outlet, and a pot to plant boilerplate from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING

from tests.newsweb.pieces import Piece, marked_up, split_mark

if TYPE_CHECKING:
    from tests.newsweb.outlet import Outlet


class Page:
    """One article page of ``outlet``; what the layout draws with ``plant`` is listed in ``planted``."""

    def __init__(self, piece: Piece, outlet: Outlet):
        self.piece = piece
        self.outlet = outlet
        self.planted: list[str] = []
        self.html = ""  # once it is drawn

    def plant(self, phrase: str) -> str:
        """``phrase`` ready for HTML, remembered as boilerplate that does not belong to the text."""
        if phrase not in self.planted:
            self.planted.append(phrase)
        return escape(phrase, quote=False)

    @property
    def title(self) -> str:
        """The headline, ready for HTML text and attributes."""
        return escape(self.piece.title)

    @property
    def teaser(self) -> str:
        """The summary, ready for HTML text and attributes."""
        return escape(self.piece.teaser)

    @property
    def url(self) -> str:
        """The canonical address."""
        return self.outlet.url_of(self.piece)

    @property
    def source_url(self) -> str:
        """Where a copy says that it comes from, or ""."""
        return self.piece.source_url.format(port=self.outlet.port)

    @property
    def canonical(self) -> str:
        """What rel=canonical says."""
        return self.source_url if self.piece.canonical_at_source else self.url

    @property
    def published(self) -> datetime:
        """Aware UTC, whole minutes."""
        return self.outlet.published(self.piece)

    def local(self, offset_hours: int) -> datetime:
        """``published`` on the clock of the outlet's newsroom."""
        return self.published.astimezone(timezone(timedelta(hours=offset_hours)))

    @property
    def now(self) -> datetime:
        """The base instant of the web, as the clock in a page's header shows it."""
        return self.outlet.base.astimezone(UTC)

    def number(self, top: int, salt: str = "") -> int:
        """A number from 1 to ``top`` that is always the same for this piece: view counts, minutes ago."""
        return zlib.crc32(f"{self.piece.slug}{salt}".encode()) % top + 1

    def neighbours(self, count: int) -> list[Piece]:
        """Other articles of the outlet for its boxes, the ones on topic first."""
        others = [piece for piece in self.outlet.opening if piece.slug != self.piece.slug and not piece.forbidden]
        return sorted(others, key=lambda piece: (not piece.relevant, piece.hours))[:count]

    def link(self, piece: Piece) -> str:
        """Planted headline of another article, linked."""
        return f'<a href="{escape(self.outlet.path_of(piece))}">{self.plant(piece.title)}</a>'

    def body(self, inserts: Mapping[int, str] | None = None) -> str:
        """The text as HTML; ``inserts`` maps a position (0 = before all, 1 = after the first block) to markup."""
        inserts = dict(inserts or {})
        blocks = self.piece.paragraphs
        lines: list[str] = [inserts.get(0, "")]
        in_list = False
        for number, block in enumerate(blocks, 1):
            item = split_mark(block)[0] == "li"
            if item != in_list:
                lines.append("<ul>" if item else "</ul>")
                in_list = item
            lines.append(marked_up(block))
            if in_list and number in inserts:
                lines.append("</ul>")
                in_list = False
            lines.append(inserts.get(number, ""))
        if in_list:
            lines.append("</ul>")
        return "\n".join(line for line in lines if line)

    def json_ld(self, *things: Mapping[str, object]) -> str:
        """One script element with the given things, a list when there are several."""
        content = json.dumps(things[0] if len(things) == 1 else things, ensure_ascii=False).replace("</", "<\\/")
        return f'<script type="application/ld+json">{content}</script>'
