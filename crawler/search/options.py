"""The words and options by which a command line says which articles are wanted."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import timedelta

from crawler import clock
from crawler.command import WrongUsage
from crawler.languages import LANGUAGES
from crawler.search.filters import Filters
from crawler.seeds import duration

WHEN = "write it like 30m, 12h, 7d, 2w or 2024-07-01"


def add_options(parser: argparse.ArgumentParser, limit: int | None = 20, copies: bool = False) -> None:
    """WORDS and the options that ``from_options`` reads; without --limit, ``limit`` articles (None: all).

    ``copies``: whether copies of articles are wanted when nobody says so.
    """
    parser.add_argument("words", nargs="*", metavar="WORDS", help="all of them must occur; quote a query")
    parser.add_argument("--topic", help="only articles of this topic")
    parser.add_argument("--language", metavar="CODE", help="only this language (ISO 639-1, or und for unknown)")
    parser.add_argument("--source", metavar="NAME", help="only this source, by its name in the seeds file")
    parser.add_argument("--agency", metavar="NAME", help="only what credits this wire agency")
    parser.add_argument("--since", metavar="WHEN", help="published then or later: 7d (ago), 12h or 2024-07-01")
    parser.add_argument("--until", metavar="WHEN", help="published before: 7d (ago), 12h or 2024-07-01")
    parser.add_argument("--role", choices=("subject", "mention"), help="only what is about the topic, or mentions it")
    parser.add_argument(
        "--min-score", type=float, default=0.0, metavar="X", help="only with this score or a higher one"
    )
    also = argparse.SUPPRESS if copies else "copies of the same article, too"
    parser.add_argument("--all-copies", action="store_true", default=copies, help=also)
    if copies:
        also = "without copies of the same article"
        parser.add_argument("--originals", dest="all_copies", action="store_false", help=also)
    default = f"default: {limit}" if limit else "default: all"
    parser.add_argument("--limit", type=int, default=limit, metavar="N", help=f"at most N ({default})")


def from_options(opts: argparse.Namespace, more_words: Sequence[str] = ()) -> Filters:
    """What the options ask for; ``more_words`` stood behind an option. WrongUsage when something cannot be meant."""
    if opts.limit is not None and opts.limit < 1:
        raise WrongUsage(f"--limit {opts.limit}: give a number of 1 or more")
    if not 0 <= opts.min_score <= 1:
        raise WrongUsage(f"--min-score {opts.min_score:g}: give a number from 0 to 1")
    language = opts.language.lower() if opts.language else None
    if language and language not in (*LANGUAGES, "und"):
        raise WrongUsage(f"--language {opts.language}: is no ISO 639-1 code: write two letters, as in es, or und")
    since, until = when(opts.since, "--since"), when(opts.until, "--until")
    if since and until and clock.moment(since) >= clock.moment(until):
        raise WrongUsage(f"--since {opts.since} --until {opts.until}: there is nothing between: let --until be later")
    return Filters(
        words=" ".join([*opts.words, *more_words]),
        topic=opts.topic,
        language=language,
        source=opts.source,
        agency=opts.agency,
        since=since,
        until=until,
        role=opts.role,
        min_score=opts.min_score,
        copies=opts.all_copies,
        limit=opts.limit,
    )


def when(value: str | None, option: str) -> str | None:
    """The moment that ``7d`` (ago) or ``2024-07-01`` means, as the database writes it."""
    if value is None:
        return None
    try:
        if re.fullmatch(r"\d+[a-z]+", value):
            ago: timedelta = duration(value)
            return clock.text(clock.now() - ago)
        read = clock.moment(value)
        return value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else clock.text(read)
    except (ValueError, OverflowError):
        raise WrongUsage(f"{option} {value}: {WHEN}") from None
