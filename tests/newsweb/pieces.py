"""The articles as data: what an author wrote, before any outlet has put its boilerplate around it.

Text is kept in ``articles/<outlet>.toml`` with a light markup that layouts turn into HTML: a blank line ends a
paragraph, ``## `` starts a heading, ``- `` a list item, ``> `` a quote; inside are ``**bold**``, ``*italic*`` and
``[words](address)``.
"""

from __future__ import annotations

import html
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "articles"
MARKS = {"## ": "h2", "- ": "li", "> ": "blockquote"}


@dataclass(frozen=True)
class Piece:
    """One article as its author wrote it; times are hours before the base instant of the web."""

    slug: str
    title: str
    text: str
    hours: float = 0.0
    authors: tuple[str, ...] = ()  # people, in the order of the byline
    language: str = ""  # left out: the outlet's
    section: str = ""
    tags: tuple[str, ...] = ()
    summary: str = ""  # left out: the first sentence
    relevant: bool = False  # title and text name Venezuela and Russia
    event: str | None = None  # pieces of several outlets about one event share this name
    copy_of: str | None = None  # "outlet/slug" whose text this piece repeats word for word; it has no text of its own
    also_at: tuple[str, ...] = ()  # further paths that serve the page and that the feed announces
    announced_as: str | None = None  # path that the feed gives instead of the canonical one
    forbidden: bool = False  # lies below a path that robots.txt closes
    source_url: str = ""  # what a copy site names as its source, made with port
    canonical_at_source: bool = False  # rel=canonical names the source instead of the page itself
    tweets: tuple[str, ...] = ()  # posts embedded in the text
    dateonly: bool = False  # the page tells the day, not the time
    revised_hours: float | None = None

    @property
    def paragraphs(self) -> list[str]:
        """The blocks of the text with their markup."""
        return [" ".join(block.split()) for block in re.split(r"\n\s*\n|\n(?=- )", self.text) if block.strip()]

    @property
    def clean(self) -> str:
        """The true text: one line a block, without markup."""
        return "\n".join(plain(block) for block in self.paragraphs)

    @property
    def teaser(self) -> str:
        """The summary, or else the first sentence."""
        return self.summary or re.split(r"(?<=[.!?])\s", plain(self.paragraphs[0]))[0]


def plain(block: str) -> str:
    """One block as a reader sees it."""
    _, words = split_mark(block)
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", words.replace("*", ""))


def split_mark(block: str) -> tuple[str, str]:
    """HTML element of a block and its words."""
    for mark, element in MARKS.items():
        if block.startswith(mark):
            return element, block[len(mark) :]
    return "p", block


def marked_up(block: str) -> str:
    """One block as HTML; list items come without their list."""
    element, words = split_mark(block)
    words = html.escape(words, quote=False)
    words = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", words)
    words = re.sub(r"\*(.+?)\*", r"<em>\1</em>", words)
    words = re.sub(r"\[([^\]]+)\]\(([^)]*)\)", r'<a href="\2">\1</a>', words)
    if element == "blockquote":
        words = f"<p>{words}</p>"
    return f"<{element}>{words}</{element}>"


def _piece(entry: dict[str, Any]) -> Piece:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    if copied := fields.get("copy_of"):
        outlet, _, slug = copied.partition("/")
        fields["text"] = next(piece.text for piece in read_pieces(outlet) if piece.slug == slug)
    return Piece(**fields)


def read_pieces(outlet: str) -> list[Piece]:
    """The pieces of ``articles/<outlet>.toml``, newest first."""
    found = tomllib.loads((FOLDER / f"{outlet}.toml").read_text(encoding="utf-8"))["articles"]
    pieces = [_piece(entry) for entry in found]
    return sorted(pieces, key=lambda piece: piece.hours)
