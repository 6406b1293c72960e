"""Small plots as inline SVG: no script, no style attribute, colours from the stylesheet.

Each says in words what it shows; every number in them is ours, every text is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

BAR, GAP = 3, 1  # units of width
COPY = ' class="copy"'


def bars(counts: Sequence[float], says: str, *, height: int = 24, top: float = 0, level: float | None = None) -> Markup:
    """One bar for each count; the greatest of the counts, ``top`` and ``level`` would fill the height.

    ``level`` is drawn across: what is usual.
    """
    greatest = max(top, *counts, 1.05 * (level or 0), 1e-9)
    path = "".join(
        f"M{place * (BAR + GAP)} {height}v-{_length(height * count / greatest)}h{BAR}V{height}z"
        for place, count in enumerate(counts)
        if count
    )
    inside = f'<path d="{path}"/>' if path else ""
    width = max(len(counts) * (BAR + GAP) - GAP, 1)
    if level is not None:
        inside += f'<path class="level" d="M0 {round(height - height * level / greatest, 2)}H{width}"/>'
    return _bars(width, height, says, inside)


class Dot(NamedTuple):
    """A report on a time line."""

    at: float  # 0 to 1 of the time that the line covers
    row: int
    copy: bool = False


def time_line(dots: Sequence[Dot], rows: int, says: str, *, row_height: int = 22) -> Markup:
    """A dot for each report, filled for an original and hollow for a copy, in as many rows as there are languages."""
    middles = [row * row_height + row_height // 2 for row in range(rows)]
    lines = "".join(f'<line x1="0" x2="100%" y1="{middle}" y2="{middle}"/>' for middle in middles)
    circles = "".join(
        f'<circle{COPY if dot.copy else ""} cx="{dot.at:.2%}" cy="{middles[dot.row]}" r="5"/>' for dot in dots
    )
    return Markup(
        f'<svg class="line" width="100%" height="{rows * row_height}" role="img" aria-label="{escape(says)}">'
        f"<title>{escape(says)}</title>{lines}{circles}</svg>"
    )


def _length(length: float) -> float:
    return max(round(length, 2), 1.5)  # one article among hundreds is still seen


def _bars(width: int, height: int, says: str, inside: str) -> Markup:
    return Markup(
        f'<svg class="bars" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(says)}"><title>{escape(says)}</title>{inside}</svg>'
    )
