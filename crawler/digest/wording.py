"""How a digest says things: clean lines, dates, outlets, addresses; what a page said is data, never markup."""

from __future__ import annotations

import re
from urllib.parse import quote

from crawler.digest.entry import Digest, Entry, Report
from crawler.reader import Reader

EXCERPT = 320  # characters
SHOWN = 10  # reports of a story that are listed beside the one that heads it
UNSEEN = re.compile(  # controls, what turns the direction of what follows, halves of characters, no characters at all
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufff9-\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]+"
)
SAFE = "%/:?#@!$&*+,;=~-._"  # of an address; the rest that is no letter or digit is written with %


def line(text: str) -> str:
    """``text`` as one line that XML, HTML and a mail's subject can hold."""
    return " ".join(UNSEEN.sub(" ", text).split())


def beginning(text: str) -> str:
    """The first sentences of ``text``, at most EXCERPT characters; cut between words when the first is longer."""
    flat = line(text)
    if len(flat) <= EXCERPT:
        return flat
    cut = flat[: EXCERPT + 1]
    ends = [match.end() for match in re.finditer(r"[.!?…؟۔।][\"'»”)]*(?= )|[。！？][」』”]*", cut)]
    if ends and ends[-1] >= EXCERPT // 3:
        return cut[: ends[-1]]
    return cut[:EXCERPT].rpartition(" ")[0].rstrip(" ,;:-–—") + "…" if " " in cut else cut[:EXCERPT] + "…"


def address(url: str) -> str:
    """``url`` as a link may have it; empty when it does not lead to the web."""
    wanted = url.strip()
    return quote(UNSEEN.sub("", wanted), safe=SAFE) if re.match("https?://", wanted, re.IGNORECASE) else ""


def moment(written: str, reader: Reader) -> str:
    """``20 Nov 2026, 10:14 UTC``, or ``20 Nov 2026`` for a date alone."""
    read = reader.local(written)
    day = f"{read.day} {read:%b %Y}"
    return day if len(written) == 10 else f"{day}, {read:%H:%M} {reader.zone_at(read)}"


def count(number: int, thing: str) -> str:
    """``1 outlet``, ``3 stories``."""
    plural = thing if number == 1 else f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {plural}"


def by(report: Report) -> str:
    """Who and in which language."""
    return f"{report.source or report.site} ({report.language})"


def first(entry: Entry) -> str:
    """Who was first, and when."""
    return f"{by(entry.first)}, {moment(entry.first.published, entry.reader)}"


def outlets(entry: Entry) -> str:
    """How many outlets, and which, with their languages."""
    names = ", ".join(f"{name} ({', '.join(languages)})" for name, languages in entry.outlets)
    copies = len(entry.articles) - len(entry.reports)
    return f"{count(len(entry.outlets), 'outlet')}: {names}" + (f"; {count(copies, 'copy')}" if copies else "")


def wires(entry: Entry) -> list[str]:
    """Whose text it is."""
    return [f"{line(agency)}, carried by {count(number, 'outlet')}" for agency, number in entry.wires]


def facts(entry: Entry) -> list[str]:
    """What else is known: whose text it is, and what a machine made of it, which is said."""
    return [*wires(entry), *filter(None, [entry.gist])]


def others(entry: Entry) -> tuple[list[Report], int]:
    """The reports beside the one that heads it, as far as they are listed, and how many are not."""
    rest = [report for report in entry.reports if report is not entry.head]
    return rest[:SHOWN], max(0, len(rest) - SHOWN)


def heading(digest: Digest) -> str:
    """What the whole is, for a subject line."""
    about = [count(len(digest.entries), "story")] if digest.entries or not digest.notices else []
    if len(digest.notices) == 1 and not digest.entries:
        about = [digest.notices[0].title]
    elif digest.notices:
        about.append(count(len(digest.notices), "notice"))
    return f"{line(digest.title)}: {', '.join(about)}"


def period(digest: Digest) -> str:
    """From when to when."""
    return f"{moment(digest.since, digest.reader)} to {moment(digest.until, digest.reader)}"


def left_out(digest: Digest) -> str:
    """How many stories are not shown; empty when all are."""
    more = f"{count(digest.more, 'more story')} since then" if digest.more else ""
    return "; ".join(filter(None, [more, f"{count(digest.muted, 'muted story')} left out" if digest.muted else ""]))
