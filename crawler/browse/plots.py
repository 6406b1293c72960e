"""Small plots as inline SVG: no script, no style attribute, colours from the stylesheet.

Each says in words what it shows; every number in them is ours, every text is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

BAR, GAP = 3, 1  # units of width


def bars(counts: Sequence[float], says: str, *, height: int = 24, top: float | None = None) -> Markup:
    """One bar for each count; ``top`` is the value of a full bar, by default the greatest count."""
    top = max([top or 0, *counts, 1e-9])
    path = "".join(
        f"M{place * (BAR + GAP)} {height}v-{_length(count, top, height)}h{BAR}V{height}z"
        for place, count in enumerate(counts)
        if count
    )
    return _svg("bars", _width(counts), height, says, f'<path d="{path}"/>' if path else "")


def bars_with_line(counts: Sequence[float], line: float, says: str, *, height: int = 24) -> Markup:
    """As ``bars``, with a level drawn across: what was expected."""
    top = max([line, *counts, 1e-9]) * 1.05
    level = round(height - height * line / top, 2)
    path = "".join(
        f"M{place * (BAR + GAP)} {height}v-{_length(count, top, height)}h{BAR}V{height}z"
        for place, count in enumerate(counts)
        if count
    )
    expected = f'<path class="level" d="M0 {level}H{_width(counts)}"/>'
    return _svg("bars", _width(counts), height, says, (f'<path d="{path}"/>' if path else "") + expected)


class Dot(NamedTuple):
    """A report on a time line."""

    at: float  # 0 to 1 of the time that the line covers
    row: int
    copy: bool = False


def time_line(dots: Sequence[Dot], rows: int, says: str, *, width: int = 640, row_height: int = 22) -> Markup:
    """A dot for each report, filled for an original and hollow for a copy, in as many rows as there are languages."""
    edge = 8
    lines = "".join(f"M0 {row * row_height + row_height // 2}H{width}" for row in range(rows))
    circles = "".join(
        f'<circle cx="{round(edge + dot.at * (width - 2 * edge), 1)}" cy="{dot.row * row_height + row_height // 2}"'
        f' r="5"{" class=" + chr(34) + "copy" + chr(34) if dot.copy else ""}/>'
        for dot in dots
    )
    return _svg("line", width, rows * row_height, says, f'<path d="{lines}"/>{circles}')


def _length(count: float, top: float, height: int) -> float:
    return max(round(height * count / top, 2), 1.5)  # one article among hundreds is still seen


def _width(counts: Sequence[float]) -> int:
    return max(len(counts) * (BAR + GAP) - GAP, 1)


def _svg(kind: str, width: int, height: int, says: str, inside: str) -> Markup:
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' preserveAspectRatio="none" role="img" aria-label="{escape(says)}">'
        f"<title>{escape(says)}</title>{inside}</svg>"
    )
