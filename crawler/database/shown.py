"""Which articles of a topic make a story worth showing: those with the topic as their subject by default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """``role`` and ``min_score`` of a seeds file."""

    role: str = "subject"  # or mention: both are shown
    min_score: float = 0.0

    @property
    def condition(self) -> str:
        """For a row of ``matches``; what is not judged yet counts as a subject."""
        conditions = ["coalesce(matches.role, 'subject') = 'subject'"] if self.role == "subject" else []
        if self.min_score > 0:
            conditions.append(f"coalesce(matches.score, 1) >= {float(self.min_score)!r}")
        return " AND ".join(conditions) or "true"

    @property
    def said(self) -> str:
        """What is left out, for people; empty when nothing is."""
        left_out = ["stories that only mention the topic"] if self.role == "subject" else []
        if self.min_score > 0:
            left_out.append(f"stories below a score of {self.min_score:g}")
        return f"left out: {', '.join(left_out)}" if left_out else ""


EVERYTHING = Shown("mention")
